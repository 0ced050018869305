"""What belongs to every run over a campaign, besides its letters.

A schedule lets it begin when it may, and end in time; its history says what it came to; what events
have told already settles its doubts; and from a database that was put back from a backup none
begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.dispatch import campaigns, claims, lateness, lease, ledger, mark, schedule, waves
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.plan import lease_name
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import CampaignState, Ledger, status
from outreach.dispatch.transports import plain_words
from outreach.errors import DatabaseBusy, OutreachError
from outreach.store import Database, atomic, small_cache
from outreach.tracking import effects

#: in the history: a run begins, and ends; a run that was killed has no end
BEGAN: Final = "sending began"
ENDED: Final = "sending ended"
COMPLETE: Final = "complete"

#: what may be followed by its being complete
_OPENING: Final = (BEGAN, ENDED, "settled")
_LAST: Final = """
    SELECT what FROM campaign_history WHERE campaign_id = ? AND what IN (?, ?, ?, ?)
    ORDER BY history_id DESC LIMIT 1
"""
_DOUBTFUL: Final = """
    SELECT c.name, count(*) FROM deliveries AS d INDEXED BY deliveries_in_doubt
    CROSS JOIN campaigns AS c ON c.campaign_id = d.campaign_id
    WHERE d.state = 'in_doubt' GROUP BY d.campaign_id
"""

#: in words that follow "stopped: "
_STOPPED: Final = {
    Stop.LIMIT: "at its limit",
    Stop.ASKED: "as asked",
    Stop.IN_VAIN: "letter after letter got nowhere",
    Stop.HELD: "the campaign is held",
    Stop.PACED: "all that may go today has gone",
    Stop.OUT_OF_TIME: "its hours or its time are over",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun."""

    campaign: Campaign
    #: who has its lease, until `end_run`
    holder: str
    #: whose word it was
    by: str
    #: the moment (UTC) at which it must end; None where it may go on
    ends_at: datetime | None
    #: as it was at the beginning
    before: Ledger
    #: whether the history has it: not where nothing was due
    noted: bool


def begin_run(db: Database, name: str, *, by: str, through: str, now: datetime) -> Run:
    """Make a campaign ready for a run `by` somebody `through` a transport, and write it down.

    Its lease is taken, so that of two at once only one is in the history; `end_run` gives it back.
    Of a scheduled one, who is due and whose sending window is shut is put off till it opens. It is
    held where its time is over. One transaction.

    Raises:
        DatabaseOlder: a backup was put back, and nobody stands for what left since.
        NotFound: there is no such campaign.
        LeaseHeld: another dispatcher is at work on it.
    """
    # the whole ledger is counted
    with small_cache(db), atomic(db):
        mark.refuse_if_older(db)
        campaign = campaigns.get(db, name)
        holder = lease.new_holder()
        lease.take(db, lease_name(campaign), holder, now)
        found = schedule.find(db, campaign)
        ends_at, noted = None, False
        if not campaign.held_at and not (found and hold_if_over(db, campaign, found, now)):
            ends_at = None if found is None else _make_ready(db, campaign, found, now)
            noted = _note_beginning(db, campaign, by=by, through=through, now=now)
        before = status(db, campaign).ledger
    return Run(campaign, holder, by, ends_at, before, noted)


def _make_ready(
    db: Database, campaign: Campaign, found: Schedule, now: datetime
) -> datetime | None:
    """Put off whose window is shut; give the moment at which the run must end."""
    schedule.seen(db, campaign, now)
    due = waves.readers(db, campaign, found, due_by=now)
    shuts = waves.put_off_shut(db, campaign, found, due, now)
    return min((moment for moment in (shuts, found.ends_at) if moment), default=None)


def _note_beginning(
    db: Database, campaign: Campaign, *, by: str, through: str, now: datetime
) -> bool:
    due = ledger.count_due(db, campaign.campaign_id, by=now) if campaign.planned_at else 0
    if due:
        detail = f"{due:,} due, through {through}"
        campaigns.note(db, campaign, by=by, what=BEGAN, detail=detail, now=now)
    return bool(due)


def end_run(db: Database, run: Run, sent: Dispatched | None, why: str, now: datetime) -> int:
    """Write down what a run came to: what it `sent`, or, where it was broken off, `why`.

    What events have told already of its doubts is settled; gives how many of this campaign. A
    scheduled one was worked on till now, and is held if its time is over. Where somebody else is
    writing for long, nothing is noted.
    """
    told = 0
    with suppress(DatabaseBusy), small_cache(db), atomic(db):
        campaign = campaigns.get(db, run.campaign.name)
        lease.drop(db, lease_name(campaign), run.holder)
        found = schedule.find(db, campaign)
        if found is not None and not hold_if_over(db, campaign, found, now):
            schedule.seen(db, campaign, now)
        after = status(db, campaign).ledger
        numbers = _of_run(sent) if sent else _between(run.before, after)
        if run.noted or any(numbers.values()):
            parts = [f"{number:,} {what}" for what, number in numbers.items() if number]
            parts += [f"{after.planned:,} to go", *_why_ended(sent, why)]
            campaigns.note(db, campaign, by=run.by, what=ENDED, detail=", ".join(parts), now=now)
        settle_told(db, now)
        told = after.in_doubt - ledger.count_in_doubt(db, campaign.campaign_id)
        note_complete(db, campaign, now)
    return told


