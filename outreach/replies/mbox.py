"""Split an mbox into its mails. Writes nothing.

The standard library's mbox reader splits a mail at every line that starts with "From ". Here a mail
starts only at `From address date`, at the start of the file or after an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

_PIECE: Final = 1024 * 1024


class Lines(Protocol):
    """An open file, or what reads like one."""

    def readline(self, limit: int, /) -> bytes:
        """Give the next line, or its next `limit` bytes; b"" at the end."""


_START = re.compile(
    rb"From (?:\S+|\S.{0,200}@\S+) +(?:[A-Za-z]{3},? +)?"
    rb"(?:[A-Za-z]{3} +\d{1,2}|\d{1,2} +[A-Za-z]{3}) +(?:\d{4} +)?\d{1,2}:\d\d"
)
_ESCAPED = re.compile(rb">+From ")


def is_mbox(start: bytes) -> bool:
    """Whether a file that begins with `start` is an mbox."""
    return _START.match(start) is not None


def split(file: Lines, limit: int) -> Iterator[bytes]:
    """Give the mails of an open mbox one by one, at most `limit` bytes of each."""
    mail: list[bytes] = []
    size, after_empty, line_start, begun = 0, True, True, False
    while piece := file.readline(_PIECE):
        if line_start and after_empty and _START.match(piece):
            if begun:
                yield _closed(mail)
            mail, size, begun = [], 0, True
            after_empty = False
            line_start = piece.endswith(b"\n")
            continue
        if line_start:
            after_empty = piece.strip(b"\r\n") == b""
            if _ESCAPED.match(piece):
                piece = piece[1:]
        line_start = piece.endswith(b"\n")
        if size < limit:
            mail.append(piece[: limit - size])
            size += len(mail[-1])
    if begun:
        yield _closed(mail)


def _closed(mail: list[bytes]) -> bytes:
    """Join a mail's lines without the empty line that ends it in an mbox."""
    if mail and mail[-1].strip(b"\r\n") == b"":
        mail = mail[:-1]
    return b"".join(mail)
