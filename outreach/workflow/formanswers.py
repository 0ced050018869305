"""Do what follows from forms that anybody can fill in: open a follow-up, or ask by a letter.

Whoever fills in a form could tell by a stopwatch whether an address is on the list, if answering
took more of the program's time for the one than for the other, or of the writing turn, for which
others wait. So all is made ready outside of it, for each form alike: the letter that may ask, and
the mail that a follow-up may be opened with. What is left is to write, and each form has the turn
for the same time, whatever is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach import tokens
from outreach.dispatch import correspondence
from outreach.dispatch.correspondence import NewLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import NotFound, OutreachError, SettingsError, StoreError, TemplateError
from outreach.model import Suppression
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters import consent, signups
from outreach.supporters.signups import EXPIRES, Signup, SignupPurpose
from outreach.tokens import Purpose
from outreach.workflow.acknowledging import plain_name
from outreach.workflow.letters import Desk, Wish
from outreach.workflow.takingpart import FormMail, mail_of, open_followup

#: the message folder of the letter that asks
TEMPLATE: Final = "confirm-address"
#: letters to addresses that strangers typed; the forms beyond that wait for the next hour
LETTERS_AN_HOUR: Final = 500
#: each form has the writing turn for this time, or a multiple where the disk is slow
TURN: Final = timedelta(milliseconds=40)
#: between two turns, so that others have theirs
_BETWEEN: Final = 0.15
#: forms that one run of the crontab answers
_MOST_OF_A_RUN: Final = 100
#: no letter goes there, whoever asks for it
_NEVER: Final = frozenset({Suppression.COMPLAINT, Suppression.STAFF, Suppression.DEAD_ADDRESS})


@dataclass(frozen=True, slots=True)
class Answered:
    """What one turn of answering did."""

    #: forms
    done: int
    #: forms that could not be, and why: they go on waiting
    failed: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A form, and all that may be written of it."""

    signup_id: int
    said: Signup
    #: the letter that asks; or why there can be none
    letter: NewLetter | OutreachError
    #: None where nobody wants to take part
    mail: FormMail | None
    now: datetime


def answer_forms(
    db: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    sleep: Callable[[float], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> Answered:
    """Do what follows from the forms that were taken in; `sleep` takes seconds.

    To subscribe always takes a letter that asks; to take part does where we don't know the mailbox,
    else the follow-up is opened. Within some hours a mailbox gets one such letter of each kind. One
    transaction for each form; `should_stop` is asked before each. Safe to call at any time and
    twice at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    done, failed = 0, dict[int, str]()
    for signup_id in signups.new(db)[:_MOST_OF_A_RUN]:
        if should_stop():
            break
        try:
            ready = make_ready(db, settings, signup_id, clock())
            done += ready is not None and answer(db, settings, ready, clock, sleep=sleep)
        except StoreError:
            raise
        # one must not keep the others waiting, whatever is wrong with it
        except Exception as error:
            failed[signup_id] = fault_of(error)
        sleep(_BETWEEN)
    return Answered(done, failed)


def new_forms(db: Database, but: Collection[int] = ()) -> list[int]:
    """Give the forms that wait to be answered, without those in `but`; takes no lock."""
    return [signup_id for signup_id in signups.new(db) if signup_id not in but]


def any_new(db: Database) -> bool:
    """Whether any form waits to be answered; takes no lock."""
    return signups.any_new(db)


def make_ready(db: Database, settings: Settings, signup_id: int, now: datetime) -> Ready | None:
    """Make all that may have to be written of a form; None where it waits no longer.

    The same is done for every address. Writes nothing.

    Raises:
        Exception: whatever kept us from understanding it.
    """
    found = signups.read(db, signup_id, now)
    if found is None or not signups.is_new(db, signup_id):
        return None
    said, _ = found
    try:
        letter: NewLetter | OutreachError = _letter(db, settings, said, signup_id, now)
    except StoreError:
        raise
    except OutreachError as error:
        letter = error
    by_mail = said.purpose is SignupPurpose.TAKE_PART
    mail = mail_of(db, settings, said, now, proven=False) if by_mail else None
    return Ready(signup_id, said, letter, mail, now)


def answer(
    db: Database,
    settings: Settings,
    ready: Ready,
    clock: Callable[[], datetime],
    *,
    sleep: Callable[[float], None],
) -> bool:
    """Write what follows from a form; give whether it is answered, else it goes on waiting.

    One transaction, which takes the same time whatever is written.

    Raises:
        SettingsError: the letter can't be written.
        StoreError: nothing could be written down.
    """
    with atomic(db):
        begun = clock()
        try:
            return _answered(db, settings, ready)
        finally:
            sleep(((begun - clock()) % TURN).total_seconds())


def fault_of(error: Exception) -> str:
    """Say what keeps a form waiting, without anything of what it says."""
    return error.problem if isinstance(error, OutreachError) else type(error).__name__


def _answered(db: Database, settings: Settings, ready: Ready) -> bool:
    said, letter, now = ready.said, ready.letter, ready.now
    if not signups.is_new(db, ready.signup_id):
        return True  # another was faster
    if isinstance(letter, NewLetter) and correspondence.next_id(db) != letter.letter_id:
        return False  # a letter was written meanwhile, which has its number and so its tokens
    if ready.mail is not None and consent.listed(db, said.email):
        open_followup(db, settings, ready.mail, now)
        signups.forget(db, ready.signup_id)
    elif consent.suppression_of(db, said.email) in _NEVER:
        signups.forget(db, ready.signup_id)
    elif signups.is_asked(db, said, now):
        signups.note_looked_at(db, ready.signup_id, now)
    elif said.delivery_id is None and _are_too_many(db, now):
        return False
    elif isinstance(letter, OutreachError):
        raise letter
    else:
        correspondence.write(db, letter, now)
        signups.note_looked_at(db, ready.signup_id, now, written=True)
    return True


def _are_too_many(db: Database, now: datetime) -> bool:
    return signups.written_since(db, now - timedelta(hours=1)) >= LETTERS_AN_HOUR


def _letter(
    db: Database, settings: Settings, said: Signup, signup_id: int, now: datetime
) -> NewLetter:
    key, _ = signing_keys(db, now)
    # whoever says that they are somewhere safe may be a stranger
    named = {said.country, *(one.said.country for one in signups.asked_with(db, said, now))}
    wish = Wish(
        LetterPurpose.CONFIRMATION,
        TEMPLATE,
        said.email,
        # anybody can type anything in front of anybody's address
        name=plain_name(said.name),
        language=said.language,
        country=said.country,
        # where hosting is dangerous, so may be a letter that others can read
        discreet=bool(named & settings.gatherings.dangers),
        once=f"confirmation of signup {signup_id}",
        not_after=now + EXPIRES,
        confirm_token=tokens.sign(key, Purpose.CONFIRM, signup_id),
    )
    try:
        return Desk(db, settings, now).compose(wish)
    except (NotFound, TemplateError) as error:
        # it is no fault of whoever filled in the form
        raise SettingsError(
            f"the message {TEMPLATE}, which asks for a confirmation, can't be used",
            next_step=f"mend it: `outreach templates check {TEMPLATE}`",
        ) from error
