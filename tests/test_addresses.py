"""Addresses are kept in one form; what is not an address is '' and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.addresses import mailbox, masked, normalise, of_mailbox, same


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("amina@example.org", "amina@example.org"),
        ("Amina.Diop@Example.ORG", "Amina.Diop@example.org"),
        (" amina@example.org\t", "amina@example.org"),
        ("<amina@example.org>", "amina@example.org"),
        ("mailto:amina@example.org", "amina@example.org"),
        ("amina+tag@example.org", "amina+tag@example.org"),
        ("o'neill@example.org", "o'neill@example.org"),
        ("amina@bücher.example", "amina@xn--bcher-kva.example"),
        ("\u200bamina@example.org\ufeff", "amina@example.org"),
        ("a@b.cd", "a@b.cd"),
    ],
)
def test_an_address_is_kept_in_one_form(written: str, kept: str) -> None:
    """Only the domain's case is changed, and only what surrounds the address taken away."""
    assert normalise(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "amina", "@example.org", "amina@", "amina@example", "a@b@example.org"),
        *("a b@example.org", ".a@example.org", "a.@example.org", "a..b@example.org"),
        *("a@-example.org", "a@example-.org", "a@.org", "a@example..org", "a@127.0.0.1"),
        *("a@example.org\nBcc: b@example.org", "a,b@example.org", "amina@example.org, b@c.de"),
        *("élodie@example.org", "a" * 65 + "@example.org", "a@" + "b" * 64 + ".org"),
        "a@" + "b.cd" * 80,
    ],
)
def test_what_is_not_an_address_is_empty(written: str) -> None:
    """Half addresses, two addresses, and what could break a header's line."""
    assert normalise(written) == ""


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_empty_and_stays_so(written: str) -> None:
    """Never an error; a second time changes nothing."""
    once = normalise(written)
    assert normalise(once) == once
    assert "\n" not in once


def test_only_ascii_case_is_looked_through() -> None:
    """As the database compares them."""
    assert same("Amina@example.org", "aMINA@example.org")
    assert not same("amina@example.org", "amine@example.org")
    assert not same("a\u212a@example.org", "ak@example.org")  # the Kelvin sign


def test_a_masked_address_does_not_show_the_local_part() -> None:
    """Its first letter and the domain are enough to recognise it."""
    assert masked("amina@example.org") == "a…@example.org"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Me <me@example.net>", "me@example.net"),
        ('"Diop, Amina" <Amina@Example.org>', "Amina@example.org"),
        (" Zoé  < zoe@example.org > ", "zoe@example.org"),
        ("me@example.net", "me@example.net"),
        ("Me", ""),
        ("Me <me>", ""),
        ("Me <me@example.net>, You <you@example.net>", ""),
        ("you@example.net, Me <me@example.net>", ""),
        ("Me <me@example.net> you", ""),
    ],
)
def test_an_address_is_taken_out_of_a_mailbox(written: str, address: str) -> None:
    """As mail programs copy it; never one of two."""
    assert of_mailbox(written) == address


@pytest.mark.parametrize(
    ("address", "plainest"),
    [
        ("Ana@example.org", "ana@example.org"),
        ("ana+news+2@example.org", "ana@example.org"),
        ("a.na@example.org", "a.na@example.org"),
        ("A.na+x@gmail.com", "ana@gmail.com"),
        ("a.n.a@googlemail.com", "ana@gmail.com"),
        ("+ana@example.org", "+ana@example.org"),
    ],
)
def test_a_mailbox_has_one_plainest_address(address: str, plainest: str) -> None:
    """However its owner writes it; of two mailboxes it is never the same."""
    assert mailbox(address) == mailbox(mailbox(address)) == plainest
