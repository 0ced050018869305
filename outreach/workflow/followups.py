"""Look after the people who wrote back. Each change is one transaction.

`by` and `me` are whoever is at work: as [[staff]] has them, or any other name. With `version` a
change is refused where somebody else changed the follow-up since that version was read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from outreach.followups import (
    claims,
    duplicates,
    figures,
    gatherings,
    person,
    queue,
    safetytalks,
    staff,
    view,
)
from outreach.followups.claims import Claim
from outreach.followups.duplicates import Proposal
from outreach.followups.namedviews import View
from outreach.followups.person import Past, Written
from outreach.followups.view import Asked, Followup, FollowupLine
from outreach.model import CloseReason, Stage
from outreach.settings import Settings
from outreach.store import Database, atomic, snapshot


@dataclass(frozen=True, slots=True)
class Case:
    """One follow-up with all that helps to answer it."""

    followup: Followup
    #: None where it is of a new contact
    past: Past | None
    #: what was written to them from here, oldest first
    letters: tuple[Written, ...]
    #: other follow-ups that may be of the same person
    duplicates: tuple[Proposal, ...]
    #: somebody else has it open
    claim: Claim | None
    #: hosting is dangerous for them: the risks have to be talked over before they are confirmed
    talk_needed: bool


def list_followups(
    db: Database, settings: Settings, asked: Asked, *, now: datetime
) -> list[FollowupLine]:
    """List follow-ups: those overdue first, then by when their answer is due."""
    me, assignee = staff.called(settings, asked.me), staff.called(settings, asked.assignee)
    return view.list_followups(db, replace(asked, me=me, assignee=assignee), now)


def show_followup(
    db: Database, settings: Settings, followup_id: int, *, me: str = "", now: datetime
) -> Case:
    """Read one follow-up with its mails, its history and its person.

    Raises:
        NotFound: there is no such follow-up.
    """
    me = staff.called(settings, me)
    with snapshot(db):
        return Case(
            view.get_followup(db, followup_id, now),
            person.past_of(db, followup_id),
            person.letters_of(db, followup_id),
            tuple(duplicates.propose(db, followup_id)),
            claims.of_another(db, followup_id, me, claimed_for(settings), now),
            safetytalks.needs_talk(db, settings.gatherings.dangers, followup_id),
        )


def count_views(db: Database, settings: Settings, *, me: str, now: datetime) -> dict[View, int]:
    """Count what is in each view; reads nothing of what is done."""
    return view.count_views(db, staff.called(settings, me), now)


def queue_stats(db: Database, settings: Settings, *, me: str, now: datetime) -> figures.Stats:
    """Count the queue: by stage, view and person, and how soon people are answered."""
    with snapshot(db):
        return figures.stats(db, staff.called(settings, me), now)


def claimed_for(settings: Settings) -> timedelta:
    """Give for how long somebody who opened a follow-up has it open."""
    return timedelta(minutes=settings.followups.claim)


def assign_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    who: str,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> bool:
    """Give a follow-up to `who`; '' takes it from whoever has it.

    Returns:
        False if they had it already.

    Raises:
        NotFound: there is no such follow-up, or nobody of that name among [[staff]].
        IllegalMove: it is closed, or was changed since `version`.
        InputError: a name can't be used.
    """
    who, by = staff.assignable(settings, who), staff.called(settings, by)
    with atomic(db):
        return queue.assign(db, followup_id, who, by, now, version=version)


@dataclass(frozen=True, slots=True)
class Given:
    """Who got a follow-up."""

    followup_id: int
    who: str


def share_followups(
    db: Database, settings: Settings, *, in_turn: bool = False, by: str, now: datetime
) -> list[Given]:
    """Give what is open and nobody's to the teams of its country or language, in turn in each.

    What somebody has who left the staff is nobody's. With `in_turn` to all of the staff in turn,
    whatever their team. What no team is for stays.

    Raises:
        NotFound: there are no [[staff]] in the settings.
    """
    staff.must_exist(settings)
    by = staff.called(settings, by)
    given = []
    with atomic(db):
        for line in view.list_followups(db, Asked(), now):
            if not staff.is_nobodys(settings, line.assignee):
                continue
            team = staff.team_of(settings, line.country, line.language)
            who = staff.next_in_turn(db, settings.staff if in_turn else team)
            if who:
                queue.assign(db, line.followup_id, who, by, now)
                given.append(Given(line.followup_id, who))
    return given


def move_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    stage: Stage,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Move a follow-up to another stage; to close it, use `close_followup`.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: its stage has no such move, it was changed since `version`, or hosting is
            dangerous for them and nobody has talked that over.
        InputError: a name can't be used.
    """
    by = staff.called(settings, by)
    with atomic(db):
        safetytalks.require_talk(db, settings.gatherings.dangers, followup_id, stage)
        queue.move(db, followup_id, stage, by, now, version=version)


def close_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    reason: CloseReason,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[int, ...]:
    """Close a follow-up.

    Returns:
        its gatherings that are still planned, which stay so until somebody cancels them.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done already, or was changed since `version`.
        InputError: a name can't be used.
    """
    by = staff.called(settings, by)
    with atomic(db):
        queue.close(db, followup_id, reason, by, now, version=version)
        return gatherings.planned_of(db, followup_id)


def answered_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    how: str,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> bool:
    """Write down that somebody answered by another way, such as the telephone.

    Returns:
        False where the person waited for nothing.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
        InputError: a text can't be used.
    """
    by = staff.called(settings, by)
    with atomic(db):
        return queue.answered(db, followup_id, how, by, now, version=version)


def snooze_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    until: date | None,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Let a follow-up sleep until a day (UTC), or until the person writes; None wakes it.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
        InputError: the day is not after today.
    """
    by = staff.called(settings, by)
    with atomic(db):
        queue.snooze(db, followup_id, until, by, now, version=version)


def make_due(
    db: Database,
    settings: Settings,
    followup_id: int,
    due: datetime,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Set when an answer is due, whatever the settings say.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
    """
    by = staff.called(settings, by)
    with atomic(db):
        queue.set_due(db, followup_id, due, by, now, version=version)


def tag_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[str, ...]:
    """Put words on a follow-up and take others off; gives all that it has then.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a word can't be one.
    """
    by = staff.called(settings, by)
    with atomic(db):
        return queue.tag(db, followup_id, add, remove, by, now, version=version)


def set_tags(
    db: Database,
    settings: Settings,
    followup_id: int,
    tags: Collection[str],
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[str, ...]:
    """Put these words on a follow-up in place of those that it has; gives them.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a word can't be one.
    """
    by = staff.called(settings, by)
    with atomic(db):
        return queue.set_tags(db, followup_id, tags, by, now, version=version)


def note_followup(
    db: Database, settings: Settings, followup_id: int, text: str, *, by: str, now: datetime
) -> None:
    """Write a remark for the staff into the history.

    Raises:
        NotFound: there is no such follow-up.
        InputError: it is empty or too long.
    """
    by = staff.called(settings, by)
    with atomic(db):
        queue.note(db, followup_id, text, by, now)
