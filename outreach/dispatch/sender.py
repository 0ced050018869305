"""The sender: compose a batch, claim it, hand it over, write down what became of it.

Unlike other rooms it opens its own transactions, because each batch must be on the disk as claimed
before a transport is called, and as settled before the next is claimed. Composing takes longest and
comes first, so that a claim stands no longer than the transport needs. Writes through `ledger`,
`lease` and, for addresses that a transport found dead, `supporters.consent`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from outreach.dispatch import campaigns, lease, ledger
from outreach.dispatch.orders import Orders, problem
from outreach.dispatch.plan import lease_name
from outreach.dispatch.results import MOST_IN_VAIN, Dispatched, Stop, Tally
from outreach.dispatch.retries import next_try
from outreach.dispatch.transports import Transport, plain_words
from outreach.errors import DatabaseBusy, IllegalMove, TransportError
from outreach.model import (
    DeliveryState,
    Letter,
    Outcome,
    Progress,
    Refusal,
    Supporter,
    Suppression,
    Verdict,
    no_progress,
)
from outreach.store import Database, atomic, utc_text
from outreach.supporters import consent, roll

#: Times ten seconds to wait for another writer, such as a long import, before what became of a
#: batch is given up for lost, which puts all of it in doubt.
SETTLE_TRIES: Final = 60

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Batch:
    """Planned rows with what was made of them; nothing is claimed yet."""

    rows: Mapping[int, ledger.Row]
    #: by supporter id, as they were when their message was composed
    people: Mapping[int, Supporter]
    letters: Sequence[Letter]
    #: refusals of those for whom there is no message
    refused: Sequence[ledger.Entry]


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
        self._started = self._renewed = clock()
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
        is sent the message twice, and what was on its way without an outcome is in doubt.
        `should_stop` is asked before each letter.

        Raises:
            LeaseHeld: another dispatcher is at work on this campaign, or has taken it over.
            IllegalMove: the campaign was planned anew after the orders were made.
            TransportError: the transport can't be used any more; the rest is planned again.
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
            self._orders.campaign.name,
            stop,
            still_planned=left,
            next_try=next_try,
            all_in_doubt=ledger.count_in_doubt(self._db, self._campaign_id),
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
            if self._tally.in_vain:
                return Stop.IN_VAIN
            if size <= 0:
                return Stop.LIMIT
            if should_stop():
                return Stop.ASKED
            batch = self._composed(size, should_stop)
            if batch is None:
                return Stop.DONE
            if not should_stop():
                self._handed_over(batch, should_stop)
                progress(min(self._tally.handled, total), total)

    def _composed(self, size: int, should_stop: Callable[[], bool]) -> _Batch | None:
        """Make the messages of the next `size` rows that are due; None if nothing is."""
        moment = self._clock()
        rows = list(ledger.due(self._db, self._campaign_id, by=self._started, limit=size))
        if not rows:
            return None
        ids = [row.supporter_id for row in rows]
        shut = consent.excluded_now(self._db, ids, discreet_version=self._orders.discreet_version)
        people = roll.fetch(self._db, [i for i in ids if i not in shut])
        letters: list[Letter] = []
        refused: list[ledger.Entry] = []
        for row in rows:
            if self._tally.not_composed >= MOST_IN_VAIN or should_stop():
                break
            if row.supporter_id not in people:
                continue
            try:
                message = self._orders.message(people[row.supporter_id], row.delivery_id, moment)
            except Exception as error:
                refused.append(_without_message(row, error))
                self._tally.not_composed += 1
            else:
                attempt = f"{row.delivery_id}-{row.attempts + 1}"
                letters.append(Letter(row.delivery_id, attempt, message))
                self._tally.not_composed = 0
        return _Batch({row.delivery_id: row for row in rows}, people, letters, refused)

    def _handed_over(self, batch: _Batch, should_stop: Callable[[], bool]) -> None:
        """Claim a batch, hand it to the transport and settle it."""
        under_way: dict[int, Letter] = {}
        entries: list[ledger.Entry] = []
        silence = f"the transport {self._transport.name} gave no outcome"
        try:
            letters = self._patiently(lambda: self._claimed(batch))
            if not letters:
                return
            offered = self._offered(letters, under_way, should_stop)
            for outcome in self._transport.send(offered):
                letter = under_way.get(outcome.delivery_id)
                if letter is not None:
                    # In this order: broken off in between, it is settled and not planned again.
                    entries.append(self._entry(batch, letter, outcome))
                    del under_way[letter.delivery_id]
                    self._tally.answered(entries[-1])
        except TransportError:
            # nothing of what it took without an outcome has left us
            under_way.clear()
            raise
        except BaseException as error:
            # a transport that breaks its promise, or a person who would not wait
            silence = f"the transport {self._transport.name} broke off: {type(error).__name__}"
            raise
        finally:
            doubts = [
                ledger.Entry(
                    letter.delivery_id,
                    DeliveryState.IN_DOUBT,
                    language=letter.message.language,
                    detail=silence,
                )
                for letter in under_way.values()
            ]
            for doubt in doubts:
                self._tally.answered(doubt)
            self._settle(batch, [*entries, *doubts])

    def _claimed(self, batch: _Batch) -> Sequence[Letter]:
        """Renew the lease, ask the last door and claim, all in one commit; give what may leave."""
        now = self._clock()
        lease.renew(self._db, self._lease, self._holder, now)
        self._renewed = now
        rows = batch.rows.values()
        ids = [row.supporter_id for row in rows]
        shut = consent.excluded_now(self._db, ids, discreet_version=self._orders.discreet_version)
        ledger.withdraw(
            self._db,
            {r.delivery_id: shut[r.supporter_id] for r in rows if r.supporter_id in shut},
            now,
        )
        # whose record has changed while the message was composed gets it with the next batch
        people = roll.fetch(self._db, ids)
        unchanged = {
            row.delivery_id
            for row in rows
            if row.supporter_id not in shut
            and people[row.supporter_id] == batch.people.get(row.supporter_id)
        }
        composed = {letter.delivery_id for letter in batch.letters}
        composed |= {entry.delivery_id for entry in batch.refused}
        claimed = ledger.claim(
            self._db,
            self._campaign_id,
            [batch.rows[delivery_id] for delivery_id in composed & unchanged],
            self._holder,
            now,
        )
        refused = [entry for entry in batch.refused if entry.delivery_id in claimed]
        ledger.settle(self._db, refused, holder=self._holder, provider="", now=now)
        self._tally.claim(len(claimed), shut.values())
        for entry in refused:
            self._tally.add(entry)
        return [letter for letter in batch.letters if letter.delivery_id in claimed]

    def _offered(
        self,
        letters: Sequence[Letter],
        under_way: dict[int, Letter],
        should_stop: Callable[[], bool],
    ) -> Iterator[Letter]:
        """Give the transport one letter after another, and note which it has taken."""
        for letter in letters:
            if self._tally.got_nowhere >= MOST_IN_VAIN or should_stop():
                return
            self._keep_lease()
            under_way[letter.delivery_id] = letter
            yield letter

    def _keep_lease(self) -> None:
        now = self._clock()
        if now - self._renewed >= lease.RENEW_EVERY:
            self._renewed = now
            # while somebody else writes it has to last a little longer
            with suppress(DatabaseBusy), atomic(self._db):
                lease.renew(self._db, self._lease, self._holder, now)

    def _entry(self, batch: _Batch, letter: Letter, outcome: Outcome) -> ledger.Entry:
        state, reason, not_before = _STATES[outcome.verdict], "", ""
        if outcome.verdict is Verdict.REFUSED:
            reason = outcome.refusal or Refusal.UNKNOWN
        elif outcome.verdict is Verdict.TRY_LATER:
            moment = next_try(batch.rows[letter.delivery_id].deferrals, self._clock())
            if moment is None:
                state, reason = DeliveryState.REFUSED, Refusal.UNKNOWN
            else:
                not_before = utc_text(moment)
        return ledger.Entry(
            letter.delivery_id,
            state,
            reason=reason,
            language=letter.message.language,
            provider_id=outcome.provider_id,
            detail=outcome.detail,
            not_before=not_before,
        )

    def _settle(self, batch: _Batch, entries: Sequence[ledger.Entry]) -> None:
        """Write down what became of a batch, and plan again what was not taken."""
        dead = [
            batch.people[batch.rows[entry.delivery_id].supporter_id].email
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
            ledger.release(self._db, self._campaign_id, self._holder, now)

        self._patiently(write)

    def _patiently(self, write: Callable[[], T]) -> T:
        """Commit what `write` writes, even if somebody else is writing for a long time."""
        for _ in range(SETTLE_TRIES - 1):
            with suppress(DatabaseBusy), atomic(self._db):
                return write()
        with atomic(self._db):
            return write()


def _without_message(row: ledger.Row, error: Exception) -> ledger.Entry:
    return ledger.Entry(
        row.delivery_id,
        DeliveryState.REFUSED,
        reason=Refusal.MESSAGE,
        detail=plain_words(problem(error)),
    )


_STATES: Final = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.REFUSED: DeliveryState.REFUSED,
    Verdict.TRY_LATER: DeliveryState.PLANNED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
