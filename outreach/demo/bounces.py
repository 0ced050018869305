"""What a mail server sends back when a letter can't be delivered (RFC 3464)."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Final

from outreach.demo.letters import Envelope

#: RFC 3463 status -> RFC 3464 action, and the server's words
_WORDS: Final = {
    "5.1.1": ("failed", "550 5.1.1 <{to}>: Recipient address rejected: User unknown"),
    "4.2.2": ("delayed", "452 4.2.2 <{to}>: The mailbox is over its quota"),
}


def bounce(letter: Envelope, status: str, moment: datetime) -> bytes:
    """Write the report on `letter`, with the letter's own headers as its last part."""
    action, words = _WORDS[status]
    _, _, domain = letter.to.rpartition("@")
    said = words.format(to=letter.to)
    returned = letter.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = [
        "Return-Path: <>",
        f"From: Mail Delivery System <MAILER-DAEMON@{domain}>",
        f"To: {letter.sender}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(moment)}",
        f"Message-ID: <{letter.to.replace('@', '.')}.report@{domain}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"',
        "",
        "--=_report",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        f"This is the mail system at host mx.{domain}.",
        "",
        "I'm sorry to have to inform you that your message could not be delivered",
        "to one or more recipients. It's attached below.",
        "",
        f"<{letter.to}>: host mx.{domain}[203.0.113.25] said: {said}",
        "",
        "--=_report",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; mx.{domain}",
        f"Arrival-Date: {format_datetime(moment)}",
        "",
        f"Final-Recipient: rfc822; {letter.to}",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {said}",
        "",
        "--=_report",
        "Content-Type: text/rfc822-headers",
        "",
        returned,
        "",
        "--=_report--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
