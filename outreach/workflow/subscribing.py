"""Subscribe and take part by a form, and confirm an address by the link that only its owner gets.

Whoever fills in a form learns nothing of an address that isn't theirs: whether we know it or not,
the page that answers is the same and comes as fast. So a form is only written down before the
answer, and `formanswers` looks at it later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach import addresses, tokens
from outreach.dispatch import deliveries
from outreach.errors import NotFound
from outreach.model import Consent, Safety, Supporter, Suppression
from outreach.places import countries, timezone_of
from outreach.settings import Settings
from outreach.store import Database, atomic, stored_keys, utc_text
from outreach.supporters import consent, preferences, roll, signups, spellings, tombstones
from outreach.supporters.signups import Signup, SignupPurpose, Waiting
from outreach.tokens import Purpose
from outreach.workflow.bearers import SUBSCRIBED
from outreach.workflow.takingpart import mail_of, open_followup

LONGEST_NAME: Final = 100
LONGEST_WORDS: Final = 4000


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link of a letter confirms."""

    purpose: SignupPurpose
    #: of the page on which it was asked for
    language: str
    #: masked
    address: str
    #: it was pressed before, or just now
    confirmed: bool
    #: what was filled in for the mailbox, the newest first: one of them can be confirmed
    forms: tuple[Waiting, ...] = ()


def faults_of(said: Signup) -> frozenset[str]:
    """Name the fields of a form that can't be used: `email`, `name`, `country`, `words`."""
    by_person = said.purpose is SignupPurpose.TAKE_PART
    wrong = {
        "email": not addresses.normalise(said.email),
        "name": len(said.name) > LONGEST_NAME or (by_person and not said.name),
        "country": said.country not in countries() and (by_person or said.country != ""),
        "words": len(said.words) > LONGEST_WORDS,
    }
    return frozenset(field for field, holds in wrong.items() if holds)


def ask(db: Database, said: Signup, token: str, now: datetime) -> None:
    """Take in a form without faults; `token` is of the letter that led to it, or ''.

    It is written down and nothing more, for each address alike: `formanswers` does the rest. A
    token of no letter, as stands in copies and previews, is as none: it proves nothing, and what
    somebody typed is not lost for it. One transaction.

    Raises:
        StoreError: it could not be written down.
    """
    said = replace(said, email=addresses.normalise(said.email), delivery_id=letter_of(db, token))
    with atomic(db):
        signups.forget_old(db, now)
        signups.ask(db, said, now)


def letter_of(db: Database, token: str) -> int | None:
    """Give the delivery whose letter led somebody to a form; None for a token of none."""
    number = tokens.read(stored_keys(db), Purpose.REPLY, token)
    # one signed after the backup was made that is in use now
    return None if number is None or deliveries.by_id(db, number) is None else number


def forget_unconfirmed(db: Database, now: datetime) -> int:
    """Delete what nobody confirmed in time; give how much. One transaction; safe to call again."""
    if not signups.any_old(db, now):
        return 0
    with atomic(db):
        return signups.forget_old(db, now)


def look_at_confirmation(db: Database, token: str, now: datetime) -> Confirmation:
    """Tell what a link confirms; changes nothing, whoever follows it.

    Raises:
        NotFound: it is no link of ours, or it is too old.
    """
    return _shown(db, *_asked(db, token, now), now)


def confirm(
    db: Database, settings: Settings, token: str, now: datetime, *, chosen: int | None = None
) -> Confirmation:
    """Do what was asked for, as the address is now known to be its owner's.

    `chosen` is which of the `forms` is theirs; None: the newest. One that is there no longer is not
    confirmed. One transaction; safe to call again.

    Raises:
        NotFound: it is no link of ours, or it is too old.
        StoreError: it could not be written down, so it is not done.
    """
    with atomic(db):
        said, confirmed = _asked(db, token, now)
        forms = [] if confirmed else signups.asked_with(db, said, now)
        theirs = [one for one in forms if chosen in (None, one.signup_id)]
        if not theirs:
            return _shown(db, said, confirmed, now)
        said = theirs[0].said
        signups.confirm(db, said, now)
        if said.purpose is SignupPurpose.SUBSCRIBE:
            _subscribe(db, settings, said, now)
        else:
            open_followup(db, settings, mail_of(db, settings, said, now, proven=True), now)
        return _shown(db, said, True, now)


def _asked(db: Database, token: str, now: datetime) -> tuple[Signup, bool]:
    """Read the form whose letter a link stands in, and whether it was pressed before."""
    signup_id = tokens.read(stored_keys(db), Purpose.CONFIRM, token)
    found = None if signup_id is None else signups.read(db, signup_id, now)
    if found is None:
        raise NotFound("no such link was ever sent, or it is too old")
    return found


def _shown(db: Database, said: Signup, confirmed: bool, now: datetime) -> Confirmation:
    forms = () if confirmed else tuple(signups.asked_with(db, said, now))
    masked = addresses.masked(said.email)
    return Confirmation(said.purpose, said.language, masked, confirmed, forms)


def _subscribe(db: Database, settings: Settings, said: Signup, now: datetime) -> None:
    """Put the owner of an address on the list, or write down what they say now."""
    ground = f"{SUBSCRIBED} {utc_text(now)}"
    # who was erased comes back by their own word, and by nothing else
    tombstones.lift(db, said.email)
    in_danger = said.country in settings.gatherings.dangers
    person = roll.find(db, _listed(db, said.email))
    if person is None:
        new = Supporter(
            supporter_id=0,
            email=said.email,
            given_name=said.name,
            country=said.country,
            language=said.language,
            timezone=timezone_of(said.country),
            joined=now.date().isoformat(),
            consent=Consent.GRANTED,
            consent_ground=ground,
            # as with the letter that asked them
            safety=Safety.DISCREET if in_danger else Safety.STANDARD,
        )
        person = roll.add(db, new, now)
        spellings.cover(db, person.supporter_id, person.email, own_word=True)
    else:
        roll.agree(db, person.supporter_id, ground, now)
        if in_danger:
            roll.take_care(db, person.supporter_id)
    consent.welcome_back(db, said.email)
    if not addresses.same(person.email, said.email):
        consent.welcome_back(db, person.email)
    preferences.note(db, person.supporter_id, "letters", "", "yes", SUBSCRIBED, now)


def _listed(db: Database, email: str) -> str:
    """Give the address under which the owner of this one is on the list, or this one.

    A dead one is only itself: that this one lives says nothing of it.
    """
    listed = consent.listed(db, email)
    dead = listed and consent.suppression_of(db, listed) is Suppression.DEAD_ADDRESS
    return email if dead else listed or email
