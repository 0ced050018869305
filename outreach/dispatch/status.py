"""Where a campaign stands, counted from its ledger each time. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from outreach.dispatch import schedule
from outreach.dispatch.campaigns import Campaign
from outreach.model import DeliveryState
from outreach.store import Database


class CampaignState(StrEnum):
    """Where a campaign stands."""

    #: not planned yet
    DRAFT = "draft"
    #: planned, and nothing has left us
    PLANNED = "planned"
    #: likewise, and it has a time at which to go
    SCHEDULED = "scheduled"
    #: nothing of what is still to go may leave until somebody resumes it
    HELD = "held"
    #: some have left, some are still to go
    DISPATCHING = "dispatching"
    #: nothing is left to send, but of some it is not known whether they left
    IN_DOUBT = "in_doubt"
    #: of everybody in the audience it is known what became of their message
    COMPLETE = "complete"
    #: likewise, and some of it was cancelled; others may have got it before
    CANCELLED = "cancelled"


#: nothing more happens to a campaign by itself or by a dispatcher
OVER: Final = frozenset({CampaignState.COMPLETE, CampaignState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many rows are in each state."""

    planned: int = 0
    claimed: int = 0
    accepted: int = 0
    refused: int = 0
    in_doubt: int = 0
    withdrawn: int = 0
    cancelled: int = 0
    #: by `Exclusion`
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows."""
        return (
            self.planned
            + self.claimed
            + self.accepted
            + self.refused
            + self.in_doubt
            + self.withdrawn
            + self.cancelled
            + sum(self.excluded.values())
        )


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign's state, and the numbers that it follows from."""

    campaign: str
    state: CampaignState
    #: people of the segment at planning
    audience: int
    ledger: Ledger
    #: whether the ledger adds up to the audience
    balanced: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """A letter of which nobody knows whether it left."""

    address: str
    #: what the provider was given as the id of this attempt
    attempt: str
    #: the transport; '' where it ended without a word
    provider: str
    #: UTC
    since: str
    detail: str
    #: what was told since of this letter, of whichever attempt, in words
    told: tuple[str, ...] = ()


def doubtful(db: Database, campaign: Campaign) -> list[Doubt]:
    """List what is in doubt of `campaign`, the oldest first, with what is known of it."""
    rows = db.conn.execute(
        "SELECT email, delivery_id || '-' || attempts, provider, changed_at, detail"
        " FROM deliveries JOIN supporters USING (supporter_id)"
        " WHERE campaign_id = ? AND state = 'in_doubt' ORDER BY changed_at, delivery_id",
        [campaign.campaign_id],
    )
    return [Doubt(*row) for row in rows]


def doubts_mark(doubts: Iterable[Doubt]) -> str:
    """Name these very attempts, in whichever order: of any others the mark is another."""
    attempts = sorted(doubt.attempt for doubt in doubts)
    return hashlib.sha256(" ".join(attempts).encode()).hexdigest()


def status(db: Database, campaign: Campaign) -> Status:
    """Count the ledger of `campaign` and say where it stands."""
    counts: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for state, reason, number in db.conn.execute(
        "SELECT state, CASE state WHEN 'excluded' THEN reason ELSE '' END AS why, count(*)"
        " FROM deliveries WHERE campaign_id = ? GROUP BY state, why ORDER BY state, why",
        [campaign.campaign_id],
    ):
        if state == DeliveryState.EXCLUDED:
            excluded[reason] = number
        else:
            counts[state] = number
    ledger = Ledger(**counts, excluded=excluded)
    balanced = ledger.total == campaign.audience
    scheduled = schedule.find(db, campaign) is not None
    return Status(
        campaign=campaign.name,
        state=_state(campaign, ledger, balanced=balanced, scheduled=scheduled),
        audience=campaign.audience,
        ledger=ledger,
        balanced=balanced,
    )


def _state(campaign: Campaign, ledger: Ledger, *, balanced: bool, scheduled: bool) -> CampaignState:
    if not campaign.planned_at:
        return CampaignState.DRAFT
    if ledger.planned and campaign.held_at:
        return CampaignState.HELD
    if ledger.planned or ledger.claimed:
        if ledger.claimed + ledger.accepted + ledger.refused + ledger.in_doubt:
            return CampaignState.DISPATCHING
        return CampaignState.SCHEDULED if scheduled else CampaignState.PLANNED
    if ledger.in_doubt or not balanced:
        return CampaignState.IN_DOUBT
    return CampaignState.CANCELLED if ledger.cancelled else CampaignState.COMPLETE
