"""Nobody gets a message twice, whatever a transport holds at the moment the letters run dry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import letters as made
import pytest
from sqlite_utils import Database
from standins_smtp import Fault, FaultySmtp

from outreach.dispatch import campaigns
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import Ledger, status
from outreach.dispatch.transports import Transport
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import IllegalMove
from outreach.model import Letter, Outcome


def _run(
    db: Database, transport: Transport, *, batch_size: int = 10, window: int = 0
) -> Dispatched:
    orders = replace(made.orders(db, batch_size=batch_size), limits=Limits(window=window))
    return Sender(db, orders, transport, made.Clock()).run()


def _ledger(db: Database) -> Ledger:
    return status(db, campaigns.get(db, "spring")).ledger


class Holding(Memory):
    """Takes `holds` letters, gives one outcome, and asks on: the others stay under way."""

    def __init__(self, holds: int) -> None:
        super().__init__()
        self._holds = holds
        self.took: Counter[int] = Counter()

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Take letters, first of all `holds` of them."""
        rest = iter(letters)
        held: list[Letter] = []
        while True:
            new = list(islice(rest, self._holds - len(held)))
            self.took.update(letter.delivery_id for letter in new)
            held += new
            if not held:
                return
            yield accept(held.pop(0))


@pytest.mark.parametrize("batch_size", [3, 10, 200])
@pytest.mark.parametrize("holds", [2, 5, 9])
@pytest.mark.parametrize("people", [1, 7, 25])
def test_letters_under_way_when_the_queue_runs_dry_stay_claimed(
    db: Database, people: int, holds: int, batch_size: int
) -> None:
    """The first outcomes are written down, and the others' letters are not planned again."""
    made.add_people(db, range(1, people + 1))
    made.planned_campaign(db)
    transport = Holding(holds)
    sent = _run(db, transport, batch_size=batch_size, window=50)
    assert (sent.stopped, sent.accepted, _ledger(db).accepted) == (Stop.DONE, people, people)
    assert _run(db, transport).accepted == 0
    assert transport.took == dict.fromkeys(range(1, people + 1), 1)


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("batch_size", [3, 200])
@pytest.mark.parametrize("people", [1, 7, 40])
def test_a_healthy_mail_server_gets_each_letter_once(
    db: Database, people: int, batch_size: int, connections: int
) -> None:
    """By the server's own record, over two runs."""
    made.add_people(db, range(1, people + 1))
    made.planned_campaign(db)
    with FaultySmtp() as server:
        # answers that come one by one, so that the transport asks on with letters under way
        server.faults["DOT", ""] = Fault(delay=0.001)
        smtp = server.client(connections=connections)
        first = _run(db, smtp, batch_size=batch_size)
        in_ledger = _ledger(db)
        second = _run(db, smtp, batch_size=batch_size)
        took = Counter(server.took)
    assert took == {f"p{n}@example.org": 1 for n in range(1, people + 1)}
    assert (first.accepted, second.accepted) == (people, 0)
    assert (in_ledger.accepted, in_ledger.planned) == (people, 0)


def test_an_outcome_whose_row_went_elsewhere_is_told_loudly(db: Database) -> None:
    """A row that somebody planned again below our feet is not sent again: the campaign is held."""
    made.add_people(db, range(1, 26))
    made.planned_campaign(db)

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 4:
            with db.conn:
                db.conn.execute(
                    "UPDATE " + "deliveries SET state = 'planned', holder = ''"
                    " WHERE delivery_id IN (2, 4)"
                )
        return accept(letter)

    memory = Memory(answer)
    with pytest.raises(IllegalMove, match="2 letters left us that the ledger doesn't have with us"):
        _run(db, memory)
    left = len(memory.accepted)
    assert _ledger(db).accepted == left - 2
    assert _run(db, memory).stopped is Stop.HELD
    assert len(memory.accepted) == left
