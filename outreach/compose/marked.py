"""A finished message turned into a test of itself: to somebody else, marked in its subject.

Only the headers To and Subject change. Page, text and every other header stay as that person would
get them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.header import Header
from typing import Final

from outreach.model import Mailbox, Message, Written

#: how a test can be told from the message itself
MARK: Final = "[TEST]"
_FIELD: Final = re.compile(rb"\r\n(?![ \t])")


def as_test(message: Message, address: str) -> Message:
    """Give the message as it goes to `address`, which is normalised, as a test."""
    subject = f"{MARK} {message.subject}"
    head, between, body = message.mime.partition(b"\r\n\r\n")
    changed = {
        b"to": f"To: {address}",
        b"subject": f"Subject: {_written(subject)}",
    }
    fields = [changed.get(field.partition(b":")[0].lower(), field) for field in _FIELD.split(head)]
    lines = [field.encode("ascii") if isinstance(field, str) else field for field in fields]
    return replace(
        message,
        subject=subject,
        recipient=Mailbox("", address),
        content=Written(message.html, message.text, b"\r\n".join(lines) + between + body),
    )


def _written(subject: str) -> str:
    """Write a header's words: folded where long, encoded where not ASCII (RFC 2047)."""
    charset = "us-ascii" if subject.isascii() and "=?" not in subject else "utf-8"
    return Header(subject, charset, maxlinelen=76, header_name="Subject").encode(linesep="\r\n")
