"""The ledger: one row for each campaign and supporter. Writes: deliveries.

Rows come into being in `plan`; here they move. A move is one UPDATE whose WHERE is made from
`MOVES`, so that a row which is elsewhere by now is left alone: a repeat or a race changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be claimed, or was."""

    delivery_id: int
    supporter_id: int
    #: claims so far, without the one about to be made
    attempts: int
    #: how often a transport said: later
    deferrals: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What a claimed row becomes."""

    delivery_id: int
    state: DeliveryState
    #: a word of `Refusal` where it was refused
    reason: str = ""
    language: str = ""
    provider_id: str = ""
    detail: str = ""
    #: UTC; only where it is planned again
    not_before: str = ""


def _moving(
    to: DeliveryState, changes: str, where: str, *, leaving: Collection[DeliveryState] = MOVES
) -> str:
    """SQL that moves rows to `to`, from those of the states `leaving` that may be left for it."""
    origins = ", ".join(f"'{s}'" for s in MOVES if s in leaving and to in MOVES[s])
    return (
        f"UPDATE deliveries SET state = '{to}', changed_at = :now{changes}"
        f" WHERE {where} AND state IN ({origins})"
    )


_OURS: Final = "campaign_id = :campaign_id AND holder = :holder"
_OF_OTHERS: Final = "campaign_id = :campaign_id AND holder <> :holder"
_MINE: Final = "delivery_id = :delivery_id AND holder = :holder"
_ONE: Final = "delivery_id = :delivery_id"

_CLAIM: Final = _moving(
    _CLAIMED, ", attempts = attempts + 1, holder = :holder, not_before = ''", _ONE
)
_WITHDRAW: Final = _moving(_WITHDRAWN, ", reason = :reason", _ONE)
_RELEASE: Final = _moving(_PLANNED, "", _OURS, leaving=[_CLAIMED])
_DOUBT_OTHERS: Final = _moving(_IN_DOUBT, ", detail = :detail", _OF_OTHERS)

_OUTCOME: Final = (
    ", reason = :reason, language = :language, provider = :provider, provider_id = :provider_id"
    ", detail = :detail, not_before = :not_before"
)
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
        ", reason = :reason, detail = :detail, not_before = ''",
        "campaign_id = :campaign_id AND supporter_id = coalesce(:supporter_id, supporter_id)",
        leaving=[_IN_DOUBT],
    )
    for to in MOVES[_IN_DOUBT]
}
_CANCEL: Final = _moving(_CANCELLED, "", "campaign_id = :campaign_id")

#: Rows never tried come first, then those put off, by the time to which they were put off. The
#: index `deliveries_planned` holds exactly this order.
_DUE: Final = """
    SELECT delivery_id, supporter_id, attempts, deferrals FROM deliveries
    WHERE campaign_id = ? AND state = 'planned' AND not_before <= ?
    ORDER BY not_before, delivery_id LIMIT ?
"""


def due(db: Database, campaign_id: int, *, by: datetime, limit: int | None) -> Iterable[Row]:
    """Give planned rows that may be claimed at the moment `by`; all of them without a `limit`."""
    rows = db.conn.execute(_DUE, [campaign_id, utc_text(by), -1 if limit is None else limit])
    return (Row(*row) for row in rows)


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


def claim(
    db: Database, campaign_id: int, rows: Sequence[Row], holder: str, now: datetime
) -> frozenset[int]:
    """Claim for `holder` those of `rows` that are still planned, and give their delivery ids.

    `holder` has no other claims. The caller commits before any transport is called.
    """
    names = [{"delivery_id": r.delivery_id, "holder": holder, "now": utc_text(now)} for r in rows]
    db.conn.executemany(_CLAIM, names)
    claimed = db.conn.execute(
        f"SELECT delivery_id FROM deliveries WHERE {_OURS} AND state = 'claimed'",
        {"campaign_id": campaign_id, "holder": holder},
    )
    return frozenset(delivery_id for (delivery_id,) in claimed)


def withdraw(db: Database, reasons: Mapping[int, Exclusion], now: datetime) -> None:
    """Take planned deliveries (by id) out, because their people may not be written to any more."""
    names = [
        {"delivery_id": delivery_id, "reason": reason, "now": utc_text(now)}
        for delivery_id, reason in reasons.items()
    ]
    db.conn.executemany(_WITHDRAW, names)


def settle(
    db: Database, entries: Sequence[Entry], *, holder: str, provider: str, now: datetime
) -> int:
    """Write down what became of rows that `holder` claimed. Safe to call again.

    Returns:
        how many rows could be moved: fewer than the entries where somebody settled one meanwhile.
    """
    moved = 0
    for state, statement in _SETTLE.items():
        names = [
            {
                "delivery_id": e.delivery_id,
                "reason": e.reason,
                "language": e.language,
                "provider": provider,
                "provider_id": e.provider_id,
                "detail": e.detail,
                "not_before": e.not_before,
                "holder": holder,
                "now": utc_text(now),
            }
            for e in entries
            if e.state is state
        ]
        if names:
            moved += db.conn.executemany(statement, names).rowcount
    return moved


def release(db: Database, campaign_id: int, holder: str, now: datetime) -> int:
    """Plan again all that `holder` has claimed and not settled: nothing of it left us."""
    names = {"campaign_id": campaign_id, "holder": holder, "now": utc_text(now)}
    return db.conn.execute(_RELEASE, names).rowcount


def doubt_abandoned(db: Database, campaign_id: int, holder: str, now: datetime) -> int:
    """Put in doubt all claims but those of `holder`, who alone may hold any now; give how many."""
    names = {
        "campaign_id": campaign_id,
        "holder": holder,
        "detail": "the dispatcher that had claimed it ended without saying what became of it",
        "now": utc_text(now),
    }
    return db.conn.execute(_DOUBT_OTHERS, names).rowcount


def cancel(db: Database, campaign_id: int, now: datetime) -> int:
    """Cancel all that is still planned; give how many."""
    return db.conn.execute(_CANCEL, {"campaign_id": campaign_id, "now": utc_text(now)}).rowcount


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
    names = {
        "campaign_id": campaign_id,
        "supporter_id": supporter_id,
        "reason": Refusal.UNKNOWN if to is _REFUSED else "",
        "detail": f"{to}, says {by}",
        "now": utc_text(now),
    }
    return db.conn.execute(_RESOLVE[to], names).rowcount
