"""What is kept of a server's words."""

from __future__ import annotations

from outreach.dispatch.transports import LONGEST_DETAIL, plain_words


def test_words_become_one_short_line_without_addresses() -> None:
    """However the server writes them."""
    said = "550 <ana@example.org>:\r\n no\x1b[2J such\tuser ana@example.org"
    assert plain_words(said) == "550 <(address)>: no [2J such user (address)"


def test_words_are_cut_and_never_in_the_middle_of_an_address() -> None:
    """A detail is for people to read."""
    assert plain_words("x" * 1000) == "x" * LONGEST_DETAIL
    long = plain_words("no " * 97 + "anabela@example.org is not here")
    assert len(long) == LONGEST_DETAIL
    assert "ana" not in long


def test_a_very_long_reply_costs_little() -> None:
    """A hostile server can't keep us busy."""
    assert plain_words("a" * 5_000_000) == "a" * LONGEST_DETAIL
