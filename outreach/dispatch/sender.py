"""The sender: claim a batch, compose it, hand it to the transport, write down what became of it.

Unlike other rooms it opens its own transactions, because each batch must be on the disk as claimed
before a transport is called, and as settled before the next is claimed. Writes through `ledger`,
`lease` and, for addresses that a transport found dead, `supporters.consent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from outreach import tokens
from outreach.dispatch import campaigns, lease, ledger
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.plan import lease_name
from outreach.dispatch.results import Dispatched, Stop, Tally
from outreach.dispatch.retries import next_try
from outreach.dispatch.transports import Transport, plain_words
from outreach.errors import DatabaseBusy, IllegalMove, TemplateError, TransportError
from outreach.model import (
    DeliveryState,
    Letter,
    Message,
    Outcome,
    Progress,
    Reader,
    Refusal,
    Supporter,
    Suppression,
    Verdict,
    no_progress,
)
from outreach.store import Database, atomic, utc_text
from outreach.supporters import consent, roll
from outreach.tokens import Purpose, SigningKey

#: so many letters in a row that were put off or are in doubt: the fault is not theirs
MOST_IN_VAIN: Final = 100
#: a batch of at least so many, none of which can be composed: the fault is the message's
HOPELESS: Final = 10
#: Times ten seconds to wait for another writer, such as a long import, before what became of a
#: batch is given up for lost, which puts all of it in doubt.
SETTLE_TRIES: Final = 60


class Compose(Protocol):
    """Makes one person's message out of the campaign's frozen one."""

    def __call__(self, reader: Reader, moment: datetime) -> Message:
        """Compose, or raise TemplateError where there is no message for this person."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be sent, and how."""

    campaign: Campaign
    compose: Compose
    #: whether the message may go to people who need a discreet one
    discreet_version: bool
    key: SigningKey
    batch_size: int


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: Sequence[ledger.Row]
    people: dict[int, Supporter]


