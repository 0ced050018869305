"""The tokens in links and reply addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.tokens import TOKEN, Purpose, SigningKey, read, sign

KEY = SigningKey(1, b"k" * 32)
NUMBERS = st.integers(0, 2**40 - 1)


@given(NUMBERS)
def test_what_was_signed_is_read_back_whatever_a_mail_server_does_to_case(number: int) -> None:
    """A token in upper case is the same token."""
    token = sign(KEY, Purpose.REPLY, number)
    assert TOKEN.fullmatch(token)
    assert token == token.lower()
    assert read({1: KEY}, Purpose.REPLY, token.upper()) == number


@given(NUMBERS)
def test_a_token_for_one_purpose_opens_nothing_else(number: int) -> None:
    """Who can answer can't thereby unsubscribe."""
    assert read({1: KEY}, Purpose.UNSUBSCRIBE, sign(KEY, Purpose.REPLY, number)) is None


@given(NUMBERS, st.integers(0, 23), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_one_letter_changed_is_forged(number: int, at: int, letter: str) -> None:
    """Every bit counts."""
    token = sign(KEY, Purpose.REPLY, number)
    changed = token[:at] + letter + token[at + 1 :]
    assert read({1: KEY}, Purpose.REPLY, changed) == (number if changed == token else None)


#: with the letters that without regard to case are k, s and i, and that base32 does not have
LOOKALIKES = st.text("abcdefghijklmnopqrstuvwxyz234567AKSI\u212a\u017f\u0130\u0131", min_size=24)


@given(st.text(max_size=40) | LOOKALIKES.map(lambda text: text[:24]))
def test_any_other_text_is_no_token(text: str) -> None:
    """Reading never raises."""
    assert read({1: KEY}, Purpose.REPLY, text) is None


def test_old_tokens_outlive_a_new_key_until_theirs_is_retired() -> None:
    """Rotation breaks no mail already sent."""
    old, new = KEY, SigningKey(2, b"n" * 32)
    token = sign(old, Purpose.REPLY, 7)
    assert read({1: old, 2: new}, Purpose.REPLY, token) == 7
    assert read({2: new}, Purpose.REPLY, token) is None


def test_a_number_too_large_is_refused() -> None:
    """A token never holds a wrong number."""
    with pytest.raises(OverflowError):
        sign(KEY, Purpose.REPLY, 2**40)
