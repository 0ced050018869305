"""Send what is due of all scheduled campaigns: the one thing that the crontab calls.

Two at once don't get in each other's way: the second finds the lease taken and does nothing, and
the lease of one that crashed is taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from functools import partial
from typing import Final

from outreach.dispatch import approvals, campaigns, lateness, lease, schedule, waves
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.status import status
from outreach.dispatch.transports import Transport
from outreach.errors import DatabaseBusy, LeaseHeld, MessageRefused, OutreachError, TransportError
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


class _Task(Enum):
    """What is to be done for a campaign."""

    NONE = auto()
    #: a dispatcher that is gone had claimed letters
    ABANDONED = auto()
    LETTERS = auto()


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
    """Send what is due of all campaigns that are scheduled, approved and not held.

    What was due first begins. Ends within `budget`, as far as the mail service answers in time:
    each campaign has an equal share of what is left of it, and has more where others need less. A
    campaign that was missed is held and loses its approval; one whose turn doesn't come isn't
    missed. What is wrong with one campaign stops no other; when the mail service can't be used, or
    refuses our account, the run ends. `tell` hears of each event as it happens. Safe to call at any
    time and twice at once. The transport is opened when it is needed.

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
        run.all_due(holder, deadline, should_stop)
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
        #: campaigns that something of their own is wrong with, or that found the mail service so
        self._failed: set[str] = set()
        self.events: list[Event] = []
        self.failure: OutreachError | None = None

    def all_due(self, holder: str, deadline: datetime, should_stop: Callable[[], bool]) -> None:
        """Go through the campaigns, in turn, until `deadline` or `should_stop`."""

        def is_over() -> bool:
            return should_stop() or self.failure is not None or self._clock() >= deadline

        # All are looked at before the first is sent, so that waiting for a turn is no lateness.
        found = [name for name, *_ in self._db.conn.execute(_SCHEDULED).fetchall()]
        left = ready = [name for name in found if self._guarded(name, self._has_work)]
        while left and not is_over():
            turns, left = left, []
            for place, name in enumerate(turns):
                if is_over():
                    break
                now = self._clock()
                turn_ends = now + (deadline - now) / (len(turns) - place)
                turn = partial(self._take_turn, holder, turn_ends, is_over)
                if self._guarded(name, turn):
                    left.append(name)
        for name in ready:
            if name not in self._failed:
                self._guarded(name, self._waited)

    def _guarded(self, name: str, work: Callable[[str], bool]) -> bool:
        """Do something with a campaign, and note what goes wrong; that gives False."""
        try:
            return work(name)
        except LeaseHeld as error:
            self._note(Level.INFO, "busy", name, error.problem)
        except OutreachError as error:
            self._failed.add(name)
            if isinstance(error, TransportError) and not isinstance(error, MessageRefused):
                # the same for every campaign
                self.failure = error
            self._note(Level.ERROR, "failed", name, str(error))
        except Exception as error:
            self._failed.add(name)
            # only the type: what a library says may hold a key or an address
            fault = f"a fault of this program ({type(error).__name__})"
            self._note(Level.ERROR, "failed", name, fault)
        return False

    def _has_work(self, name: str) -> bool:
        return self._look(name) is not _Task.NONE

    def _take_turn(
        self, holder: str, turn_ends: datetime, is_over: Callable[[], bool], name: str
    ) -> bool:
        """Send what is due of a campaign, till its turn ends; give whether that broke it off."""
        with atomic(self._db):
            lease.renew(self._db, LEASE, holder, self._clock())
        # whether it was missed was asked as the run began
        task = self._look(name, again=True)
        if task is _Task.NONE:
            return False

        def turn_is_over() -> bool:
            return is_over() or self._clock() >= turn_ends

        # of what is abandoned it is to be said that it is in doubt, if whoever claimed it is gone
        limit = 0 if task is _Task.ABANDONED else None
        return self._send(name, turn_is_over, limit) is Stop.ASKED

    def _waited(self, name: str) -> bool:
        """Note that somebody was at work, also for a campaign whose turn didn't come."""
        with atomic(self._db):
            campaign = campaigns.get(self._db, name)
            if not campaign.held_at:
                schedule.seen(self._db, campaign, self._clock())
        return True

    def close(self) -> None:
        """Let go of the mail service."""
        if self._transport is not None:
            self._transport.close()

    def _look(self, name: str, *, again: bool = False) -> _Task:
        """Say what is to be done for a campaign; what keeps it from being sent is written down."""
        now = self._clock()
        with atomic(self._db):
            campaign = campaigns.get(self._db, name)
            found = schedule.find(self._db, campaign)
            if found is None or campaign.held_at:
                return _Task.NONE
            if hold_if_over(self._db, campaign, found, now):
                self._note(Level.WARNING, "held", name, campaigns.get(self._db, name).held_why)
                return _Task.NONE
            due = waves.readers(self._db, campaign, found, due_by=now)
            approved = approvals.standing(self._db, campaign)
            if due and not approved:
                self._waits(campaign, now)
            at = max((approval.at for approval in approved), default="")
            since = lateness.missed_since(found, due, approved_at=at, now=now)
            if approved and since is not None and not again:
                self._miss(campaign, since, now)
                return _Task.NONE
            if due and approved:
                return _Task.LETTERS
            claimed = status(self._db, campaign).ledger.claimed
        return _Task.ABANDONED if claimed else _Task.NONE

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

    def _send(self, name: str, should_stop: Callable[[], bool], limit: int | None) -> Stop:
        letterhead_notice(self._db, self._settings, name)
        if self._transport is None:
            try:
                self._transport = self._open_transport()
            except OutreachError as error:
                self.failure = error
                raise
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
        return sent.stopped

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
