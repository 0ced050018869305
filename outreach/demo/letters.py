"""The letters that the demo sent, as their readers see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import Final

_PARSER: Final = BytesHeaderParser(policy=policy.default)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of a letter say."""

    raw: bytes
    to: str
    to_name: str
    reply_to: str
    sender_name: str
    sender: str
    subject: str
    message_id: str
    date: datetime
    language: str

    @property
    def text(self) -> str:
        """The letter's text, as a mail program quotes it."""
        body = message_from_bytes(self.raw, policy=policy.default).get_body(("plain",))
        return "" if body is None else str(body.get_content()).strip()


def envelopes(letters: Iterable[bytes]) -> tuple[Envelope, ...]:
    """Read the letters' headers; in the order of their addresses."""
    return tuple(sorted(map(_envelope, letters), key=lambda envelope: envelope.to))


def _envelope(raw: bytes) -> Envelope:
    headers = _PARSER.parsebytes(raw)
    to, sender = _mailbox(headers, "To"), _mailbox(headers, "From")
    return Envelope(
        raw=raw,
        to=to.addr_spec,
        to_name=to.display_name,
        reply_to=_mailbox(headers, "Reply-To").addr_spec,
        sender_name=sender.display_name,
        sender=sender.addr_spec,
        subject=str(headers["Subject"]),
        message_id=str(headers["Message-ID"]),
        date=parsedate_to_datetime(str(headers["Date"])),
        language=str(headers["Content-Language"]),
    )


def _mailbox(headers: EmailMessage, name: str) -> Address:
    """Give the one address of a header."""
    (address,) = headers[name].addresses
    return Address(address.display_name, addr_spec=address.addr_spec)
