"""Subscribe and take part by a form, and confirm an address by the link that only its owner gets.

Whoever fills in a form learns nothing of an address that isn't theirs: whether we know it or not,
the page that answers is the same and comes as fast, and so is what an address gets that is typed
in again and again. So a form is only written down before the answer, and looked at behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach import addresses, tokens
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import NotFound, OutreachError, SettingsError, StoreError, TemplateError
from outreach.model import Consent, Supporter, Suppression
from outreach.places import countries, timezone_of
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys, stored_keys, utc_text
from outreach.supporters import consent, preferences, roll, signups, spellings, tombstones
from outreach.supporters.signups import EXPIRES, Signup, SignupPurpose
from outreach.tokens import Purpose
from outreach.workflow.acknowledging import plain_name
from outreach.workflow.bearers import SUBSCRIBED, delivery_of
from outreach.workflow.letters import Wish, write_letter
from outreach.workflow.takingpart import open_followup

#: the message folder of the letter that asks
TEMPLATE: Final = "confirm-address"
LONGEST_NAME: Final = 100
LONGEST_WORDS: Final = 4000
#: no letter goes there, whoever asks for it
_NEVER: Final = frozenset({Suppression.COMPLAINT, Suppression.STAFF, Suppression.DEAD_ADDRESS})
#: of which neither a letter was written nor anything else became
_WAITING: Final = """
    SELECT signup_id FROM signups
    WHERE confirmed_at = '' AND NOT EXISTS (
        SELECT 1 FROM letters WHERE once <> '' AND once = 'confirmation of signup ' || signup_id
    )
    ORDER BY signup_id
"""


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


@dataclass(frozen=True, slots=True)
class Answered:
    """What one turn of answering did."""

    #: forms
    done: int
    #: forms that could not be, and why: they go on waiting
    failed: Mapping[int, str]


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

    It is written down and nothing more, for each address alike: `answer_waiting` does the rest. One
    transaction.

    Raises:
        NotFound: the token is none of ours.
        StoreError: it could not be written down.
    """
    delivery_id = delivery_of(db, Purpose.REPLY, token) if token else None
    said = replace(said, email=addresses.normalise(said.email), delivery_id=delivery_id)
    with atomic(db):
        signups.forget_old(db, now)
        signups.ask(db, said, now)


def any_waiting(db: Database) -> bool:
    """Whether there is a form for `answer_waiting`; takes no lock."""
    return db.conn.execute(_WAITING).fetchone() is not None


def answer_waiting(
    db: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    should_stop: Callable[[], bool] = lambda: False,
    most: int | None = None,
    but: Collection[int] = (),
) -> Answered:
    """Do what follows from the forms that were taken in, the oldest first.

    To subscribe always takes a letter that asks; to take part does where we don't know the address,
    else the follow-up is opened. Within some hours an address gets one such letter. One transaction
    for each form; `should_stop` is asked before each. At most `most` of them, and none of `but`.
    Safe to call at any time and twice at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    done, failed = 0, dict[int, str]()
    for (signup_id,) in db.conn.execute(_WAITING).fetchall():
        if should_stop() or (most is not None and done >= most):
            break
        if signup_id in but:
            continue
        try:
            with atomic(db):
                _answer(db, settings, signup_id, clock())
            done += 1
        except StoreError:
            raise
        except OutreachError as error:
            failed[signup_id] = error.problem
    return Answered(done, failed)


def _answer(db: Database, settings: Settings, signup_id: int, now: datetime) -> None:
    found = signups.waiting(db, signup_id, now)
    if found is None:
        return  # another was faster, or it is too old
    said, _ = found
    if said.purpose is SignupPurpose.TAKE_PART and roll.find(db, said.email) is not None:
        open_followup(db, settings, said, now, proven=False)
    elif not (
        consent.suppression_of(db, said.email) in _NEVER or signups.is_again(db, signup_id, now)
    ):
        _write(db, settings, said, signup_id, now)
        return
    signups.forget(db, signup_id)


def _write(db: Database, settings: Settings, said: Signup, signup_id: int, now: datetime) -> None:
    key, _ = signing_keys(db, now)
    wish = Wish(
        LetterPurpose.CONFIRMATION,
        TEMPLATE,
        said.email,
        # anybody can type anything in front of anybody's address
        name=plain_name(said.name),
        language=said.language,
        country=said.country,
        once=f"confirmation of signup {signup_id}",
        not_after=now + EXPIRES,
        confirm_token=tokens.sign(key, Purpose.CONFIRM, signup_id),
    )
    try:
        write_letter(db, settings, wish, now=now)
    except (NotFound, TemplateError) as error:
        # it is no fault of whoever filled in the form
        raise SettingsError(
            f"the message {TEMPLATE}, which asks for a confirmation, can't be used",
            next_step=f"mend it: `outreach templates check {TEMPLATE}`",
        ) from error


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
    return _shown(*_waiting(db, token, now)[1:])


def confirm(db: Database, settings: Settings, token: str, now: datetime) -> Confirmation:
    """Do what was asked for, as the address is now known to be its owner's.

    One transaction; safe to call again.

    Raises:
        NotFound: it is no link of ours, or it is too old.
        StoreError: it could not be written down, so it is not done.
    """
    with atomic(db):
        signup_id, said, confirmed = _waiting(db, token, now)
        if not confirmed:
            signups.confirm(db, signup_id, now)
            if said.purpose is SignupPurpose.SUBSCRIBE:
                _subscribe(db, said, now)
            else:
                open_followup(db, settings, said, now, proven=True)
    return _shown(said, confirmed=True)


def _waiting(db: Database, token: str, now: datetime) -> tuple[int, Signup, bool]:
    signup_id = tokens.read(stored_keys(db), Purpose.CONFIRM, token)
    found = None if signup_id is None else signups.waiting(db, signup_id, now)
    if found is None or signup_id is None:
        raise NotFound("no such link was ever sent, or it is too old")
    return signup_id, *found


def _shown(said: Signup, confirmed: bool) -> Confirmation:
    return Confirmation(said.purpose, said.language, addresses.masked(said.email), confirmed)


def _subscribe(db: Database, said: Signup, now: datetime) -> None:
    """Put the owner of an address on the list, or write down what they say now."""
    ground = f"{SUBSCRIBED} {utc_text(now)}"
    # who was erased comes back by their own word, and by nothing else
    tombstones.lift(db, said.email)
    person = roll.find(db, said.email)
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
        )
        person = roll.add(db, new, now)
        spellings.cover(db, person.supporter_id, person.email, own_word=True)
    else:
        roll.agree(db, person.supporter_id, ground, now)
    consent.welcome_back(db, said.email)
    preferences.note(db, person.supporter_id, "letters", "", "yes", SUBSCRIBED, now)
