"""What staff do in the queue: give a follow-up to somebody, move it on, close it.

Writes through `changes`, inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach.errors import IllegalMove, InputError, harmless
from outreach.followups import changes
from outreach.followups.stages import MOVES
from outreach.model import CloseReason, Stage
from outreach.store import Database

_LONGEST_NAME: Final = 100


def assign(
    db: Database, followup_id: int, who: str, by: str, now: datetime, *, version: int | None = None
) -> bool:
    """Give a follow-up to somebody; '' takes it from whoever has it.

    With `version`, only if nobody changed it since that version was read.

    Returns:
        False if they had it already.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed, or was changed since `version`.
        InputError: the name holds control characters or is longer than 100.
    """
    who = _checked_name(who)
    standing = changes.read(db, followup_id, version)
    if standing["stage"] == Stage.CLOSED:
        raise IllegalMove(
            f"follow-up {followup_id} is closed and can't be assigned",
            next_step="it opens again when the person writes",
        )
    if standing["assignee"] == who:
        return False
    news = {"assignee": (standing["assignee"], who)}
    changes.change(db, followup_id, news, _checked_name(by), now)
    return True


def close(
    db: Database,
    followup_id: int,
    reason: CloseReason,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Close a follow-up.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed already, its stage can't be closed, or it was changed since
            `version`.
    """
    move(db, followup_id, Stage.CLOSED, by, now, version=version, reason=reason)


def move(
    db: Database,
    followup_id: int,
    stage: Stage,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
    reason: CloseReason | None = None,
) -> None:
    """Move a follow-up to another stage, as `stages.MOVES` allows.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: the move is none of the legal ones, or it was changed since `version`.
    """
    standing = changes.read(db, followup_id, version)
    present = Stage(standing["stage"])
    legal = ", ".join(sorted(MOVES[present] - {Stage.CLOSED}))
    next_step = f"from there it can become {legal}"
    if Stage.CLOSED in MOVES[present]:
        next_step += ", or be closed"
    if present is stage:
        why = f" ({standing['close_reason']})" if standing["close_reason"] else ""
        raise IllegalMove(f"follow-up {followup_id} is {stage} already{why}", next_step=next_step)
    if stage not in MOVES[present]:
        problem = f"follow-up {followup_id} is {present} and can't become {stage}"
        raise IllegalMove(problem, next_step=next_step)
    news = {"stage": (present.value, stage.value)}
    if reason is not None or standing["close_reason"]:
        news["close_reason"] = (standing["close_reason"], reason or "")
    changes.change(db, followup_id, news, _checked_name(by), now)


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > _LONGEST_NAME or harmless(name) != name:
        raise InputError(
            f"a name has at most {_LONGEST_NAME} characters, and none that controls a screen",
            value=name,
        )
    return name
