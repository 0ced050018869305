"""How fast letters may leave, counted for all dispatchers of this database. Writes: paces.

Time is cut into slots: seconds, minutes, hours, and days of UTC. A letter counts in the slots of
the moment at which it is claimed, in the claim's own transaction, so two dispatchers never share
out more than there is. Slots that are over are deleted; of days one row each stays, until the
warm-up is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from outreach.settings import Pacing
from outreach.store import Database, utc_text

#: the slots of all letters together, by scope; those to one domain of readers have the scope
#: `@gmail.com` and last a minute
_LENGTHS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which of some letters may go now."""

    #: their places among the letters that were asked about, in order
    places: Sequence[int]
    #: domains to which no more may go in this minute than those
    full_domains: frozenset[str] = frozenset()
    #: when more of them may go; None where all may
    again_at: datetime | None = None
    #: whether those are the last of today
    day_full: bool = False


def domain_of(email: str) -> str:
    """Give the domain that an address counts for."""
    return email.rpartition("@")[2].lower()


def allowed(db: Database, pacing: Pacing, addresses: Sequence[str], now: datetime) -> Allowed:
    """Say which of the letters to these `addresses` may go now; it counts nothing.

    The first in line go first, but for those whose domain has had enough in this minute: they hold
    up nobody. Inside the transaction that claims, whose lock `now` was read under.
    """
    if pacing.unlimited:
        return Allowed(range(len(addresses)))
    limits = _limits(db, pacing, now)
    left = {scope: most - _used(db, scope, _slot(scope, now)) for scope, most in limits.items()}
    room = max(min([len(addresses), *left.values()]), 0)
    domains = _domains(pacing, addresses)
    in_domain = _left_by_domain(db, pacing, domains, now)
    places: list[int] = []
    for place in range(len(addresses)):
        if len(places) == room:
            break
        if domains:
            if in_domain[domains[place]] <= 0:
                continue
            in_domain[domains[place]] -= 1
        places.append(place)
    if len(places) == len(addresses):
        return Allowed(places)
    full = {scope for scope, number in left.items() if number <= len(places)}
    return Allowed(
        places,
        frozenset(domain for domain, number in in_domain.items() if number <= 0),
        max(_end(scope, now) for scope in full or {"minute"}),
        day_full="day" in full,
    )


def reserve(db: Database, pacing: Pacing, addresses: Sequence[str], now: datetime) -> None:
    """Count letters to `addresses` as gone now, in the transaction that asked `allowed`."""
    if pacing.unlimited:
        return
    limits = _limits(db, pacing, now)
    used = Counter(dict.fromkeys(limits, len(addresses)))
    used.update(f"@{domain}" for domain in _domains(pacing, addresses))
    db.conn.executemany(
        "INSERT INTO paces (scope, slot, used) VALUES (?, ?, ?)"
        " ON CONFLICT (scope, slot) DO UPDATE SET used = used + excluded.used",
        [(scope, utc_text(_slot(scope, now)), number) for scope, number in used.items()],
    )
    db.conn.executemany(
        "DELETE FROM paces WHERE scope = ? AND slot < ?",
        # the last one stays, for a clock that is put back by a little and for `give_back`
        [(s, utc_text(_slot(s, now) - _length(s))) for s in used if s != "day"],
    )


def give_back(db: Database, pacing: Pacing, addresses: Sequence[str], moment: datetime) -> None:
    """Take back what was reserved at `moment` for letters to `addresses` that did not leave us.

    A slot that is deleted by now is left alone.
    """
    if pacing.unlimited:
        return
    unused = Counter(dict.fromkeys(_LENGTHS, len(addresses)))
    unused.update(f"@{domain}" for domain in _domains(pacing, addresses))
    db.conn.executemany(
        "UPDATE paces SET used = max(used - ?, 0) WHERE scope = ? AND slot = ?",
        [(number, scope, utc_text(_slot(scope, moment))) for scope, number in unused.items()],
    )


def _limits(db: Database, pacing: Pacing, now: datetime) -> dict[str, int]:
    """Give the most letters of each of the present slots that has a limit."""
    limits = {
        "second": pacing.per_second,
        "minute": pacing.per_minute,
        "hour": pacing.per_hour,
        "day": _of_the_day(db, pacing, now),
    }
    return {scope: most for scope, most in limits.items() if most}


def _of_the_day(db: Database, pacing: Pacing, now: datetime) -> int:
    """Give the most letters of today in the warm-up; 0 where it is over, or there is none."""
    ramp = pacing.ramp
    if not ramp:
        return 0
    (before,) = db.conn.execute(
        "SELECT count(*) FROM paces WHERE scope = 'day' AND slot < ? AND used > 0",
        [utc_text(_slot("day", now))],
    ).fetchone()
    return ramp[before] if before < len(ramp) else 0


def _domains(pacing: Pacing, addresses: Sequence[str]) -> list[str]:
    """Give the domain of each address, where domains count."""
    return [domain_of(address) for address in addresses] if pacing.per_domain else []


def _left_by_domain(
    db: Database, pacing: Pacing, domains: Sequence[str], now: datetime
) -> dict[str, int]:
    slot = _slot("minute", now)
    return {domain: pacing.per_domain - _used(db, f"@{domain}", slot) for domain in set(domains)}


def _used(db: Database, scope: str, slot: datetime) -> int:
    row = db.conn.execute(
        "SELECT used FROM paces WHERE scope = ? AND slot = ?", [scope, utc_text(slot)]
    ).fetchone()
    return 0 if row is None else int(row[0])


def _length(scope: str) -> timedelta:
    return _LENGTHS.get(scope, _LENGTHS["minute"])


def _slot(scope: str, moment: datetime) -> datetime:
    """Give the beginning of the slot in which `moment` lies."""
    return moment - (moment - _EPOCH) % _length(scope)


def _end(scope: str, moment: datetime) -> datetime:
    return _slot(scope, moment) + _length(scope)
