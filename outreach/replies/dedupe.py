"""When two mails are one: the key under which a mail is stored once, whatever way it came.

The same mail read from a file, a mailbox and a webhook differs in its Received and X- headers, line
ends and transfer encoding, and two different mails may carry one Message-ID. So the key is made of
Message-ID, sender and what a reader sees. What is read of a mail may change with the program, so
the very same bytes are known again by a key of their own. Writes nothing.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Final

from outreach.replies.mime import Parsed, parse

#: what is kept of a Message-ID
_LONGEST_ID: Final = 500


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a mail from others."""

    #: the same for the same mail and different for any other
    key: bytes
    #: without the angle brackets; '' where there is none
    message_id: str = ""


def bytes_key(raw: bytes) -> bytes:
    """Give 32 bytes that are the same only for the same bytes, whatever their line ends."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).digest()


def dedupe_key(raw: bytes) -> bytes:
    """Give 32 bytes that are the same for the same mail and different for any other.

    Takes any bytes and never raises.
    """
    return identity(raw).key


def parsed_or_none(raw: bytes) -> Parsed | None:
    """Parse a mail; None where a fault of ours keeps us from it."""
    try:
        return parse(raw)
    except Exception:
        return None


def identity(raw: bytes, parsed: Parsed | None = None) -> Identity:
    """Read what tells a mail from others; `parsed` is what `parse` gives for it, where known.

    Takes any bytes and never raises.
    """
    try:
        return _identity(raw, parsed or parse(raw))
    # a fault of ours: the mail is stored all the same, under its bytes
    except Exception:
        return Identity(hashlib.sha256(b"raw\0" + raw.replace(b"\r\n", b"\n")).digest())


def _identity(raw: bytes, parsed: Parsed) -> Identity:
    headers = parsed.headers
    message_id = headers.get("message-id").strip(" <>\t")
    seen = [
        message_id,
        (parsed.from_address or headers.get("from")).lower(),
        headers.get("date"),
        parsed.subject,
        parsed.text,
        *(f"{name}: {value}" for block in parsed.blocks for name, value in block.fields),
    ]
    folded = ["".join(unicodedata.normalize("NFC", part).split()) for part in seen]
    if not parsed.text.strip():
        # nothing to read: pictures, calendars and the like are told apart by their bytes
        body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].strip()
        folded.append(hashlib.sha256(body).hexdigest())
    key = hashlib.sha256("\0".join(folded).encode("utf-8", "replace")).digest()
    return Identity(key, message_id[:_LONGEST_ID])
