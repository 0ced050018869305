"""The queue in numbers. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from outreach.followups.namedviews import OPEN, VIEWS, View
from outreach.followups.view import count_views, parameters
from outreach.store import Database


@dataclass(frozen=True, slots=True)
class Load:
    """What one of the staff has open."""

    #: '' for what is nobody's
    assignee: str
    open: int
    needs_answer: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Stats:
    """The queue in numbers."""

    #: stage -> follow-ups, without those that were merged into another
    stages: Mapping[str, int]
    #: reason -> closed follow-ups
    closed: Mapping[str, int]
    views: Mapping[View, int]
    loads: tuple[Load, ...]
    #: between the first mail and the first answer, in hours of the clock; None: none was answered
    median_hours: float | None
    #: of those who wait for us, since their first mail without an answer; None: nobody waits
    longest_wait_hours: float | None


_OVERDUE: Final = VIEWS[View.OVERDUE][1]
_NEEDS: Final = VIEWS[View.NEEDS_ANSWER][1]


def stats(db: Database, me: str, now: datetime) -> Stats:
    """Count the queue; the view `mine` is that of `me`."""
    asked = parameters(me, now)
    stages = db.conn.execute(
        "SELECT stage, count(*) FROM followups WHERE merged_into IS NULL GROUP BY stage"
    )
    closed = db.conn.execute(
        "SELECT close_reason, count(*) FROM followups"
        " WHERE stage = 'closed' AND merged_into IS NULL GROUP BY close_reason"
    )
    loads = db.conn.execute(
        f"SELECT f.assignee, count(*), sum({_NEEDS}), sum({_OVERDUE}) FROM followups AS f"
        f" WHERE {OPEN} GROUP BY f.assignee ORDER BY f.assignee",
        asked,
    )
    answered = db.conn.execute(
        "SELECT (julianday(answered_at) - julianday(opened_at)) * 24 FROM followups"
        " WHERE answered_at <> '' AND merged_into IS NULL"
    )
    hours = [max(value, 0.0) for (value,) in answered]
    (longest,) = db.conn.execute(
        f"SELECT max(julianday(:now) - julianday(f.waiting_since)) * 24"
        f" FROM followups AS f WHERE {_NEEDS}",
        asked,
    ).fetchone()
    return Stats(
        stages=dict(stages.fetchall()),
        closed=dict(closed.fetchall()),
        views=count_views(db, me, now),
        loads=tuple(Load(*load) for load in loads),
        median_hours=round(median(hours), 1) if hours else None,
        longest_wait_hours=None if longest is None else round(longest, 1),
    )