class Sender:
    """One run over one campaign. `clock` gives the present moment, aware."""

    def __init__(
        self, db: Database, orders: Orders, transport: Transport, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._orders = orders
        self._campaign_id = orders.campaign.campaign_id
        self._lease = lease_name(orders.campaign)
        self._transport = transport
        self._clock = clock
        self._holder = lease.new_holder()
        self._started = clock()
        self._tally = Tally()

    def run(
        self,
        *,
        limit: int | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        progress: Progress = no_progress,
    ) -> Dispatched:
        """Send what is due, at most `limit` letters, until nothing is due or `should_stop()`.

        Every batch is committed, so a run may be broken off at any point and begun again: nobody
        is sent the message twice, and claims without an outcome become doubts.

        Raises:
            LeaseHeld: another dispatcher is at work on this campaign, or has taken it over.
            IllegalMove: the campaign was planned anew after the orders were made.
            TransportError: the transport can't be used; the batch is planned again.
            TemplateError: not one person of a batch has a message; the batch is planned again.
        """
        with atomic(self._db):
            lease.take(self._db, self._lease, self._holder, self._started)
            if campaigns.get(self._db, self._orders.campaign.name) != self._orders.campaign:
                # its message is not the one that was thawed for these orders
                raise IllegalMove(
                    "the campaign was planned anew a moment ago", next_step="dispatch again"
                )
            self._tally.abandoned = ledger.doubt_abandoned(
                self._db, self._campaign_id, self._holder, self._started
            )
        try:
            stop = self._all_batches(limit, should_stop, progress)
        finally:
            # a lease not given back runs out by itself; the error that led here matters more
            with suppress(DatabaseBusy), atomic(self._db):
                lease.drop(self._db, self._lease, self._holder)
        left, next_try = ledger.still_planned(self._db, self._campaign_id)
        return self._tally.result(
            self._orders.campaign.name, stop, still_planned=left, next_try=next_try
        )

    def _all_batches(
        self, limit: int | None, should_stop: Callable[[], bool], progress: Progress
    ) -> Stop:
        total = ledger.count_due(self._db, self._campaign_id, by=self._started)
        total = total if limit is None else min(limit, total)
        while True:
            size = self._orders.batch_size
            if limit is not None:
                size = min(size, limit - self._tally.claimed)
            if size <= 0:
                return Stop.LIMIT
            if should_stop():
                return Stop.ASKED
            if self._tally.in_vain >= MOST_IN_VAIN:
                return Stop.IN_VAIN
            if not self._one_batch(size):
                return Stop.DONE
            progress(min(self._tally.handled, total), total)

    def _one_batch(self, size: int) -> bool:
        """Take one batch all the way; False if nothing is due any more."""
        try:
            batch = self._claim(size)
            if batch is None:
                return False
            letters, entries = self._composed(batch)
        except BaseException:
            self._release()
            raise
        if letters:
            entries += self._sent(batch, letters, entries)
        self._settle(entries, batch)
        self._tally.add(entries)
        return True

    def _claim(self, size: int) -> _Batch | None:
        """Renew the lease, ask the last door and claim, all in one commit."""
        now = self._clock()
        with atomic(self._db):
            lease.renew(self._db, self._lease, self._holder, now)
            rows = list(ledger.due(self._db, self._campaign_id, by=self._started, limit=size))
            if not rows:
                return None
            shut = consent.excluded_now(
                self._db,
                [row.supporter_id for row in rows],
                discreet_version=self._orders.discreet_version,
            )
            ledger.withdraw(
                self._db,
                {r.delivery_id: shut[r.supporter_id] for r in rows if r.supporter_id in shut},
                now,
            )
            rows = [row for row in rows if row.supporter_id not in shut]
            ledger.claim(self._db, rows, self._holder, now)
            people = roll.fetch(self._db, [row.supporter_id for row in rows])
        self._tally.claim(len(rows), shut.values())
        return _Batch(rows, people)

    def _composed(self, batch: _Batch) -> tuple[list[Letter], list[ledger.Entry]]:
        moment = self._clock()
        letters: list[Letter] = []
        refused: list[ledger.Entry] = []
        for row in batch.rows:
            reader = Reader(
                batch.people[row.supporter_id],
                tokens.sign(self._orders.key, Purpose.REPLY, row.delivery_id),
                tokens.sign(self._orders.key, Purpose.UNSUBSCRIBE, row.delivery_id),
            )
            try:
                message = self._orders.compose(reader, moment)
            except TemplateError as error:
                refused.append(
                    ledger.Entry(
                        row.delivery_id,
                        DeliveryState.REFUSED,
                        reason=Refusal.MESSAGE,
                        detail=plain_words(str(error)),
                    )
                )
                if len(refused) == len(batch.rows) >= HOPELESS:
                    raise
                continue
            attempt = f"{row.delivery_id}-{row.attempts + 1}"
            letters.append(Letter(row.delivery_id, attempt, message))
        return letters, refused

    def _sent(
        self, batch: _Batch, letters: Sequence[Letter], refused: Sequence[ledger.Entry]
    ) -> list[ledger.Entry]:
        try:
            outcomes = self._transport.send(letters)
        except TransportError:
            self._settle(refused, batch)
            self._release()
            raise
        except BaseException as error:
            # a transport that breaks its promise, or a person who would not wait
            self._settle(refused, batch)
            self._doubt(f"the transport {self._transport.name} broke off: {type(error).__name__}")
            raise
        rows = {row.delivery_id: row for row in batch.rows}
        told = {outcome.delivery_id: outcome for outcome in outcomes}
        return [
            self._entry(rows[letter.delivery_id], letter, told.get(letter.delivery_id))
            for letter in letters
        ]

    def _entry(self, row: ledger.Row, letter: Letter, outcome: Outcome | None) -> ledger.Entry:
        if outcome is None:
            outcome = Outcome(
                row.delivery_id, Verdict.IN_DOUBT, detail="the transport gave no outcome"
            )
        state, reason, not_before = _STATES[outcome.verdict], "", ""
        if outcome.verdict is Verdict.REFUSED:
            reason = outcome.refusal or Refusal.UNKNOWN
        elif outcome.verdict is Verdict.TRY_LATER:
            moment = next_try(row.deferrals, self._clock())
            if moment is None:
                state, reason = DeliveryState.REFUSED, Refusal.UNKNOWN
            else:
                not_before = utc_text(moment)
        return ledger.Entry(
            row.delivery_id,
            state,
            reason=reason,
            language=letter.message.language,
            provider_id=outcome.provider_id,
            detail=outcome.detail,
            not_before=not_before,
        )

    def _settle(self, entries: Sequence[ledger.Entry], batch: _Batch) -> None:
        supporters = {row.delivery_id: row.supporter_id for row in batch.rows}
        dead = [
            batch.people[supporters[entry.delivery_id]].email
            for entry in entries
            if entry.reason == Refusal.DEAD_ADDRESS
        ]
        now, name = self._clock(), self._transport.name

        def write() -> None:
            ledger.settle(self._db, entries, holder=self._holder, provider=name, now=now)
            for email in dead:
                consent.suppress(
                    self._db, email, Suppression.DEAD_ADDRESS, f"{name} refused it", now
                )

        self._patiently(write)

    def _release(self) -> None:
        now = self._clock()
        self._patiently(lambda: ledger.release(self._db, self._campaign_id, self._holder, now))

    def _doubt(self, detail: str) -> None:
        now = self._clock()
        self._patiently(
            lambda: ledger.doubt_ours(self._db, self._campaign_id, self._holder, detail, now)
        )

    def _patiently(self, write: Callable[[], object]) -> None:
        """Commit what `write` writes, even if somebody else is writing for a long time."""
        for tries_left in reversed(range(SETTLE_TRIES)):
            try:
                with atomic(self._db):
                    write()
            except DatabaseBusy:
                if not tries_left:
                    raise
            else:
                return


_STATES: Final = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.REFUSED: DeliveryState.REFUSED,
    Verdict.TRY_LATER: DeliveryState.PLANNED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
