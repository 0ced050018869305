"""Header fields of a mail: unfolded, decoded, and the sender taken apart. Writes nothing.

An address is taken out of its header before encoded words are decoded: decoded first, a comma or
an angle bracket in a name would change whom the mail is from.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.replies.charsets import decode

#: a mail with more fields than this is hostile, and the rest is not read
MAX_FIELDS: Final = 1000
#: nor is more than this of one field
MAX_VALUE: Final = 20_000

#: some programs leave question marks in their words, or break them by spaces
_WORD = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?\s?([bBqQ])\?((?:[^?]|\?(?!=)){0,1000}?)\?=")
_WORDS = re.compile(rf"{_WORD.pattern}(?:\s*{_WORD.pattern})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ANGLE = re.compile(r"<([^<>]*)>")
_BARE = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
#: RFC 5322 §3.4: the name of a group of mailboxes
_GROUP = re.compile(r"^[^<>\"@:=?]{0,100}:(?!\?)")
_COMMENT = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block, in order: lower-case name and unfolded value."""

    fields: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Give each value of the field `name` (lower-case)."""
        return tuple(value for field, value in self.fields if field == name)

    def get(self, name: str) -> str:
        """Give the first value of the field `name` (lower-case), or ''."""
        return next((value for field, value in self.fields if field == name), "")

    def has(self, name: str) -> bool:
        """Whether there is a field `name` (lower-case)."""
        return any(field == name for field, _ in self.fields)


def headers_from(items: Iterable[tuple[str, object]], charset: str = "") -> Headers:
    """Make Headers of the standard parser's fields, whose 8-bit bytes are surrogates.

    Such bytes are UTF-8, else in the mail's own `charset`.
    """
    fields: list[tuple[str, str]] = []
    for name, value in items:
        if len(fields) == MAX_FIELDS:
            break
        fields.append((name.strip().lower(), _unfolded(str(value)[:MAX_VALUE], charset).strip()))
    return Headers(tuple(fields))


def _unfolded(value: str, charset: str) -> str:
    if not value.isascii():
        raw = value.encode("utf-8", "surrogateescape")
        try:
            value = raw.decode("utf-8")
        except UnicodeDecodeError:
            value = decode(raw, charset)
    elif "\x1b$" in value:
        value = decode(value.encode("ascii"))
    return clean(value).replace("\r", "").replace("\n", "")


def decode_words(text: str) -> str:
    """Decode the encoded words of RFC 2047 in `text`.

    Neighbouring words of one charset are joined before decoding, because senders split them inside
    a character.
    """
    return (
        clean(_WORDS.sub(lambda run: _decoded_run(run[0]), text)) if "=?" in text else clean(text)
    )


def _decoded_run(run: str) -> str:
    joined: list[tuple[str, bytes]] = []
    for charset, encoding, data in _WORD.findall(run):
        raw = _unquoted(data) if encoding in "qQ" else _unbased(data)
        if joined and joined[-1][0] == charset.lower():
            joined[-1] = (charset.lower(), joined[-1][1] + raw)
        else:
            joined.append((charset.lower(), raw))
    return "".join(decode(raw, charset) for charset, raw in joined)


def _unquoted(data: str) -> bytes:
    return binascii.a2b_qp(data.encode("utf-8", "replace"), header=True)


def _unbased(data: str) -> bytes:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", data)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + "=" * (-len(letters) % 4))


def clean(text: str) -> str:
    """Take NULs and lone surrogates out: the database can't hold them."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def sender(headers: Headers) -> tuple[str, str]:
    """Give name and address of who sent a mail; the fields after From only where it has none."""
    name, address = mailbox(headers.get("from"))
    if not address and "=?" in headers.get("from"):
        # some programs encode the whole field, address and all
        name, address = mailbox(decode_words(headers.get("from")))
    for field in ("sender", "reply-to", "return-path", "x-sender", "x-original-from"):
        if address:
            break
        other, address = mailbox(headers.get(field))
        name = name or other
    return name, address


def mailbox(value: str) -> tuple[str, str]:
    """Give name and normalised address of the first mailbox in an undecoded From-like header.

    What is in quotes is a name, even where it looks like an address. Either may be ''.
    """
    value = value[:2000]
    bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), value)
    for angle in _ANGLE.finditer(bare):
        address = _address(angle[1])
        if address:
            return _name(_GROUP.sub("", value[: angle.start()])), address
    found = _BARE.search(bare)
    address = _address(found[0]) if found else ""
    if not address:
        return _name(_GROUP.sub("", _ANGLE.sub("", value)).strip("; ")), ""
    comment = _COMMENT.search(bare)
    if comment:
        return _name(value[comment.start(1) : comment.end(1)]), address
    # a bracket that nobody closed
    before = bare[: found.start()].rstrip() if found else ""
    return (_name(value[: len(before) - 1]) if before.endswith("<") else ""), address


def _address(text: str) -> str:
    """Give what is in angle brackets as an address: without a route, spaces or a last dot."""
    text = text.rpartition(":")[2] if text.lstrip().startswith(("@", "mailto:")) else text
    text = "".join(text.split()).strip("'").rstrip(".")
    return addresses.normalise(text)


def _name(text: str) -> str:
    text = text.strip().lstrip(",;").strip().rstrip("<").strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    name = " ".join(decode_words(text).split()).strip("\"' ")
    return "" if "@" in name else name
