"""What campaigns wait for, and which of it a person can do something about. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.dispatch import approvals, campaigns, lease, ledger, plan, schedule
from outreach.dispatch.campaigns import Campaign
from outreach.names import same_person
from outreach.settings import LOGIN, Settings
from outreach.store import Database
from outreach.workflow.running import BEGAN, ENDED
from outreach.workflow.scheduling import in_words

#: planned, with something still to go
_OPEN: Final = """
    SELECT name FROM campaigns AS c WHERE planned_at <> '' AND EXISTS
        (SELECT 1 FROM deliveries AS d WHERE d.campaign_id = c.campaign_id AND d.state = 'planned')
    ORDER BY campaign_id DESC
"""
_IN_DOUBT: Final = """
    SELECT name FROM campaigns AS c WHERE EXISTS
        (SELECT 1 FROM deliveries AS d WHERE d.campaign_id = c.campaign_id AND d.state = 'in_doubt')
    ORDER BY campaign_id DESC
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a campaign waits for, and by whom it may be sent at this moment."""

    #: in words that follow "waits for"; '' where it waits for nothing
    waits_for: str
    #: a dispatcher is at work on it
    is_sent_now: bool
    #: what the last run came to; '' where none has ended
    last_run: str
    approved_by: tuple[str, ...]


def turn_of(db: Database, name: str, *, now: datetime) -> Turn:
    """Say whose turn it is with a campaign.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    approved = tuple(approval.by for approval in approvals.standing(db, campaign))
    at_work = lease.is_held(db, plan.lease_name(campaign), now)
    runs = [e for e in campaigns.history(db, campaign) if e.what in {BEGAN, ENDED}]
    last = runs[-1].detail if runs and runs[-1].what == ENDED else ""
    waits = _waits_for(db, campaign, bool(approved), at_work, now)
    return Turn(waits, at_work, last, approved)


def _waits_for(
    db: Database, campaign: Campaign, approved: bool, at_work: bool, now: datetime
) -> str:
    if not campaign.planned_at:
        return "being planned"
    to_go, _ = ledger.still_planned(db, campaign.campaign_id)
    if at_work or not to_go:
        in_doubt = not to_go and ledger.count_in_doubt(db, campaign.campaign_id)
        return "somebody to settle its doubts" if in_doubt else ""
    if campaign.held_at:
        return "somebody to resume it"
    found = schedule.find(db, campaign)
    if not approved:
        return "an approval" + (f", and then {in_words(found)}" if found else "")
    if not ledger.count_due(db, campaign.campaign_id, by=now):
        return in_words(found) if found else "its time: it was put off"
    return "somebody to send it" if found is None else "the next run: it is due"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one of the staff; the names are those of campaigns, the newest first."""

    #: for their approval
    approval: tuple[str, ...] = ()
    #: for somebody else's, as they made or planned it
    second_person: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] = ()


def waiting(db: Database, settings: Settings, me: str) -> Waiting:
    """Say which campaigns wait for the word of `me`."""
    mine: list[str] = []
    others: list[str] = []
    for (name,) in db.conn.execute(_OPEN):
        campaign = campaigns.get(db, name)
        if campaign.held_at or approvals.standing(db, campaign):
            continue
        own = campaign.audience > settings.approval.second_person_over and _is_authors(
            db, campaign, me
        )
        (others if own else mine).append(name)
    in_doubt = tuple(name for (name,) in db.conn.execute(_IN_DOUBT))
    return Waiting(tuple(mine), tuple(others), in_doubt)


def _is_authors(db: Database, campaign: Campaign, me: str) -> bool:
    planners = [e.by for e in campaigns.history(db, campaign) if e.what == "planned"]
    authors = {campaign.created_by, *planners[-1:]}
    return any(author and same_person(me, author.removeprefix(LOGIN)) for author in authors)
