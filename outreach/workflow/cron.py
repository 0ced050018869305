"""Send what is due of all scheduled campaigns, and single letters: what the crontab calls.

Two at once don't get in each other's way: the second finds the lease taken and does nothing, and
the lease of one that crashed is taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Final

from outreach.dispatch import approvals, campaigns, lateness, lease, mark, pacing, schedule, waves
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Stop
from outreach.dispatch.status import Ledger, status
from outreach.dispatch.transports import Transport
from outreach.errors import DatabaseBusy, LeaseHeld, MessageRefused, OutreachError, TransportError
from outreach.settings import Settings
from outreach.store import Database, atomic, utc_text
from outreach.workflow.dispatching import dispatch_campaign, letterhead_notice
from outreach.workflow.happenings import CronRun, Event, Level, numbers_of
from outreach.workflow.lettering import deliver_letters
from outreach.workflow.running import hold_if_over

LEASE: Final = "cron"
#: what is kept back of a budget, so that letters under way end within it
_KEPT_BACK: Final = 0.1
_MOST_KEPT_BACK: Final = timedelta(seconds=30)

#: a run that waited for so long, and nothing left, is told of
_NOWHERE: Final = timedelta(seconds=30)

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


class _Task(Enum):
    """What is to be done for a campaign."""

    NONE = auto()
    #: a dispatcher that is gone had claimed letters
    ABANDONED = auto()
    LETTERS = auto()


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
    """Write the letters of the day, send letters, then what is due of campaigns that may go.

    Ends within `budget`, as far as the mail service answers in time: each campaign has an equal
    share of what is left, and more where others need less. One that was missed is held and loses
    its approval; one whose turn doesn't come isn't missed. What is wrong with one stops no other;
    when the mail service can't be used, the run ends. Safe to call at any time and twice at once.

    Raises:
        DatabaseOlder: something is due, and a backup was put back for which nobody stands.
        StoreError: the database can't be used.
    """
    stop_at = clock() + budget
    letters, failure = deliver_letters(
        db,
        settings,
        open_transport,
        pace=limits.pacing,
        clock=clock,
        should_stop=lambda: should_stop() or clock() >= stop_at,
        tell=tell,
    )
    run = _campaigns_due(
        db,
        settings,
        open_transport,
        limits=limits,
        budget=stop_at - clock(),
        clock=clock,
        sleep=sleep,
        should_stop=should_stop,
        tell=tell,
    )
    return CronRun((*letters, *run.events), run.failure or failure)


def _campaigns_due(
    db: Database,
    settings: Settings,
    open_transport: Callable[[], Transport],
    *,
    limits: Limits,
    budget: timedelta,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    should_stop: Callable[[], bool],
    tell: Callable[[Event], None],
) -> CronRun:
    begun = clock()
    if not _may_have_work(db, begun):
        return CronRun((), None)
    holder = lease.new_holder()
    try:
        with atomic(db):
            lease.take(db, LEASE, holder, begun)
            mark.refuse_if_older(db)
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
                held_why = campaigns.get(self._db, name).held_why
                self._note(Level.WARNING, "held", name, held_why)
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
            advice = f"it is due; next: `outreach campaigns approve {campaign.name} --by WHO`"
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
        campaign, begun = campaigns.get(self._db, name), self._clock()
        before = status(self._db, campaign).ledger
        try:
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
        except BaseException as error:
            # also when a person breaks it off: what was done is told all the same
            with suppress(OutreachError):
                self._broken_off(campaign, before, error)
            raise
        numbers = numbers_of(sent)
        if sent.told:
            numbers["told"] = sent.told
        if any(numbers.values()):
            self._sent(name, {**numbers, "still_planned": sent.still_planned})
        elif sent.stopped is Stop.ASKED:
            self._nowhere(campaign, begun)
        if sent.stopped is Stop.IN_VAIN:
            first = next(iter(sent.details.values()), "")
            why = f"letter after letter got nowhere, the first because: {first}"
            self._note(Level.WARNING, "in_vain", name, why)
        if sent.stopped is Stop.HELD and sent.still_planned:
            self._note(Level.WARNING, "held", name, sent.held_why)
        elif sent.in_doubt > sent.told and not sent.accepted:
            self._hold_in_doubt(
                campaign, sent.in_doubt - sent.told, sent.details.get("in_doubt", "")
            )
        return sent.stopped

    def _sent(self, name: str, numbers: Mapping[str, int]) -> None:
        level = Level.WARNING if numbers["in_doubt"] else Level.INFO
        self._note(level, "sent", name, numbers=numbers)

    def _broken_off(self, campaign: Campaign, before: Ledger, error: BaseException) -> None:
        """Tell what a run did that ended with an error, by what the ledger has more of."""
        after = status(self._db, campaign).ledger
        numbers = {
            "accepted": after.accepted - before.accepted,
            "refused": after.refused - before.refused,
            "in_doubt": after.in_doubt - before.in_doubt,
            "put_off": 0,
            "withdrawn": after.withdrawn - before.withdrawn,
        }
        if any(numbers.values()):
            self._sent(campaign.name, {**numbers, "still_planned": after.planned})
        # what an earlier run had claimed and left says nothing about the mail service
        doubts = numbers["in_doubt"] - before.claimed
        if isinstance(error, OutreachError) and doubts > 0 and not numbers["accepted"]:
            self._hold_in_doubt(campaign, doubts, error.problem)

    def _hold_in_doubt(self, campaign: Campaign, number: int, detail: str) -> None:
        """Hold a campaign of which a run only put letters in doubt: the next would too."""
        why = f"{number:,} letters got no clear answer, and none was accepted: {detail}"
        with atomic(self._db):
            held = campaigns.hold(
                self._db, campaign, by=OURSELVES, why=why.rstrip(". "), now=self._clock()
            )
        if held:
            self._note(Level.WARNING, "held", campaign.name, why)

    def _nowhere(self, campaign: Campaign, begun: datetime) -> None:
        """Say that nothing left in all the time of a run, where it wasn't our own pace."""
        now = self._clock()
        if now - begun < _NOWHERE:
            return
        if pacing.allowed(self._db, self._limits.pacing, [""], now).again_at is None:
            why = "nothing could leave in all its time: the mail service let it wait"
            self._note(Level.WARNING, "nowhere", campaign.name, why)

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
