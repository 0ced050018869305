"""Mails made to keep a parser busy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAD = b"From: a@example.org\nSubject: x\n"
DAEMON = b"From: MAILER-DAEMON@example.org\nReturn-Path: <>\nSubject: Undelivered Mail\n\n"

MAILS = {
    "a boundary and nothing but spaces": HEAD + b"X: boundary" + b" " * 2_000_000 + b"\n\nHello\n",
    "one sender with a thousand at signs": HEAD + b"\nHello\nX: <" + b"a@" * 500_000 + b"\n",
    "a line of dashes": DAEMON + b"-" * 2_000_000 + b"\nwas not delivered 5.1.1\n",
    "lines of dashes": DAEMON + (b"-" * 300 + b"\n") * 5_000,
    "quotes in quotes": HEAD + b"\n" + b">" * 1_000_000 + b"\n",
    "colons": HEAD + b"\n" + b"a:" * 500_000 + b"\n",
    "encoded words without an end": HEAD + b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\nHello\n",
    "HTML that never closes": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    "signatures in signatures": HEAD
    + b"Content-Type: text/html\n\nYes"
    + b"<div id=Signature class=gmail_quote style='border-top:solid 1px'>" * 20_000,
    "files in the text that never end": HEAD + b"\n" + b"begin 644 x\n" * 100_000,
    "a hundred thousand headers": HEAD + b"X-A: b\n" * 100_000 + b"\nHello\n",
    "a report on everybody": DAEMON.replace(b"\n\n", b"\n")
    + b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b.org\nAction: failed\nStatus: 5.1.1\n\n" * 20_000,
    "nothing but fields": HEAD + b"\n" + b"Key: value\n" * 18_000,
    "nothing but equals signs": HEAD + b"\n" + b"=\n" * 100_000,
    "numbers after marks": HEAD + b"\n" + b"We are\n> 100 people\n" * 10_000,
    "dividers": HEAD + b"\n" + b"Yes\n--\n" * 30_000,
    "rules": HEAD + b"\n" + b"________\n\n\n" * 20_000,
    "intros and a mark at the end": HEAD
    + b"\n"
    + b"12.03.2014 10:02 A <a@b.cd>:\n" * 9_000
    + b">\n",
    "a hundred thousand parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\n\n" * 100_000,
    "a name of commas": b"From: " + b"," * 500_000 + b"\n\nHello\n",
}


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_that_is_large_and_odd_is_understood_all_the_same(mail: str) -> None:
    """What grows with the square of a mail's length would keep everybody else waiting."""
    code = (
        "import sys; from outreach.replies import understand; understand(sys.stdin.buffer.read())"
    )
    # far more than it takes, far less than a square would
    subprocess.run([sys.executable, "-c", code], input=MAILS[mail], check=True, timeout=30)
