"""The facts sheet: what may be said on which day."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import TemplateError
from outreach.facts import sheet
from outreach.facts.problems import problems

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


def _case(**lines: str) -> str:
    whole = {"name": '"Yorm Bopha"', "country": '"KH"', "status": '"imprisoned"'} | lines
    case = "".join(f"{key} = {value}\n" for key, value in whole.items() if value)
    return (
        f"[case.bopha]\n{case}[[case.bopha.outcomes]]\n"
        'status = "imprisoned"\ntrue_on = 2012-09-01\nsource = "x"\n'
    )


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

    def test_of_a_case_says_how_it_is_named(self) -> None:
        """And of a figure that is taken for a case."""
        both = _read(GROWING + _case())
        day = date(2014, 2, 26)
        for key in ("bopha", "case.bopha"):
            with pytest.raises(TemplateError, match=r'write case\("bopha"\)'):
                both.latest(key, day)
        with pytest.raises(TemplateError, match=r'write fact\("march.actions"\)'):
            both.case("march.actions", day)
        with pytest.raises(TemplateError, match=r'write case\("bopha"\)'):
            both.case("case.bopha", day)

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
        ('"2014-02-26"', date(2014, 2, 26)),
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
        (_figure(value='" "'), 2, "this one is empty"),
        (_figure(true_on='"2014-02-30"'), 3, "needs true_on"),
        (_figure(value="true"), 2, "needs a value"),
        (_figure(true_on=""), 1, "needs true_on"),
        (_figure(true_on='"2014-13"'), 3, "needs true_on"),
        (_figure(true_on='"soon"'), 3, "needs true_on"),
        (_figure(true_on="2014-01-01T00:00:00"), 3, "needs true_on"),
        (_figure(source="3"), 4, "source is a text"),
        (_figure(note="3"), 5, "note is a text"),
        (_figure(sorce='"x"'), 5, "did you mean 'source'"),
        (_figure() + _figure(), 5, "second figure"),
        (_figure(value="1" + "0" * 15), 2, "at most 15 digits"),
        (_figure(value="1" * 5000), None, "not TOML"),
        (_figure(review_on='"2014"'), 5, "review_on is a day"),
        (_figure(approved_by="true"), 5, "approved_by is a text"),
        (_figure(bound='"more"'), 5, "bound is one of exact, at_least, at_most"),
        (_figure(rounding='"off"'), 5, "rounding is one of down, up"),
        (_figure(decimals="9"), 5, "decimals is a number from 0 to 3"),
        (_figure(decimals="true"), 5, "decimals is a number"),
        (_figure(may_fall="1"), 5, "may_fall is true or false"),
        ("[[case.x]]\nname = 'x'\n", 1, "header of its own, .case.KEY."),
        ("case = 3\n", 1, "header of its own, .case.KEY."),
        (_case(name=""), 1, "needs a name"),
        (_case(country='"Atlantis"'), 3, "needs a country"),
        (_case(kind='"animal"'), 5, "kind is one of person, community"),
        (_case(status='"Free!"'), 4, "status is one word"),
        (_case(colour='"red"'), 5, "a case has only"),
        (_case(names='"x"'), 5, "names are texts"),
        (_case().partition("[[")[0], 4, "needs an outcome"),
        (_case() + "x = 1\n", 9, "an outcome has only"),
        (_case().replace("2012-09-01", '"soon"'), 7, "an outcome needs true_on"),
        (_case() + _case().partition("[[")[1] + _case().partition("[[")[2], 9, "second outcome"),
    ],
)
def test_a_broken_sheet_is_refused_with_its_line(text: str, line: int | None, problem: str) -> None:
    """Whoever writes the sheet is told where to look."""
    with pytest.raises(TemplateError, match=problem) as caught:
        _read(text)
    assert (caught.value.file, caught.value.line) == ("templates/facts/some.toml", line)


def test_a_broken_case_in_another_file_is_found() -> None:
    """A case is written once, in one file."""
    with pytest.raises(TemplateError, match="second case") as caught:
        sheet.parse({"a.toml": _case(), "b.toml": _case()})
    assert (caught.value.file, caught.value.line) == ("b.toml", 4)


def test_names_and_headers_may_be_quoted() -> None:
    """As TOML allows; the line is found all the same."""
    text = '[["a b".c]]\n"value" = true\ntrue_on = 2014-01-01\n'
    with pytest.raises(TemplateError) as caught:
        _read(text)
    assert caught.value.line == 2


class TestCase:
    """A person or a community, as it stood on a day."""

    FREED = (
        _case(status='"released"', country='"Cambodia"', **{"names.ar": '"يورم بوفا"'})
        + '[[case.bopha.outcomes]]\nstatus = "released"\ntrue_on = "2013-11"\n'
        'text = "released on bail"\nsource = "campaign blog"\n'
    )

    @pytest.mark.parametrize(
        ("day", "status", "outcome"),
        [
            (date(2012, 9, 1), "imprisoned", ""),
            (date(2013, 11, 29), "imprisoned", ""),
            (date(2013, 11, 30), "released", "released on bail"),
        ],
    )
    def test_stands_as_its_last_outcome_says(self, day: date, status: str, outcome: str) -> None:
        """A message of October does not say what happened in November."""
        found = _read(self.FREED).case("bopha", day)
        assert (found.status, found.outcome, found.country) == (status, outcome, "KH")
        assert str(found) == "Yorm Bopha"

    def test_before_the_first_outcome_is_not_stated(self) -> None:
        """Nor is a case that nobody wrote down."""
        with pytest.raises(TemplateError, match="counts from 2012-09-01"):
            _read(self.FREED).case("bopha", date(2012, 8, 31))
        with pytest.raises(TemplateError, match="did you mean 'bopha'"):
            _read(self.FREED).case("bofa", date(2014, 1, 1))

    def test_is_no_figure(self) -> None:
        """Its tables don't come up among the figures."""
        assert _read(self.FREED).figures == {}


def test_the_shipped_sheets_are_sourced_and_approved() -> None:
    """Every figure that we ship says who published it and who saw to it."""
    shipped = sheet.parse({path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.toml")})
    assert shipped.latest("w4r-2013.actions", date(2014, 2, 26)).value == 2_300_000
    assert shipped.latest("w4r-2008.actions", date(2014, 2, 26)).value == 300_000
    assert problems(shipped, date(2026, 1, 1)) == ()


LINES = """
[[a.b]] | [a] | [[case.x.outcomes]] | [case.x] | [case] | [[case]] | [[a]] | [[a.b]] # x
[[ a . 'b' ]] | '[[a.b]]' = 1 | value = 1 | value = "x" | value = [] | true_on = 2014-01-01
true_on = "2014" | true_on = 12:00:00 | source = "s" | source = 1 | name = "n" | names = {}
names.ar = 1 | country = "KH" | status = "free" | status = {} | outcomes = [] | outcomes = [1]
outcomes = [{}] | a = [{value = 1, true_on = 2014-01-01}] | review_on = 2014-01-01 | "" = 1
may_fall = true | decimals = 2 | b = {b = {}} | note = ''' | note = "
"""


@given(st.lists(st.sampled_from(re.split(r" \| |\n", LINES)), max_size=12))
def test_any_sheet_is_read_or_refused(lines: list[str]) -> None:
    """Whatever stands in it: by an error of ours that names the file."""
    try:
        found = _read("\n".join(lines))
    except TemplateError as error:
        assert str(error).startswith("templates/facts/some.toml")  # noqa: PT017 - or it is read
    else:
        problems(found, date(2014, 1, 1))
