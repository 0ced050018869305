"""The facts sheet: what may be said on which day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import TemplateError
from outreach.facts import sheet

SHIPPED = Path(__file__).parents[2] / "templates" / "facts"

GROWING = """
[[march.actions]]
value = 2_300_000
true_on = 2014-02-26
source = "the final count"

[[march.actions]]
value = 700_000
true_on = 2013-12-15
source = "the running count"
note = "past week"
"""


def _read(text: str) -> sheet.Sheet:
    return sheet.parse({"templates/facts/some.toml": text})


def _figure(**lines: str) -> str:
    whole = {"value": "1", "true_on": "2014-01-01", "source": '"someone"'} | lines
    return "[[a.b]]\n" + "".join(f"{key} = {value}\n" for key, value in whole.items() if value)


class TestLatest:
    """The newest figure that was true on the message's day."""

    @pytest.mark.parametrize(
        ("day", "value"),
        [
            (date(2013, 12, 15), 700_000),
            (date(2014, 2, 25), 700_000),
            (date(2014, 2, 26), 2_300_000),
            (date(2026, 1, 1), 2_300_000),
        ],
    )
    def test_is_what_was_true_on_that_day(self, day: date, value: int) -> None:
        """A figure counts from its own day on, whatever the order in the file."""
        assert _read(GROWING).latest("march.actions", day).value == value

    def test_before_any_was_true_says_from_when(self) -> None:
        """Nobody states in November what was counted in December."""
        with pytest.raises(TemplateError, match="counts from 2013-12-15"):
            _read(GROWING).latest("march.actions", date(2013, 12, 14))

    def test_of_an_unknown_key_names_the_nearest(self) -> None:
        """A slip of the pen is told from a fact that nobody wrote down."""
        with pytest.raises(TemplateError, match=r"did you mean 'march\.actions'"):
            _read(GROWING).latest("march.action", date(2014, 2, 26))

    @given(st.dates(), st.dates())
    def test_never_comes_from_the_future(self, true_on: date, day: date) -> None:
        """What it gives was true on that day, or it gives nothing."""
        found = _read(_figure(true_on=true_on.isoformat()))
        if true_on <= day:
            assert found.latest("a.b", day).true_on <= day
        else:
            with pytest.raises(TemplateError):
                found.latest("a.b", day)


@pytest.mark.parametrize(
    ("written", "counts_from"),
    [
        ("2014-02-26", date(2014, 2, 26)),
        ('"2014-02"', date(2014, 2, 28)),
        ('"2012-02"', date(2012, 2, 29)),
        ('"2008"', date(2008, 12, 31)),
    ],
)
def test_a_period_counts_from_its_last_day(written: str, counts_from: date) -> None:
    """What was said of a month is certain only when the month is over."""
    assert _read(_figure(true_on=written)).figures["a.b"][0].true_on == counts_from


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[[a.b]]\nvalue = \n", 2, "not TOML"),
        ("a = 1", 1, "header of its own"),
        ("[a]\nb = 1", 2, "header of its own"),
        (_figure(value=""), 1, "needs a value"),
        (_figure(value="1.5"), 2, "needs a value"),
        (_figure(value="true"), 2, "needs a value"),
        (_figure(true_on=""), 1, "needs true_on"),
        (_figure(true_on='"2014-13"'), 3, "needs true_on"),
        (_figure(true_on='"soon"'), 3, "needs true_on"),
        (_figure(true_on="2014-01-01T00:00:00"), 3, "needs true_on"),
        (_figure(source="3"), 4, "source is a text"),
        (_figure(note="3"), 5, "note is a text"),
        (_figure(sorce='"x"'), 5, "did you mean 'source'"),
        (_figure() + _figure(), 5, "second figure"),
    ],
)
def test_a_broken_sheet_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    """Whoever writes the sheet is told where to look."""
    with pytest.raises(TemplateError, match=problem) as caught:
        _read(text)
    assert (caught.value.file, caught.value.line) == ("templates/facts/some.toml", line)


def test_the_shipped_sheets_are_sourced() -> None:
    """Every figure that we ship says who published it."""
    shipped = sheet.parse({path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.toml")})
    assert shipped.latest("w4r-2013.actions", date(2014, 2, 26)).value == 2_300_000
    assert shipped.latest("w4r-2008.actions", date(2014, 2, 26)).value == 300_000
    assert all(figure.source for figures in shipped.figures.values() for figure in figures)
