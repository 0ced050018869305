"""The ledger: one row for each campaign and supporter. Writes: deliveries.

Rows come into being in `plan`; here they move. A move is one UPDATE whose WHERE is made from
`MOVES`, so that a row which is elsewhere by now is left alone: a repeat or a race changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from outreach.model import DeliveryState, Exclusion, Refusal
from outreach.store import Database, utc_text

_PLANNED, _CLAIMED = DeliveryState.PLANNED, DeliveryState.CLAIMED
_ACCEPTED, _REFUSED = DeliveryState.ACCEPTED, DeliveryState.REFUSED
_IN_DOUBT, _WITHDRAWN = DeliveryState.IN_DOUBT, DeliveryState.WITHDRAWN
_CANCELLED, _EXCLUDED = DeliveryState.CANCELLED, DeliveryState.EXCLUDED

#: every legal move; there are no others
MOVES: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = {
    _PLANNED: frozenset({_CLAIMED, _WITHDRAWN, _CANCELLED}),
    # planned again: it is certain that nothing left us
    _CLAIMED: frozenset({_ACCEPTED, _REFUSED, _PLANNED, _IN_DOUBT}),
    # planned again: only when an operator says so, by name
    _IN_DOUBT: frozenset({_ACCEPTED, _REFUSED, _PLANNED}),
    _ACCEPTED: frozenset(),
    _REFUSED: frozenset(),
    _WITHDRAWN: frozenset(),
    _CANCELLED: frozenset(),
    # written at planning, with its reason
    _EXCLUDED: frozenset(),
}


class Row(NamedTuple):
    """A row that may be claimed, or was."""

    delivery_id: int
    supporter_id: int
    #: claims so far, without the one about to be made
    attempts: int
    #: how often a transport said: later
    deferrals: int
    #: UTC, until when it was put off; '' where it never was
    not_before: str = ""


class Entry(NamedTuple):
    """What a claimed row becomes; `settle` writes it by the order of its fields."""

    delivery_id: int
    state: DeliveryState
    #: a word of `Refusal` where it was refused, or put off for what its address says
    reason: str = ""
    language: str = ""
    provider_id: str = ""
    detail: str = ""
    #: UTC; only where it is planned again
    not_before: str = ""
    #: of the message: its Date (UTC), its shape and its digest; empty where there was none
    composed_at: str = ""
    shape: str = ""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider said afterwards of a letter that is in doubt."""

    #: accepted or refused
    state: DeliveryState
    provider: str
    provider_id: str = ""
    #: a word of `Refusal` where it was refused, or put off for what its address says
    reason: str = ""
    detail: str = ""


def _moving(
    to: DeliveryState, changes: str, where: str, *, leaving: Collection[DeliveryState] = MOVES
) -> str:
    """SQL that moves rows to `to`, from those of the states `leaving` that may be left for it.

    Its first value is the present moment; those of `changes` and of `where` follow.
    """
    origins = [f"'{s}'" for s in MOVES if s in leaving and to in MOVES[s]]
    # of one state as SQLite's indexes on that state have it
    state = f"= {origins[0]}" if len(origins) == 1 else f"IN ({', '.join(origins)})"
    return (
        f"UPDATE deliveries SET state = '{to}', changed_at = ?{changes}"
        f" WHERE {where} AND state {state}"
    )


_ONE: Final = "delivery_id = ?"
_OURS: Final = "campaign_id = ? AND holder = ?"

_CLAIM: Final = _moving(
    _CLAIMED,
    ", attempts = attempts + 1, holder = ?",
    "delivery_id IN ({marks})",
)
_WITHDRAW: Final = _moving(_WITHDRAWN, ", reason = ?", _ONE)
_RELEASE: Final = _moving(_PLANNED, "", _OURS, leaving=[_CLAIMED])
_DOUBT_OTHERS: Final = _moving(_IN_DOUBT, ", detail = ?", "campaign_id = ? AND holder <> ?")

