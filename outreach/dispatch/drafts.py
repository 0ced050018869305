"""Drafts: letters made ahead of their claims, so that composing fills the time of waiting for a
server. Reads only: nothing is claimed before its letter is made.

A run goes through what is due once, in the ledger's order, and holds no more than a batch of it.
A letter that can't be made is refused only when another one could be; otherwise the fault is hardly
its person's, and it is put off. Whoever can't be written to now because their domain has had enough
is passed over, so that the rest isn't held up; `restart` comes back to them.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from outreach.dispatch import ledger, outcomes
from outreach.dispatch.orders import Orders
from outreach.dispatch.pacing import domain_of
from outreach.dispatch.results import MOST_IN_VAIN
from outreach.dispatch.stillness import Stillness
from outreach.dispatch.suspects import ENOUGH
from outreach.model import Letter
from outreach.store import Database, utc_text
from outreach.supporters import consent, roll


class Draft(NamedTuple):
    """A planned row with what was made of it."""

    row: ledger.Row
    #: as the person stood when it was composed; empty where they may not be written to
    record: roll.Record = ()
    #: how often others had written by then (`Stillness.look`)
    asked: int = 0
    #: None where there is no message, and what is to be remembered of it
    letter: Letter | None = None
    sent: outcomes.Sent | None = None
    #: why there is no message, and what becomes of the row therefore
    refused: ledger.Entry | None = None

    @property
    def email(self) -> str:
        """The address to which it goes."""
        return str(self.record[1]) if self.record else ""


class Drafts:
    """Makes letters; `ready` are those that are not claimed yet."""

    def __init__(
        self,
        db: Database,
        orders: Orders,
        clock: Callable[[], datetime],
        stillness: Stillness,
        by: datetime,
    ) -> None:
        self._db = db
        self._stillness = stillness
        self._asked = 0
        self._orders = orders
        self._clock = clock
        self._by = by
        self.ready: deque[Draft] = deque()
        #: letters in a row that could not be composed
        self.not_composed = 0
        #: why the campaign must be held: too many could not be composed; '' where it needn't
        self.why_hold = ""
        self._composed = False
        #: not composed, since the last one that was
        self._failed: list[Draft] = []
        #: whether somebody was passed over
        self.passed_over = False
        self._full: frozenset[str] = frozenset()
        #: until when domains that are full stay so
        self.full_until = by
        self._in_domain: Counter[str] = Counter()
        self._rows: deque[ledger.Row] = deque()
        self._records: dict[int, roll.Record] = {}
        self._moment = by
        self._moment_text = utc_text(by)
        self._last = ledger.NOTHING
        self._all_read = False

    def restart(self) -> None:
        """Begin again with the first row that is due, and make all letters anew."""
        self.ready.clear()
        self.not_composed -= len(self._failed)
        self._failed.clear()
        self._in_domain.clear()
        self._rows.clear()
        self._last = ledger.NOTHING
        self._all_read = False
        self.passed_over = False

    def make(self, most: int, *, up_to: int) -> bool:
        """Make the letters of `most` further rows, or pass them over, until `up_to` are ready.

        False where no row is left.
        """
        for _ in range(most):
            if len(self.ready) >= up_to:
                break
            if self.not_composed >= MOST_IN_VAIN:
                return False
            if not (self._rows or self._read()):
                self._judge(alone=len(self._failed) < ENOUGH or self._composed)
                return False
            row = self._rows.popleft()
            record = self._records.get(row.supporter_id)
            if record is None or record[-1]:
                # the last door says it again, and why
                self.ready.append(Draft(row))
            elif not self._passed_over(record):
                self._compose(row, record)
        return True

    def take(self, most: int) -> list[Draft]:
        """Take the first `most` of what is ready."""
        taken = [self.ready.popleft() for _ in range(min(most, len(self.ready)))]
        if self._orders.limits.pacing.per_domain:
            self._in_domain.subtract(domain_of(draft.email) for draft in taken)
        return taken

    def put_back(self, drafts: Sequence[Draft], full: frozenset[str], until: datetime) -> None:
        """Take back drafts that may not go yet; those to domains that are full are passed over."""
        self._full, self.full_until = full, until
        kept = [draft for draft in drafts if domain_of(draft.email) not in full]
        self.passed_over = self.passed_over or len(kept) < len(drafts)
        self.ready.extendleft(reversed(kept))
        self._in_domain.update(domain_of(draft.email) for draft in kept)

    def make_anew(self, rows: Sequence[ledger.Row]) -> None:
        """Make letters again for rows whose people have changed since."""
        self._rows.extendleft(reversed(rows))
        self._records |= self._records_of(rows)

    def _read(self) -> bool:
        """Read the next rows, and the people of them who may be written to."""
        if self._all_read:
            return False
        due = ledger.due(
            self._db,
            self._orders.campaign.campaign_id,
            by=self._by,
            limit=self._orders.batch_size,
            after=self._last,
        )
        self._rows.extend(due)
        if not self._rows:
            self._all_read = True
            return False
        self._last = self._rows[-1]
        self._asked = self._stillness.look()
        self._records = self._records_of(list(self._rows))
        return True

    def _records_of(self, rows: Sequence[ledger.Row]) -> dict[int, roll.Record]:
        self._moment = self._clock()
        self._moment_text = utc_text(self._moment)
        ids = [row.supporter_id for row in rows]
        orders = self._orders
        return consent.records_now(
            self._db,
            ids,
            discreet_version=orders.discreet_version,
            kind=orders.kind,
            cap=consent.cap_of(orders.limits.cap, orders.campaign.campaign_id, self._moment),
        )

    def _passed_over(self, record: roll.Record) -> bool:
        """Whether it must wait, as enough are on their way to the same domain."""
        most = self._orders.limits.pacing.per_domain
        if not most:
            return False
        if self._moment >= self.full_until:
            self._full = frozenset()
        domain = domain_of(str(record[1]))
        if domain in self._full or self._in_domain[domain] >= most:
            self.passed_over = True
            return True
        self._in_domain[domain] += 1
        return False

    def _compose(self, row: ledger.Row, record: roll.Record) -> None:
        try:
            person = roll.supporter_of(record)
            message = self._orders.message(person, row.delivery_id, self._moment)
            sent = outcomes.sent(row, person.email, message, self._moment_text)
        except Exception as error:
            refused = outcomes.without_message(row, error)
            self._failed.append(Draft(row, record, self._asked, refused=refused))
            self.not_composed += 1
            if self.not_composed >= MOST_IN_VAIN:
                self._judge(alone=False)
            return
        if self._failed:
            self._judge(alone=True)
        self.not_composed, self._composed = 0, True
        letter = Letter(row.delivery_id, f"{row.delivery_id}-{row.attempts + 1}", message)
        self.ready.append(Draft(row, record, self._asked, letter, sent))

    def _judge(self, *, alone: bool) -> None:
        """Refuse those that failed if it is theirs `alone`; otherwise put them off."""
        if not alone:
            first = self._failed[0].refused
            words = first.detail if first else ""
            self.why_hold = f"{len(self._failed)} letters in a row could not be made: {words}"
            self._failed = [
                draft._replace(refused=outcomes.put_off(draft.row, draft.refused, self._moment))
                for draft in self._failed
                if draft.refused
            ]
        self.ready.extend(self._failed)
        self._failed.clear()
