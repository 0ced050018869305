"""A message turned into a test of itself."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer
from outreach.compose.marked import as_test
from outreach.model import Mailbox, Message

SUBJECTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=200
).filter(lambda text: text.split() and "\ufdd0" not in text)


def _made(subject: str) -> Message:
    composer = Composer(
        message({"m/en.html": page("<p>x</p>", subject="{{ supporter.attributes.s }}")}), DAY
    )
    return composer.compose(reader(given_name="Åsa", attributes={"s": subject}), MOMENT)


def _parsed(made: Message) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(made.mime, policy=policy.default))


def test_goes_to_somebody_else_and_says_that_it_is_a_test() -> None:
    """In the headers and in what transports that build their own mail read."""
    test = as_test(_made("A subject"), "tester@example.org")
    assert (test.subject, test.recipient) == ("[TEST] A subject", Mailbox("", "tester@example.org"))
    parsed = _parsed(test)
    assert parsed["To"] == "tester@example.org"
    assert parsed["Subject"] == "[TEST] A subject"
    assert b"ada@example.org" not in test.mime


def test_changes_nothing_else() -> None:
    """Every other header and all that follows is that of the person's own."""
    made = _made("Grüße " * 30)
    test = as_test(made, "tester@example.org")
    assert (test.html, test.text, test.headers) == (made.html, made.text, made.headers)
    before, after = _parsed(made), _parsed(test)
    assert list(before) == list(after)
    assert all(before[name] == after[name] for name in before if name not in ("To", "Subject"))
    assert made.mime.partition(b"\r\n\r\n")[2] == test.mime.partition(b"\r\n\r\n")[2]


@given(SUBJECTS)
def test_a_subject_in_any_script_comes_back(subject: str) -> None:
    """Folded, encoded, long, or looking like an encoded word itself."""
    made = _made(subject)
    test = as_test(made, "tester@example.org")
    assert _parsed(test)["Subject"] == f"[TEST] {made.subject}"
    assert all(len(line) <= 998 for line in test.mime.split(b"\r\n"))


@pytest.mark.parametrize("subject", ["=?utf-8?q?x?=", "a" * 300, "To: x@y.org", "[TEST] x"])
def test_odd_subjects_come_back_too(subject: str) -> None:
    """What looks like something else is only text."""
    assert _parsed(as_test(_made(subject), "t@example.org"))["Subject"] == f"[TEST] {subject}"
