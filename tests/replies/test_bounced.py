"""Bounces without a report, as many servers and languages word them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from outreach.replies import understand

MAILS = re.split(r"(?m)^=== ", (Path(__file__).parent / "bounced.txt").read_text("utf-8"))[1:]


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.split()[0])
def test_a_bounce_in_words_says_who_failed_and_why(mail: str) -> None:
    """Kind, class and the first recipient are those named above the mail."""
    head, _, raw = mail.partition("\n")
    _, kinds, expected, recipient = head.split()
    found = understand(raw.encode())
    assert found.kind in kinds.split("|")
    if expected != "-":
        assert found.bounce is not None
        assert found.bounce.bounce_class == expected
        assert recipient in ("-", *found.bounce.recipients[:1])


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.split()[0])
def test_a_person_who_sends_such_words_on_is_no_mail_server(mail: str) -> None:
    """Forwarded below a few words of theirs, from their own address, it is their mail."""
    _, _, raw = mail.partition("\n")
    body = raw.partition("\n\n")[2]
    person = (
        "From: Ana Lima <ana@person.example>\nReturn-Path: <ana@person.example>\n"
        "To: events@letters.example\nSubject: Fwd: what does this mean?\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        f"Hello, I got this when I wrote to my friend. Can you help?\n\n{body}"
    )
    assert understand(person.encode()).kind not in ("bounce", "complaint")
