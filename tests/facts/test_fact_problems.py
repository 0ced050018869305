"""What is doubtful about facts, and which message has to do with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from outreach.facts import entries
from outreach.facts.problems import Fault, Problem, problems, problems_of
from outreach.facts.sheet import Sheet, parse

DAY = date(2014, 2, 26)
GOOD = {"source": '"someone"', "approved_by": '"Amina"'}


def _figure(value: int | str, true_on: str, **lines: str) -> str:
    whole = {"value": str(value), "true_on": true_on} | GOOD | lines
    return "[[a.b]]\n" + "".join(f"{key} = {said}\n" for key, said in whole.items() if said)


def _case(status: str, *outcomes: str) -> str:
    dated = "".join(
        f'[[case.x.outcomes]]\nstatus = "{word}"\ntrue_on = 201{n}-01-01\n'
        'source = "someone"\napproved_by = "Amina"\n'
        for n, word in enumerate(outcomes)
    )
    return f'[case.x]\nname = "X"\ncountry = "RU"\nstatus = "{status}"\n{dated}'


def _sheet(*entries: str) -> Sheet:
    return parse({"templates/facts/some.toml": "".join(entries)})


def _found(*entries: str, day: date = DAY) -> list[tuple[Fault, int | None]]:
    return [(found.fault, found.line) for found in problems(_sheet(*entries), day)]


def test_a_good_sheet_has_none() -> None:
    """Sourced, approved, and growing."""
    assert _found(_figure(1, "2012-01-01"), _figure(2, "2013-01-01"), _case("free", "free")) == []


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ({"source": ""}, Fault.NO_SOURCE),
        ({"source": '" "'}, Fault.NO_SOURCE),
        ({"approved_by": ""}, Fault.NOT_APPROVED),
        ({"review_on": "2014-02-25"}, Fault.REVIEW_DUE),
    ],
)
def test_a_doubtful_figure_is_told_with_its_line(lines: dict[str, str], fault: Fault) -> None:
    """So that somebody can look."""
    entries = _figure(1, "2012-01-01"), _figure(2, "2013-01-01", **lines)
    assert _found(*entries) == [(fault, 6)]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"2,300"', True),
        ('"2 300 000"', True),
        ('"2300000"', True),
        ('"1961"', False),
        ('"12-10"', False),
        ('"a third"', False),
        ('"1,5 million"', False),
    ],
)
def test_a_number_that_is_written_as_a_text_is_told(value: str, *, told: bool) -> None:
    """It could neither be rounded nor written as other languages do."""
    assert _found(_figure(value, "2012-01-01")) == ([(Fault.TEXT_NUMBER, 1)] if told else [])


def test_a_day_still_to_come_is_told() -> None:
    """A slip in the year would keep a figure from ever being stated."""
    assert _found(_figure(1, "2012-01-01"), _figure(2, "2104-02-26")) == [(Fault.NOT_YET_TRUE, 6)]


def test_a_review_is_due_the_day_after() -> None:
    """On its last day a figure is still good."""
    assert _found(_figure(1, "2013-01-01", review_on="2014-02-26")) == []


def test_a_figure_that_was_followed_needs_no_review() -> None:
    """A running count is not looked at again once there is a later one."""
    running = _figure(1, "2013-12-15", review_on="2013-12-20")
    final = _figure(2, "2014-02-26")
    assert _found(running, final) == []
    assert _found(running, final, day=date(2013, 12, 21))[0] == (Fault.REVIEW_DUE, 1)


class TestContradiction:
    """Two statements that can't both be right."""

    def test_is_a_count_that_falls(self) -> None:
        """The earlier figure is told, and names the later one."""
        found = problems(_sheet(_figure(3, "2014-02-26"), _figure(2, "2013-01-01")), DAY)
        assert [problem.fault for problem in found] == []
        (problem,) = problems(_sheet(_figure(3, "2013-01-01"), _figure(2, "2014-02-26")), DAY)
        assert (problem.fault, problem.line) == (Fault.CONTRADICTED, 1)
        assert "2 after 3 (templates/facts/some.toml, line 6)" in problem.what

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            (_figure(3, "2013-01-01"), _figure(2, "2014-01-01", may_fall="true")),
            (_figure(3, "2013-01-01", bound='"at_most"'), _figure(2, "2014-01-01")),
            (_figure('"many"', "2013-01-01"), _figure(2, "2014-01-01")),
            (_figure(3, "2013-01-01"), _figure(3, "2014-01-01")),
        ],
        ids=["may fall", "fewer than", "a text", "as before"],
    )
    def test_is_not_what_can_be(self, earlier: str, later: str) -> None:
        """A count that may fall says so; "fewer than" says nothing of how few."""
        assert _found(earlier, later) == []

    def test_is_a_status_that_no_outcome_led_to(self) -> None:
        """Somebody added an outcome and left the status, or the other way round."""
        (problem,) = problems(_sheet(_case("imprisoned", "imprisoned", "released")), DAY)
        assert (problem.key, problem.fault, problem.line) == ("case.x", Fault.CONTRADICTED, 4)
        assert "imprisoned" in problem.what
        assert "released" in problem.what


class TestOfAMessage:
    """Only what a message of that day states is its concern."""

    SHEET = _sheet(
        _figure(1, "2012-01-01", source=""),
        _figure(3, "2013-01-01"),
        _figure(2, "2014-03-01"),
        _case("imprisoned", "imprisoned", "released"),
        _figure(1, "2012-01-01", source="").replace("a.b", "other"),
    )

    def _of(self, *keys: str, day: date = DAY) -> list[tuple[str, Fault]]:
        found: tuple[Problem, ...] = problems_of(self.SHEET, keys, day)
        return [(problem.key, problem.fault) for problem in found]

    def test_is_a_later_correction_too(self) -> None:
        """Whoever states it should know that it was taken back."""
        assert self._of("a.b") == [("a.b", Fault.CONTRADICTED)]

    def test_is_what_was_stated_on_its_day(self) -> None:
        """The figure without a source was stated in 2012 only."""
        assert self._of("a.b", day=date(2012, 6, 1)) == [("a.b", Fault.NO_SOURCE)]

    def test_is_a_case(self) -> None:
        """By the key that the sheet gives it."""
        assert self._of("case.x") == [("case.x", Fault.CONTRADICTED)]

    def test_is_nothing_else(self) -> None:
        """No other fact, and no key that is not there."""
        assert self._of() == []
        assert self._of("nothing", "case.nothing", "case") == []


def test_every_fault_and_name_is_documented() -> None:
    """On the page that people read."""
    page = (Path(__file__).parents[2] / "docs" / "facts.md").read_text(encoding="utf-8")
    for word in [*Fault, *entries.FIGURE]:
        assert f"| `{word}` | " in page
