"""The pace: no slot ever has more than is allowed, and nobody is held up for nothing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import letters as made
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.dispatch import pacing
from outreach.dispatch.pacing import Allowed
from outreach.settings import Pacing
from outreach.store import atomic

ADDRESSES = ["ana@gmail.com", "bo@GMAIL.com", "cleo@example.org", "dan@gmail.com"]


def _go(db: Database, pace: Pacing, addresses: list[str], now: datetime) -> list[str]:
    """Let go as many as may."""
    with atomic(db):
        places = pacing.allowed(db, pace, addresses, now).places
        going = [addresses[place] for place in places]
        pacing.reserve(db, pace, going, now)
    return going


def _at(**later: float) -> datetime:
    return made.START + timedelta(**later)


def test_without_limits_nothing_is_counted(db: Database) -> None:
    """And everybody may go."""
    assert _go(db, Pacing(), ADDRESSES, made.START) == ADDRESSES
    assert db["paces"].count == 0


@pytest.mark.parametrize(
    ("pace", "again"),
    [
        (Pacing(per_second=3), _at(seconds=1)),
        (Pacing(per_minute=3), _at(minutes=1)),
        (Pacing(per_hour=3), _at(hours=1)),
        (Pacing(warmup="3 100"), _at(hours=15)),
        (Pacing(per_second=5, per_hour=3, per_minute=4), _at(hours=1)),
    ],
)
def test_a_full_slot_says_when_the_next_begins(db: Database, pace: Pacing, again: datetime) -> None:
    """The first in line go, and no more of them before that moment."""
    allowed = pacing.allowed(db, pace, ADDRESSES, made.START)
    assert (list(allowed.places), allowed.again_at) == ([0, 1, 2], again)
    assert allowed.day_full == bool(pace.warmup)
    assert _go(db, pace, ADDRESSES, made.START) == ADDRESSES[:3]
    assert _go(db, pace, ADDRESSES, again - timedelta(microseconds=1)) == []
    assert _go(db, pace, ADDRESSES, again)


def test_a_limit_that_is_not_reached_does_not_put_off(db: Database) -> None:
    """Seven may go in this hour and five in this second: two more may go in the next second."""
    pace = Pacing(per_second=5, per_hour=7)
    allowed = pacing.allowed(db, pace, ["a@b.example"] * 10, made.START)
    assert (len(allowed.places), allowed.again_at) == (5, _at(seconds=1))


def test_a_full_domain_holds_up_nobody_else(db: Database) -> None:
    """Whatever the case of its letters; the others keep their order."""
    pace = Pacing(per_domain=2)
    allowed = pacing.allowed(db, pace, ADDRESSES, made.START)
    assert allowed == Allowed([0, 1, 2], frozenset({"gmail.com"}), _at(minutes=1))
    assert _go(db, pace, ADDRESSES, made.START) == ADDRESSES[:3]
    assert _go(db, pace, ADDRESSES, _at(seconds=59)) == ["cleo@example.org"]
    assert _go(db, pace, ADDRESSES, _at(seconds=60)) == ADDRESSES[:3]


def test_a_warm_up_goes_by_days_on_which_something_was_sent(db: Database) -> None:
    """A weekend without letters is no step, and after the last day there is no limit."""
    pace = Pacing(warmup="1 2 4")
    crowd = [f"{n}@b.example" for n in range(9)]
    went = [len(_go(db, pace, crowd, _at(days=day))) for day in (0, 0.2, 1, 4, 5, 6)]
    assert went == [1, 0, 2, 4, 9, 9]


def test_what_came_back_unsent_is_given_back(db: Database) -> None:
    """In the slots in which it was counted; a slot that is gone is no matter."""
    pace = Pacing(per_second=4, per_hour=6, per_domain=3, warmup="10")
    assert _go(db, pace, ADDRESSES, made.START) == ADDRESSES
    pacing.give_back(db, pace, ADDRESSES[1:], made.START)
    assert _go(db, pace, ADDRESSES, made.START) == ADDRESSES[:3]
    assert _go(db, pace, ["x@y.example"] * 9, _at(minutes=1)) == ["x@y.example"] * 2
    pacing.give_back(db, pace, ADDRESSES, _at(days=-1))
    assert _go(db, pace, ADDRESSES, _at(minutes=2)) == []


def test_a_day_of_which_all_came_back_is_no_day_of_sending(db: Database) -> None:
    """A server that could not be reached doesn't use up the warm-up."""
    pace = Pacing(warmup="3 100")
    _go(db, pace, ADDRESSES, made.START)
    pacing.give_back(db, pace, ADDRESSES[:3], made.START)
    assert len(_go(db, pace, ADDRESSES, _at(days=1))) == 3


def test_slots_that_are_over_are_deleted(db: Database) -> None:
    """A year of sending leaves a handful of rows."""
    pace = Pacing(per_second=9, per_minute=99, per_hour=999, per_domain=9)
    for minute in range(0, 600, 7):
        _go(db, pace, ADDRESSES, _at(minutes=minute))
    assert db["paces"].count <= 2 * 5


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.lists(st.sampled_from(["a@x.example", "b@y.example", "c@z.example"]), max_size=8),
        # seconds that go by before
        st.sampled_from([0, 0, 0.4, 1, 20, 61, 1_800, 40_000]),
        st.booleans(),
    ),
    max_size=25,
)


@examples(max_examples=60)
@given(
    pace=st.builds(
        Pacing,
        per_second=st.integers(0, 6),
        per_minute=st.integers(0, 9),
        per_hour=st.integers(0, 15),
        per_domain=st.integers(0, 3),
        warmup=st.sampled_from(["", "2", "3 5 20"]),
    ),
    steps=_STEPS,
)
def test_no_slot_ever_has_more_than_its_limit(
    tmp_path_factory: pytest.TempPathFactory,
    pace: Pacing,
    steps: list[tuple[int, list[str], float, bool]],
) -> None:
    """Whatever two dispatchers ask for, in whatever order; and what may go is never withheld."""
    dispatchers = made.two_connections(tmp_path_factory.mktemp("pace") / "outreach.db")
    now, gone = made.START, Counter[tuple[str, str]]()
    days: list[str] = []
    for who, addresses, seconds, comes_back in steps:
        now += timedelta(seconds=seconds)
        going = _go(dispatchers[who], pace, addresses, now)
        held = len(addresses) - len(going)
        if comes_back:
            pacing.give_back(dispatchers[who], pace, going, now)
            continue
        day = f"{now:%Y-%m-%d}"
        if going and day not in days:
            days.append(day)
        slots = {
            ("second", f"{now:%H:%M:%S} {day}"): pace.per_second,
            ("minute", f"{now:%H:%M} {day}"): pace.per_minute,
            ("hour", f"{now:%H} {day}"): pace.per_hour,
            ("day", day): _limit_of_day(pace, days, day),
        }
        for slot in slots:
            gone[slot] += len(going)
        for address in going:
            gone[address, f"{now:%H:%M} {day}"] += 1
        limits = slots | {(a, f"{now:%H:%M} {day}"): pace.per_domain for a in addresses}
        assert all(gone[slot] <= most for slot, most in limits.items() if most)
        if held:
            assert any(gone[slot] == most for slot, most in limits.items() if most)
    for dispatcher in dispatchers:
        dispatcher.close()


def _limit_of_day(pace: Pacing, days: list[str], day: str) -> int:
    place = days.index(day) if day in days else len(days)
    return pace.ramp[place] if place < len(pace.ramp) else 0
