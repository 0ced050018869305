"""The sender where something stands against going on at once: a hold, a pace, a provider's word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns, sender
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import CampaignState, Status, status
from outreach.dispatch.transports import Transport
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import IllegalMove, TransportError
from outreach.model import Letter, Message, Outcome, Reader, Verdict
from outreach.settings import Pacing
from outreach.store import atomic


class Clock(made.Clock):
    """A clock that stands still but for sleeping, and remembers how long that was."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        """Look at the clock."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)


def _run(
    db: Database,
    transport: Transport,
    clock: Clock | None = None,
    *,
    pacing: Pacing | None = None,
    batch_size: int = 10,
    window: int = 0,
    compose: Callable[[Reader, datetime], Message] = made.compose,
    **options: object,
) -> Dispatched:
    clock = clock or Clock()
    orders = replace(
        made.orders(db, batch_size=batch_size),
        compose=compose,
        limits=Limits(pacing or Pacing(), window=window),
    )
    return Sender(db, orders, transport, clock, clock.sleep).run(**options)  # type: ignore[arg-type]


def _status(db: Database) -> Status:
    return status(db, campaigns.get(db, "spring"))


def _hold(db: Database) -> None:
    with atomic(db):
        spring = campaigns.get(db, "spring")
        campaigns.hold(db, spring, by="Maria", why="wrong date", now=made.START)


@pytest.fixture
def people(db: Database) -> int:
    """A campaign planned for 25 people."""
    made.add_people(db, range(1, 26))
    made.planned_campaign(db)
    return 25


def test_a_held_campaign_sends_nothing(db: Database, people: int) -> None:
    """Until somebody releases it; nothing is composed."""
    _hold(db)

    def compose(reader: Reader, moment: datetime) -> Message:
        raise AssertionError

    sent = _run(db, Memory(), compose=compose)
    assert (sent.stopped, sent.held_why, sent.still_planned) == (Stop.HELD, "wrong date", people)
    made.release(db)
    assert _run(db, Memory()).accepted == people


def test_a_hold_is_in_effect_within_one_batch(db: Database, people: int) -> None:
    """What is claimed goes, and nothing more is claimed."""

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 3:
            _hold(db)
        return accept(letter)

    sent = _run(db, Memory(answer))
    assert (sent.stopped, sent.accepted, sent.still_planned) == (Stop.HELD, 10, 15)
    assert _status(db).ledger.claimed == 0


def test_a_hold_is_noticed_in_the_midst_of_a_slow_batch(db: Database, people: int) -> None:
    """Within some seconds; what was not handed over is planned again."""
    clock = Clock()

    def answer(letter: Letter) -> Outcome:
        clock.advance(seconds=6)
        if letter.delivery_id == 3:
            _hold(db)
        return accept(letter)

    sent = _run(db, Memory(answer), clock)
    assert (sent.stopped, sent.accepted, sent.still_planned) == (Stop.HELD, 4, 21)


def test_what_is_known_is_written_down_while_a_batch_is_slow(db: Database, people: int) -> None:
    """A power cut in a batch that takes an hour leaves few in doubt."""
    clock, known = Clock(), []

    def answer(letter: Letter) -> Outcome:
        clock.advance(seconds=11)
        known.append(_status(db).ledger.accepted)
        return accept(letter)

    assert _run(db, Memory(answer), clock, batch_size=100).accepted == people
    assert known == list(range(people))


def test_orders_for_an_older_plan_stop_in_the_midst(db: Database, people: int) -> None:
    """The people of a new plan never get the old message."""

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 3:
            db.conn.execute("UPDATE campaigns SET planned_at = '2014-02-27T00:00:00Z'")
        return accept(letter)

    memory = Memory(answer)
    with pytest.raises(IllegalMove, match="planned anew"):
        _run(db, memory)
    ledger = _status(db).ledger
    assert (len(memory.accepted), ledger.accepted, ledger.planned) == (10, 10, 15)


def test_what_left_is_remembered(db: Database, people: int) -> None:
    """The Date of the message, its shape and its digest, and the same for what is in doubt."""
    memory = Memory()

    def answer(letter: Letter) -> Outcome:
        return accept(letter) if letter.delivery_id != 4 else Outcome(4, Verdict.IN_DOUBT)

    memory.answer = answer
    _run(db, memory)
    rows = {
        row["delivery_id"]: row
        for row in db.query("SELECT delivery_id, composed_at, shape, digest FROM deliveries")
    }
    assert len(memory.accepted) == people - 1
    for letter in memory.accepted:
        row = rows[letter.delivery_id]
        assert row["composed_at"] == "2014-02-26T09:00:00Z"
        assert row["digest"] == letter.message.digest()
    assert len(rows[4]["digest"]) == 32


