"""Choose what one gets, by the link in a letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach import addresses, tokens
from outreach.errors import NotFound
from outreach.model import Supporter, Suppression
from outreach.store import Database, atomic, stored_keys
from outreach.supporters import consent, preferences
from outreach.supporters.preferences import Preferences
from outreach.workflow.bearers import leaver_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page shows."""

    #: BCP 47, to speak to them; '' where it isn't known
    language: str
    #: masked
    address: str
    #: whether letters come at all
    subscribed: bool
    preferences: Preferences


def show_preferences(db: Database, token: str) -> Chosen:
    """Tell what the bearer of a link chose; changes nothing.

    Raises:
        NotFound: it is no link of ours, or nothing is kept of its person any more.
    """
    return _chosen(db, *_person(db, token))


def choose_preferences(
    db: Database, token: str, wanted: Preferences, asked_by: str, now: datetime
) -> Chosen:
    """Write down what the bearer of a link chooses; `asked_by` names the words that asked.

    One transaction; safe to call again.

    Raises:
        NotFound: it is no link of ours, or nothing is kept of its person any more.
        StoreError: it could not be written down.
    """
    with atomic(db):
        preferences.choose(db, _person(db, token)[0], wanted, asked_by, now)
        return _chosen(db, *_person(db, token))


def _person(db: Database, token: str) -> tuple[Supporter, str]:
    """Give the bearer of a link, and the language to speak to them."""
    if tokens.is_harmless(stored_keys(db), token):
        raise NotFound("this link is from a copy of somebody's letter")
    bearer = leaver_of(db, token)
    if bearer.person is None:
        raise NotFound("nothing is kept of this person any more")
    return bearer.person, bearer.language


def _chosen(db: Database, person: Supporter, language: str) -> Chosen:
    gone = consent.suppression_of(db, person.email)
    return Chosen(
        language=language,
        address=addresses.masked(person.email),
        subscribed=gone not in (Suppression.UNSUBSCRIBED, Suppression.COMPLAINT),
        preferences=preferences.preferences_of(db, person),
    )
