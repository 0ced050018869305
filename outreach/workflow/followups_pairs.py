"""Make one follow-up of two, or two of one. Each is one transaction; `by` is whoever is at work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from outreach.followups import duplicates, gatherings, merging, staff
from outreach.followups.duplicates import Proposal
from outreach.settings import Settings
from outreach.store import Database, atomic, snapshot
from outreach.workflow.gatherings import give_gathering


def merge_followups(
    db: Database,
    settings: Settings,
    keep: int,
    other: int,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[int, ...]:
    """Put all of `other` into `keep`, its gatherings too; gives the mails that moved.

    See `merging.merge`.

    Raises:
        NotFound: one of them does not exist.
        IllegalMove: one was merged before, `keep` is done and the other isn't, or `keep` was
            changed since `version`.
        InputError: they are the same one.
    """
    by = staff.called(settings, by)
    with atomic(db):
        mails = merging.merge(db, keep, other, by, now, version=version)
        gatherings.hand_over(db, other, keep, by, now)
        return mails


def split_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    mails: Collection[int],
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> int:
    """Take mails out of a follow-up into one of their own; gives its id. See `merging.split`.

    A gathering goes along whose organiser has the new one's address or is its supporter; any other
    stays, until somebody says otherwise (`gatherings.give_gathering`).

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a mail is not one of its mails, or none would be left.
    """
    by = staff.called(settings, by)
    with atomic(db):
        new = merging.split(db, followup_id, mails, by, now, version=version)
        for gathering_id in gatherings.split_from(db, followup_id, new):
            give_gathering(db, settings, gathering_id, new, by=by, now=now)
        return new


def propose_duplicates(db: Database) -> list[Proposal]:
    """Give pairs of follow-ups that may be one person's."""
    with snapshot(db):
        return duplicates.propose(db)


def keep_apart(
    db: Database, settings: Settings, one: int, other: int, *, by: str, now: datetime
) -> None:
    """Write down that two follow-ups are two people's: they are proposed no more.

    Raises:
        NotFound: one of them does not exist.
        InputError: they are the same one.
    """
    by = staff.called(settings, by)
    with atomic(db):
        merging.keep_apart(db, one, other, by, now)