#: the first number is the moment's, and those from 4 on are an `Entry` but for its state
_OUTCOME: Final = (
    ", provider = ?2, reason = ?5, language = ?6, provider_id = ?7, detail = ?8, not_before = ?9"
    ", composed_at = ?10, shape = ?11, digest = ?12"
)
_MINE: Final = "delivery_id = ?4 AND holder = ?3"
#: A dispatcher that lost its lease still knows what became of its letters, so a row that was put
#: in doubt meanwhile is settled by the truth; but only an operator plans such a row again.
_SETTLE: Final[Mapping[DeliveryState, str]] = {
    _ACCEPTED: _moving(_ACCEPTED, _OUTCOME, _MINE, leaving=[_CLAIMED, _IN_DOUBT]),
    _REFUSED: _moving(_REFUSED, _OUTCOME, _MINE, leaving=[_CLAIMED, _IN_DOUBT]),
    _PLANNED: _moving(
        _PLANNED, _OUTCOME + ", deferrals = deferrals + 1", _MINE, leaving=[_CLAIMED]
    ),
    _IN_DOUBT: _moving(_IN_DOUBT, _OUTCOME, _MINE, leaving=[_CLAIMED]),
}
_RESOLVE: Final[Mapping[DeliveryState, str]] = {
    to: _moving(
        to,
        ", reason = ?, detail = ?, not_before = ?",
        "campaign_id = ? AND supporter_id = coalesce(?, supporter_id)",
        leaving=[_IN_DOUBT],
    )
    for to in MOVES[_IN_DOUBT]
}
#: by the word of a provider, and only of the attempt that was the last
_REPORTED: Final[Mapping[DeliveryState, str]] = {
    to: _moving(
        to,
        ", reason = ?, provider = ?, provider_id = coalesce(nullif(?, ''), provider_id),"
        " detail = ?, not_before = ''",
        "delivery_id = ? AND attempts = ?",
        leaving=[_IN_DOUBT],
    )
    for to in (_ACCEPTED, _REFUSED)
}
_CANCEL: Final = _moving(_CANCELLED, "", "campaign_id = ?")

_FURTHER: Final = """
    SELECT delivery_id, supporter_id, attempts, deferrals, not_before FROM deliveries
    WHERE campaign_id = :campaign_id AND state = 'planned'
"""
#: Rows never tried come first, then those put off, by the time to which they were put off. The
#: index `deliveries_planned` holds exactly this order; in two parts SQLite can begin in its midst.
_DUE: Final = f"""
    {_FURTHER} AND not_before = :waited AND delivery_id > :delivery_id
    UNION ALL
    {_FURTHER} AND not_before > :waited AND not_before <= :by
    ORDER BY not_before, delivery_id LIMIT :most
"""
#: comes before all rows
NOTHING: Final = Row(0, 0, 0, 0)


def due(
    db: Database, campaign_id: int, *, by: datetime, limit: int | None, after: Row = NOTHING
) -> Iterable[Row]:
    """Give planned rows that may be claimed at the moment `by`; all of them without a `limit`.

    Only those that come `after` a row given before, which need not be planned any more.
    """
    names = {
        "campaign_id": campaign_id,
        "waited": after.not_before,
        "delivery_id": after.delivery_id,
        "by": utc_text(by),
        "most": -1 if limit is None else limit,
    }
    return map(Row._make, db.conn.execute(_DUE, names))


def count_due(db: Database, campaign_id: int, *, by: datetime) -> int:
    """Count the rows that `due` would give."""
    (number,) = db.conn.execute(
        "SELECT count(*) FROM deliveries"
        " WHERE campaign_id = ? AND state = 'planned' AND not_before <= ?",
        [campaign_id, utc_text(by)],
    ).fetchone()
    return int(number)


def still_planned(db: Database, campaign_id: int) -> tuple[int, str]:
    """Count the planned rows, and say until when the first of those put off waits ('' if none)."""
    number, first = db.conn.execute(
        "SELECT count(*), coalesce(min(not_before) FILTER (WHERE not_before <> ''), '')"
        " FROM deliveries WHERE campaign_id = ? AND state = 'planned'",
        [campaign_id],
    ).fetchone()
    return number, first


def count_in_doubt(db: Database, campaign_id: int) -> int:
    """Count what is in doubt."""
    (number,) = db.conn.execute(
        "SELECT count(*) FROM deliveries WHERE campaign_id = ? AND state = 'in_doubt'",
        [campaign_id],
    ).fetchone()
    return int(number)