def test_a_message_whose_page_can_not_be_made_after_all_is_refused(
    db: Database, people: int
) -> None:
    """It is found before a transport has it, so nobody is in doubt."""

    def compose(reader: Reader, moment: datetime) -> Message:
        message = made.compose(reader, moment)
        if reader.supporter.supporter_id == 7:
            return replace(message, subject="\ud800")
        return message

    sent = _run(db, Memory(), compose=compose)
    assert (sent.accepted, sent.refused) == (people - 1, {"message": 1})
    assert "UnicodeEncodeError" in sent.details["message"]


@pytest.mark.parametrize("holds", [5, 10, 15, 40])
def test_a_transport_may_hold_letters_of_several_batches(
    db: Database, people: int, holds: int
) -> None:
    """Where it says how many; a request of 15 people then needs no batch of 15."""

    class Requests(Memory):
        def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
            rest = iter(letters)
            while request := list(islice(rest, holds)):
                sizes.append(len(request))
                yield from super().send(request)

    sizes: list[int] = []
    assert _run(db, Requests(), window=holds).accepted == people
    assert sizes == [min(holds, people - n) for n in range(0, people, holds)]
    sizes.clear()


def test_a_batch_from_which_people_dropped_out_grows_again(db: Database) -> None:
    """A hundred who said no don't make all later commits small."""
    made.add_people(db, range(1, 301))
    made.planned_campaign(db)
    claimed: list[int] = []

    def compose(reader: Reader, moment: datetime) -> Message:
        number = reader.supporter.supporter_id
        if number % 2 and number < 100:
            db.conn.execute(
                "UPDATE supporters SET consent = 'denied' WHERE supporter_id = ?", [number]
            )
        return made.compose(reader, moment)

    def answer(letter: Letter) -> Outcome:
        claimed.append(_status(db).ledger.claimed)
        return accept(letter)

    assert _run(db, Memory(answer), batch_size=50, compose=compose).accepted == 250
    assert max(claimed[:25]) == 25
    assert claimed.count(50) == 4 * 50


def test_a_pace_is_kept_and_waited_for(db: Database, people: int) -> None:
    """Letters go as soon as the next second begins, and everybody gets theirs."""
    clock, left = Clock(), Counter[datetime]()

    def answer(letter: Letter) -> Outcome:
        left[clock.moment] += 1
        return accept(letter)

    sent = _run(db, Memory(answer), clock, pacing=Pacing(per_second=4))
    assert (sent.stopped, sent.accepted) == (Stop.DONE, people)
    assert list(left.values()) == [4] * 6 + [1]
    assert sum(clock.slept) == 6
    assert _status(db).state is CampaignState.COMPLETE


def test_a_wait_is_as_long_as_it_needs_to_be(db: Database, people: int) -> None:
    """An hour is slept in seconds, in which somebody may want it to stop; no letter is stale."""
    clock, dates = Clock(), Counter[str]()
    memory = Memory()
    pacing = Pacing(per_hour=20)
    sent = _run(db, memory, clock, pacing=pacing, should_stop=lambda: len(clock.slept) >= 100)
    assert (sent.stopped, sent.accepted, max(clock.slept)) == (Stop.ASKED, 20, 1.0)
    assert _status(db).ledger.claimed == 0
    assert _run(db, memory, clock, pacing=pacing).accepted == 5
    assert len(clock.slept) == 3600
    for (composed_at,) in db.conn.execute("SELECT composed_at FROM deliveries"):
        dates[composed_at] += 1
    assert dates == {"2014-02-26T09:00:00Z": 20, "2014-02-26T10:00:00Z": 5}


def test_a_full_day_ends_the_run(db: Database, people: int) -> None:
    """It says when more may go; the next day goes on."""
    clock, memory, warmup = Clock(), Memory(), Pacing(warmup="7 11")
    sent = _run(db, memory, clock, pacing=warmup)
    assert (sent.stopped, sent.accepted, sent.still_planned) == (Stop.PACED, 7, 18)
    assert sent.go_on_at == "2014-02-27T00:00:00Z"
    assert _run(db, memory, clock, pacing=warmup).stopped is Stop.PACED
    clock.advance(days=1)
    assert _run(db, memory, clock, pacing=warmup).accepted == 11
    clock.advance(days=3)
    sent = _run(db, memory, clock, pacing=warmup)
    assert (sent.stopped, sent.accepted) == (Stop.DONE, 7)
    assert not clock.slept


def test_a_full_domain_waits_and_the_others_go(db: Database, people: int) -> None:
    """Nobody is held up by those before them; nobody is forgotten."""
    db.conn.execute(
        "UPDATE supporters SET email = 'p' || supporter_id || '@b.example' WHERE supporter_id > 18"
    )
    clock, left = Clock(), Counter[tuple[str, float]]()

    def answer(letter: Letter) -> Outcome:
        domain = letter.message.recipient.email.partition("@")[2]
        left[domain, (clock.moment - made.START).total_seconds()] += 1
        return accept(letter)

    sent = _run(db, Memory(answer), clock, pacing=Pacing(per_domain=7), batch_size=4)
    assert (sent.stopped, sent.accepted) == (Stop.DONE, people)
    assert left == {
        ("example.org", 0): 7,
        ("b.example", 0): 7,
        ("example.org", 60): 7,
        ("example.org", 120): 4,
    }


