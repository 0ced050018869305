"""Change or remove a campaign that was never planned: of it nobody has seen or got anything."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from outreach import segments
from outreach.compose import freeze
from outreach.dispatch import campaigns
from outreach.dispatch.campaigns import Campaign
from outreach.errors import IllegalMove
from outreach.settings import Settings
from outreach.store import Database, atomic


def change_campaign(
    db: Database,
    settings: Settings,
    name: str,
    *,
    template: str = "",
    segment: str = "",
    by: str = "",
    now: datetime,
) -> Campaign:
    """Give a draft another message or segment; '' leaves what it has. Its history tells of it.

    Raises:
        NotFound: there is no such campaign, message or segment.
        IllegalMove: it is planned.
        TemplateError: the message can't be used.
        SegmentError: the segment's file can't be read.
    """
    if template:
        freeze(settings.templates_dir, template, settings.letterhead)
    if segment:
        segments.get_segment(settings.segments_dir, segment)
    with atomic(db):
        campaign = _draft(db, name)
        return campaigns.change(
            db,
            campaign,
            template=template or campaign.template,
            segment=segment or campaign.segment,
            by=by,
            now=now,
        )


def remove_campaign(db: Database, name: str) -> None:
    """Remove a draft with its history; its name may be used again.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is planned, or something else names it.
    """
    with atomic(db):
        campaign = _draft(db, name)
        try:
            campaigns.remove(db, campaign)
        except sqlite3.IntegrityError as error:
            raise IllegalMove(
                f"follow-ups or letters belong to {name}", next_step="leave it as it is"
            ) from error


def _draft(db: Database, name: str) -> Campaign:
    campaign = campaigns.get(db, name)
    if campaign.planned_at:
        raise IllegalMove(
            f"{name} is planned, and what was planned is kept",
            next_step=f"cancel it with `outreach campaigns cancel {name}`, and make another",
            at_desk="cancel it, and make another of another name",
        )
    return campaign
