"""Look after the people who wrote back."""

from __future__ import annotations

from datetime import datetime

from outreach.followups import queue, view
from outreach.model import CloseReason, Stage
from outreach.store import Database, atomic


def list_followups(
    db: Database,
    *,
    campaign: str = "",
    stage: Stage | None = None,
    assignee: str = "",
    include_done: bool = False,
) -> list[view.FollowupLine]:
    """List follow-ups, those that wait longest first; the done ones only where asked for."""
    return view.list_followups(
        db, campaign=campaign, stage=stage or "", assignee=assignee, include_done=include_done
    )


def show_followup(db: Database, followup_id: int) -> view.Followup:
    """Read one follow-up with its mails and its history.

    Raises:
        NotFound: there is no such follow-up.
    """
    return view.get_followup(db, followup_id)


def assign_followup(
    db: Database, followup_id: int, who: str, *, by: str, now: datetime, version: int | None = None
) -> bool:
    """Give a follow-up to `who`; '' takes it from whoever has it. One transaction.

    Returns:
        False if they had it already.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed, or was changed since `version`.
        InputError: a name can't be used.
    """
    with atomic(db):
        return queue.assign(db, followup_id, who, by, now, version=version)


def move_followup(
    db: Database,
    followup_id: int,
    stage: Stage,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Move a follow-up to another stage; to close it, use `close_followup`. One transaction.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: its stage has no such move, or it was changed since `version`.
        InputError: a name can't be used.
    """
    with atomic(db):
        queue.move(db, followup_id, stage, by, now, version=version)


def close_followup(
    db: Database,
    followup_id: int,
    reason: CloseReason,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Close a follow-up. One transaction.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done already, or was changed since `version`.
        InputError: a name can't be used.
    """
    with atomic(db):
        queue.close(db, followup_id, reason, by, now, version=version)
