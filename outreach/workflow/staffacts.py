"""Do what somebody asks for at the desk: once for each form, and written down.

It is written down before it is begun, and again with what came of it. If that isn't known, as the
machine stopped between or the database failed us, the form is used up, and nobody's second press
does it again unseen.

What is written down stays for ever, also after the people it was about were erased. So they stand
there by number: a task's sentence names nobody but staff, and tells no tags and no texts. Of an
error only its kind is kept, as its sentence may quote whatever was sent; an address is left out of
everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from outreach import addresses
from outreach.errors import OutcomeUnknown, OutreachError, StoreError
from outreach.staff import Person, acts
from outreach.staff.acts import Act, ActOutcome
from outreach.store import Database, atomic, waiting

R = TypeVar("R")

#: seconds that an outcome waits to be written down: longer than anything that was asked for
_PATIENCE: Final = 30.0
_NEXT_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for."""

    who: Person
    #: `approve`
    what: str
    #: `campaign spring`
    subject: str
    #: what the form is told apart by from all others
    form: str


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """That it was asked for, now or before."""

    #: the act: `result` tells what came of it
    act_id: int
    #: whether the form had been sent already, so that nothing was done now
    before: bool
    #: what the task gave; None where nothing was done now
    value: R | None


def perform(
    db: Database,
    asked: Asked,
    task: Callable[[], tuple[str, R]],
    *,
    clock: Callable[[], datetime],
    reaches_out: bool = False,
) -> Done[R]:
    """Do a task unless its form was sent before. It gives what came of it in a sentence, and more.

    The sentence is kept for ever, and what the desk shows afterwards is what was kept.

    What it raises is written down as refused and raised again, and the form may be sent again: but
    where the database failed us when something may have been done, nothing is written down, and the
    form is used up. That is so where the task has changed something by then, and always where it
    `reaches_out`: what it does outside may come before what it writes. A task that is done but
    can't be written down is as one of which nobody knows.

    Raises:
        OutcomeUnknown: something of the task may have been done.
        OutreachError: whatever the task raises.
    """
    with atomic(db):
        before = acts.form_used(db, asked.form)
        if before:
            return Done(before, before=True, value=None)
        subject = _without_addresses(asked.subject)
        act_id = acts.note(db, asked.who, asked.what, subject, ActOutcome.ASKED, now=clock())
        acts.take_form(db, asked.form, act_id)
    changes = db.conn.total_changes
    try:
        came, value = task()
    except OutreachError as error:
        if isinstance(error, StoreError) and (reaches_out or db.conn.total_changes != changes):
            raise OutcomeUnknown(f"it was begun, and then {error.problem}") from error
        _conclude(db, asked, act_id, ActOutcome.REFUSED, _kind(error), clock())
        raise
    _conclude(db, asked, act_id, ActOutcome.DONE, came, clock())
    return Done(act_id, before=False, value=value)


def note_given(
    db: Database, who: Person, what: str, subject: str, told: str, *, now: datetime
) -> None:
    """Write down that somebody was given a file. As nothing changes by it, twice is twice."""
    with atomic(db):
        acts.note(
            db,
            who,
            what,
            _without_addresses(subject),
            ActOutcome.DONE,
            detail=_without_addresses(told),
            now=now,
        )


def deny(db: Database, who: Person, what: str, subject: str, *, now: datetime) -> None:
    """Write down that somebody asked for what their role doesn't allow."""
    with atomic(db):
        at = _without_addresses(subject)
        acts.note(db, who, what, at, ActOutcome.DENIED, detail=who.role, now=now)


def result(db: Database, act_id: int, who: Person) -> Act | None:
    """Give what came of an act that this person asked for; None where it is none of theirs."""
    return acts.result_of(db, act_id, who)


def _conclude(
    db: Database, asked: Asked, act_id: int, outcome: ActOutcome, detail: str, now: datetime
) -> None:
    """Write down how it ended; where even that can't be, it stands as begun."""
    with suppress(StoreError), waiting(db, _PATIENCE), atomic(db):
        acts.note(
            db,
            asked.who,
            asked.what,
            _without_addresses(asked.subject),
            outcome,
            detail=_without_addresses(detail),
            asked_id=act_id,
            now=now,
        )
        if outcome is ActOutcome.REFUSED:
            acts.give_form_back(db, asked.form)


def _kind(error: OutreachError) -> str:
    """Say what kind of error it is, as in `illegal move`."""
    return _NEXT_WORD.sub(" ", type(error).__name__).lower()


def _without_addresses(text: str) -> str:
    return addresses.ANYWHERE.sub("(address)", text)
