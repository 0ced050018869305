"""How single letters move from state to state. Writes: letters.

The moves are those of the ledger, and so are the promises: a claim is committed before a transport
has the letter, and a claim without an outcome is in doubt and never sent again by itself. A move is
one UPDATE whose WHERE is made from the table of moves, so a repeat or a race changes nothing. All
functions run inside the caller's transaction. A letter's number stands where `ledger.Row` and
`ledger.Entry` have a delivery's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from outreach import addresses
from outreach.dispatch.correspondence import NewLetter
from outreach.dispatch.ledger import MOVES, Entry, Report, Row
from outreach.dispatch.purposes import LetterPurpose
from outreach.model import (
    BounceClass,
    Consent,
    DeliveryState,
    Exclusion,
    Refusal,
    Stage,
    Suppression,
)
from outreach.store import Database, utc_text
from outreach.supporters.consent import UNPROVEN, of_mailbox_sql

#: why a letter was cancelled: its time was over
LATE: Final = "late"
#: why it was taken out: staff have closed the follow-up that it belongs to
DONE_WITH: Final = "followup_closed"
#: stands in place of `BounceClass` where its reader called it spam
COMPLAINT: Final = "complaint"
#: what may be said of one that came back, from the least to the most
_RETURNS: Final[Sequence[str]] = (
    "",
    BounceClass.DELIVERED,
    BounceClass.TEMPORARY,
    BounceClass.POLICY,
    BounceClass.DEAD_ADDRESS,
    COMPLAINT,
)

_PLANNED, _CLAIMED = DeliveryState.PLANNED, DeliveryState.CLAIMED
_ACCEPTED, _REFUSED = DeliveryState.ACCEPTED, DeliveryState.REFUSED
_IN_DOUBT, _WITHDRAWN = DeliveryState.IN_DOUBT, DeliveryState.WITHDRAWN
_CANCELLED = DeliveryState.CANCELLED


def _moving(
    to: DeliveryState, changes: str, where: str, *, leaving: Collection[DeliveryState] = MOVES
) -> str:
    """SQL that moves letters to `to`; its first value is the present moment."""
    origins = [f"'{s}'" for s in MOVES if s in leaving and to in MOVES[s]]
    state = f"= {origins[0]}" if len(origins) == 1 else f"IN ({', '.join(origins)})"
    sets = f"state = '{to}', changed_at = ?{changes}"
    return f"UPDATE letters SET {sets} WHERE {where} AND state {state}"


_ONE: Final = "letter_id = ?"
_CLAIM: Final = _moving(_CLAIMED, ", attempts = attempts + 1, holder = ?, composed_at = ?", _ONE)
_STOP: Final = {to: _moving(to, ", reason = ?", _ONE) for to in (_WITHDRAWN, _CANCELLED)}
_RELEASE: Final = _moving(_PLANNED, "", "holder = ?", leaving=[_CLAIMED])
_DOUBT_OTHERS: Final = _moving(_IN_DOUBT, ", detail = ?", "holder <> ?")
_OUTCOME: Final = (
    ", reason = ?, provider = ?, provider_id = ?, detail = ?, not_before = ?, digest = ?"
)
_MINE: Final = f"{_ONE} AND holder = ?"
_SETTLE: Final[Mapping[DeliveryState, str]] = {
    _ACCEPTED: _moving(_ACCEPTED, _OUTCOME, _MINE, leaving=[_CLAIMED, _IN_DOUBT]),
    _REFUSED: _moving(_REFUSED, _OUTCOME, _MINE, leaving=[_CLAIMED, _IN_DOUBT]),
    _PLANNED: _moving(
        _PLANNED, _OUTCOME + ", deferrals = deferrals + 1", _MINE, leaving=[_CLAIMED]
    ),
    _IN_DOUBT: _moving(_IN_DOUBT, _OUTCOME, _MINE, leaving=[_CLAIMED]),
}
_RESOLVE: Final[Mapping[DeliveryState, str]] = {
    to: _moving(to, ", reason = ?, detail = ?", _ONE, leaving=[_IN_DOUBT])
    for to in MOVES[_IN_DOUBT]
}
_REPORTED: Final[Mapping[DeliveryState, str]] = {
    to: _moving(
        to,
        ", reason = ?, provider = coalesce(nullif(?, ''), provider),"
        " provider_id = coalesce(nullif(?, ''), provider_id), detail = ?",
        "letter_id = ? AND attempts = ?",
        leaving=[_IN_DOUBT],
    )
    for to in (_ACCEPTED, _REFUSED)
}

#: why a letter may not leave; '' where it may. Whoever writes to a person answers for it, so an
#: answer goes to whoever once said no to our news; to staff go answers and what is for staff. No
#: machine writes to those with whom staff are done. Who asked for it themself may be asked once
#: whether it was them, also if they left us before; and whoever never
#: proved that they wish to leave, whether they do.
_DOOR: Final = f"""
    SELECT l.letter_id, CASE
        WHEN l.not_after <> '' AND l.not_after < :now THEN '{LATE}'
        WHEN EXISTS (
            SELECT 1 FROM suppressions AS x
            WHERE (x.email = l.email OR {of_mailbox_sql("x", "l.mailbox")})
            AND (x.email = l.email OR x.reason <> '{Suppression.DEAD_ADDRESS}')
            AND NOT (x.reason = '{Suppression.STAFF}'
                AND l.purpose IN ('{LetterPurpose.ANSWER}', '{LetterPurpose.DIGEST}'))
            AND NOT (x.reason = '{Suppression.UNSUBSCRIBED}'
                AND l.purpose = '{LetterPurpose.CONFIRMATION}')
            AND NOT (x.reason = '{Suppression.UNSUBSCRIBED}' AND x.source LIKE '%{UNPROVEN}'
                AND l.purpose = '{LetterPurpose.OPT_OUT_CHECK}'))
            THEN '{Exclusion.SUPPRESSED}'
        WHEN l.purpose NOT IN ('{LetterPurpose.ANSWER}', '{LetterPurpose.CONFIRMATION}')
            AND EXISTS (
            SELECT 1 FROM supporters AS s WHERE s.consent = '{Consent.DENIED}'
            AND (s.supporter_id = l.supporter_id OR {of_mailbox_sql("s", "l.mailbox")}))
            THEN '{Exclusion.OPTED_OUT}'
        WHEN NOT l.discreet AND l.purpose <> '{LetterPurpose.DIGEST}' AND EXISTS (
            SELECT 1 FROM supporters AS s WHERE s.safety <> 'standard'
            AND (s.supporter_id = l.supporter_id OR {of_mailbox_sql("s", "l.mailbox")}))
            THEN '{Exclusion.NO_DISCREET_VERSION}'
        WHEN l.purpose <> '{LetterPurpose.ANSWER}' AND EXISTS (
            SELECT 1 FROM followups AS f WHERE f.stage = '{Stage.CLOSED}' AND f.followup_id = (
                SELECT coalesce(o.merged_into, o.followup_id) FROM followups AS o
                 WHERE o.followup_id = l.followup_id))
            THEN '{DONE_WITH}'
        ELSE '' END AS why
    FROM {{}} WHERE why <> ''