def claim(db: Database, rows: Sequence[Row], holder: str, now: datetime) -> frozenset[int]:
    """Claim for `holder` those of `rows` that are still planned, and give their delivery ids.

    The caller commits before any transport is called.
    """
    ids = [row.delivery_id for row in rows]
    statement = _CLAIM.format(marks=", ".join("?" * len(ids))) + " RETURNING delivery_id"
    claimed = db.conn.execute(statement, [utc_text(now), holder, *ids]).fetchall()
    return frozenset(delivery_id for (delivery_id,) in claimed)


def withdraw(db: Database, reasons: Mapping[int, Exclusion], now: datetime) -> None:
    """Take planned deliveries (by id) out, because their people may not be written to any more."""
    moment = utc_text(now)
    db.conn.executemany(
        _WITHDRAW, [(moment, reason, delivery_id) for delivery_id, reason in reasons.items()]
    )


def settle(
    db: Database, entries: Sequence[Entry], *, holder: str, provider: str, now: datetime
) -> int:
    """Write down what became of rows that `holder` claimed. Safe to call again.

    Returns:
        how many rows could be moved: fewer than the entries where somebody settled one meanwhile.
    """
    moved, common = 0, (utc_text(now), provider, holder)
    for state, statement in _SETTLE.items():
        # tuples put together, as names would cost half as much again
        values = [common + e[:1] + e[2:] for e in entries if e.state is state]
        if values:
            moved += db.conn.executemany(statement, values).rowcount
    return moved


def count_astray(db: Database, entries: Sequence[Entry]) -> int:
    """Count the entries of letters that a transport had, and whose rows may be sent again.

    That a row has what its entry says, or was settled otherwise, is in order.
    """
    return sum(
        row[0] in (_PLANNED, _CLAIMED)
        for e in entries
        if e.state is not _PLANNED
        for row in db.conn.execute(
            "SELECT state FROM deliveries WHERE delivery_id = ?", [e.delivery_id]
        )
    )


def release(db: Database, campaign_id: int, holder: str, now: datetime) -> int:
    """Plan again all that `holder` has claimed and not settled: nothing of it left us."""
    return db.conn.execute(_RELEASE, [utc_text(now), campaign_id, holder]).rowcount


def doubt_abandoned(db: Database, campaign_id: int, holder: str, now: datetime) -> int:
    """Put in doubt all claims but those of `holder`, who alone may hold any now; give how many."""
    detail = "the dispatcher that had claimed it ended without saying what became of it"
    values = [utc_text(now), detail, campaign_id, holder]
    return db.conn.execute(_DOUBT_OTHERS, values).rowcount


def cancel(db: Database, campaign_id: int, now: datetime) -> int:
    """Cancel all that is still planned; give how many."""
    return db.conn.execute(_CANCEL, [utc_text(now), campaign_id]).rowcount


def resolve(
    db: Database,
    campaign_id: int,
    to: DeliveryState,
    *,
    by: str,
    supporter_id: int | None = None,
    now: datetime,
) -> int:
    """Settle what is in doubt because a person, `by` name, says that they know what became of it.

    Only the letter to one supporter where that is given. `to` is accepted, refused or planned,
    which means: send it again. Gives how many were settled.
    """
    reason = Refusal.UNKNOWN if to is _REFUSED else ""
    # due since it was asked for, so that it can be said whether it was missed
    due_at = utc_text(now) if to is _PLANNED else ""
    values = [utc_text(now), reason, f"{to}, says {by}", due_at, campaign_id, supporter_id]
    return db.conn.execute(_RESOLVE[to], values).rowcount


def settle_reported(
    db: Database, delivery_id: int, attempt: int, report: Report, now: datetime
) -> bool:
    """Settle a letter in doubt by what its provider said of this very attempt.

    Safe to call again. Gives whether it was settled: not where it is no longer in doubt, or a later
    attempt is.
    """
    settled = db.conn.execute(
        _REPORTED[report.state],
        [
            *(utc_text(now), report.reason, report.provider, report.provider_id, report.detail),
            *(delivery_id, attempt),
        ],
    )
    return bool(settled.rowcount)
