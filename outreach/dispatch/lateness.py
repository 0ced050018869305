"""Lateness: a campaign that was missed doesn't go out hours later by itself. Pure.

A machine that was off, or a backup that was restored, must not send yesterday's news in the night.
Slow is not late, nor is a campaign that waits for its sending window: counted is the time in which
it could have been sent and nobody was at work on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.waves import Readers

#: why a campaign is held begins with it where it was missed, and where its time is over
MISSED: Final = "missed"
OVER: Final = "out of time"


def held_as_missed(campaign: Campaign) -> bool:
    """Whether we hold a campaign because it was missed: a new approval lets it go on."""
    return campaign.held_by == OURSELVES and campaign.held_why.startswith(MISSED)


def held_as_over(campaign: Campaign) -> bool:
    """Whether we hold a campaign because its finish-by has come: a new schedule lets it go on."""
    return campaign.held_by == OURSELVES and campaign.held_why.startswith(OVER)


def missed_since(
    schedule: Schedule, due: Sequence[Readers], *, approved_at: str, now: datetime
) -> datetime | None:
    """Say since when some of the `due` could have been sent, if that is too long; else None.

    The count begins when they were due, when somebody was last at work on the campaign, when it was
    approved (UTC) or when its window opened last, whatever is latest.
    """
    told = [datetime.fromisoformat(at) for at in (schedule.last_seen_at, approved_at) if at]
    late = []
    for group in due:
        if not group.first_due:
            # put off by nobody: it has been under way
            continue
        since, until = [*told, datetime.fromisoformat(group.first_due)], now
        if schedule.window is not None:
            if not schedule.window.is_open(now, group.zone):
                until = schedule.window.last_shut(now, group.zone)
            since.append(schedule.window.last_open(until - timedelta(seconds=1), group.zone))
        if until - max(since) > schedule.lateness:
            late.append(max(since))
    return min(late, default=None)
