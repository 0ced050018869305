"""See whether a campaign may be sent at this moment, and what came of having it sent. Reads only.

Whoever presses a button for it has a second person's word or doesn't press: unlike at the command
line, nothing leaves from the desk that nobody has approved, to however few people it goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.dispatch import campaigns, lease, ledger, mark, plan, schedule
from outreach.dispatch.campaigns import Campaign, Event
from outreach.errors import IllegalMove, LeaseHeld
from outreach.settings import Settings
from outreach.store import Database
from outreach.workflow.dispatching import refuse_examples, standing
from outreach.workflow.holding import refuse_held
from outreach.workflow.running import BEGAN, ENDED


@dataclass(frozen=True, slots=True)
class Ready:
    """That a campaign may be sent now."""

    campaign: str
    #: letters that may leave at this moment
    due: int
    #: planned for later: their wave comes, or they were put off
    later: int
    transport: str
    approved_by: tuple[str, ...]
    #: events in its history by now
    known: int


def ready_to_send(
    db: Database, settings: Settings, name: str, *, seen: str = "", now: datetime
) -> Ready:
    """See that a campaign is approved and that something of it is due.

    `seen` is the plan that was looked at, as `campaigns.plan_mark` names it, where that is known;
    '' is what is planned.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned, not approved, held, or nothing of it is due.
        LeaseHeld: a dispatcher is at work on it.
        DatabaseOlder: a backup was put back, and nobody stands for what left since.
        SettingsError: it was planned with the example's sender, and its letters would leave us.
    """
    campaign = campaigns.get(db, name)
    campaigns.frozen_content(db, campaign)
    campaigns.refuse_other_plan(db, campaign, seen)
    refuse_examples(db, settings, campaign)
    mark.refuse_if_older(db)
    refuse_held(db, campaign)
    refuse_at_work(db, campaign, now)
    approved = standing(db, campaign)
    due = ledger.count_due(db, campaign.campaign_id, by=now)
    planned, first = ledger.still_planned(db, campaign.campaign_id)
    if not due:
        raise IllegalMove(_why_nothing(db, campaign, planned, first), next_step="")
    return Ready(
        campaign=name,
        due=due,
        later=planned - due,
        transport=settings.delivery.transport,
        approved_by=tuple(approval.by for approval in approved),
        known=len(campaigns.history(db, campaign)),
    )


def refuse_at_work(db: Database, campaign: Campaign, now: datetime) -> None:
    """See that no dispatcher is at work on a campaign.

    Raises:
        LeaseHeld: one is, and is alive, as far as can be known.
    """
    if lease.is_held(db, plan.lease_name(campaign), now):
        raise LeaseHeld("it is being sent at this moment", next_step="watch its progress")


def what_came(db: Database, name: str, known: int = 0) -> tuple[Event, ...]:
    """Give what a campaign's history has of runs behind its first `known` events."""
    events = campaigns.history(db, campaigns.get(db, name))[known:]
    return tuple(event for event in events if event.what in {BEGAN, ENDED})


def _why_nothing(db: Database, campaign: Campaign, planned: int, first: str) -> str:
    if not planned:
        return f"nothing of {campaign.name} is left to send"
    if schedule.find(db, campaign) is not None:
        return f"nothing of it is due yet: by its schedule the first may go at {first}"
    return f"nothing of it is due yet: it was put off, and the first may go at {first}"
