"""The sender: compose letters, claim them, hand them over, write down what became of them.

Unlike other rooms it opens its own transactions (in `claims`), because each letter must be on the
disk as claimed before a transport is handed it. While letters are with the transport the next ones
are composed, so that server and composing don't wait for each other. A transport that wants more
when a batch is used up gets the next in the same `send`: what is known by then is settled in the
commit that claims it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from outreach.dispatch import ledger, outcomes
from outreach.dispatch.claims import Claimed, Claims, Known
from outreach.dispatch.drafts import Draft, Drafts
from outreach.dispatch.heap import seldom_searched
from outreach.dispatch.orders import Orders
from outreach.dispatch.outcomes import Sent
from outreach.dispatch.results import MOST_IN_VAIN, Dispatched, Stop, Tally
from outreach.dispatch.stillness import Stillness
from outreach.dispatch.suspects import Suspects
from outreach.dispatch.transports import Transport, plain_words
from outreach.errors import AccountRefused, TransportError
from outreach.model import (
    DeliveryState,
    Letter,
    Outcome,
    Progress,
    Refusal,
    Verdict,
    no_progress,
)
from outreach.store import Database, small_cache, utc_text

#: how often what is known is written down in the midst of a batch, and a hold is noticed
KEEP_EVERY: Final = timedelta(seconds=10)
#: Letters made at a stretch while others are under way: one by one they take half as long again,
#: and for more the connections would fall idle.
MADE_TOGETHER: Final = 16
#: how often progress is told in the midst of a batch
TELL_EVERY: Final = timedelta(seconds=1)
#: as long as a provider may have us wait, since it took the last letter
MOST_WAITING: Final = timedelta(minutes=15)
#: over a longer wait no connection is kept, and no letter whose Date would be wrong
LONG_WAIT: Final = timedelta(minutes=1)


class Sender:
    """One run over one campaign. `clock` gives the present moment, aware; `sleep` takes seconds."""

    def __init__(
        self,
        db: Database,
        orders: Orders,
        transport: Transport,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = db
        self._orders = orders
        self._campaign_id = orders.campaign.campaign_id
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        stillness = Stillness(db)
        self._claims = Claims(db, orders, transport.name, clock, stillness)
        self._started = self._kept = self._look_at = clock()
        self._drafts = Drafts(db, orders, clock, stillness, self._started)
        self._tally = Tally()
        #: claimed and not handed over yet, of the last batch, and when it was claimed
        self._queue: deque[Draft] = deque()
        self._claimed_at = self._started
        #: handed over, without an outcome
        self._under_way: dict[int, Sent] = {}
        self._known = Known()
        self._suspects = Suspects()
        #: since the last letter that was accepted
        self._waited = timedelta()
        self._stop: Stop | None = None
        self._limit: int | None = None
        self._total = 0
        self._should_stop: Callable[[], bool] = lambda: False
        self._progress = no_progress
        #: when letters may go again, where none may now
        self._go_on_at: datetime | None = None
        #: raised while a transport asked for a letter: it is none of the transport's business
        self._error: BaseException | None = None
        #: whether a person broke off what a transport did
        self._by_hand = False

    def run(
        self,
        *,
        limit: int | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        progress: Progress = no_progress,
    ) -> Dispatched:
        """Send what is due, at most `limit` letters, until nothing is due or `should_stop()`.

        Every batch is committed, so a run may be broken off at any point and begun again: nobody
        is sent the message twice, and what was on its way without an outcome is in doubt.
        `should_stop` is asked before each letter, and each second of a wait.

        Raises:
            LeaseHeld: another dispatcher is at work on this campaign, or has taken it over.
            IllegalMove: the campaign was planned anew after the orders were made.
            TransportError: the transport can't be used any more; the rest is planned again.
            AccountRefused: likewise, and the campaign is held.
        """
        self._limit, self._should_stop, self._progress = limit, should_stop, progress
        with small_cache(self._db), seldom_searched():
            return self._run()

    def _run(self) -> Dispatched:
        self._tally.abandoned, held_why = self._claims.begin()
        try:
            self._heed(held_why)
            due = ledger.count_due(self._db, self._campaign_id, by=self._started)
            self._total = due if self._limit is None else min(self._limit, due)
            while self._stop is None:
                self._go_on()
        finally:
            try:
                self._settle()
            finally:
                self._claims.end()
        left, next_try = ledger.still_planned(self._db, self._campaign_id)
        self._tell()
        return self._tally.result(
            self._orders.campaign.name,
            self._stop,
            still_planned=left,
            next_try=next_try,
            go_on_at=utc_text(self._go_on_at) if self._go_on_at else "",
            all_in_doubt=ledger.count_in_doubt(self._db, self._campaign_id),
        )

    def _go_on(self) -> None:
        """Hand over one stretch of letters, or wait till there may be one."""
        self._go_on_at = None
        try:
            if self._refill():
                self._hand_over()
        except AccountRefused as error:
            why = plain_words(error.problem)
            if " refuses " not in why:
                why = f"{self._transport.name} refuses us: {why}"
            self._claims.hold(why)
            raise
        except TransportError as error:
            self._go_on_at = self._worth_waiting_for(error)
            if self._go_on_at is None:
                raise
            # what it gave back comes before what is ready, also where that was the last
            self._drafts.restart()
            if self._stop is Stop.DONE:
                self._stop = None
        if self._stop is None and self._go_on_at is not None:
            self._wait(self._go_on_at)

    def _refill(self) -> bool:
        """Have claimed letters to hand over; else `_stop` or `_go_on_at` say why there are none."""
        while self._stop is None and self._go_on_at is None:
            size = self._size()
            self._stop = self._reason_to_stop(size)
            if self._stop is None and not self._queue and self._have_ready(size):
                claimed = self._claims.exchange(self._known, self._drafts.take(size))
                self._known, self._kept = Known(), self._clock()
                self._took(claimed)
            if self._queue and self._stop is None:
                return True
        return False

    def _size(self) -> int:
        """Give how many letters may be claimed at once."""
        size = self._orders.batch_size
        return size if self._limit is None else min(size, self._limit - self._tally.claimed)

    def _reason_to_stop(self, size: int) -> Stop | None:
        at_hand = self._queue or self._drafts.ready
        if self._tally.in_vain:
            return Stop.IN_VAIN
        if self._drafts.not_composed >= MOST_IN_VAIN and not at_hand:
            return Stop.IN_VAIN
        if size <= 0 and not self._queue:
            return Stop.LIMIT
        return Stop.ASKED if self._should_stop() else None

    def _have_ready(self, size: int) -> bool:
        """Compose letters where none are ready; what is known doesn't wait for that."""
        drafts = self._drafts
        if drafts.ready:
            return True
        if self._known.entries:
            held_why = self._claims.write_down(self._known)
            self._known, self._kept = Known(), self._clock()
            self._heed(held_why)
        while self._stop is None and len(drafts.ready) < size and not self._should_stop():
            if not drafts.make(MADE_TOGETHER, up_to=size):
                self._none_left()
                break
            self._keep(self._clock())
        return bool(drafts.ready) and self._stop is None

    def _none_left(self) -> None:
        """Note that all that is due has been gone through, and whether somebody was passed over."""
        drafts = self._drafts
        if drafts.ready or drafts.not_composed >= MOST_IN_VAIN:
            return
        if not drafts.passed_over:
            self._stop = Stop.DONE
        elif drafts.full_until > self._clock():
            self._go_on_at = drafts.full_until
        else:
            drafts.restart()

    def _took(self, claimed: Claimed) -> None:
        """Note what a batch came to at the last door."""
        self._heed(claimed.held_why)
        self._queue.extend(claimed.letters)
        self._claimed_at = claimed.at or self._claimed_at
        self._tally.claim(len(claimed.letters) + len(claimed.refused), claimed.withdrawn)
        for entry in claimed.refused:
            self._tally.add(entry)
        self._drafts.make_anew(claimed.changed)
        if claimed.allowed.again_at is not None:
            self._drafts.put_back(
                claimed.later, claimed.allowed.full_domains, claimed.allowed.again_at
            )
            if self._drafts.ready and not self._queue:
                self._go_on_at = claimed.allowed.again_at
                self._stop = Stop.PACED if claimed.allowed.day_full else None
        self._tell()

    def _hand_over(self) -> None:
        """Hand letters to the transport as long as there are any, and hear what became of them."""
        silence = f"the transport {self._transport.name} gave no outcome"
        try:
            for outcome in self._transport.send(self._offered()):
                self._note(outcome)
        except TransportError:
            # nothing of what it took without an outcome has left us
            self._under_way.clear()
            if self._error is None:
                raise
        except BaseException as error:
            # a transport that breaks its promise, or a person who would not wait
            self._by_hand = isinstance(error, KeyboardInterrupt)
            silence = f"the transport {self._transport.name} broke off: {type(error).__name__}"
            raise
        finally:
            for number in list(self._under_way):
                self._note(Outcome(number, Verdict.IN_DOUBT, detail=silence))
        if self._error is not None:
            raise self._error

    def _offered(self) -> Iterator[Letter]:
        """Give the transport one letter after another, and note which it has taken.

        An error of ours ends the letters, and is raised when the transport has told what it knows.
        """
        queue, under_way = self._queue, self._under_way
        while True:
            try:
                more = self._more()
            except BaseException as error:
                self._error = error
                return
            if not more:
                return
            draft = queue.popleft()
            if draft.letter and draft.sent:
                under_way[draft.row.delivery_id] = draft.sent
                yield draft.letter

    def _more(self) -> bool:
        """Whether a letter may be handed over now; the next ones are made meanwhile."""
        if not self._queue:
            window = max(self._orders.batch_size, self._orders.limits.window)
            if len(self._under_way) >= window or not self._refill():
                return False
        if len(self._queue) % MADE_TOGETHER == 1:
            # twice as many, so that a batch from which people dropped out grows again
            self._drafts.make(2 * MADE_TOGETHER, up_to=self._size())
        if (now := self._clock()) >= self._look_at:
            self._keep(now)
        if self._stop is None:
            self._stop = self._reason_to_stop(self._size())
        return self._stop is None

    def _keep(self, now: datetime) -> None:
        """In the midst of a long batch: tell of progress, keep the lease, write what is known."""
        if now >= self._look_at:
            self._tell()
            self._look_at = now + TELL_EVERY
        if now - self._kept >= KEEP_EVERY:
            self._kept = now
            held_why = self._claims.keep(self._known)
            if held_why is not None:
                self._known = Known()
                self._heed(held_why)

    def _tell(self) -> None:
        self._progress(
            min(self._tally.handled, self._total),
            self._total,
            refused=self._tally.states[DeliveryState.REFUSED],
            in_doubt=self._tally.states[DeliveryState.IN_DOUBT],
        )

    def _heed(self, held_why: str) -> None:
        if held_why:
            # that letters got nowhere tells more
            self._stop = self._stop if self._stop is Stop.IN_VAIN else Stop.HELD
            self._tally.held_why = held_why

    def _note(self, outcome: Outcome) -> None:
        """Note what a transport said of a letter that it was handed.

        A refusal is written down only when it is clear that it is that person's.
        """
        number = outcome.delivery_id
        sent = self._under_way.get(number)
        if sent is None:
            return
        # In this order: broken off in between, it is settled and not planned again.
        if outcome.verdict is Verdict.ACCEPTED:
            self._known.entries.append(outcomes.accepted(sent, outcome))
            self._tally.accepted()
            self._waited = timedelta()
            if self._suspects.any:
                self._judged(self._suspects.refuse())
        else:
            entry = outcomes.entry(sent, outcome, self._clock())
            if self._suspects.suspicious(entry):
                self._suspects.add(sent.row, entry)
                self._tally.suspect(entry)
            else:
                self._known.entries.append(entry)
                self._tally.answered(entry)
            if entry.reason == Refusal.DEAD_ADDRESS:
                self._known.dead.append(sent.email)
        del self._under_way[number]

    def _judged(self, entries: Sequence[ledger.Entry]) -> None:
        self._known.entries.extend(entries)
        for entry in entries:
            self._tally.add(entry)

    def _judge(self) -> str:
        """Refuse or put off who is still suspect; say why the campaign must be held, or ''."""
        self._judged(self._suspects.judge(self._tally, self._stop, self._clock()))
        # what a person broke off got nowhere by nobody's fault
        why = "" if self._by_hand else self._suspects.why_hold(self._tally)
        return why or self._drafts.why_hold

    def _settle(self) -> None:
        """Write down what is known, and plan again what was claimed and not handed over.

        Only while no transport is sending.
        """
        why_hold = self._judge()
        self._claims.settle_and_release(self._known, list(self._queue), self._claimed_at)
        self._known = Known()
        self._queue.clear()
        if why_hold:
            self._claims.hold(why_hold)
            self._heed(why_hold)

    def _worth_waiting_for(self, error: TransportError) -> datetime | None:
        """Give the moment for which to wait, where the provider named one that isn't far."""
        if error.retry_at is None:
            return None
        now = self._clock()
        # a second at least, so that a provider whose clock is behind isn't asked without a pause
        wait = max(error.retry_at - now, TELL_EVERY)
        if self._waited + wait > MOST_WAITING:
            return None
        self._waited += wait
        return now + wait

    def _wait(self, until: datetime) -> None:
        """Wait with nothing claimed, till the moment comes or somebody wants it to stop."""
        self._settle()
        long = until - self._clock() >= LONG_WAIT
        if long:
            self._transport.close()
        if long or self._drafts.passed_over:
            self._drafts.restart()
        while self._stop is None and (left := (until - self._clock()).total_seconds()) > 0:
            if self._should_stop():
                self._stop = Stop.ASKED
            else:
                self._keep(self._clock())
                self._sleep(min(left, 1.0))
