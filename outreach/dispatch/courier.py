"""The courier: takes single letters to the transport, as the sender takes those of campaigns.

It opens its own transactions, because each letter must be on the disk as claimed before a transport
is handed it. One at a time, by a lease; what one that is gone had claimed is in doubt. Writes
through `lettermoves`, `lease`, `pacing` and, for addresses that are dead, `supporters.consent`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from outreach.dispatch import correspondence, lease, lettermoves, mark, outcomes, pacing
from outreach.dispatch.claims import SETTLE_TRIES
from outreach.dispatch.correspondence import StoredLetter
from outreach.dispatch.ledger import Entry, Row
from outreach.dispatch.outcomes import Sent
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.results import Stop, Tally
from outreach.dispatch.suspects import Suspects
from outreach.dispatch.transports import Transport
from outreach.errors import DatabaseBusy, TransportError
from outreach.model import (
    DeliveryState,
    Letter,
    Message,
    Outcome,
    Refusal,
    Suppression,
    Verdict,
)
from outreach.settings import Pacing
from outreach.store import Database, atomic
from outreach.supporters import consent

LEASE: Final = "letters"
#: letters claimed at once: few, as few are in doubt if this process dies
BATCH = 10
#: in which acknowledgements are counted
_BRAKE: Final = timedelta(hours=1)
_BRAKED: Final = LetterPurpose.ACKNOWLEDGEMENT

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LettersSent:
    """What one run did, in letters."""

    accepted: int = 0
    #: by `Refusal`, the commonest first
    refused: dict[str, int] = field(default_factory=dict)
    in_doubt: int = 0
    #: claims of a run that ended without an outcome: in doubt since this run
    abandoned: int = 0
    #: taken out at the last door, by `Exclusion`, or late
    withdrawn: dict[str, int] = field(default_factory=dict)
    put_off: int = 0
    #: acknowledgements that wait, as enough have left in this hour
    braked: int = 0
    #: `Refusal`, "in_doubt" or "put_off" -> what was said of the first of them
    details: dict[str, str] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether anything happened; that something waits is nothing."""
        return replace(self, braked=0) != LettersSent()

    @property
    def to_look_at(self) -> bool:
        """Whether somebody should look at it."""
        return bool(self.refused or self.in_doubt or self.abandoned or self.withdrawn)


