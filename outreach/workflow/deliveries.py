"""Tell who got what: each letter with its message, and all that happened since. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from outreach import addresses
from outreach.dispatch import campaigns, deliveries
from outreach.dispatch.deliveries import Delivery
from outreach.errors import InputError, NotFound
from outreach.model import Message
from outreach.reports.happenings import Happening, happenings
from outreach.store import Database
from outreach.supporters import roll
from outreach.tracking.subjects import split_attempt
from outreach.workflow.recomposing import Recomposed, Recomposer

#: digits of a number that SQLite can hold
_LONGEST: Final = 15


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One delivery, what happened since, and whether its message can be made again."""

    #: its address is masked where it was not asked for by that
    delivery: Delivery
    happenings: tuple[Happening, ...]
    recomposed: Recomposed


def show_deliveries(db: Database, who: str, *, campaign: str = "") -> list[DeliveryShown]:
    """Tell of all deliveries to an address, the newest first, or of one by its or an attempt's id.

    `campaign` asks for one of them only.

    Raises:
        InputError: `who` is neither an address nor an id.
        NotFound: there is no such person, delivery, attempt or campaign.
    """
    if campaign:
        campaigns.get(db, campaign)
    recomposer = Recomposer(db)
    return [
        DeliveryShown(
            delivery if "@" in who else replace(delivery, email=addresses.masked(delivery.email)),
            happenings(db, delivery.delivery_id),
            recomposer.again(delivery)[0],
        )
        for delivery in _found(db, who, campaign)
    ]


def message_again(db: Database, who: str, *, campaign: str = "") -> tuple[Message, Recomposed]:
    """Compose the message of one delivery again, and say whether it is what left.

    Raises:
        InputError: `who` and `campaign` name several, or it can't be composed again.
        NotFound: as `show_deliveries`.
    """
    found = _found(db, who, campaign)
    if len(found) > 1:
        raise InputError(
            f"there are {len(found)} deliveries to this person",
            value=who,
            next_step="name one by its id, or with --campaign",
        )
    if not found:
        raise NotFound("nothing was planned for this person", value=who)
    recomposed, message = Recomposer(db).again(found[0])
    if message is None:
        raise InputError(
            f"there is no message of delivery {found[0].delivery_id}: {recomposed.why}",
            next_step="",
        )
    return message, recomposed


def _found(db: Database, who: str, campaign: str) -> list[Delivery]:
    if "@" in who:
        return deliveries.of_person(db, roll.named(db, who).supporter_id, campaign=campaign)
    number, attempt = _number(who)
    delivery = deliveries.by_id(db, number)
    if delivery is None or (campaign and delivery.campaign != campaign):
        raise NotFound(
            "there is no delivery with this id" + (f" in {campaign}" if campaign else ""),
            value=who,
            next_step="ask by the person's address",
        )
    if attempt > delivery.attempts:
        attempts = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
        raise NotFound(f"this delivery has had {attempts}", value=who, next_step="")
    return [delivery]


def _number(who: str) -> tuple[int, int]:
    """Read the id of a delivery or of an attempt; 0 is any attempt."""
    named = split_attempt(who)
    if named is None and who.isascii() and who.isdigit() and len(who) <= _LONGEST:
        named = int(who), 0
    if named is None:
        raise InputError(
            "this is neither an address nor the id of a delivery or an attempt", value=who
        )
    return named
