"""What a schedule asks of a run over a campaign: to begin when it may, and to end in time."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from outreach.dispatch import campaigns, lateness, schedule, waves
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import status
from outreach.errors import DatabaseBusy
from outreach.store import Database, atomic


def begin_run(db: Database, name: str, now: datetime) -> datetime | None:
    """Make a scheduled campaign ready for a run, and give the moment (UTC) at which it must end.

    None where it may go on. Who is due and whose sending window is shut is put off till it opens;
    a campaign whose time is over is held. One transaction; without a schedule nothing happens.

    Raises:
        NotFound: there is no such campaign.
    """
    if schedule.find(db, campaigns.get(db, name)) is None:
        return None
    with atomic(db):
        campaign = campaigns.get(db, name)
        found = schedule.find(db, campaign)
        if found is None or campaign.held_at or hold_if_over(db, campaign, found, now):
            return None
        schedule.seen(db, campaign, now)
        due = waves.readers(db, campaign, found, due_by=now)
        shuts = waves.put_off_shut(db, campaign, found, due, now)
        return min((moment for moment in (shuts, found.ends_at) if moment), default=None)


def end_run(db: Database, name: str, now: datetime) -> None:
    """Note that somebody was at work on a scheduled campaign till now; hold it if it is over.

    Where somebody else is writing for long, nothing is noted.
    """
    if schedule.find(db, campaigns.get(db, name)) is None:
        return
    with suppress(DatabaseBusy), atomic(db):
        campaign = campaigns.get(db, name)
        found = schedule.find(db, campaign)
        if found is not None and not hold_if_over(db, campaign, found, now):
            schedule.seen(db, campaign, now)


def hold_if_over(db: Database, campaign: Campaign, found: Schedule, now: datetime) -> bool:
    """Hold a campaign whose time is over and of which something is left; give whether that is so.

    Inside the caller's transaction.
    """
    if found.finish_by is None or found.ends_at is None or now < found.ends_at:
        return False
    left = status(db, campaign).ledger.planned
    if not left:
        return False
    why = (
        f"{lateness.OVER}: it was to be finished by {found.finish_by:%Y-%m-%d %H:%M} {found.zone},"
        f" and {left:,} people are still to go"
    )
    campaigns.hold(db, campaign, by=OURSELVES, why=why, now=now)
    return True
