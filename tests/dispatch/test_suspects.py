"""Refusals that are nobody's fault: they burn no one, and the campaign is held with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.results import MOST_IN_VAIN, Dispatched, Stop
from outreach.dispatch.retries import MOST_DEFERRALS
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import Ledger, status
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import TemplateError, TransportError
from outreach.model import Letter, Message, Outcome, Reader, Refusal, Verdict


def _run(
    db: Database,
    memory: Memory,
    clock: made.Clock | None = None,
    compose: Callable[[Reader, datetime], Message] = made.compose,
) -> Dispatched:
    orders = replace(made.orders(db), compose=compose)
    return Sender(db, orders, memory, clock or made.Clock()).run()


def _ledger(db: Database) -> Ledger:
    return status(db, campaigns.get(db, "spring")).ledger


def _people(db: Database, number: int) -> None:
    made.add_people(db, range(1, number + 1))
    made.planned_campaign(db)


def _denied(letter: Letter) -> Outcome:
    return Outcome(
        letter.delivery_id, Verdict.REFUSED, Refusal.POLICY, detail="554 5.7.1 Relay access denied"
    )


def _broken(reader: Reader, moment: datetime) -> Message:
    raise TemplateError("broken")


@pytest.mark.parametrize("people", [3, 19, 20, 21, 100])
def test_a_relay_that_denies_us_burns_nobody(db: Database, people: int) -> None:
    """However often a timer dispatches; when it is mended and the campaign resumed, all go."""
    _people(db, people)
    clock, memory = made.Clock(), Memory(_denied)
    sent = _run(db, memory, clock)
    number = min(people, MOST_IN_VAIN)
    why = f"{number} letters in a row got nowhere: 554 5.7.1 Relay access denied"
    assert (sent.held_why, sent.put_off, sent.refused) == (why, number, {})
    assert sent.to_look_at
    for _ in range(4):
        clock.advance(hours=5)
        assert _run(db, memory, clock).stopped is Stop.HELD
    assert (_ledger(db).planned, _ledger(db).claimed) == (people, 0)
    memory.answer = accept
    made.release(db)
    assert _run(db, memory, clock).accepted == people


@pytest.mark.parametrize("people", [3, 100])
def test_a_message_that_can_be_made_for_nobody_burns_nobody(db: Database, people: int) -> None:
    """The campaign is held at once, and goes on when the fault is mended."""
    _people(db, people)
    clock, memory = made.Clock(), Memory()
    sent = _run(db, memory, clock, _broken)
    assert "letters in a row could not be made" in sent.held_why
    assert _run(db, memory, clock, _broken).stopped is Stop.HELD
    assert (_ledger(db).planned, _ledger(db).refused) == (people, 0)
    made.release(db)
    clock.advance(hours=1)
    assert _run(db, memory, clock).accepted == people


def test_a_person_who_resumes_in_vain_sees_others_tried_first(db: Database) -> None:
    """Twenty people whom a server truly doesn't want don't bar the way for ever."""
    _people(db, 50)

    def answer(letter: Letter) -> Outcome:
        return _denied(letter) if letter.delivery_id <= MOST_IN_VAIN else accept(letter)

    memory = Memory(answer)
    assert _run(db, memory).stopped is Stop.IN_VAIN
    made.release(db)
    assert _run(db, memory).accepted == 30
    assert _ledger(db).planned == MOST_IN_VAIN


def test_who_is_refused_among_others_who_get_through_is_refused(db: Database) -> None:
    """Also the last ones, after whom nobody came."""
    _people(db, 25)

    def answer(letter: Letter) -> Outcome:
        return _denied(letter) if letter.delivery_id in {1, 2, 3, 12, 24, 25} else accept(letter)

    sent = _run(db, Memory(answer))
    assert (sent.stopped, sent.accepted, sent.refused) == (Stop.DONE, 19, {"policy": 6})
    assert not sent.held_why


def test_one_person_alone_is_refused(db: Database) -> None:
    """One refusal is no sign of anything."""
    _people(db, 1)
    assert _run(db, Memory(_denied)).refused == {"policy": 1}


def test_who_was_refused_before_a_server_broke_off_is_put_off(db: Database) -> None:
    """Nobody after them got through."""
    _people(db, 25)

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 8:
            raise TransportError("gone")
        return accept(letter) if letter.delivery_id < 6 else _denied(letter)

    with pytest.raises(TransportError):
        _run(db, Memory(answer))
    assert (_ledger(db).accepted, _ledger(db).refused, _ledger(db).planned) == (5, 0, 20)
    assert db.conn.execute("SELECT sum(deferrals) FROM deliveries").fetchone() == (2,)


def test_patience_with_a_refusal_ends(db: Database) -> None:
    """A person who is refused for four days, by a server that takes nobody, is refused."""
    _people(db, 3)
    clock, memory = made.Clock(), Memory(_denied)
    for _ in range(MOST_DEFERRALS):
        assert _ledger(db).planned == 3
        _run(db, memory, clock)
        made.release(db)
        clock.advance(hours=5)
    assert _ledger(db).refused == 3
