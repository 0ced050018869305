"""The tokens in links and reply addresses."""

from __future__ import annotations

import base64
import hmac

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


@pytest.mark.parametrize(
    ("key", "purpose", "number", "token"),
    [
        (KEY, Purpose.REPLY, 0, "aeaaaaaaabiu6gxaqmrlzuxm"),
        (KEY, Purpose.REPLY, 7, "aeaaaaaaa4syo726fmz45jjn"),
        (KEY, Purpose.UNSUBSCRIBE, 7, "aeaaaaaaa763amonxdywnpjn"),
        (SigningKey(3, b"n" * 80), Purpose.REPLY, 123456789, "amaaow6ncvgnfiktvkbxepb6"),
        (
            SigningKey(255, bytes(range(32))),
            Purpose.NOTHING,
            2**40 - 1,
            "7777777777oroptvqujejbu7",
        ),
        (SigningKey(0, b""), Purpose.REPLY, 1, "aaaaaaaaagq7dug67hvxwrop"),
    ],
)
def test_tokens_that_were_sent_years_ago_still_hold(
    key: SigningKey, purpose: Purpose, number: int, token: str
) -> None:
    """They stand in people's mailboxes: never change these."""
    assert sign(key, purpose, number) == token
    assert read({key.key_id: key}, purpose, token) == number


@given(st.integers(0, 255), st.binary(max_size=100), st.sampled_from(Purpose), NUMBERS)
def test_a_token_is_base32_of_key_number_and_the_start_of_an_hmac(
    key_id: int, secret: bytes, purpose: Purpose, number: int
) -> None:
    """As the standard library makes it in one go."""
    body = bytes([key_id]) + number.to_bytes(5, "big")
    mac = hmac.digest(secret, purpose.encode() + b"\0" + body, "sha256")[:9]
    written = base64.b32encode(body + mac).decode().lower()
    assert sign(SigningKey(key_id, secret), purpose, number) == written


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
