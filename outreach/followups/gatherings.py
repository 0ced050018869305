"""The events that volunteers put on. Writes: gatherings, gathering_photos, gathering_history,
gathering_letters.

Every change of a field is one row of gathering_history, which is only ever added to, and `version`
counts them, so that two people who change one gathering at once don't undo each other. All
functions run inside the caller's transaction.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import count
from typing import Any, Final

from outreach.errors import AlreadyExists, IllegalMove, InputError, NotFound, harmless
from outreach.followups.gatheringstates import GatheringKind, GatheringState
from outreach.store import Database, signing_keys, utc_text

_PLANNED, _HELD, _CANCELLED = (
    GatheringState.PLANNED,
    GatheringState.HELD,
    GatheringState.CANCELLED,
)
#: every legal move; there are no others. What was cancelled or taken for held by mistake comes back
MOVES: Final[Mapping[GatheringState, frozenset[GatheringState]]] = {
    _PLANNED: frozenset({_HELD, _CANCELLED}),
    _HELD: frozenset({_PLANNED, _CANCELLED}),
    _CANCELLED: frozenset({_PLANNED}),
}

_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Photo:
    """A link to a picture."""

    url: str
    #: whether everybody in it agreed to its use
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What is known of a gathering but for its results. Text that is not known is ''."""

    followup_id: int | None = None
    supporter_id: int | None = None
    organiser: str = ""
    #: normalised; where to write to
    email: str = ""
    #: BCP 47, of the organiser
    language: str = ""
    #: the key of the campaign for which its letters count
    campaign: str = ""
    #: ISO 3166-1 alpha-2
    country: str
    place: str = ""
    #: YYYY-MM-DD
    held_on: str = ""
    #: HH:MM, by the clocks of `zone`
    begins: str = ""
    #: how long; 0: not known
    minutes: int = 0
    #: IANA name
    zone: str = ""
    kind: GatheringKind
    #: keys
    cases: tuple[str, ...] = ()
    #: people
    expected: int | None = None
    public: bool = False
    quote: str = ""
    #: whose name may stand under the quote
    quote_by: str = ""
    quote_allowed: bool = False
    photos: tuple[Photo, ...] = ()


#: the fields that are columns of their own
COLUMNS: Final = tuple(f.name for f in fields(Particulars) if f.name != "photos")
#: what tells one gathering from another
_IDENTITY: Final = (
    "email",
    "organiser",
    "campaign",
    "country",
    "place",
    "held_on",
    "begins",
    "kind",
)


def identity(known: Particulars) -> str:
    """Say what tells a gathering from others, for those that have no uid yet."""
    return "\0".join(str(getattr(known, name)).casefold() for name in _IDENTITY)


def secret_of(db: Database, now: datetime) -> bytes:
    """Give the secret that uids are made with: the workspace's oldest, which never changes."""
    _, keys = signing_keys(db, now)
    return keys[min(keys)].secret


def uid_of(secret: bytes, identity: str, number: int = 0) -> str:
    """Give the uid of the gathering that is the `number`th of its identity, from 0.

    It leaves the house also where no name may: without the secret nobody can try out of whose
    name and hour it is made.
    """
    said = f"gathering\0{identity}\0{number}".encode()
    return str(uuid.UUID(bytes=hmac.digest(secret, said, "sha256")[:16], version=4))


def add(db: Database, known: Particulars, by: str, now: datetime) -> int:
    """Write down a gathering and give its id.

    Raises:
        AlreadyExists: there is one of the same organiser, place, day, hour and kind.
        InputError: `by` is no name.
    """
    said, secret = identity(known), secret_of(db, now)
    for number in count():
        uid = uid_of(secret, said, number)
        row = db.conn.execute("SELECT gathering_id FROM gatherings WHERE uid = ?", [uid]).fetchone()
        if row is None:
            return insert(db, known, uid, by, now)
        there = read(db, row[0])
        if identity(there.known) == said and there.state is not _CANCELLED:
            raise AlreadyExists(
                "there is a gathering of this organiser, place, day and kind",
                value=row[0],
                next_step=f"see `outreach gatherings show {row[0]}`",
                at_desk="look at that one",
            )
    raise AssertionError("count() ends never")


