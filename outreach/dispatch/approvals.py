"""Approvals: somebody stands for a campaign by name. Writes: approvals, test_sends.

An approval stands for one plan: this content, planned at this moment. It is never deleted; what
ends it is written beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from outreach.dispatch.campaigns import Campaign
from outreach.store import Database, utc_text

_COLUMNS: Final = "approved_by, approved_at, content_hash, planned_at, voided_at, voided_why"


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's word for one plan of a campaign."""

    by: str
    #: UTC
    at: str
    content_hash: str
    #: UTC
    planned_at: str
    #: UTC; '' while it stands
    voided_at: str = ""
    voided_why: str = ""


def approve(db: Database, campaign: Campaign, *, by: str, now: datetime) -> None:
    """Write down that `by` stands for the campaign as it is planned."""
    db.conn.execute(
        "INSERT INTO approvals (campaign_id, content_hash, planned_at, approved_by, approved_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [campaign.campaign_id, campaign.content_hash, campaign.planned_at, by, utc_text(now)],
    )


def void(db: Database, campaign: Campaign, *, why: str, now: datetime) -> int:
    """End every approval of a campaign that stands, and give how many did."""
    return db.conn.execute(
        "UPDATE approvals SET voided_at = ?, voided_why = ?"
        " WHERE campaign_id = ? AND voided_at = ''",
        [utc_text(now), why, campaign.campaign_id],
    ).rowcount


def list_of(db: Database, campaign: Campaign) -> list[Approval]:
    """Give all approvals of a campaign, the oldest first."""
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM approvals WHERE campaign_id = ? ORDER BY approval_id",
        [campaign.campaign_id],
    )
    return [Approval(*row) for row in rows]


def standing(db: Database, campaign: Campaign) -> list[Approval]:
    """Give those that stand for the campaign as it is planned now, the oldest first."""
    return [
        approval
        for approval in list_of(db, campaign)
        if not approval.voided_at
        and (approval.content_hash, approval.planned_at)
        == (campaign.content_hash, campaign.planned_at)
    ]


def note_test(db: Database, content_hash: str, day: date, now: datetime) -> None:
    """Write down that a test of this content was sent, stating the facts of `day`."""
    db.conn.execute(
        "INSERT OR IGNORE INTO test_sends (content_hash, day, sent_at) VALUES (?, ?, ?)",
        [content_hash, day.isoformat(), utc_text(now)],
    )


def tested_days(db: Database, content_hash: str) -> list[date]:
    """Give the days whose facts tests of this content stated, the latest first."""
    rows = db.conn.execute(
        "SELECT DISTINCT day FROM test_sends WHERE content_hash = ? ORDER BY day DESC",
        [content_hash],
    )
    return [date.fromisoformat(day) for (day,) in rows]
