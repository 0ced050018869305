"""Say who has a follow-up open, and open what somebody should do next. Each is one transaction.

That somebody has it open is a notice, not a lock, so it isn't worth waiting for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from outreach.errors import DatabaseBusy
from outreach.followups import claims, staff, view
from outreach.followups.claims import Claim
from outreach.followups.namedviews import View
from outreach.followups.view import Asked, FollowupLine
from outreach.settings import Settings
from outreach.store import Database, atomic, waiting
from outreach.workflow.followups import Case, claimed_for, show_followup

#: seconds in which most of what others write is written
_MOMENT: Final = 0.2


def open_followup(
    db: Database, settings: Settings, followup_id: int, *, me: str, now: datetime
) -> Case:
    """Open a follow-up to work on it: whoever else opens it is told so.

    While somebody else writes, it is shown without: a notice isn't worth waiting for.

    Raises:
        NotFound: there is no such follow-up.
    """
    case = show_followup(db, settings, followup_id, me=me, now=now)
    me = staff.called(settings, me)
    try:
        with waiting(db, 0), atomic(db):
            claim = claims.take(db, followup_id, me, claimed_for(settings), now)
    except DatabaseBusy:
        return case
    return replace(case, claim=claim)


def open_next(
    db: Database,
    settings: Settings,
    *,
    me: str,
    only_mine: bool = False,
    passed: Collection[int] = (),
    left: int = 0,
    now: datetime,
) -> Case | None:
    """Open what `me` should do next: overdue first, what others have and have open not at all.

    It is one of theirs or nobody's, and with `only_mine` theirs. `passed` are those that they don't
    want now, `left` they have open no more. None where nothing is left. Two who ask at once get
    two; but while somebody writes for long, nobody waits for that.
    """
    me = staff.called(settings, me)
    try:
        with waiting(db, _MOMENT), atomic(db):
            claims.drop(db, left, me)
            followup_id = _next(db, settings, me, only_mine=only_mine, passed=passed, now=now)
            if followup_id:
                claims.take(db, followup_id, me, claimed_for(settings), now)
    except DatabaseBusy:
        followup_id = _next(db, settings, me, only_mine=only_mine, passed=passed, now=now)
    return show_followup(db, settings, followup_id, me=me, now=now) if followup_id else None


def _next(
    db: Database,
    settings: Settings,
    me: str,
    *,
    only_mine: bool,
    passed: Collection[int],
    now: datetime,
) -> int:
    """Find it; 0 where nothing is left."""
    for line in _in_turn(db, now):
        theirs = line.assignee.casefold() == me.casefold()
        free = not only_mine and staff.is_nobodys(settings, line.assignee)
        if line.followup_id in passed or not (theirs or free):
            continue
        if not claims.of_another(db, line.followup_id, me, claimed_for(settings), now):
            return line.followup_id
    return 0


#: whoever comes next is mostly among the first
_FIRST_FEW: Final = 50


def _in_turn(db: Database, now: datetime) -> Iterator[FollowupLine]:
    """Give those that need an answer, overdue first; all are read only where that must be."""
    few = view.list_followups(db, Asked(view=View.NEEDS_ANSWER, limit=_FIRST_FEW), now)
    yield from few
    if len(few) == _FIRST_FEW:
        yield from view.list_followups(db, Asked(view=View.NEEDS_ANSWER), now)[_FIRST_FEW:]


def claim_of_another(
    db: Database, settings: Settings, followup_id: int, *, me: str, now: datetime
) -> Claim | None:
    """Say who else than `me` has a follow-up open; None where nobody has."""
    me = staff.called(settings, me)
    return claims.of_another(db, followup_id, me, claimed_for(settings), now)


def leave_followup(db: Database, settings: Settings, followup_id: int, *, me: str) -> None:
    """Say that `me` has it open no more."""
    with atomic(db):
        claims.drop(db, followup_id, staff.called(settings, me))
