"""The sender: what it promises whatever the transport does."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns, lease, ledger, plan
from outreach.dispatch.orders import Orders
from outreach.dispatch.rehearsal import rehearse
from outreach.dispatch.results import MOST_IN_VAIN, Dispatched, Stop
from outreach.dispatch.retries import MOST_DEFERRALS
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import CampaignState, Status, status
from outreach.dispatch.transports import Transport
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import AccountRefused, LeaseHeld, TemplateError, TransportError
from outreach.model import (
    Letter,
    Message,
    Outcome,
    Reader,
    Refusal,
    Suppression,
    Verdict,
)
from outreach.settings import Settings
from outreach.store import open_database
from outreach.supporters import consent
from outreach.tokens import Purpose, read


def _status(db: Database) -> Status:
    return status(db, campaigns.get(db, "spring"))


def _run(
    db: Database,
    transport: Transport,
    clock: made.Clock | None = None,
    *,
    batch_size: int = 10,
    compose: Callable[[Reader, datetime], Message] = made.compose,
    **options: object,
) -> Dispatched:
    orders = Orders(campaigns.get(db, "spring"), compose, False, made.KEY, batch_size)
    return Sender(db, orders, transport, clock or made.Clock()).run(**options)  # type: ignore[arg-type]


def _to(memory: Memory) -> list[str]:
    return [letter.message.recipient.email for letter in memory.accepted]


@pytest.fixture
def people(db: Database) -> int:
    """A campaign planned for 25 people."""
    made.add_people(db, range(1, 26))
    made.planned_campaign(db)
    return 25


def test_everybody_gets_it_once(db: Database, people: int) -> None:
    """Batch by batch, until nobody is left; a second run finds nothing to do."""
    memory = Memory()
    sent = _run(db, memory)
    assert sent.accepted == people
    assert sent.stopped is Stop.DONE
    assert _run(db, memory).accepted == 0
    assert sorted(_to(memory)) == sorted(f"p{n}@example.org" for n in range(1, 26))
    assert _status(db).state is CampaignState.COMPLETE


def test_every_letter_bears_tokens_of_its_own_delivery(db: Database, people: int) -> None:
    """The reply's token leads back to the very row, and to nothing else."""
    memory = Memory()
    _run(db, memory)
    keys = {made.KEY.key_id: made.KEY}
    for letter in memory.accepted:
        token = letter.message.text.strip()
        assert read(keys, Purpose.REPLY, token) == letter.delivery_id
        assert read(keys, Purpose.UNSUBSCRIBE, token) is None


