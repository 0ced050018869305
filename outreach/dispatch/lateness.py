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
from outreach.dispatch.wallclock import moment_of
from outreach.dispatch.waves import Readers
from outreach.dispatch.window import Window

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

    The count begins when they were due, when somebody was last at work on the campaign or when it
    was approved (UTC), whatever is latest. Of the times at which its window was shut one is no
    lateness, the last: a machine that was off over night goes on in the morning, and one that was
    off for days does not.
    """
    told = [datetime.fromisoformat(at) for at in (schedule.last_seen_at, approved_at) if at]
    late = []
    for group in due:
        first = (
            datetime.fromisoformat(group.first_due)
            if group.first_due
            else moment_of(schedule.begins_at, group.zone).at
        )
        since, away = _away(schedule.window, group.zone, max([*told, first]), now)
        if away > schedule.lateness:
            late.append(since)
    return min(late, default=None)


def _away(
    window: Window | None, zone: str, since: datetime, now: datetime
) -> tuple[datetime, timedelta]:
    """Give since when they could have been sent, and for how long nobody was there."""
    if window is None:
        return since, now - since
    since = window.next_open(since, zone)
    until = now if window.is_open(now, zone) else window.last_shut(now, zone)
    if until <= since:
        return since, timedelta()
    opened = window.last_open(until - timedelta(seconds=1), zone)
    if opened <= since:
        return since, until - since
    shut = window.last_shut(opened, zone)
    return since, (until - opened) + (shut - since)