def test_what_was_not_handed_over_is_given_back_to_the_pace(db: Database, people: int) -> None:
    """A limit of today is for letters that went."""
    memory, warmup = Memory(), Pacing(warmup="20 100")
    _run(db, memory, pacing=warmup, should_stop=lambda: len(memory.accepted) == 4)
    assert db.conn.execute("SELECT used FROM paces").fetchone() == (4,)
    assert _run(db, memory, pacing=warmup).accepted == 16


def _asks_to_wait(times: int, seconds: float, clock: Clock) -> Callable[[Letter], Outcome]:
    """Take three letters each time, before it asks to come again later."""
    left = [3] * times

    def answer(letter: Letter) -> Outcome:
        if left and not left[0]:
            del left[0]
            moment = clock.moment + timedelta(seconds=seconds)
            raise TransportError("429 too many requests", retry_at=moment)
        if left:
            left[0] -= 1
        return accept(letter)

    return answer


def test_a_provider_that_names_a_moment_is_waited_for(db: Database, people: int) -> None:
    """Nobody is put off, and nobody is in doubt."""
    clock = Clock()
    sent = _run(db, Memory(_asks_to_wait(3, 20, clock)), clock)
    assert (sent.stopped, sent.accepted, sent.put_off, sent.in_doubt) == (Stop.DONE, people, 0, 0)
    assert sum(clock.slept) == 60
    assert _status(db).state is CampaignState.COMPLETE


class _TakesAllThenWaits(Memory):
    """Takes all letters there are into its first request, and is told to come again."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self._times = clock, 0

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Put off the first request as a whole."""
        request = list(letters)
        self._times += 1
        if self._times == 1:
            raise TransportError("429", retry_at=self._clock.moment + timedelta(seconds=8))
        yield from super().send(request)


def test_the_last_letters_are_waited_for_too(db: Database, people: int) -> None:
    """A request that held all that was left is made again when its time comes."""
    clock = Clock()
    sent = _run(db, _TakesAllThenWaits(clock), clock, batch_size=people)
    assert (sent.stopped, sent.accepted, sent.still_planned) == (Stop.DONE, people, 0)


@pytest.mark.parametrize("seconds", [-30, 0, 0.2])
def test_a_provider_whose_clock_is_behind_is_not_pestered(
    db: Database, people: int, seconds: float
) -> None:
    """A second goes by before it is asked again."""
    clock = Clock()
    assert _run(db, Memory(_asks_to_wait(2, seconds, clock)), clock).accepted == people
    assert sum(clock.slept) == 2


def test_a_provider_that_wants_too_long_a_wait_ends_the_run(db: Database, people: int) -> None:
    """It says when to dispatch again."""
    clock = Clock()
    with pytest.raises(TransportError, match="again after 2014-02-26 09:16:00 UTC"):
        _run(db, Memory(_asks_to_wait(1, 960, clock)), clock)
    assert not clock.slept
    assert (_status(db).ledger.accepted, _status(db).ledger.planned) == (3, 22)


def test_a_provider_that_only_ever_says_later_is_waited_for_no_longer_than_that(
    db: Database, people: int
) -> None:
    """A quarter of an hour, since it last took a letter."""
    clock = Clock()

    def answer(letter: Letter) -> Outcome:
        raise TransportError("429", retry_at=clock.moment + timedelta(minutes=4))

    with pytest.raises(TransportError):
        _run(db, Memory(answer), clock)
    assert timedelta(seconds=sum(clock.slept)) == timedelta(minutes=12) <= sender.MOST_WAITING


def test_nobody_waits_against_their_will(db: Database, people: int) -> None:
    """Who wants it to stop is heard within a second, also who holds the campaign within some."""
    clock = Clock()
    memory = Memory(_asks_to_wait(2, 600, clock))
    sent = _run(db, memory, clock, should_stop=lambda: len(clock.slept) == 5)
    assert (sent.stopped, sent.accepted) == (Stop.ASKED, 3)
    sleep = clock.sleep

    def held(seconds: float) -> None:
        sleep(seconds)
        if len(clock.slept) == 20:
            _hold(db)

    clock.sleep = held  # type: ignore[method-assign]
    assert _run(db, memory, clock).stopped is Stop.HELD
    assert len(clock.slept) <= 30


def test_two_campaigns_share_one_pace(db: Database, people: int) -> None:
    """Whichever asks first."""
    made.planned_campaign(db, "summer")
    clock, pacing = Clock(), Pacing(warmup="30")
    limits = Limits(pacing)
    counts = []
    for name in ("spring", "summer"):
        orders = replace(made.orders(db, name), limits=limits)
        counts.append(Sender(db, orders, Memory(), clock, clock.sleep).run().accepted)
    assert counts == [25, 5]
