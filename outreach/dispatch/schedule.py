"""Schedules: when a campaign begins, at which hours it goes on, and by when it must be done.

Writes: schedules. What follows for each letter is `waves`' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.wallclock import moment_of
from outreach.dispatch.window import Window
from outreach.store import Database, utc_text

_COLUMNS: Final = (
    "begins_at, zone, each_readers_zone, window_from, window_to, finish_by, lateness,"
    " scheduled_by, scheduled_at, last_seen_at"
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a campaign is to go. Wall times stand without a zone: they are those of `zone`.

    With `local`, `begins_at` and `window` are wall times of each reader's own zone, and `zone` is
    for those of whom none is known.
    """

    begins_at: datetime
    zone: str
    local: bool
    #: None: at all hours
    window: Window | None
    #: None: whenever it is done
    finish_by: datetime | None
    #: missed by more than that, it waits for a new approval
    lateness: timedelta
    scheduled_by: str
    #: UTC; '' until it is written
    scheduled_at: str = ""
    #: UTC: when somebody was last at work on it; '' where nobody was
    last_seen_at: str = ""

    @property
    def ends_at(self) -> datetime | None:
        """The moment (UTC) from which on nothing may leave; None where there is none."""
        return None if self.finish_by is None else moment_of(self.finish_by, self.zone).at


def find(db: Database, campaign: Campaign) -> Schedule | None:
    """Read a campaign's schedule; None where it has none."""
    row = db.conn.execute(
        f"SELECT {_COLUMNS} FROM schedules WHERE campaign_id = ?", [campaign.campaign_id]
    ).fetchone()
    if row is None:
        return None
    begins_at, zone, local, opens, closes, finish_by, lateness, *told = row
    return Schedule(
        datetime.fromisoformat(begins_at),
        zone,
        bool(local),
        Window.read(f"{opens}-{closes}") if opens else None,
        datetime.fromisoformat(finish_by) if finish_by else None,
        timedelta(seconds=lateness),
        *told,
    )


def write(db: Database, campaign: Campaign, schedule: Schedule, now: datetime) -> None:
    """Write a campaign's schedule down, in place of an earlier one."""
    window, finish_by = schedule.window, schedule.finish_by
    db.conn.execute(
        f"INSERT OR REPLACE INTO schedules (campaign_id, {_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
        [
            campaign.campaign_id,
            schedule.begins_at.isoformat(timespec="minutes"),
            schedule.zone,
            int(schedule.local),
            f"{window.opens:%H:%M}" if window else "",
            f"{window.closes:%H:%M}" if window else "",
            finish_by.isoformat(timespec="minutes") if finish_by else "",
            int(schedule.lateness.total_seconds()),
            schedule.scheduled_by,
            utc_text(now),
        ],
    )


def remove(db: Database, campaign: Campaign) -> bool:
    """Take a campaign's schedule away. Safe to call again. Gives whether there was one."""
    removed = db.conn.execute("DELETE FROM schedules WHERE campaign_id = ?", [campaign.campaign_id])
    return bool(removed.rowcount)


def seen(db: Database, campaign: Campaign, now: datetime) -> None:
    """Note that somebody is at work on it, so that it isn't missed. Without a schedule, nothing."""
    db.conn.execute(
        "UPDATE schedules SET last_seen_at = ? WHERE campaign_id = ?",
        [utc_text(now), campaign.campaign_id],
    )
