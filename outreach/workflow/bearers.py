"""Whose token it is that came with a link: a delivery, and its person where there still is one."""

from __future__ import annotations

from dataclasses import dataclass

from outreach import tokens
from outreach.dispatch import deliveries
from outreach.dispatch.deliveries import Delivery
from outreach.errors import NotFound
from outreach.model import Supporter
from outreach.store import Database, stored_keys
from outreach.supporters import roll
from outreach.tokens import Purpose


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who was sent a token of ours."""

    #: the number that was signed
    delivery_id: int
    #: None where nothing is left of it
    delivery: Delivery | None
    #: None where their record was erased
    person: Supporter | None

    @property
    def language(self) -> str:
        """The language to speak to them; '' where it isn't known."""
        asked = self.person.language if self.person else ""
        return asked or (self.delivery.language if self.delivery else "")


def bearer_of(db: Database, purpose: Purpose, token: str) -> Bearer:
    """Find whose token it is; one signed with an old key is as good as one of today.

    Raises:
        NotFound: we never signed it for this purpose.
    """
    number = tokens.read(stored_keys(db), purpose, token)
    if number is None:
        raise NotFound("no such link was ever sent", next_step="copy the whole link from the mail")
    delivery = deliveries.by_id(db, number)
    if delivery is None or delivery.erased or "@" not in delivery.email:
        return Bearer(number, delivery, None)
    return Bearer(number, delivery, roll.get(db, delivery.supporter_id))
