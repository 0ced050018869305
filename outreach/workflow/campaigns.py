"""Make campaigns, plan them, and say where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from outreach import segments
from outreach.compose import Composer, freeze
from outreach.dispatch import campaigns, plan
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.plan import Planned
from outreach.dispatch.status import Status, status
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.workflow.facts import doubts
from outreach.workflow.freezing import freeze_message


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
    nothing. Until something has left, planning again replaces
    the plan: people, consent, message and letterhead are read anew. One transaction.

    Raises:
        NotFound: there is no such campaign, or its message or segment is gone.
        TemplateError: the message can't be used on that day.
        SegmentError: the segment can't be used or took too long.
        IllegalMove: messages of this campaign have left already.
        LeaseHeld: a dispatcher is at work on it.
    """
    campaign = campaigns.get(db, name)
    frozen = freeze_message(db, settings, campaign.template, day=day)
    composer = Composer(frozen, day)
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
    return replace(planned, doubts=doubts(frozen, day))


def campaign_status(db: Database, name: str) -> Status:
    """Say where a campaign stands.

    Raises:
        NotFound: there is none of that name.
    """
    return status(db, campaigns.get(db, name))


def list_campaigns(db: Database) -> list[Status]:
    """Say where all campaigns stand, the newest first."""
    return [status(db, campaign) for campaign in campaigns.list_all(db)]