def broken_off_by(error: BaseException) -> str:
    """Say what broke a run off, without an address or a key."""
    if isinstance(error, OutreachError):
        return plain_words(error.problem)
    return "by hand" if isinstance(error, KeyboardInterrupt) else type(error).__name__


def _why_ended(sent: Dispatched | None, why: str) -> Iterator[str]:
    if sent is not None and sent.stopped in _STOPPED:
        yield f"stopped: {_STOPPED[sent.stopped]}"
    if why:
        yield f"broken off: {why}"


def _of_run(sent: Dispatched) -> dict[str, int]:
    return {
        "accepted": sent.accepted,
        "refused": sum(sent.refused.values()),
        "in doubt": sent.in_doubt,
        "in doubt from an earlier run": sent.abandoned,
        "withdrawn": sum(sent.withdrawn.values()),
        "put off": sent.put_off,
    }


def _between(before: Ledger, after: Ledger) -> dict[str, int]:
    return {
        "accepted": after.accepted - before.accepted,
        "refused": after.refused - before.refused,
        "in doubt": after.in_doubt - before.in_doubt,
        "withdrawn": after.withdrawn - before.withdrawn,
    }


def settle_told(db: Database, now: datetime) -> int:
    """Settle what is in doubt, in all campaigns, and known by an event; give how many letters.

    The histories of their campaigns say so, and which are complete by that. Inside the caller's
    transaction.
    """
    before: dict[str, int] = dict(db.conn.execute(_DOUBTFUL))
    settled = effects.settle_doubts(db, now)
    after = dict(db.conn.execute(_DOUBTFUL)) if settled else before
    for name, number in before.items():
        if fewer := number - after.get(name, 0):
            campaign = campaigns.get(db, name)
            detail = f"{fewer:,} by what the mail service told"
            campaigns.note(db, campaign, by=OURSELVES, what="settled", detail=detail, now=now)
            note_complete(db, campaign, now)
    return settled


def doubt_abandoned(db: Database, campaign: Campaign, now: datetime) -> int:
    """Put in doubt what a dispatcher that is gone had, and give how many letters are by now.

    Not those of which events have told already. Nothing where a dispatcher is at work. Inside the
    caller's transaction. Safe to call again.
    """
    number = campaign.campaign_id
    before = ledger.count_in_doubt(db, number)
    abandoned = claims.doubt_abandoned(db, campaign, now)
    if not abandoned:
        return 0
    detail = f"{abandoned:,} letters that a dispatcher had which is gone"
    campaigns.note(db, campaign, by=OURSELVES, what="in doubt", detail=detail, now=now)
    settle_told(db, now)
    return max(0, ledger.count_in_doubt(db, number) - before)


def note_complete(db: Database, campaign: Campaign, now: datetime) -> None:
    """Write into the history that a campaign is complete, once for each time that it gets there."""
    last = db.conn.execute(_LAST, [campaign.campaign_id, *_OPENING, COMPLETE]).fetchone()
    if last is None or last[0] == COMPLETE:
        return
    found = status(db, campaign)
    if found.state is CampaignState.COMPLETE:
        parts = {"accepted": found.ledger.accepted, "refused": found.ledger.refused}
        parts["withdrawn"] = found.ledger.withdrawn
        parts["left out"] = sum(found.ledger.excluded.values())
        said = [f"{number:,} {what}" for what, number in parts.items() if number]
        detail = f"{', '.join(said)} of {found.audience:,}"
        campaigns.note(db, campaign, by=OURSELVES, what=COMPLETE, detail=detail, now=now)


def hold_if_over(db: Database, campaign: Campaign, found: Schedule, now: datetime) -> bool:
    """Hold a campaign whose time is over and of which something is left; give whether that is so.

    Inside the caller's transaction.
    """
    if found.finish_by is None or found.ends_at is None or now < found.ends_at:
        return False
    left = status(db, campaign).ledger.planned
    if not left:
        return False
    why = (
        f"{lateness.OVER}: it was to be finished by {found.finish_by:%Y-%m-%d %H:%M} {found.zone},"
        f" and {left:,} people are still to go"
    )
    campaigns.hold(db, campaign, by=OURSELVES, why=why, now=now)
    return True
