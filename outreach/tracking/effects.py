"""What follows from an event: a doubt is settled, an address is not written to again.

Whatever the order in which events come, and however often, the end is the same: what follows is
asked of all that is stored, no state is left for an earlier one, and nothing is done twice. Writes
through `dispatch.ledger`, `dispatch.lettermoves` and `supporters.consent`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Final

from outreach.dispatch import ledger, lettermoves
from outreach.dispatch.ledger import Report
from outreach.model import BounceClass, DeliveryState
from outreach.store import Database
from outreach.supporters import consent
from outreach.tracking.events import Bounce, Event, EventKind
from outreach.tracking.subjects import Subject

#: What an event says of a letter in doubt. All but one prove that the provider took it, and
#: accepted means just that, as for every other letter: what the reader's server said of it later
#: stands with its events. So which of them comes first makes no difference.
SETTLES: Final[Mapping[EventKind, DeliveryState | None]] = {
    # comes in place of all others
    EventKind.DROPPED: DeliveryState.REFUSED,
    EventKind.PROCESSED: DeliveryState.ACCEPTED,
    EventKind.DEFERRED: DeliveryState.ACCEPTED,
    EventKind.DELIVERED: DeliveryState.ACCEPTED,
    EventKind.BOUNCED: DeliveryState.ACCEPTED,
    EventKind.OPENED: DeliveryState.ACCEPTED,
    EventKind.CLICKED: DeliveryState.ACCEPTED,
    EventKind.COMPLAINED: DeliveryState.ACCEPTED,
    EventKind.UNSUBSCRIBED: DeliveryState.ACCEPTED,
    EventKind.RESUBSCRIBED: None,
    EventKind.UNKNOWN: None,
}

#: along the index of what is in doubt; what speaks of another attempt than the last proves nothing
_TOLD: Final = """
    SELECT d.delivery_id, d.attempts, e.kind, e.refusal, e.provider, e.provider_id, e.occurred_at,
        e.detail
    FROM deliveries AS d INDEXED BY deliveries_in_doubt
    CROSS JOIN provider_events AS e ON e.delivery_id = d.delivery_id AND e.attempt = d.attempts
    WHERE d.state = 'in_doubt'
    ORDER BY d.delivery_id, e.kind <> 'dropped', e.occurred_at, e.event_id
"""
_TOLD_OF_LETTERS: Final = """
    SELECT l.letter_id, l.attempts, e.kind, e.refusal, e.provider, e.provider_id, e.occurred_at,
        e.detail
    FROM letters AS l INDEXED BY letters_in_doubt
    CROSS JOIN provider_events AS e ON e.letter_id = l.letter_id AND e.attempt = l.attempts
    WHERE l.state = 'in_doubt'
    ORDER BY l.letter_id, e.kind <> 'dropped', e.occurred_at, e.event_id
"""


def suppress(db: Database, event: Event, subject: Subject, now: datetime) -> bool:
    """Never write again to the address that an event speaks against, if it is one of our people's.

    Runs inside the caller's transaction. Safe to call again. Gives whether it was written to until
    now.
    """
    if event.suppression is None or not subject.email:
        return False
    source = f"{event.provider}: {event.kind} {event.occurred_at}".rstrip()
    return consent.suppress(db, subject.email, event.suppression, source, now)


def settle_doubts(db: Database, now: datetime) -> int:
    """Settle what is in doubt, in all campaigns, and known by an event; give how many letters.

    Runs inside the caller's transaction. Safe to call again. What came into doubt after its events
    came is settled by the next call.
    """
    settled = 0
    for told, settle in (
        (_TOLD, ledger.settle_reported),
        (_TOLD_OF_LETTERS, lettermoves.settle_reported),
    ):
        rows = db.conn.execute(told).fetchall()
        for (number, attempt), events in groupby(rows, key=lambda row: row[:2]):
            report = _report(row[2:] for row in events)
            if report is not None:
                settled += settle(db, number, attempt, report, now)
    return settled


def _report(events: Iterable[tuple[str, ...]]) -> Report | None:
    """Say what the first event that says something says."""
    for kind, refusal, provider, provider_id, occurred_at, detail in events:
        state = SETTLES[EventKind(kind)]
        if state is None:
            continue
        words = f"{kind}, says {provider} of {occurred_at}: {detail}".rstrip(": ")
        reason = refusal if state is DeliveryState.REFUSED else ""
        return Report(state, provider, provider_id, reason, words)
    return None


def note_return(db: Database, event: Event, subject: Subject) -> None:
    """Show with a letter to one person that it came back, or was called spam. Safe to call again.

    Runs inside the caller's transaction.
    """
    if subject.letter_id is None:
        return
    what = ""
    if event.kind is EventKind.COMPLAINED:
        what = lettermoves.COMPLAINT
    elif event.kind in (EventKind.BOUNCED, EventKind.DROPPED):
        hard = event.bounce is Bounce.HARD
        what = BounceClass.DEAD_ADDRESS if hard else BounceClass.POLICY
    if what:
        lettermoves.note_return(db, subject.letter_id, what, event.occurred_at)