"""
_SHUT: Final = _DOOR.format("json_each(:ids) AS i CROSS JOIN letters AS l ON l.letter_id = i.value")
_SHUT_TO: Final = _DOOR.format(
    "(SELECT :letter_id AS letter_id, :not_after AS not_after, :email AS email,"
    " :mailbox AS mailbox, :purpose AS purpose, :discreet AS discreet,"
    " :supporter_id AS supporter_id, :followup_id AS followup_id) AS l"
)


def due(
    db: Database,
    *,
    by: datetime,
    after: int,
    limit: int,
    only: Collection[int] | None = None,
    without: str = "",
) -> list[Row]:
    """Give planned letters that may be claimed, in order, those after the number `after`.

    Of that `only` these, and none for the purpose `without`.
    """
    chosen = "" if only is None else " AND letter_id IN (SELECT value FROM json_each(:only))"
    rows = db.conn.execute(
        "SELECT letter_id, coalesce(supporter_id, 0), attempts, deferrals, not_before FROM letters"
        " WHERE state = 'planned' AND not_before <= :by AND letter_id > :after"
        f" AND purpose <> :without{chosen} ORDER BY letter_id LIMIT :limit",
        {
            "by": utc_text(by),
            "after": after,
            "limit": limit,
            "only": json.dumps(sorted(only or ())),
            "without": without,
        },
    )
    return [Row(*row) for row in rows]


def count_due(db: Database, purpose: LetterPurpose | None, now: datetime) -> int:
    """Count the planned letters that are due, for a purpose or for all of them."""
    (number,) = db.conn.execute(
        "SELECT count(*) FROM letters WHERE state = 'planned' AND not_before <= ?"
        " AND coalesce(purpose = ?, 1)",
        [utc_text(now), purpose],
    ).fetchone()
    return int(number)


def may_have_work(db: Database, now: datetime) -> bool:
    """Whether a letter is due, or a claim is open; without the write lock."""
    row = db.conn.execute(
        "SELECT 1 FROM letters WHERE state = 'planned' AND not_before <= ?"
        " UNION ALL SELECT 1 FROM letters WHERE state = 'claimed' LIMIT 1",
        [utc_text(now)],
    ).fetchone()
    return row is not None


def shut(db: Database, letter_ids: Iterable[int], now: datetime) -> dict[int, str]:
    """Ask the last door: give those that may not leave now, with the reason.

    A word of `Exclusion`, LATE or DONE_WITH. Suppressions count by address, whoever it is of; what
    a person wishes and needs, by mailbox.
    """
    names = {"now": utc_text(now), "ids": json.dumps(list(letter_ids))}
    return dict(db.conn.execute(_SHUT, names))


def shut_to(db: Database, new: NewLetter, now: datetime) -> str:
    """Ask the same of a letter that isn't written; '' where it might leave now."""
    email = addresses.normalise(new.recipient.email)
    names = {
        "now": utc_text(now),
        "letter_id": new.letter_id,
        "not_after": utc_text(new.not_after) if new.not_after else "",
        "email": email,
        "mailbox": addresses.mailbox(email),
        "purpose": new.purpose,
        "discreet": new.discreet,
        "supporter_id": new.supporter_id,
        "followup_id": new.followup_id,
    }
    _, why = db.conn.execute(_SHUT_TO, names).fetchone() or (0, "")
    return str(why)


