"""Compose a message again as it left: from the campaign's frozen parts, at its moment.

What is not frozen is the person's record, and this program. Whether the message is the same is told
by the digest that was recorded as it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import campaigns
from outreach.dispatch.deliveries import Delivery
from outreach.dispatch.orders import Orders, problem
from outreach.model import DeliveryState, Merge, Message, Refusal, Written
from outreach.store import Database, stored_keys
from outreach.supporters import roll
from outreach.tokens import SigningKey


class Sameness(StrEnum):
    """How a message that was composed again stands to the one that left."""

    SAME = "same"
    DIFFERS = "differs"
    #: nothing to compare with
    NOT_RECORDED = "not_recorded"
    NOT_COMPOSABLE = "not_composable"


@dataclass(frozen=True, slots=True)
class Recomposed:
    """A message composed again, beside what is recorded of the one that left."""

    sameness: Sameness
    #: in words
    why: str
    #: hex digits of the one that left; '' where none was recorded
    recorded_digest: str = ""
    #: and of the one composed again; '' where there is none
    digest: str = ""


#: of these nothing is on its way
_NOT_SENT: Final = {
    DeliveryState.PLANNED,
    DeliveryState.EXCLUDED,
    DeliveryState.WITHDRAWN,
    DeliveryState.CANCELLED,
}
_SAME: Final = "the same as what left"
#: Of a shape that is seen for the first time it may show later that a value is a part of it. So a
#: message is composed so often before it is said to differ.
_TIMES: Final = 3


@dataclass(frozen=True, slots=True)
class Recomposer:
    """Composes messages again; each campaign's parts are made ready once."""

    db: Database
    _composers: dict[tuple[str, str], Composer] = field(default_factory=dict)

    def again(self, delivery: Delivery) -> tuple[Recomposed, Message | None]:
        """Compose the message of a delivery as it left, and say whether it is the same."""
        recorded = delivery.digest
        if delivery.erased:
            why = "the person's record was erased, so only the digest is left"
            return Recomposed(Sameness.NOT_COMPOSABLE, why, recorded), None
        if not recorded:
            return Recomposed(Sameness.NOT_RECORDED, _why_not_recorded(delivery)), None
        message: Message | None = None
        for key in self._keys().values():
            for _ in range(_TIMES):
                try:
                    made = self._made(delivery, key)
                    digests = [form.digest().hex() for form in _forms(made)]
                except Exception as error:
                    why = f"it can't be composed any more: {problem(error)}"
                    return Recomposed(Sameness.NOT_COMPOSABLE, why, recorded), None
                if recorded in digests:
                    return Recomposed(Sameness.SAME, _SAME, recorded, recorded), made
                message = message or made
        if message is None:
            why = "the keys that sign its links are gone"
            return Recomposed(Sameness.NOT_COMPOSABLE, why, recorded), None
        why = _difference(delivery, message)
        return Recomposed(Sameness.DIFFERS, why, recorded, message.digest().hex()), message

    def _keys(self) -> Mapping[int, SigningKey]:
        """Give all keys, the newest first: the ledger doesn't say which one signed."""
        return dict(sorted(stored_keys(self.db).items(), reverse=True))

    def _made(self, delivery: Delivery, key: SigningKey) -> Message:
        campaign = campaigns.get(self.db, delivery.campaign)
        parts = (campaign.content_hash, campaign.day)
        if parts not in self._composers:
            frozen = FrozenMessage.thaw(campaigns.frozen_content(self.db, campaign))
            self._composers[parts] = Composer(frozen, date.fromisoformat(campaign.day))
        composer = self._composers[parts]
        orders = Orders(campaign, composer.compose, composer.discreet, key, 1)
        person = roll.get(self.db, delivery.supporter_id)
        moment = datetime.fromisoformat(delivery.composed_at)
        return orders.message(person, delivery.delivery_id, moment)


def _forms(made: Message) -> Iterator[Message]:
    """Give a message as it is, and in the other forms in which it may have left.

    Whether it is a shape and its values, or one piece, hangs on who was composed before.
    """
    yield made
    if made.merge is not None:
        text = Merge(made.merge.html, (0,), made.merge.html_values, (made.text,))
        yield replace(made, content=Written(made.html, made.text, b"", made.shape, text))
        yield replace(made, content=Written(made.html, made.text, b""))


def _why_not_recorded(delivery: Delivery) -> str:
    """Say why there is no digest, as far as the row tells."""
    state = DeliveryState(delivery.state)
    if state is DeliveryState.CLAIMED:
        return "nothing is recorded yet: a dispatcher has it, or had it when it was killed"
    if state in _NOT_SENT:
        back = delivery.attempts and state is DeliveryState.PLANNED
        put_off = "it was put off" if delivery.deferrals else "it is to go again"
        return "no message has left" + (f": {put_off}" if back else "")
    if delivery.reason == Refusal.MESSAGE and not delivery.provider:
        return "no message could be made, so none left"
    ended = "nothing is recorded of what left: the dispatcher ended before it could"
    if not delivery.language:
        # what a dispatcher writes down of a letter, it writes at once
        return ended
    older = "it left before outreach recorded the digests of messages"
    return f"{ended}, or {older}" if state is DeliveryState.IN_DOUBT else older


def _difference(delivery: Delivery, message: Message) -> str:
    """Say what is known to differ. The record as it was then is not kept."""
    known = []
    if delivery.language != message.language:
        known.append(f"it was in {delivery.language} and is in {message.language} now")
    if delivery.shape != message.shape:
        known.append("other parts of it are shown")
    return (
        "not what left: the person's record was changed since, or this version of outreach composes"
        " otherwise"
        + (f"; {', and '.join(known)}" if known else "")
        + "; what the record said then is not kept"
    )