class Courier:
    """One run over the letters that are due. `compose` makes the mail of a stored letter."""

    def __init__(
        self,
        db: Database,
        transport: Transport,
        compose: Callable[[StoredLetter], Message],
        *,
        pace: Pacing,
        acknowledgements_an_hour: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._transport = transport
        self._compose = compose
        self._pace = pace
        self._most_acknowledgements = acknowledgements_an_hour
        self._clock = clock
        self._holder = lease.new_holder()
        self._tally = Tally()
        self._suspects = Suspects()
        self._withdrawn: Counter[str] = Counter()
        self._braked = 0
        self._abandoned = 0
        self._last = 0
        self._only: Collection[int] | None = None
        #: handed over, without an outcome
        self._under_way: dict[int, Sent] = {}
        self._known: list[Entry] = []
        self._dead: list[str] = []

    def run(
        self,
        *,
        only: Collection[int] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> LettersSent:
        """Send what is due, or of that `only` these letters; `should_stop` is asked of each batch.

        Broken off at any point and begun again it sends no letter twice; one that was on its way
        without an outcome is in doubt.

        Raises:
            LeaseHeld: somebody else is sending letters, or has taken that over.
            DatabaseOlder: a backup was put back, and nobody stands for it yet.
            TransportError: the transport can't be used; the rest is planned again.
        """
        self._only = only
        with atomic(self._db):
            now = self._clock()
            lease.take(self._db, LEASE, self._holder, now)
            mark.refuse_if_older(self._db)
            self._abandoned = lettermoves.doubt_abandoned(self._db, self._holder, now)
        try:
            while not should_stop() and not self._tally.in_vain:
                batch = self._patiently(self._exchange)
                if not batch:
                    break
                mark.leave(self._db)
                self._hand_over(batch)
        finally:
            try:
                self._patiently(self._finish)
            finally:
                with suppress(DatabaseBusy), atomic(self._db):
                    lease.drop(self._db, LEASE, self._holder)
        return self._result()

    def _exchange(self) -> Sequence[Row]:
        """Write down what is known, ask the last door and claim a batch, in one transaction."""
        now = self._clock()
        lease.renew(self._db, LEASE, self._holder, now)
        self._write_down(now)
        while rows := self._next(now):
            self._last = rows[-1].delivery_id
            claimed = self._claim(rows, now)
            if claimed:
                return claimed
        return ()

    def _next(self, now: datetime) -> list[Row]:
        """Give further letters that are due; acknowledgements only where the brake lets them go."""
        room = self._room(now)
        return lettermoves.due(
            self._db,
            by=now,
            after=self._last,
            limit=min(room or BATCH, BATCH),
            only=self._only,
            without=_BRAKED if room == 0 else "",
        )

    def _room(self, now: datetime) -> int:
        """Say how many acknowledgements may still leave in this hour."""
        if not self._most_acknowledgements:
            return BATCH
        handled = lettermoves.handled_since(self._db, _BRAKED, now - _BRAKE)
        return max(self._most_acknowledgements - handled, 0)

    def _claim(self, rows: Sequence[Row], now: datetime) -> Sequence[Row]:
        """Claim those that may leave: whom the last door lets out, within the pace."""
        shut = lettermoves.shut(self._db, [row.delivery_id for row in rows], now)
        lettermoves.stop(self._db, shut, now)
        self._withdrawn.update(shut.values())
        open_rows = [row for row in rows if row.delivery_id not in shut]
        letters = [correspondence.get(self._db, row.delivery_id) for row in open_rows]
        going = list(zip(open_rows, letters, strict=True))
        emails = [letter.email for _, letter in going]
        allowed = pacing.allowed(self._db, self._pace, emails, now)
        going = [going[place] for place in allowed.places]
        pacing.reserve(self._db, self._pace, [letter.email for _, letter in going], now)
        claimed = lettermoves.claim(self._db, [row for row, _ in going], self._holder, now)
        if claimed:
            mark.advance(self._db, now)
        self._tally.claim(len(claimed), ())
        return claimed

    def _hand_over(self, batch: Sequence[Row]) -> None:
        """Hand claimed letters to the transport, and hear what became of them."""
        silence = f"the transport {self._transport.name} gave no outcome"
        try:
            for outcome in self._transport.send(self._offered(batch)):
                self._note(outcome)
        except TransportError:
            # nothing of what it took without an outcome has left us
            self._under_way.clear()
            raise
        except BaseException as error:
            silence = f"the transport {self._transport.name} broke off: {type(error).__name__}"
            raise
        finally:
            for number in list(self._under_way):
                self._note(Outcome(number, Verdict.IN_DOUBT, detail=silence))

    def _offered(self, batch: Sequence[Row]) -> Iterator[Letter]:
        for row in batch:
            stored = correspondence.get(self._db, row.delivery_id)
            try:
                message = self._compose(stored)
                sent = outcomes.sent(row, stored.email, message, stored.composed_at)
            except Exception as error:
                self._answered(row, outcomes.without_message(row, error))
                continue
            self._under_way[row.delivery_id] = sent
            yield Letter(row.delivery_id, stored.attempt_id, message)

    def _note(self, outcome: Outcome) -> None:
        sent = self._under_way.get(outcome.delivery_id)
        if sent is None:
            return
        entry = outcomes.entry(sent, outcome, self._clock())
        self._answered(sent.row, entry)
        del self._under_way[outcome.delivery_id]
        if entry.reason == Refusal.DEAD_ADDRESS:
            self._dead.append(sent.email)

    def _answered(self, row: Row, entry: Entry) -> None:
        """Have an entry written down; a refusal only when it is clear that it is that letter's."""
        if self._suspects.suspicious(entry):
            self._suspects.add(row, entry)
            self._tally.suspect(entry)
            return
        self._known.append(entry)
        if entry.state is DeliveryState.ACCEPTED:
            self._tally.accepted()
            self._judged(self._suspects.refuse())
        else:
            self._tally.answered(entry)

    def _judged(self, entries: Sequence[Entry]) -> None:
        self._known.extend(entries)
        for entry in entries:
            self._tally.add(entry)

    def _finish(self) -> None:
        """Write down what is known, and plan again what was claimed and not handed over."""
        now = self._clock()
        stop = Stop.IN_VAIN if self._tally.in_vain else Stop.DONE
        self._judged(self._suspects.judge(self._tally, stop, now))
        self._write_down(now)
        lettermoves.release(self._db, self._holder, now)
        if self._only is None and self._room(now) == 0:
            self._braked = lettermoves.count_due(self._db, _BRAKED, now)

    def _write_down(self, now: datetime) -> None:
        provider = self._transport.name
        lettermoves.settle(self._db, self._known, holder=self._holder, provider=provider, now=now)
        for email in self._dead:
            source = f"{provider} refused it"
            consent.suppress(self._db, email, Suppression.DEAD_ADDRESS, source, now)

    def _patiently(self, write: Callable[[], T]) -> T:
        """Commit what `write` writes, even if somebody else is writing for a long time."""
        for _ in range(SETTLE_TRIES - 1):
            with suppress(DatabaseBusy):
                return self._committed(write)
        return self._committed(write)

    def _committed(self, write: Callable[[], T]) -> T:
        with atomic(self._db):
            done = write()
        # only what was committed is forgotten
        self._known, self._dead = [], []
        return done

    def _result(self) -> LettersSent:
        states = self._tally.states
        return LettersSent(
            accepted=states[DeliveryState.ACCEPTED],
            refused=dict(self._tally.refused.most_common()),
            in_doubt=states[DeliveryState.IN_DOUBT],
            abandoned=self._abandoned,
            withdrawn=dict(sorted(self._withdrawn.items())),
            put_off=states[DeliveryState.PLANNED],
            braked=self._braked,
            details=self._tally.details,
        )
