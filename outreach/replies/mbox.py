"""Split an mbox into its mails. Writes nothing.

The standard library's mbox reader splits a mail at every line that starts with "From ". Here a mail
starts only at `From address date` above a header field: an empty line before it proves nothing, as
bodies have those too, and files that were put together by hand lack them.
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


_WEEKDAY: Final = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_START = re.compile(
    rb"From (?:\S+|\S.{0,200}@\S+) +(?:%(day)b,? +)?"
    rb"(?:%(month)b +\d{1,2}|\d{1,2} +%(month)b) +(?:\d{4} +)?\d{1,2}:\d\d"
    % {b"day": _WEEKDAY, b"month": _MONTH}
)
_YEAR = re.compile(rb" (?:19|20)\d\d\b")
#: how the first line of a mail's head begins
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_ESCAPED = re.compile(rb">+From ")


def is_mbox(start: bytes) -> bool:
    """Whether a file that begins with `start` is an mbox."""
    return _START.match(start) is not None


def split(file: Lines, limit: int) -> Iterator[tuple[bytes, int]]:
    """Give the mails of an open mbox one by one, at most `limit` bytes of each.

    Beside each stand its bytes where that is only its beginning, else 0.
    """
    mail: list[bytes] = []
    size, line_start, begun, ahead = 0, True, False, b""
    while piece := ahead or file.readline(_PIECE):
        ahead = b""
        if line_start and _START.match(piece):
            ahead = file.readline(_PIECE)
            if not begun or (_YEAR.search(piece) and _FIELD.match(ahead)):
                if begun:
                    yield _closed(mail), size if size > limit else 0
                mail, size, begun = [], 0, True
                line_start = piece.endswith(b"\n")
                continue
        if line_start and _ESCAPED.match(piece):
            piece = piece[1:]
        line_start = piece.endswith(b"\n")
        if size < limit:
            mail.append(piece[: limit - size])
        size += len(piece)
    if begun:
        yield _closed(mail), size if size > limit else 0


def _closed(mail: list[bytes]) -> bytes:
    """Join a mail's lines without the empty line that ends it in an mbox."""
    if mail and mail[-1].strip(b"\r\n") == b"":
        mail = mail[:-1]
    return b"".join(mail)