def stop(db: Database, reasons: Mapping[int, str], now: datetime) -> None:
    """Take planned letters out: withdrawn by the last door, or cancelled as their time is over."""
    moment = utc_text(now)
    for letter_id, reason in reasons.items():
        to = _CANCELLED if reason == LATE else _WITHDRAWN
        db.conn.execute(_STOP[to], [moment, reason, letter_id])


def cancel(db: Database, letter_id: int, *, by: str, now: datetime) -> bool:
    """Cancel a letter that is still planned; give whether it was."""
    values = [utc_text(now), f"by {by}", letter_id]
    return bool(db.conn.execute(_STOP[_CANCELLED], values).rowcount)


def claim(db: Database, rows: Sequence[Row], holder: str, now: datetime) -> list[Row]:
    """Claim for `holder` those that are still planned, and give them.

    The caller commits before any transport is called. `now` is the Date that they leave with.
    """
    moment = utc_text(now)
    return [
        row
        for row in rows
        if db.conn.execute(_CLAIM, [moment, holder, moment, row.delivery_id]).rowcount
    ]


def settle(
    db: Database, entries: Sequence[Entry], *, holder: str, provider: str, now: datetime
) -> None:
    """Write down what became of letters that `holder` claimed. Safe to call again."""
    for e in entries:
        values = [e.reason, provider, e.provider_id, e.detail, e.not_before, e.digest]
        db.conn.execute(_SETTLE[e.state], [utc_text(now), *values, e.delivery_id, holder])


def release(db: Database, holder: str, now: datetime) -> None:
    """Plan again all that `holder` has claimed and not settled: nothing of it left us."""
    db.conn.execute(_RELEASE, [utc_text(now), holder])


def doubt_abandoned(db: Database, holder: str, now: datetime) -> int:
    """Put in doubt all claims but those of `holder`, who alone may hold any now; give how many."""
    detail = "the process that had claimed it ended without saying what became of it"
    return db.conn.execute(_DOUBT_OTHERS, [utc_text(now), detail, holder]).rowcount


def resolve(db: Database, letter_id: int, to: DeliveryState, *, by: str, now: datetime) -> bool:
    """Settle a letter in doubt by a person's word; planned means: send it again.

    Gives whether it was in doubt.
    """
    reason = Refusal.UNKNOWN if to is _REFUSED else ""
    values = [utc_text(now), reason, f"{to}, says {by}", letter_id]
    return bool(db.conn.execute(_RESOLVE[to], values).rowcount)


def settle_reported(
    db: Database, letter_id: int, attempt: int, report: Report, now: datetime
) -> bool:
    """Settle a letter in doubt by what was said of this very attempt. Safe to call again."""
    values = [report.reason, report.provider, report.provider_id, report.detail]
    settled = db.conn.execute(_REPORTED[report.state], [utc_text(now), *values, letter_id, attempt])
    return bool(settled.rowcount)


def note_return(db: Database, letter_id: int, what: str, at: str) -> bool:
    """Note that a letter came back, or was called spam: `what` is of `BounceClass`, or COMPLAINT.

    That its provider took it stays true. Of several the one that says most counts, in whatever
    order they come. Gives whether that is news.
    """
    less = _RETURNS[: _RETURNS.index(what)]
    noted = db.conn.execute(
        "UPDATE letters SET returned = ?, returned_at = ? WHERE letter_id = ?"
        f" AND returned IN ({', '.join('?' * len(less))})",
        [what, at, letter_id, *less],
    )
    return bool(noted.rowcount)


def handled_since(db: Database, purpose: LetterPurpose, since: datetime) -> int:
    """Count the letters for a purpose that were claimed since a moment."""
    (number,) = db.conn.execute(
        "SELECT count(*) FROM letters WHERE purpose = ? AND changed_at > ?"
        " AND state IN ('claimed', 'accepted', 'refused', 'in_doubt')",
        [purpose, utc_text(since)],
    ).fetchone()
    return int(number)