def insert(
    db: Database,
    known: Particulars,
    uid: str,
    by: str,
    now: datetime,
    state: GatheringState = _PLANNED,
) -> int:
    """Write down a gathering under a uid that nothing has yet, and give its id."""
    columns = (*COLUMNS, "uid", "state", "changed_at")
    values = [*_stored(known).values(), uid, state.value, utc_text(now)]
    (gathering_id,) = db.conn.execute(
        f"INSERT INTO gatherings ({', '.join(columns)})"
        f" VALUES ({', '.join('?' * len(columns))}) RETURNING gathering_id",
        values,
    ).fetchone()
    _write_photos(db, gathering_id, known.photos)
    _log(db, gathering_id, {"state": ("", state.value)}, checked_name(by), now)
    return int(gathering_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """A gathering as it is written."""

    gathering_id: int
    uid: str
    state: GatheringState
    version: int
    #: UTC
    changed_at: str
    known: Particulars


def read(db: Database, gathering_id: int, version: int | None = None) -> Standing:
    """Read a gathering; with `version`, only if nobody changed it since.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: it was changed since `version`.
    """
    cursor = db.conn.execute("SELECT * FROM gatherings WHERE gathering_id = ?", [gathering_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound(
            "there is no gathering with this id",
            value=gathering_id,
            next_step="see `outreach gatherings list --all`",
            at_desk="look at the list of gatherings",
        )
    found = dict(zip((column[0] for column in cursor.description), row, strict=True))
    if version is not None and found["version"] != version:
        raise IllegalMove(
            f"gathering {gathering_id} was changed by somebody else meanwhile",
            next_step="read it again, then decide",
        )
    photos = db.conn.execute(
        "SELECT url, allowed FROM gathering_photos WHERE gathering_id = ? ORDER BY url",
        [gathering_id],
    )
    return standing(found, tuple(Photo(url, bool(allowed)) for url, allowed in photos))


def standing(row: Mapping[str, Any], photos: tuple[Photo, ...]) -> Standing:
    """Make a gathering of its row and its photos."""
    known = {name: row[name] for name in COLUMNS}
    known["cases"] = tuple(json.loads(known["cases"]))
    known["kind"] = GatheringKind(known["kind"])
    known["public"] = bool(known["public"])
    known["quote_allowed"] = bool(known["quote_allowed"])
    return Standing(
        row["gathering_id"],
        row["uid"],
        GatheringState(row["state"]),
        row["version"],
        row["changed_at"],
        Particulars(**known, photos=photos),
    )


def change(
    db: Database,
    gathering_id: int,
    known: Particulars,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> bool:
    """Put what is known now in place of what was; False where nothing is different.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: it was changed since `version`.
        InputError: `by` is no name.
    """
    before = read(db, gathering_id, version)
    old, new = _stored(before.known), _stored(known)
    news = {
        name: (_shown(old[name]), _shown(new[name])) for name in COLUMNS if old[name] != new[name]
    }
    if set(before.known.photos) != set(known.photos):
        news["photos"] = (_links(before.known.photos), _links(known.photos))
        db.conn.execute("DELETE FROM gathering_photos WHERE gathering_id = ?", [gathering_id])
        _write_photos(db, gathering_id, known.photos)
    if not news:
        return False
    columns = [name for name in COLUMNS if name in news]
    _update(db, gathering_id, {name: new[name] for name in columns}, now)
    _log(db, gathering_id, news, checked_name(by), now)
    return True


def move(
    db: Database,
    gathering_id: int,
    state: GatheringState,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> bool:
    """Say that a gathering was held, is cancelled, or is planned after all; False if it is so.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: the move is none of `MOVES`, or it was changed since `version`.
        InputError: `by` is no name.
    """
    before = read(db, gathering_id, version)
    if before.state is state:
        return False
    if state not in MOVES[before.state]:
        legal = " or ".join(sorted(MOVES[before.state]))
        raise IllegalMove(
            f"gathering {gathering_id} is {before.state} and can't become {state}",
            next_step=f"it can become {legal}",
        )
    _update(db, gathering_id, {"state": state.value}, now)
    _log(db, gathering_id, {"state": (before.state, state)}, checked_name(by), now)
    return True


def hand_over(db: Database, gone: int, kept: int, by: str, now: datetime) -> int:
    """Give the gatherings of a follow-up that was merged to the one that is kept; say how many."""
    rows = db.conn.execute("SELECT gathering_id FROM gatherings WHERE followup_id = ?", [gone])
    numbers = [number for (number,) in rows]
    for number in numbers:
        _update(db, number, {"followup_id": kept}, now)
        _log(db, number, {"followup_id": (str(gone), str(kept))}, checked_name(by), now)
    return len(numbers)


#: those of `:old` that are of the person of `:new`, and not of the one who is left
_THEIRS: Final = """
    SELECT g.gathering_id FROM gatherings AS g
      JOIN followups AS o ON o.followup_id = g.followup_id
      JOIN followups AS n ON n.followup_id = :new
     WHERE o.followup_id = :old
       AND ((g.email <> '' AND g.email = n.email AND g.email <> o.email)
            OR (g.supporter_id = n.supporter_id AND n.supporter_id IS NOT o.supporter_id))
     ORDER BY g.gathering_id
"""


def split_from(db: Database, old: int, new: int) -> tuple[int, ...]:
    """Give the gatherings of a follow-up that are clearly of the one that was split from it."""
    return tuple(number for (number,) in db.conn.execute(_THEIRS, {"old": old, "new": new}))


def planned_of(db: Database, followup_id: int) -> tuple[int, ...]:
    """Give the gatherings of a follow-up that are still to take place, as far as we know."""
    rows = db.conn.execute(
        "SELECT gathering_id FROM gatherings WHERE followup_id = ? AND state = 'planned'"
        " ORDER BY gathering_id",
        [followup_id],
    )
    return tuple(gathering_id for (gathering_id,) in rows)


def note_letter(
    db: Database, gathering_id: int, what: str, letter_id: int | None, now: datetime
) -> bool:
    """Write down that we wrote to the organiser of our own accord; False where we had."""
    done = db.conn.execute(
        "INSERT INTO gathering_letters (gathering_id, what, letter_id, written_at)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [gathering_id, what, letter_id, utc_text(now)],
    )
    return done.rowcount == 1


def checked_name(name: str) -> str:
    """Give the name of somebody of the staff as it is written down.

    Raises:
        InputError: it is empty, longer than 100, or holds control characters.
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or harmless(name) != name:
        raise InputError(
            f"a name has 1 to {_LONGEST_NAME} characters, and none that controls a screen",
            value=name,
        )
    return name


def _update(db: Database, gathering_id: int, values: Mapping[str, object], now: datetime) -> None:
    sets = "".join(f"{name} = ?, " for name in values)
    db.conn.execute(
        f"UPDATE gatherings SET {sets}version = version + 1, changed_at = ? WHERE gathering_id = ?",
        [*values.values(), utc_text(now), gathering_id],
    )


def _stored(known: Particulars) -> dict[str, Any]:
    values = {name: getattr(known, name) for name in COLUMNS}
    values["cases"] = json.dumps(known.cases, ensure_ascii=False)
    values["kind"] = known.kind.value
    return values


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _links(photos: tuple[Photo, ...]) -> str:
    return " ".join(
        sorted(photo.url + ("" if photo.allowed else " (not allowed)") for photo in photos)
    )


def _write_photos(db: Database, gathering_id: int, photos: tuple[Photo, ...]) -> None:
    db.conn.executemany(
        "INSERT INTO gathering_photos VALUES (?, ?, ?)",
        [(gathering_id, photo.url, int(photo.allowed)) for photo in photos],
    )


def _log(
    db: Database,
    gathering_id: int,
    changes: Mapping[str, tuple[str, str]],
    by: str,
    now: datetime,
) -> None:
    db.conn.executemany(
        "INSERT INTO gathering_history (gathering_id, changed_at, changed_by, field, old, new)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(gathering_id, utc_text(now), by, name, old, new) for name, (old, new) in changes.items()],
    )
