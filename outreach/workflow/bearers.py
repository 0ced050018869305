"""Whose token it is that came with a link: a letter, and its person where there still is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from outreach import tokens
from outreach.dispatch import deliveries
from outreach.dispatch.deliveries import Delivery
from outreach.errors import NotFound
from outreach.model import Supporter
from outreach.store import Database, stored_keys
from outreach.supporters import roll, tombstones
from outreach.tokens import Purpose

#: by which words somebody asked who subscribed themself
SUBSCRIBED: Final = "subscribe page, confirmed by letter"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who was sent a token of ours."""

    #: the letter that it stands in, for people and for seals
    letter: str
    #: to which it went; '' where nothing is kept of its owner any more
    email: str = ""
    #: None where they are not on the list, or no longer
    person: Supporter | None = None
    #: the language to speak to them; '' where it isn't known
    language: str = ""


def leaver_of(db: Database, token: str) -> Bearer:
    """Find whose link it is to leave or to choose: of a campaign's letter, or of a single one.

    One signed with an old key is as good as one of today.

    Raises:
        NotFound: we never signed it for that.
    """
    letter_id = tokens.read(stored_keys(db), Purpose.LEAVE_LETTER, token)
    if letter_id is None:
        number = delivery_of(db, Purpose.UNSUBSCRIBE, token)
        delivery, person = person_of(db, number)
        if delivery is not None and delivery.erased:
            person = _returned(db, delivery.supporter_id)
        language = (person.language if person else "") or (delivery.language if delivery else "")
        return Bearer(f"delivery {number}", person.email if person else "", person, language)
    row = db.conn.execute(
        "SELECT email, language, supporter_id FROM letters WHERE letter_id = ?", [letter_id]
    ).fetchone()
    email, language, supporter_id = row or ("", "", None)
    if "@" in email:
        return Bearer(f"letter {letter_id}", email, roll.find(db, email), language)
    back = None if supporter_id is None else _returned(db, supporter_id)
    if back is None:
        return Bearer(f"letter {letter_id}")
    return Bearer(f"letter {letter_id}", back.email, back, back.language)


#: who came back by their own word wrote down this choice
_RETURNED: Final = """
    SELECT DISTINCT s.email FROM choices AS c JOIN supporters AS s USING (supporter_id)
    WHERE c.asked_by = ?
"""


def _returned(db: Database, supporter_id: int) -> Supporter | None:
    """Find whoever was erased since a letter, and came back: its link to leave works for them.

    Under whatever spelling: they are known by their mailbox.
    """
    emails = [email for (email,) in db.conn.execute(_RETURNED, [SUBSCRIBED])]
    email = tombstones.was(db, supporter_id, emails)
    return roll.find(db, email) if email else None


def language_of(db: Database, token: str) -> str:
    """Give the language to speak to whoever answers a letter by its token; '' where unknown."""
    number = tokens.read(stored_keys(db), Purpose.REPLY, token)
    if number is None:
        return ""
    delivery, person = person_of(db, number)
    return (person.language if person else "") or (delivery.language if delivery else "")


def delivery_of(db: Database, purpose: Purpose, token: str) -> int:
    """Read the number of the delivery that a token is of.

    Raises:
        NotFound: we never signed it for this purpose.
    """
    number = tokens.read(stored_keys(db), purpose, token)
    if number is None:
        raise NotFound("no such link was ever sent", next_step="copy the whole link from the mail")
    return number


def person_of(db: Database, delivery_id: int) -> tuple[Delivery | None, Supporter | None]:
    """Give a delivery and its person; None for what is no longer kept."""
    delivery = deliveries.by_id(db, delivery_id)
    if delivery is None or delivery.erased or "@" not in delivery.email:
        return delivery, None
    return delivery, roll.get(db, delivery.supporter_id)
