"""Do what somebody asks for at the desk: once for each form, and written down.

It is written down before it is begun, and again with what came of it. If the machine stops between,
the form is used up, and nobody's second press does it again unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from outreach.errors import OutreachError
from outreach.staff import Person, acts
from outreach.staff.acts import Act, ActOutcome
from outreach.store import Database, atomic


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
class Done:
    """That it was asked for, now or before."""

    #: the act: `result` tells what came of it
    act_id: int
    #: whether the form had been sent already, so that nothing was done now
    before: bool


def perform(
    db: Database,
    asked: Asked,
    task: Callable[[], str],
    *,
    clock: Callable[[], datetime],
) -> Done:
    """Do a task unless its form was sent before. It gives what came of it, in a sentence.

    What it raises is written down and raised again, and the form may be sent again.

    Raises:
        OutreachError: whatever the task raises.
    """
    with atomic(db):
        before = acts.form_used(db, asked.form)
        if before:
            return Done(before, before=True)
        act_id = acts.note(db, asked.who, asked.what, asked.subject, ActOutcome.ASKED, now=clock())
        acts.take_form(db, asked.form, act_id)
    try:
        came = task()
    except OutreachError as error:
        _conclude(db, asked, act_id, ActOutcome.REFUSED, error.problem, clock())
        raise
    _conclude(db, asked, act_id, ActOutcome.DONE, came, clock())
    return Done(act_id, before=False)


def note_given(
    db: Database, who: Person, what: str, subject: str, told: str, *, now: datetime
) -> None:
    """Write down that somebody was given a file. As nothing changes by it, twice is twice."""
    with atomic(db):
        acts.note(db, who, what, subject, ActOutcome.DONE, detail=told, now=now)


def deny(db: Database, who: Person, what: str, subject: str, *, now: datetime) -> None:
    """Write down that somebody asked for what their role doesn't allow."""
    with atomic(db):
        acts.note(db, who, what, subject, ActOutcome.DENIED, detail=who.role, now=now)


def result(db: Database, act_id: int, who: Person) -> Act | None:
    """Give what came of an act that this person asked for; None where it is none of theirs."""
    return acts.result_of(db, act_id, who)


def _conclude(
    db: Database, asked: Asked, act_id: int, outcome: ActOutcome, detail: str, now: datetime
) -> None:
    with atomic(db):
        acts.note(
            db,
            asked.who,
            asked.what,
            asked.subject,
            outcome,
            detail=detail,
            asked_id=act_id,
            now=now,
        )
        if outcome is ActOutcome.REFUSED:
            acts.give_form_back(db, asked.form)
