"""The bytes of a mail's part, out of whatever transfer encoding they are in, however broken.

Writes nothing, never raises.
"""

from __future__ import annotations

import binascii
import re
import string
from email.message import Message
from typing import Final

#: 8 bytes of UTF-8 and markup for each letter that is read at most
MAX_BYTES: Final = 1_600_000

_LETTERS: Final = string.ascii_letters.encode() + string.digits.encode() + b"+/"
_NO_LETTERS: Final = bytes(set(range(256)) - set(_LETTERS))
_MAY_STAND: Final = _LETTERS + b"=" + string.whitespace.encode()
_PADDING = re.compile(rb"==?(?=\s|$)")
_BEGIN = re.compile(r"begin(?:-base64)? [0-7]{3,4} \S")
_END: Final = frozenset({"end", "===="})


def payload_of(part: Message) -> bytes:
    """Give the decoded bytes of a leaf, at most MAX_BYTES; b'' where it has none."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().strip("\"'").lower()
    raw = _undecoded(part)
    if encoding == "base64":
        return _unbased(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _decoded_by_standard(part) or raw
    return raw


def _undecoded(part: Message) -> bytes:
    """The bytes as they stand: the standard reader gives them only of a part with no encoding."""
    named = part.get_all("content-transfer-encoding", [])
    del part["content-transfer-encoding"]
    raw = _decoded_by_standard(part)
    for value in named:
        part["Content-Transfer-Encoding"] = value
    return raw[:MAX_BYTES]


def _decoded_by_standard(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    # a transfer encoding so broken that the standard reader gives up; the raw mail is kept
    except Exception:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _unbased(raw: bytes) -> bytes:
    """Decode base64 up to its padding; lists add their footers after it, as plain text."""
    end = _PADDING.search(raw)
    coded, rest = (raw[: end.end()], raw[end.end() :]) if end else (raw, b"")
    if len(coded.translate(None, _MAY_STAND)) * 10 > len(coded):
        # somebody labelled plain text so
        return raw
    letters = coded.translate(None, _NO_LETTERS)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    decoded = binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    if not rest.strip():
        return decoded
    is_coded = not rest.translate(None, _MAY_STAND)
    return decoded + (_unbased(rest) if is_coded else b"\n" + rest)


def without_uuencoded(text: str) -> str:
    """Take out the files that old programs put into the text itself."""
    if "begin" not in text:
        return text
    kept: list[str] = []
    begun = -1
    for line in text.split("\n"):
        if begun < 0 and _BEGIN.match(line):
            begun = len(kept)
        kept.append(line)
        if begun >= 0 and line.strip() in _END:
            del kept[begun:]
            begun = -1
    return "\n".join(kept)
