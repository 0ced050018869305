"""Which parts of a mail are read."""

from __future__ import annotations

import pytest

from outreach.replies import Understanding, understand

FORM = "Name: Jean Mbuyi\nEmail address: jean@example.org\nCountry: Togo\n"
DSN = """Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; friend@example.net
Action: failed
Status: 5.1.1
"""


def mail(kind: str, *parts: str) -> Understanding:
    """Understand a mail of several parts."""
    head = "From: Jean <jean@example.org>\nSubject: Re: x\nMIME-Version: 1.0\n"
    body = "".join(f"--b\n{part}\n" for part in parts)
    return understand(f"{head}Content-Type: {kind}; boundary=b\n\n{body}--b--\n".encode())


def text(words: str) -> str:
    """Give a text part."""
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}"


def html(words: str) -> str:
    """Give an HTML part."""
    return f"Content-Type: text/html; charset=utf-8\n\n{words}"


def test_a_person_may_attach_a_delivery_report() -> None:
    """They forward what came back to them; it's not about mail of ours."""
    assert mail("multipart/mixed", text(FORM), DSN).kind == "volunteer"
    assert mail("multipart/report", text(FORM), DSN).kind == "bounce"


def test_a_mail_that_is_nothing_but_a_report_is_one() -> None:
    """Some servers leave the frame away."""
    head = "From: mx@example.net\nSubject: Undelivered\n"
    assert understand(f"{head}{DSN}".encode()).kind == "bounce"


@pytest.mark.parametrize("stub", ["", "[image: logo]", "[cid:1]\n-- ", "\xa0\n* * *", "(html)"])
def test_the_html_is_read_where_the_text_is_a_stub(stub: str) -> None:
    """A text part that only stands for pictures says nothing."""
    page = "<p>Name: Jean Mbuyi<br>Email address: jean@example.org<br>Country: Togo</p>"
    found = mail("multipart/alternative", text(stub), html(page))
    assert (found.kind, found.name, found.country) == ("volunteer", "Jean Mbuyi", "TG")


def test_a_short_answer_is_kept_beside_the_html() -> None:
    """Scanners and lists add parts of their own below it."""
    assert mail("multipart/mixed", text("STOP"), html("<p>Scanned, no virus</p>")).reply == (
        "STOP\n\nScanned, no virus"
    )
    assert mail("multipart/alternative", text("STOP"), html("<p>STOP</p>")).reply == "STOP"
