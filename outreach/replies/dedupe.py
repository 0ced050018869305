"""When two mails are one: the key under which a mail is stored once, whatever way it came.

The same mail read from a file, a mailbox and a webhook differs in its Received and X- headers, line
ends and transfer encoding, and two different mails may carry one Message-ID. So the key is made of
Message-ID, sender and what a reader sees. Writes nothing.
"""

from __future__ import annotations

import hashlib
import unicodedata

from outreach.replies.mime import parse


def dedupe_key(raw: bytes) -> bytes:
    """Give 32 bytes that are the same for the same mail and different for any other.

    Takes any bytes and never raises.
    """
    try:
        parsed = parse(raw)
    # a fault of ours: the mail is stored all the same, under its bytes
    except Exception:
        return hashlib.sha256(b"raw\0" + raw.replace(b"\r\n", b"\n")).digest()
    headers = parsed.headers
    seen = [
        headers.get("message-id").strip(" <>\t"),
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
    return hashlib.sha256("\0".join(folded).encode("utf-8", "replace")).digest()
