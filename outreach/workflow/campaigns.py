"""Make campaigns, plan them, say where they stand, settle what is in doubt, cancel the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach import segments
from outreach.compose import Composer, freeze
from outreach.dispatch import campaigns, ledger, plan
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.plan import Planned
from outreach.dispatch.status import Doubt, Status, doubtful, status
from outreach.errors import InputError, NotFound
from outreach.model import DeliveryState
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.workflow import proof
from outreach.workflow.facts import doubts
from outreach.workflow.freezing import freeze_message
from outreach.workflow.supporters import show_supporter


def create_campaign(
    db: Database, settings: Settings, name: str, *, template: str, segment: str, now: datetime
) -> Campaign:
    """Make a campaign that is to send the message `template` to the people of `segment`.

    Raises:
        NotFound: there is no such message or segment.
        TemplateError: the message can't be used.
        SegmentError: the segment's file can't be read.
        InputError: the name is not of the form a campaign's name must have.
        AlreadyExists: there is a campaign of that name.
    """
    freeze(settings.templates_dir, template, settings.letterhead)
    segments.get_segment(settings.segments_dir, segment)
    with atomic(db):
        return campaigns.create(db, name, template=template, segment=segment, now=now)


def plan_campaign(
    db: Database, settings: Settings, name: str, *, day: date, now: datetime
) -> Planned:
    """Freeze the campaign's message and write a ledger row for everybody in its segment.

    `day` decides which facts the message states; what is doubtful about them is told and stops
    nothing. Until something has left, planning again replaces the plan: people, consent, message
    and letterhead are read anew. One transaction. The messages of some of the people are made to
    see whether they can be.

    Raises:
        NotFound: there is no such campaign, or its message or segment is gone.
        TemplateError: the message can't be used on that day, or has no link to unsubscribe or no
            postal address.
        SegmentError: the segment can't be used or took too long.
        IllegalMove: messages of this campaign have left already.
        LeaseHeld: a dispatcher is at work on it.
    """
    campaign = campaigns.get(db, name)
    frozen = freeze_message(db, settings, campaign.template, day=day)
    composer = Composer(frozen, day)
    proof.prove_languages(frozen, composer, now)
    with atomic(db):
        # read again, as nothing can change it any more
        campaign = campaigns.get(db, name)
        plan.clear(db, campaign, now)
        audience = segments.fill_audience(
            db,
            settings.segments_dir,
            campaign.segment,
            time_limit=settings.segments.time_limit,
        )
        planned = plan.fill(db, campaign, discreet_version=composer.discreet, now=now)
        campaigns.freeze(
            db,
            campaign,
            content_hash=frozen.content_hash,
            content=frozen.content,
            day=day,
            audience=audience,
            now=now,
        )
        sample = proof.prove_sample(db, campaign, frozen, composer, now)
    return replace(
        planned,
        day=day,
        older=proof.older_languages(frozen),
        doubts=doubts(frozen, day),
        sampled=sample.tried,
        not_composable=sample.failed,
        first_problem=sample.first_problem,
    )


def campaign_status(db: Database, name: str) -> Status:
    """Say where a campaign stands.

    Raises:
        NotFound: there is none of that name.
    """
    return status(db, campaigns.get(db, name))


def list_campaigns(db: Database) -> list[Status]:
    """Say where all campaigns stand, the newest first."""
    return [status(db, campaign) for campaign in campaigns.list_all(db)]


def campaign_names(db: Database) -> list[str]:
    """Give the names of all campaigns, the newest first."""
    return [campaign.name for campaign in campaigns.list_all(db)]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was cancelled of a campaign, in people."""

    campaign: str
    cancelled: int
    #: with a dispatcher at this moment: too late for them
    on_their_way: int


def cancel_campaign(db: Database, name: str, *, now: datetime) -> Cancelled:
    """Cancel what is still planned, also while a dispatcher is at work. Safe to call again.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    with atomic(db):
        cancelled = ledger.cancel(db, campaign.campaign_id, now)
        claimed = status(db, campaign).ledger.claimed
    return Cancelled(campaign.name, cancelled, claimed)


def doubtful_letters(db: Database, name: str) -> list[Doubt]:
    """List a campaign's letters of which nobody knows whether they left, the oldest first.

    Raises:
        NotFound: there is no such campaign.
    """
    return doubtful(db, campaigns.get(db, name))


#: what a person may say of a letter in doubt
SETTLEMENTS: Final[Mapping[str, DeliveryState]] = {
    "accepted": DeliveryState.ACCEPTED,
    "refused": DeliveryState.REFUSED,
    "resend": DeliveryState.PLANNED,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """How many letters were settled, and how many are still in doubt."""

    campaign: str
    settled: int
    still_in_doubt: int


def settle_doubts(
    db: Database, name: str, settlement: str, *, by: str, only: str = "", now: datetime
) -> Settled:
    """Settle what is in doubt of a campaign by the word of a person, whose name `by` is kept.

    `settlement` is one of SETTLEMENTS. `only` is the address or id of one person; '' settles
    all.

    Raises:
        NotFound: there is no such campaign or person, or nothing to that person is in doubt.
        InputError: `by` is empty.
    """
    campaign = campaigns.get(db, name)
    if not by.strip():
        raise InputError("somebody must stand for this by name")
    supporter = show_supporter(db, only).supporter if only else None
    with atomic(db):
        settled = ledger.resolve(
            db,
            campaign.campaign_id,
            SETTLEMENTS[settlement],
            by=by.strip(),
            supporter_id=supporter.supporter_id if supporter else None,
            now=now,
        )
        left = ledger.count_in_doubt(db, campaign.campaign_id)
    if only and not settled:
        raise NotFound(
            "nothing to this person is in doubt",
            value=only,
            next_step=f"see `outreach campaigns doubtful {name}`",
        )
    return Settled(campaign.name, settled, left)
