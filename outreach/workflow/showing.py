"""Show a campaign: all of it, or its audience one by one. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from outreach.addresses import masked
from outreach.dispatch import approvals, audience, campaigns, schedule, waves
from outreach.dispatch.approvals import Approval
from outreach.dispatch.audience import Member
from outreach.dispatch.campaigns import Campaign, Event
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import Status, status
from outreach.dispatch.waves import Wave
from outreach.store import Database, snapshot
from outreach.workflow.freezing import Circumstances


@dataclass(frozen=True, slots=True)
class Shown:
    """All that there is to know of a campaign."""

    campaign: Campaign
    #: names its plan, so that whoever looked at it can say which; '' until planned
    plan: str
    status: Status
    #: None where it has none
    schedule: Schedule | None
    #: what is still planned, by when it may leave; only with a schedule
    waves: tuple[Wave, ...]
    #: those that stand and those that don't any more
    approvals: tuple[Approval, ...]
    #: whether one stands for the plan as it is
    approved: bool
    #: whether a test of this very content was sent
    tested: bool
    history: tuple[Event, ...]
    #: what it was planned with: `delivery.transport` -> value
    settings: Mapping[str, str]


def show_campaign(db: Database, name: str) -> Shown:
    """Give all of a campaign.

    Raises:
        NotFound: there is none of that name.
    """
    with snapshot(db):
        return _shown(db, campaigns.get(db, name))


def _shown(db: Database, campaign: Campaign) -> Shown:
    found = schedule.find(db, campaign)
    return Shown(
        campaign=campaign,
        plan=campaigns.plan_mark(db, campaign),
        status=status(db, campaign),
        schedule=found,
        waves=tuple(waves.still_to_go(db, campaign, found)) if found else (),
        approvals=tuple(approvals.list_of(db, campaign)),
        approved=bool(approvals.standing(db, campaign)),
        tested=bool(campaign.content_hash and approvals.tested_days(db, campaign.content_hash)),
        history=tuple(campaigns.history(db, campaign)),
        settings=Circumstances.thaw(campaigns.frozen_settings(db, campaign)).settings,
    )


def campaign_audience(
    db: Database, name: str, *, left_out: bool = False, addresses: bool = False
) -> Iterator[Member]:
    """Give everybody of a campaign's audience, or only who was left out, as they are read.

    Addresses are masked unless `addresses`.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    campaign = campaigns.get(db, name)
    campaigns.frozen_content(db, campaign)
    found = audience.members(db, campaign, left_out=left_out)
    if addresses:
        return found
    return (replace(member, email=masked(member.email)) for member in found)


def campaign_left_out(
    db: Database, name: str, *, after: int = 0, before: int = 0, most: int, addresses: bool = False
) -> list[Member]:
    """Give at most so many of those who were left out, by number: the next after one, or before.

    Addresses are masked unless `addresses`.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    campaign = campaigns.get(db, name)
    campaigns.frozen_content(db, campaign)
    found = audience.left_out(db, campaign, after=after, before=before, most=most)
    if addresses:
        return found
    return [replace(member, email=masked(member.email)) for member in found]
