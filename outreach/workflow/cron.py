"""Send what is due of all scheduled campaigns: the one thing that the crontab calls.

Two at once don't get in each other's way: the second finds the lease taken and does nothing, and
the lease of one that crashed is taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach.dispatch import approvals, campaigns, lateness, lease, schedule, waves
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.status import status
from outreach.dispatch.transports import Transport
from outreach.errors import DatabaseBusy, LeaseHeld, OutreachError, SettingsError, TransportError
from outreach.settings import Settings
from outreach.store import Database, atomic, utc_text
from outreach.workflow.dispatching import dispatch_campaign, letterhead_notice
from outreach.workflow.running import hold_if_over

LEASE: Final = "cron"
#: what is kept back of a budget, so that letters under way end within it
_KEPT_BACK: Final = 0.1
_MOST_KEPT_BACK: Final = timedelta(seconds=30)

_SCHEDULED: Final = """
    SELECT c.name,
        (SELECT min(not_before) FROM deliveries AS d
            WHERE d.campaign_id = c.campaign_id AND d.state = 'planned') AS first_due,
        EXISTS (SELECT 1 FROM deliveries AS d
            WHERE d.campaign_id = c.campaign_id AND d.state = 'claimed') AS claimed
    FROM schedules AS s JOIN campaigns AS c ON c.campaign_id = s.campaign_id
    WHERE c.held_at = '' AND (first_due IS NOT NULL OR claimed)
    ORDER BY first_due, s.begins_at, c.campaign_id
"""
#: whether it was told since the plan, the schedule and the approval last changed
_TOLD: Final = """
    SELECT 1 FROM campaign_history WHERE campaign_id = :campaign_id AND what = :what
        AND history_id > (SELECT coalesce(max(history_id), 0) FROM campaign_history
            WHERE campaign_id = :campaign_id AND what IN ('planned', 'scheduled', 'held'))
"""
_WAITS: Final = "waits for approval"


class Level(StrEnum):
    """How much an event matters."""

    INFO = "info"
    #: somebody should look at the campaign
    WARNING = "warning"
    #: something didn't work
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a campaign in a run."""

    at: datetime
    level: Level
    #: sent, busy, waits_for_approval, missed, held, failed
    what: str
    campaign: str
    detail: str = ""
    #: of what was sent, in letters
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CronRun:
    """What a run came to."""

    events: tuple[Event, ...]
    #: what ended it before its time, for all campaigns alike; None where nothing did
    failure: OutreachError | None

    @property
    def to_look_at(self) -> bool:
        """Whether somebody should look at a campaign."""
        return any(event.level is not Level.INFO for event in self.events)


def run_due(
    db: Database,
    settings: Settings,
    open_transport: Callable[[], Transport],
    *,
    limits: Limits,
    budget: timedelta,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Event], None] = lambda _event: None,
) -> CronRun:
    """Send what is due of all campaigns that are scheduled, approved and not held, in that order.

    Ends within `budget`, as far as the mail service answers in time. A campaign that was missed is
    held and loses its approval. What is wrong with one campaign stops no other; when the mail
    service can't be used, or refuses our account, the run ends. `tell` hears of each event as it
    happens. Safe to call at any time and twice at once. The transport is opened when it is needed.

    Raises:
        StoreError: the database can't be used.
    """
    begun = clock()
    if not _may_have_work(db, begun):
        return CronRun((), None)
    holder = lease.new_holder()
    try:
        with atomic(db):
            lease.take(db, LEASE, holder, begun)
    except (LeaseHeld, DatabaseBusy):
        return CronRun((), None)
    deadline = begun + budget - min(budget * _KEPT_BACK, _MOST_KEPT_BACK)
    run = _Run(db, settings, open_transport, limits, clock, sleep, tell)
    try:
        run.all_due(holder, lambda: should_stop() or clock() >= deadline)
    finally:
        run.close()
        with suppress(DatabaseBusy), atomic(db):
            lease.drop(db, LEASE, holder)
    return CronRun(tuple(run.events), run.failure)


def _may_have_work(db: Database, now: datetime) -> bool:
    """Whether anything is due, or may be over; without the write lock, as it mostly isn't."""
    for name, first_due, claimed in db.conn.execute(_SCHEDULED):
        if claimed or (first_due is not None and first_due <= utc_text(now)):
            return True
        found = schedule.find(db, campaigns.get(db, name))
        if found is not None and found.ends_at is not None and found.ends_at <= now:
            return True
    return False


