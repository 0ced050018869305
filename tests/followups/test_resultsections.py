"""An answer about several gatherings: each has what stands below its line, or staff are asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.followups.resultsections import Place, heading, sections

LOME, KARA, PARIS = (
    Place(1, "2014-12-10", "Lomé"),
    Place(2, "2014-12-10", "Kara"),
    Place(3, "2014-12-12", "Paris 11e"),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2014-12-10 Lomé:\na 1\n2014-12-10 Kara:\nb 2", {1: "a 1", 2: "b 2"}),
        ("Name: Ana\n2014-12-12\nc 3", {3: "c 3"}),
        ("٢٠١٤-١٢-١٢: c ٣", {3: "c 3"}),
        ("1. LOMÉ: a 1\n* Kara – b 2", {1: "a 1", 2: "b 2"}),
        ("Paris 11e: 5 people\n\nLomé: 6", {3: "5 people", 1: "6"}),
        ("We wrote in Lomé and in Kara", {}),
        ("Lomé was wonderful", {}),
        ("2014-12-10: 300 letters", {}),
        ("40 of us came.\nLomé: 300 letters", {}),
        ("Lomé: 1\nLomé: 2", {}),
        ("2014-12-10 Lomé and Kara: 300", {}),
        ("", {}),
    ],
)
def test_what_is_told_of_each(text: str, told: dict[int, str]) -> None:
    """By day and place, or by a place that begins a line; nothing is guessed."""
    assert sections(text, [LOME, KARA, PARIS]) == told


@given(st.text("LoméKara :\n0123456789-", max_size=80))
def test_any_text_is_cut_without_a_fault(text: str) -> None:
    """And nothing is told of a gathering that is none of them."""
    assert set(sections(text, [LOME, KARA])) <= {1, 2}


def test_the_line_that_we_give_is_found_again() -> None:
    """Whatever spaces a place is written with; where none is known, by its day alone."""
    somewhere = Place(4, "2014-12-13", "  Saint\n Denis ")
    text = f"{heading(somewhere.day, somewhere.place)}:\n7\n{heading('2014-12-14', '')}:\n8"
    assert sections(text, [somewhere, Place(5, "2014-12-14", "")]) == {4: "7", 5: "8"}