def test_claims_are_on_the_disk_before_the_transport_is_called(
    db: Database, settings: Settings, people: int
) -> None:
    """What another connection sees is what a crash would leave."""
    other = open_database(settings.database)
    seen: list[list[tuple[str, int]]] = []

    class Watching(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            batch = list(letters)
            ids = ",".join(str(letter.delivery_id) for letter in batch)
            rows = other.conn.execute(
                f"SELECT state, attempts FROM deliveries WHERE delivery_id IN ({ids})"
            )
            seen.append(rows.fetchall())
            yield from super().send(batch)

    _run(db, Watching())
    other.close()
    assert [len(batch) for batch in seen] == [10, 10, 5]
    assert {row for batch in seen for row in batch} == {("claimed", 1)}


def test_a_limit_is_kept(db: Database, people: int) -> None:
    """Also across batches; the next run goes on from there."""
    memory = Memory()
    sent = _run(db, memory, limit=12)
    assert (sent.accepted, sent.still_planned, sent.stopped) == (12, 13, Stop.LIMIT)
    assert _status(db).state is CampaignState.DISPATCHING
    _run(db, memory)
    assert len(set(_to(memory))) == len(memory.accepted) == people


def test_a_wish_to_stop_is_heard_between_letters(db: Database, people: int) -> None:
    """What was not offered yet is planned again; nothing is in doubt."""
    memory = Memory()
    sent = _run(db, memory, should_stop=lambda: len(memory.accepted) == 4)
    assert (sent.accepted, sent.stopped) == (4, Stop.ASKED)
    ledger_now = _status(db).ledger
    assert (ledger_now.claimed, ledger_now.in_doubt, ledger_now.planned) == (0, 0, people - 4)


def test_the_last_door_withdraws_who_said_no_meanwhile(db: Database, people: int) -> None:
    """Consent, suppression and safety are asked again as each batch leaves."""
    db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 3")
    db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 14")
    consent.suppress(db, "p25@example.org", Suppression.UNSUBSCRIBED, "a test", made.START)
    memory = Memory()
    sent = _run(db, memory)
    assert sent.withdrawn == {"no_discreet_version": 1, "opted_out": 1, "suppressed": 1}
    assert sent.accepted == people - 3
    assert not {"p3@example.org", "p14@example.org", "p25@example.org"} & set(_to(memory))
    assert _status(db).ledger.withdrawn == 3
    assert _status(db).state is CampaignState.COMPLETE


def test_a_batch_of_people_who_may_not_be_written_to_is_not_the_end(
    db: Database, people: int
) -> None:
    """Those after them still get theirs."""
    db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id <= 20")
    assert _run(db, Memory()).accepted == 5
    assert _status(db).state is CampaignState.COMPLETE


def test_a_refusal_is_final_and_a_dead_address_is_suppressed(db: Database, people: int) -> None:
    """No campaign writes there again; other refusals say nothing of the address."""
    refusals = {2: Refusal.DEAD_ADDRESS, 4: Refusal.POLICY, 6: Refusal.MAILBOX_FULL}

    def answer(letter: Letter) -> Outcome:
        refusal = refusals.get(letter.delivery_id)
        if refusal is None:
            return accept(letter)
        return Outcome(letter.delivery_id, Verdict.REFUSED, refusal, detail="no")

    sent = _run(db, Memory(answer))
    assert sent.refused == {"dead_address": 1, "mailbox_full": 1, "policy": 1}
    assert consent.suppression_of(db, "p2@example.org") is Suppression.DEAD_ADDRESS
    assert db["suppressions"].count == 1
    made.planned_campaign(db, "summer")
    assert status(db, campaigns.get(db, "summer")).ledger.excluded == {"suppressed": 1}


def test_a_letter_put_off_is_tried_again_when_its_time_comes(db: Database, people: int) -> None:
    """Not in this run, not too early, and under a new attempt."""
    attempts: list[str] = []

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 7:
            attempts.append(letter.attempt_id)
            if len(attempts) < 3:
                return Outcome(7, Verdict.TRY_LATER, detail="busy")
        return accept(letter)

    clock, memory = made.Clock(), Memory(answer)
    sent = _run(db, memory, clock)
    assert (sent.accepted, sent.put_off, sent.still_planned) == (people - 1, 1, 1)
    assert sent.next_try.startswith("2014-02-26T09:05")
    assert _run(db, memory, clock).accepted == 0
    clock.advance(minutes=6)
    again = _run(db, memory, clock)
    assert "2014-02-26T09:16" < again.next_try < "2014-02-26T09:19"
    clock.advance(hours=4)
    assert _run(db, memory, clock).accepted == 1
    assert attempts == ["7-1", "7-2", "7-3"]
    assert len(memory.accepted) == people


def test_patience_ends(db: Database) -> None:
    """After four days of later the letter is refused, with the last words of the server."""
    made.add_people(db, [1])
    made.planned_campaign(db)
    clock = made.Clock()
    memory = Memory(lambda letter: Outcome(letter.delivery_id, Verdict.TRY_LATER, detail="busy"))
    for _ in range(MOST_DEFERRALS):
        assert _status(db).state is CampaignState.PLANNED
        _run(db, memory, clock)
        clock.advance(hours=5)
    assert _status(db).ledger.refused == 1
    assert list(db.query("SELECT reason, detail FROM deliveries")) == [
        {"reason": "unknown", "detail": "busy"}
    ]


@pytest.mark.parametrize(
    ("verdict", "refusal"),
    [
        (Verdict.TRY_LATER, None),
        (Verdict.IN_DOUBT, None),
        (Verdict.REFUSED, Refusal.POLICY),
        (Verdict.REFUSED, Refusal.MESSAGE),
        (Verdict.REFUSED, Refusal.UNKNOWN),
    ],
)
@pytest.mark.parametrize("batch_size", [7, 500])
def test_a_run_in_vain_stops(
    db: Database, verdict: Verdict, refusal: Refusal | None, batch_size: int
) -> None:
    """One misconfiguration does not use up the whole list; the reason is told."""
    made.add_people(db, range(1, 101))
    made.planned_campaign(db)

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 3:
            return accept(letter)
        detail = f"relay denied {letter.delivery_id}"
        return Outcome(letter.delivery_id, verdict, refusal, detail=detail)

    sent = _run(db, Memory(answer), batch_size=batch_size)
    assert sent.stopped is Stop.IN_VAIN
    assert sent.still_planned - sent.put_off == 100 - 3 - MOST_IN_VAIN
    # who was refused before somebody got through, and who was after that
    words = ["relay denied 1"] if refusal is None else ["relay denied 1", "relay denied 4"]
    assert list(sent.details.values()) == words
    assert sent.refused == ({} if refusal is None else {refusal: 2})
    held = "" if verdict is Verdict.TRY_LATER else f"20 letters in a row got nowhere: {words[-1]}"
    assert sent.held_why.startswith(held[:32])
    assert bool(sent.held_why) == bool(held)
    assert sent.to_look_at


@pytest.mark.parametrize(
    ("refusal", "people"), [(Refusal.DEAD_ADDRESS, 50), (Refusal.MAILBOX_FULL, 100)]
)
def test_bad_addresses_are_nobodys_fault(db: Database, refusal: Refusal, people: int) -> None:
    """A list may begin with many of them."""
    made.add_people(db, range(1, people + 1))
    made.planned_campaign(db)
    sent = _run(db, Memory(lambda one: Outcome(one.delivery_id, Verdict.REFUSED, refusal)))
    assert sent.refused == {refusal: people}
    assert sent.stopped is Stop.DONE
    assert not sent.to_look_at


@pytest.mark.parametrize("error", [TransportError("gone"), AccountRefused("who are you?")])
def test_a_transport_that_raises_costs_nobody_anything(
    db: Database, people: int, error: TransportError
) -> None:
    """What it said before stands; the rest is planned again, without a deferral."""

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id > 13:
            raise error
        return accept(letter)

    memory = Memory(answer)
    with pytest.raises(type(error)):
        _run(db, memory)
    ledger_now = _status(db).ledger
    assert (ledger_now.accepted, ledger_now.planned) == (13, 12)
    assert db.conn.execute("SELECT sum(deferrals) FROM deliveries").fetchone() == (0,)
    memory.answer = accept
    made.release(db)
    assert _run(db, memory).accepted == 12
    assert len(set(_to(memory))) == len(memory.accepted) == people


@pytest.mark.parametrize("error", [RuntimeError("a bug"), KeyboardInterrupt()])
def test_a_transport_that_breaks_off_leaves_one_doubt(
    db: Database, people: int, error: BaseException
) -> None:
    """The letter under way; what was told before is kept, and the rest had not been taken."""

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 15:
            raise error
        return accept(letter)

    memory = Memory(answer)
    with pytest.raises(type(error)):
        _run(db, memory, batch_size=20)
    ledger_now = _status(db).ledger
    assert (ledger_now.accepted, ledger_now.in_doubt, ledger_now.planned) == (14, 1, 10)
    memory.answer = accept
    assert _run(db, memory).accepted == 10
    assert "p15@example.org" not in _to(memory)
    assert _status(db).state is CampaignState.IN_DOUBT


def test_a_request_of_many_letters_that_breaks_off_leaves_them_all_in_doubt(
    db: Database, people: int
) -> None:
    """A transport may take several letters before it gives the first outcome."""

    class ByFours(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            rest = iter(letters)
            while request := list(islice(rest, 4)):
                if len(self.accepted) == 8:
                    raise RuntimeError("lost")
                yield from super().send(request)

    with pytest.raises(RuntimeError):
        _run(db, ByFours(), batch_size=20)
    ledger_now = _status(db).ledger
    assert (ledger_now.accepted, ledger_now.in_doubt, ledger_now.planned) == (8, 4, 13)


def test_what_a_person_breaks_off_holds_nothing(db: Database, people: int) -> None:
    """However many letters were under way: that they got nowhere is nobody's fault."""

    class AllAtOnce(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            for letter in list(letters)[22:]:
                yield Outcome(letter.delivery_id, Verdict.TRY_LATER)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(db, AllAtOnce(), batch_size=25)
    ledger_now = _status(db).ledger
    assert (ledger_now.in_doubt, ledger_now.planned) == (22, 3)
    assert not campaigns.get(db, "spring").held_at


def test_a_transport_that_forgets_a_letter_leaves_a_doubt(db: Database, people: int) -> None:
    """One outcome a letter, or nobody knows."""

    class Forgetful(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            yield from islice(super().send(letters), 1, None)

    sent = _run(db, Forgetful())
    assert (sent.accepted, sent.in_doubt) == (people - 1, 1)


def test_a_person_without_a_message_is_refused_and_the_others_go(db: Database, people: int) -> None:
    """One fault in one person's data does not stop a campaign; its detail holds no address."""

    def compose(reader: Reader, moment: datetime) -> Message:
        if reader.supporter.supporter_id == 3:
            raise TemplateError("no name", value="ana@example.org")
        return made.compose(reader, moment)

    sent = _run(db, Memory(), compose=compose)
    assert sent.refused == {"message": 1}
    assert sent.accepted == people - 1
    (detail,) = db.conn.execute("SELECT detail FROM deliveries WHERE state='refused'").fetchone()
    assert "no name" in detail
    assert "@" not in detail


@pytest.mark.parametrize("batch_size", [7, 500])
def test_a_message_that_fits_nobody_stops_the_run(db: Database, batch_size: int) -> None:
    """A broken template does not refuse a whole list, and who has a message gets it."""
    made.add_people(db, range(1, 101))
    made.planned_campaign(db)

    def compose(reader: Reader, moment: datetime) -> Message:
        if reader.supporter.supporter_id in {3, 60}:
            return made.compose(reader, moment)
        raise TemplateError("broken")

    sent = _run(db, Memory(), compose=compose, batch_size=batch_size)
    assert sent.stopped is Stop.IN_VAIN
    assert (sent.accepted, sent.refused, sent.put_off) == (1, {"message": 2}, MOST_IN_VAIN)
    assert "broken" in sent.details["message"]
    assert sent.held_why.startswith("20 letters in a row could not be made: ")
    assert sent.still_planned == 100 - 3


def test_a_person_who_makes_the_program_stumble_is_refused(db: Database, people: int) -> None:
    """Whatever the fault: the others get theirs, and the fault's type is told."""

    def compose(reader: Reader, moment: datetime) -> Message:
        if reader.supporter.supporter_id == 15:
            raise ZeroDivisionError("by zero")
        return made.compose(reader, moment)

    sent = _run(db, Memory(), compose=compose)
    assert (sent.accepted, sent.refused) == (people - 1, {"message": 1})
    assert sent.details["message"] == "ZeroDivisionError: by zero"


def test_nothing_is_claimed_before_its_message_is_made(db: Database, people: int) -> None:
    """Others are with the transport meanwhile: composing that is broken off costs them nothing."""
    states: set[str] = set()
    others: set[str] = set()

    def compose(reader: Reader, moment: datetime) -> Message:
        for row in db.query("SELECT supporter_id, state FROM deliveries"):
            own = row["supporter_id"] == reader.supporter.supporter_id
            (states if own else others).add(row["state"])
        if reader.supporter.supporter_id == 15:
            raise KeyboardInterrupt
        return made.compose(reader, moment)

    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        _run(db, memory, compose=compose)
    assert states == {"planned"}
    assert "claimed" in others
    ledger_now = _status(db).ledger
    assert 0 < ledger_now.accepted == len(memory.accepted) <= 10
    assert (ledger_now.claimed, ledger_now.in_doubt) == (0, 0)


def test_the_last_door_is_after_composing(db: Database, people: int) -> None:
    """Who says no or changes something while messages are made gets none that is out of date."""

    def compose(reader: Reader, moment: datetime) -> Message:
        db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 3")
        db.conn.execute("UPDATE supporters SET email = 'new@example.org' WHERE supporter_id = 4")
        db.conn.execute("UPDATE " + "deliveries SET state = 'cancelled' WHERE supporter_id = 5")
        return made.compose(reader, moment)

    memory = Memory()
    sent = _run(db, memory, compose=compose)
    assert (sent.accepted, sent.withdrawn) == (people - 2, {"opted_out": 1})
    to = _to(memory)
    assert "new@example.org" in to
    assert not {"p3@example.org", "p4@example.org", "p5@example.org"} & set(to)


def test_the_lease_is_renewed_within_a_long_batch(
    db: Database, settings: Settings, people: int
) -> None:
    """A slow server does not make another machine take over."""
    clock = made.Clock()

    def answer(letter: Letter) -> Outcome:
        clock.advance(minutes=6)
        with pytest.raises(LeaseHeld):
            lease.take(db, "dispatch of spring", "elsewhere:1:a", clock())
        return accept(letter)

    assert _run(db, Memory(answer), clock).accepted == people


def test_a_second_dispatcher_is_refused(db: Database, settings: Settings, people: int) -> None:
    """While one is at work another does nothing at all."""
    other = open_database(settings.database)
    refused: list[LeaseHeld] = []

    def answer(letter: Letter) -> Outcome:
        with pytest.raises(LeaseHeld) as caught:
            _run(other, Memory())
        refused.append(caught.value)
        return accept(letter)

    assert _run(db, Memory(answer), limit=1).accepted == 1
    other.close()
    assert len(refused) == 1
    assert _run(db, Memory()).accepted == people - 1


def test_who_lost_the_lease_settles_the_past_and_stops(
    db: Database, settings: Settings, people: int
) -> None:
    """A dispatcher held up for too long is taken over: nobody gets it twice, nothing is lost.

    What it had claimed and not handed over stays in doubt, as it is not its own any more.
    """
    other = open_database(settings.database)
    late, memory = made.Clock(), Memory()

    class Slow(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            if not self.accepted:
                late.advance(minutes=30)
                sent = _run(other, memory, late, limit=10)
                assert (sent.abandoned, sent.accepted) == (10, 10)
                assert _status(other).ledger.in_doubt == 10
            yield from super().send(letters)

    slow = Slow()
    with pytest.raises(LeaseHeld, match="taken over"):
        _run(db, slow)
    other.close()
    assert not set(_to(slow)) & set(_to(memory))
    ledger_now = _status(db).ledger
    assert ledger_now.accepted == 10 + len(slow.accepted)
    assert 0 < ledger_now.in_doubt == 10 - len(slow.accepted)


def test_claims_left_by_a_crash_become_doubts(db: Database, people: int) -> None:
    """The next run says how many, and leaves them alone."""
    campaign = campaigns.get(db, "spring")
    rows = list(ledger.due(db, campaign.campaign_id, by=made.START, limit=4))
    ledger.claim(db, rows, "elsewhere:1:gone", made.START)
    memory = Memory()
    sent = _run(db, memory)
    assert (sent.abandoned, sent.accepted) == (4, people - 4)
    assert not {f"p{row.supporter_id}@example.org" for row in rows} & set(_to(memory))


def test_another_writer_does_not_cost_an_outcome(
    db: Database, settings: Settings, people: int
) -> None:
    """What became of a batch is written down also after a long wait for a long import."""
    db.conn.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(settings.database, isolation_level=None, check_same_thread=False)

    release = threading.Timer(0.2, lambda: other.execute("COMMIT"))

    class Busy(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            if not self.accepted:
                other.execute("BEGIN IMMEDIATE")
                release.start()
            yield from super().send(letters)

    assert _run(db, Busy()).accepted == people
    release.join()
    other.close()
    assert _status(db).state is CampaignState.COMPLETE


def test_a_rehearsal_composes_all_and_changes_nothing(db: Database, people: int) -> None:
    """It says how many would go, in which language, and who would not."""
    db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 3")
    before = list(db.query("SELECT * FROM deliveries"))
    tokens: list[str] = []

    def compose(reader: Reader, moment: datetime) -> Message:
        tokens.append(reader.reply_token)
        if reader.supporter.supporter_id == 5:
            raise TemplateError("no name")
        return made.compose(reader, moment)

    orders = Orders(campaigns.get(db, "spring"), compose, False, made.KEY, 10)
    rehearsed = rehearse(db, orders, moment=made.START)
    assert rehearsed.languages == {"en": people - 2}
    assert rehearsed.withdrawn == {"opted_out": 1}
    assert (rehearsed.not_composable, rehearsed.would_go) == (1, people - 2)
    assert "no name" in rehearsed.first_problem
    assert before == list(db.query("SELECT * FROM deliveries"))
    keys = {made.KEY.key_id: made.KEY}
    assert {read(keys, Purpose.REPLY, token) for token in tokens} == {None}
    assert rehearse(db, orders, moment=made.START, limit=4).would_go == 3
    assert lease.take(db, plan.lease_name(orders.campaign), "elsewhere:1:a", made.START) is None