class _Run:
    """One run over all that is due."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        open_transport: Callable[[], Transport],
        limits: Limits,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        tell: Callable[[Event], None],
    ) -> None:
        self._db = db
        self._settings = settings
        self._open_transport = open_transport
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._tell = tell
        self._transport: Transport | None = None
        self.events: list[Event] = []
        self.failure: OutreachError | None = None

    def all_due(self, holder: str, should_stop: Callable[[], bool]) -> None:
        """Go through the campaigns, one after the other, until `should_stop`."""
        for name, *_ in self._db.conn.execute(_SCHEDULED).fetchall():
            if should_stop() or self.failure is not None:
                return
            try:
                with atomic(self._db):
                    lease.renew(self._db, LEASE, holder, self._clock())
                self._go_over(name, should_stop)
            except LeaseHeld as error:
                self._note(Level.INFO, "busy", name, error.problem)
            except (TransportError, SettingsError) as error:
                # the same for every campaign
                self.failure = error
                self._note(Level.ERROR, "failed", name, str(error))
            except OutreachError as error:
                self._note(Level.ERROR, "failed", name, str(error))
            except Exception as error:
                # only the type: what a library says may hold a key or an address
                fault = f"a fault of this program ({type(error).__name__})"
                self._note(Level.ERROR, "failed", name, fault)

    def close(self) -> None:
        """Let go of the mail service."""
        if self._transport is not None:
            self._transport.close()

    def _go_over(self, name: str, should_stop: Callable[[], bool]) -> None:
        """Send what is due of a campaign, or say what keeps it from that and write it down."""
        now = self._clock()
        with atomic(self._db):
            campaign = campaigns.get(self._db, name)
            found = schedule.find(self._db, campaign)
            if found is None or campaign.held_at:
                return
            if hold_if_over(self._db, campaign, found, now):
                self._note(Level.WARNING, "held", name, campaigns.get(self._db, name).held_why)
                return
            due = waves.readers(self._db, campaign, found, due_by=now)
            approved = approvals.standing(self._db, campaign)
            if due and not approved:
                self._waits(campaign, now)
            at = max((approval.at for approval in approved), default="")
            since = lateness.missed_since(found, due, approved_at=at, now=now)
            if approved and since is not None:
                self._miss(campaign, since, now)
                return
        if due and approved:
            self._send(name, should_stop)
        elif status(self._db, campaign).ledger.claimed:
            # of these it is to be said that they are in doubt, if whoever claimed them is gone
            self._send(name, should_stop, limit=0)

    def _waits(self, campaign: Campaign, now: datetime) -> None:
        """Say once that a campaign is due and nobody has approved it."""
        told = self._db.conn.execute(
            _TOLD, {"campaign_id": campaign.campaign_id, "what": _WAITS}
        ).fetchone()
        if not told:
            campaigns.note(self._db, campaign, by=OURSELVES, what=_WAITS, now=now)
            advice = f"it is due and waits for `outreach campaigns approve {campaign.name}`"
            self._note(Level.WARNING, "waits_for_approval", campaign.name, advice)

    def _miss(self, campaign: Campaign, since: datetime, now: datetime) -> None:
        why = f"{lateness.MISSED}: it could have gone since {utc_text(since)}; approve it again"
        campaigns.hold(self._db, campaign, by=OURSELVES, why=why, now=now)
        approvals.void(self._db, campaign, why=lateness.MISSED, now=now)
        self._note(Level.WARNING, "missed", campaign.name, why)

    def _send(self, name: str, should_stop: Callable[[], bool], limit: int | None = None) -> None:
        letterhead_notice(self._db, self._settings, name)
        if self._transport is None:
            self._transport = self._open_transport()
        sent = dispatch_campaign(
            self._db,
            name,
            self._transport,
            batch_size=self._settings.delivery.batch_size,
            limits=self._limits,
            clock=self._clock,
            sleep=self._sleep,
            limit=limit,
            should_stop=should_stop,
        )
        numbers = _numbers(sent)
        if any(numbers.values()):
            self._note(
                Level.WARNING if sent.in_doubt or sent.abandoned else Level.INFO,
                "sent",
                name,
                numbers={**numbers, "still_planned": sent.still_planned},
            )
        if sent.stopped is Stop.IN_VAIN:
            first = next(iter(sent.details.values()), "")
            why = f"letter after letter got nowhere, the first because: {first}"
            self._note(Level.WARNING, "in_vain", name, why)
        if sent.stopped is Stop.HELD:
            self._note(Level.WARNING, "held", name, sent.held_why)

    def _note(
        self,
        level: Level,
        what: str,
        campaign: str,
        detail: str = "",
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        event = Event(self._clock(), level, what, campaign, detail, numbers or {})
        self.events.append(event)
        self._tell(event)


def _numbers(sent: Dispatched) -> dict[str, int]:
    return {
        "accepted": sent.accepted,
        "refused": sum(sent.refused.values()),
        "in_doubt": sent.in_doubt + sent.abandoned,
        "put_off": sent.put_off,
        "withdrawn": sum(sent.withdrawn.values()),
    }
