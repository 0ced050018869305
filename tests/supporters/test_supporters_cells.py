"""What one cell says, and that what can't be read is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.supporters import cells
from outreach.supporters.cells import Unreadable


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("", ""),
        ("2014-02-26", "2014-02-26"),
        ("2014-02-26T09:00:00Z", "2014-02-26"),
        ("2014-02-26 09:00:00 -0500", "2014-02-26"),
        ("2014/2/6", "2014-02-06"),
        ("20140226", "2014-02-26"),
        ("26.02.2014", "2014-02-26"),
        ("03.04.2014", "2014-04-03"),
        ("26/02/2014", "2014-02-26"),
        ("02/26/2014 10:11", "2014-02-26"),
        ("04/04/2014", "2014-04-04"),
        ("26 February 2014", "2014-02-26"),
        ("Feb 26, 2014", "2014-02-26"),
        ("26-Feb-2014", "2014-02-26"),
        ("2014-02-26T09:00:00.123+01:00", "2014-02-26"),
        ("26.02.2014, 10:11 Uhr", "2014-02-26"),
        ("Feb 26, 2014 9:00 p.m.", "2014-02-26"),
    ],
)
def test_a_day_is_read_where_it_can_mean_one_day_only(written: str, day: str) -> None:
    """ISO, dotted (day first everywhere), slashed where one number is above 12, and in words."""
    assert cells.day(written) == day


@pytest.mark.parametrize(
    "written",
    [
        *("03/04/2014", "2014-02-30", "yesterday", "14-02-26", "0014-02-26", "2014", "26/02/14"),
        *("2014111", "1899-12-31", "2101-01-01", "9999-12-31", "2014-02-26 by post"),
    ],
)
def test_a_day_that_may_be_another_is_not_read(written: str) -> None:
    """No day is better than a wrong one."""
    with pytest.raises(Unreadable):
        cells.day(written)


@given(st.text(max_size=20))
def test_no_cell_breaks_a_reader(written: str) -> None:
    """Every reader answers any text, or says that it can't read it."""
    readers = (cells.country, cells.language, cells.timezone, cells.day, cells.tags)
    for read in (*readers, cells.tracking, cells.safety, cells.text):
        try:
            assert isinstance(read(written), str)
        except Unreadable:
            assert written.strip()


def test_tags_are_a_sorted_set() -> None:
    """Between commas or semicolons, quoted as Mailchimp does or not; one text for one set."""
    assert cells.tags('"Zoë","Ann", Ann') == cells.tags("Ann;Zoë;;") == '["Ann","Zoë"]'
    assert cells.tags('"a, b","c"') == cells.tags('"a, b"; c') == '["a, b","c"]'
    assert cells.tags('12" records, vinyl') == '["12\\" records","vinyl"]'
    assert cells.tags('"unclosed, x') == '["unclosed","x"]'
    assert cells.tags(" ; ,") == ""


def test_a_name_can_not_break_a_line() -> None:
    """Control characters become a space; joiners, which some scripts need, stay."""
    assert cells.text("Ann\r\nBcc: x") == "Ann Bcc: x"
    assert cells.text("می\u200cخواهم") == "می\u200cخواهم"


def test_an_unreadable_cell_is_remembered_until_much_is() -> None:
    """Asked again it is still unreadable, and memory has an end."""
    memo = cells.CellMemo(cells.country, "instead")
    assert [memo["Atlantis"], memo["Atlantis"], memo["Togo"]] == ["instead", "instead", "TG"]
    assert memo.unreadable == {"Atlantis"}
    for number in range(20_001):
        memo[str(number)] = ""
    memo.trim()
    assert not memo
    assert not memo.unreadable


def test_long_cells_are_not_remembered() -> None:
    """They are read all the same, each time."""
    memo = cells.CellMemo(cells.country)
    assert memo["Togo"] == "TG"
    assert memo["x" * 101] == ""
    assert memo.unreadable == {"x" * 101}
    memo.trim()
    assert list(memo) == ["Togo"]
    assert not memo.unreadable
