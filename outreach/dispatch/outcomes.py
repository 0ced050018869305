"""What a transport's outcome makes of a row in the ledger. Functions of values."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from outreach.dispatch.ledger import Entry, Row
from outreach.dispatch.orders import problem
from outreach.dispatch.retries import next_try
from outreach.dispatch.transports import plain_words
from outreach.model import DeliveryState, Message, Outcome, Refusal, Verdict
from outreach.store import utc_text

_STATES: Final = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.REFUSED: DeliveryState.REFUSED,
    Verdict.TRY_LATER: DeliveryState.PLANNED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}


class Sent(NamedTuple):
    """What is to be remembered of a letter that a transport has."""

    row: Row
    email: str
    language: str
    #: UTC
    composed_at: str
    shape: str
    digest: bytes


def sent(row: Row, email: str, message: Message, composed_at: str) -> Sent:
    """Note a letter when it is made.

    Raises:
        Exception: its page can't be made after all.
    """
    return Sent(row, email, message.language, composed_at, message.shape, message.digest())


def entry(sent: Sent, outcome: Outcome, now: datetime) -> Entry:
    """Say what becomes of the row of a letter, given what a transport says of it."""
    verdict = outcome.verdict
    state = _STATES[verdict]
    if verdict is Verdict.TRY_LATER:
        moment = next_try(sent.row.deferrals, now)
        if moment is not None:
            return Entry(
                sent.row.delivery_id,
                state,
                reason=outcome.refusal or "",
                detail=outcome.detail,
                not_before=utc_text(moment),
            )
        state = DeliveryState.REFUSED
    refused = state is DeliveryState.REFUSED
    return _settled(sent, outcome, state, (outcome.refusal or Refusal.UNKNOWN) if refused else "")


def accepted(sent: Sent, outcome: Outcome) -> Entry:
    """Say what `entry` does of a letter that was accepted, sooner: most are."""
    return _settled(sent, outcome, DeliveryState.ACCEPTED, "")


def _settled(sent: Sent, outcome: Outcome, state: DeliveryState, reason: str) -> Entry:
    row, _, language, composed_at, shape, digest = sent
    return Entry(
        *(row[0], state, reason, language, outcome.provider_id, outcome.detail, ""),
        *(composed_at, shape, digest),
    )


def put_off(row: Row, refused: Entry, now: datetime) -> Entry:
    """Make of a refusal one that counts only if it was put off too often already."""
    moment = next_try(row.deferrals, now)
    if moment is None:
        return refused
    return Entry(
        row.delivery_id,
        DeliveryState.PLANNED,
        detail=refused.detail,
        not_before=utc_text(moment),
    )


def without_message(row: Row, error: Exception) -> Entry:
    """Refuse a row as there is no message for it."""
    return Entry(
        row.delivery_id,
        DeliveryState.REFUSED,
        reason=Refusal.MESSAGE,
        detail=plain_words(problem(error)),
    )
