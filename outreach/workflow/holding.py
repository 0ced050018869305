"""Stop a campaign and let it go on, at any moment: a dispatcher at work asks before each batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.dispatch import approvals, campaigns, lateness, ledger, mark, schedule
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.status import OVER, status
from outreach.errors import IllegalMove
from outreach.store import Database, atomic
from outreach.workflow import running


@dataclass(frozen=True, slots=True)
class Paused:
    """That a campaign is held, and by whom."""

    campaign: str
    #: False where it was held before, by whom and for what the rest tells
    changed: bool
    by: str
    why: str
    #: still planned, in people
    still_planned: int
    #: with a dispatcher at this moment
    on_their_way: int
    #: in doubt since now, as the dispatcher that had them is gone
    abandoned: int = 0


def pause_campaign(db: Database, name: str, *, by: str, why: str = "", now: datetime) -> Paused:
    """Let nothing more of a campaign leave until somebody resumes it. Safe to call again.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: nothing of it is left to send.
    """
    with atomic(db):
        campaign = campaigns.get(db, name)
        abandoned = running.doubt_abandoned(db, campaign, now)
        counted = status(db, campaign).ledger
        if campaign.planned_at and not counted.planned + counted.claimed + abandoned:
            raise IllegalMove(
                f"nothing of {name} is left to send",
                next_step=f"see `outreach campaigns show {name}`",
                at_desk="look at its history",
            )
        changed = campaigns.hold(db, campaign, by=by, why=why.strip() or "paused", now=now)
        held = campaigns.get(db, name)
    return Paused(
        name,
        changed,
        held.held_by,
        held.held_why,
        counted.planned,
        counted.claimed,
        abandoned,
    )


@dataclass(frozen=True, slots=True)
class Resumed:
    """That a campaign may go on, and whether it will by itself."""

    campaign: str
    #: False where it wasn't held
    changed: bool
    #: why it had been held
    why: str
    still_planned: int
    scheduled: bool
    approved: bool


def resume_campaign(
    db: Database, name: str, *, by: str, held_at: str = "", now: datetime
) -> Resumed:
    """Let a held campaign go on. Safe to call again.

    `held_at` (UTC text) is since when it was held when somebody looked at it, where that is known:
    if somebody paused it since, it stays so. '' is whatever holds it now.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: the time by which it was to be finished is over, or somebody paused it since.
    """
    with atomic(db):
        campaign = campaigns.get(db, name)
        if held_at and campaign.held_at not in ("", held_at):
            raise IllegalMove("somebody paused it since you looked", next_step="look again")
        found = schedule.find(db, campaign)
        if campaign.held_at and found and found.ends_at and found.ends_at <= now:
            raise IllegalMove(
                f"the time by which {name} was to be finished is over",
                next_step=f"give it a new one with `outreach campaigns schedule {name}`, or none"
                f" with `outreach campaigns unschedule {name}`",
                at_desk="give it another time, or take the schedule away",
            )
        changed = campaigns.release(db, campaign, by=by, now=now)
        if changed:
            # what waited for a person isn't late because of it
            schedule.seen(db, campaign, now)
        planned = status(db, campaign).ledger.planned
        approved = bool(approvals.standing(db, campaign))
    return Resumed(name, changed, campaign.held_why, planned, found is not None, approved)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was cancelled of a campaign, in people."""

    campaign: str
    cancelled: int
    #: with a dispatcher at this moment: too late for them
    on_their_way: int
    #: in doubt since now, as the dispatcher that had them is gone
    abandoned: int = 0


def cancel_campaign(
    db: Database, name: str, *, by: str = "", why: str = "", now: datetime
) -> Cancelled:
    """Cancel what is still planned, also while a dispatcher is at work. Safe to call again.

    Raises:
        NotFound: there is no such campaign.
    """
    with atomic(db):
        campaign = campaigns.get(db, name)
        abandoned = running.doubt_abandoned(db, campaign, now)
        cancelled = ledger.cancel(db, campaign.campaign_id, now)
        if cancelled:
            detail = f"{cancelled} people" + (f": {why.strip()}" if why.strip() else "")
            campaigns.note(db, campaign, by=by, what="cancelled", detail=detail, now=now)
        claimed = status(db, campaign).ledger.claimed
    return Cancelled(campaign.name, cancelled, claimed, abandoned)


def refuse_held(db: Database, campaign: Campaign) -> None:
    """See that a campaign isn't held.

    Raises:
        IllegalMove: it is.
    """
    if not campaign.held_at:
        return
    raise IllegalMove(
        f"{campaign.name} is held since {campaign.held_at} by {campaign.held_by or 'somebody'}:"
        f" {campaign.held_why}",
        next_step=_way_on(db, campaign),
    )


def way_on(db: Database, name: str) -> str:
    """Say what lets a held campaign go on; '' where it isn't held.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    return _way_on(db, campaign) if campaign.held_at else ""


def held_in_words(db: Database, name: str) -> str:
    """Say since when, by whom and why a campaign is held, and what lets it go on.

    So where nothing of any leaves, as an older database was put back. '' where it isn't held, or
    where that makes no difference, as it is over.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    older = mark.older(db)
    if not (older or campaign.held_at) or status(db, campaign).state in OVER:
        return ""
    if older:
        return str(older)
    by = campaign.held_by or "somebody"
    why = campaign.held_why.rstrip(".")
    return f"Held since {campaign.held_at} by {by}: {why}. Next: {_way_on(db, campaign)}."


def _way_on(db: Database, campaign: Campaign) -> str:
    name = campaign.name
    if lateness.held_as_missed(campaign) and not approvals.standing(db, campaign):
        return f"look at it, and then `outreach campaigns approve {name} --by WHO`"
    if lateness.held_as_over(campaign):
        return (
            f"give it a new time with `outreach campaigns schedule {name}`, or none with"
            f" `outreach campaigns unschedule {name}` and `outreach campaigns resume {name}`"
        )
    return f"when that is settled, `outreach campaigns resume {name} --by WHO`"
