"""People whose mail looks like a machine's at first sight: what they want is read all the same."""

from __future__ import annotations

import pytest

from outreach.model import ReplyKind
from outreach.replies import understand

HEAD = "To: events@letters.example\nContent-Type: text/plain; charset=utf-8\n"
CAME_BACK = """\
This is the mail system at host mx.example.
I'm sorry to have to inform you that your message could not be delivered.
<x@y.example>: host y.example said: 550 5.1.1 User unknown

--- original message ---
Received: from a.example
Subject: Hello
"""


@pytest.mark.parametrize(
    ("head", "own"),
    [
        (
            "From: Ann <ann@mail.example>\nSubject: Undelivered Mail Returned to Sender\n",
            f"Hi, I got this back. I volunteer in Kenya. What should I do?\n\n{CAME_BACK}",
        ),
        (
            "From: Ann <ann@mail.example>\nSubject: Undelivered Mail Returned to Sender\n"
            "In-Reply-To: <1@letters.example>\n",
            f"I volunteer in Kenya, and got this back.\n\n{CAME_BACK}",
        ),
        (
            "From: Ann <ann@feedback.example>\nSubject: Feedback report\n",
            "Hello, here is my report. I volunteer in Kenya.\n",
        ),
        (
            "From: Ann <ann@mail.example>\nSubject: Read: the report\n",
            "Name: Ann Example\nEmail: a@b.example\nCountry: Kenya\nAt 10:00 or at 14:30\n",
        ),
    ],
    ids=["shows a bounce", "answers with a bounce", "reports", "fills in a form"],
)
def test_a_person_is_no_machine_by_subject_alone(head: str, own: str) -> None:
    """Nobody is suppressed for having shown us what came back to them."""
    assert understand(f"{head}{HEAD}\n{own}".encode()).kind is ReplyKind.VOLUNTEER


def test_what_came_back_is_a_bounce_still() -> None:
    """Where nobody says a word of their own."""
    head = "From: mx <mx@mail.example>\nSubject: Undelivered Mail Returned to Sender\n"
    assert understand(f"{head}{HEAD}\n{CAME_BACK}".encode()).kind is ReplyKind.BOUNCE
