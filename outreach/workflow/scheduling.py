"""Give a campaign its time: when it begins, in whose zone, at which hours, and by when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.dispatch import approvals, campaigns, lateness, lease, plan, schedule, waves
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import status
from outreach.dispatch.wallclock import Oddity, moment_of, wall_time, zone_named
from outreach.dispatch.waves import Wave
from outreach.dispatch.window import Window
from outreach.errors import IllegalMove, InputError
from outreach.settings import Settings
from outreach.store import Database, atomic


@dataclass(frozen=True, slots=True)
class Wish:
    """When a campaign should go, as somebody writes it; '' and None ask the settings."""

    #: wall time: `2014-02-26 09:00`
    at: str
    zone: str = ""
    #: by each reader's own clock; `zone` is for those whose zone isn't known
    local: bool = False
    #: `08:00-20:00`
    window: str = ""
    #: wall time of `zone`; '' whenever it is done
    finish_by: str = ""
    lateness: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When a campaign goes, wave after wave."""

    campaign: str
    schedule: Schedule
    #: the moment (UTC) from which on nothing leaves; None where there is none
    ends_at: datetime | None
    waves: tuple[Wave, ...]
    approved: bool
    #: why it is held all the same; '' where it isn't
    held_why: str
    #: False where it was only asked when it would go
    written: bool


def schedule_campaign(
    db: Database,
    settings: Settings,
    name: str,
    wish: Wish,
    *,
    by: str = "",
    dry_run: bool = False,
    now: datetime,
) -> Scheduled:
    """Let no letter of a planned campaign leave before its time. One transaction.

    Replaces an earlier schedule, and lets a campaign go on that is held because its time was over.
    With `dry_run` nothing is written.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned, or nothing of it is left to send.
        InputError: a time, zone or window is none, a wave would be in the past, or the end would
            come before one.
        LeaseHeld: a dispatcher is at work on it.
    """
    wanted = _schedule(settings, wish, by)
    with atomic(db):
        campaign = campaigns.get(db, name)
        if not campaign.planned_at or not status(db, campaign).ledger.planned:
            raise _nothing_to_send(campaign)
        due = waves.waves(wanted, waves.readers(db, campaign, wanted))
        _possible(wanted, due, now)
        if not dry_run:
            _not_at_work(db, campaign, now)
            schedule.write(db, campaign, wanted, now)
            waves.begin(db, campaign, wanted)
            campaigns.note(db, campaign, by=by, what="scheduled", detail=in_words(wanted), now=now)
            if lateness.held_as_over(campaign):
                campaigns.release(db, campaign, by=by, now=now)
            campaign = campaigns.get(db, name)
        return Scheduled(
            campaign=name,
            schedule=wanted,
            ends_at=wanted.ends_at,
            waves=tuple(due),
            approved=bool(approvals.standing(db, campaign)),
            held_why=campaign.held_why,
            written=not dry_run,
        )


def unschedule_campaign(db: Database, name: str, *, by: str = "", now: datetime) -> bool:
    """Take a campaign's schedule away: it goes when somebody dispatches it. Safe to call again.

    Gives whether it had one.

    Raises:
        NotFound: there is no such campaign.
    """
    with atomic(db):
        campaign = campaigns.get(db, name)
        removed = schedule.remove(db, campaign)
        if removed:
            waves.let_go(db, campaign)
            campaigns.note(db, campaign, by=by, what="unscheduled", now=now)
    return removed


def in_words(wanted: Schedule) -> str:
    """Say a schedule in one line."""
    whose = f"each reader's own time, else {wanted.zone}" if wanted.local else wanted.zone
    parts = [f"{wanted.begins_at:%Y-%m-%d %H:%M} {whose}"]
    if wanted.window:
        over_midnight = wanted.window.closes < wanted.window.opens
        parts.append(
            f"between {wanted.window.opens:%H:%M} and {wanted.window.closes:%H:%M}"
            + (" the next day" if over_midnight else "")
        )
    if wanted.finish_by:
        parts.append(f"finish by {wanted.finish_by:%Y-%m-%d %H:%M} {wanted.zone}")
    return ", ".join(parts)


def _schedule(settings: Settings, wish: Wish, by: str) -> Schedule:
    late = wish.lateness
    return Schedule(
        begins_at=wall_time(wish.at),
        zone=zone_named(wish.zone or settings.schedule.zone),
        local=wish.local,
        window=Window.read(wish.window or settings.schedule.window),
        finish_by=wall_time(wish.finish_by) if wish.finish_by else None,
        lateness=timedelta(hours=settings.schedule.lateness) if late is None else late,
        scheduled_by=by,
    )


def _possible(wanted: Schedule, due: list[Wave], now: datetime) -> None:
    """See that all waves are still to come, and that there is time for each."""
    for wave in due:
        for zone in wave.zones:
            if moment_of(wanted.begins_at, zone).at < now:
                raise InputError(
                    f"this is past already in {zone}"
                    + (f", where {wave.people:,} of the readers are" if wanted.local else ""),
                    value=f"{wanted.begins_at:%Y-%m-%d %H:%M}",
                    next_step="choose a later time",
                )
    end, last = wanted.ends_at, due[-1]
    if end is not None and wanted.finish_by is not None and end <= last.at:
        raise InputError(
            "it would have to be finished before "
            + (f"the last wave begins, in {last.zones[0]}" if len(due) > 1 else "it begins")
            + f" at {last.at:%Y-%m-%d %H:%M} UTC; the end is {end:%Y-%m-%d %H:%M} UTC",
            value=f"{wanted.finish_by:%Y-%m-%d %H:%M}",
            next_step="give it more time with --finish-by",
            at_desk="give it more time, or begin earlier",
        )


def end_oddity(wanted: Schedule) -> Oddity:
    """Say what is odd about the wall time by which it must be finished."""
    if wanted.finish_by is None:
        return Oddity.NONE
    return moment_of(wanted.finish_by, wanted.zone).oddity


def _nothing_to_send(campaign: Campaign) -> IllegalMove:
    if not campaign.planned_at:
        return IllegalMove(
            f"the campaign {campaign.name} is not planned yet",
            next_step=f"plan it with `outreach campaigns plan {campaign.name}`",
            at_desk="plan it on its page first",
        )
    return IllegalMove(
        f"nothing of {campaign.name} is left to send",
        next_step=f"see `outreach campaigns show {campaign.name}`",
        at_desk="look at its history",
    )


def _not_at_work(db: Database, campaign: Campaign, now: datetime) -> None:
    """See that no dispatcher has letters ready that would leave at once."""
    lease.refuse_if_held(db, plan.lease_name(campaign), now)
