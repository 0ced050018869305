"""The block of headers that stands above a quoted mail, in any language. Pure functions of lines.

    From: Sam <sam@example.org>
    Sent: Wednesday, February 26, 2014 10:00 AM
    To: Ada
    Subject: Events

People write lists of that form too: what, when and where. A block is one by what its lines hold, or
by the headers' names where they are known.
"""

from __future__ import annotations

import re
from typing import Final

from outreach.replies.clients import is_header
from outreach.replies.labels import is_labelled
from outreach.replies.landmarks import marks

_MOST_FIELDS: Final = 12
_SENDER_WITHIN: Final = 3
#: lines that a long list of recipients may go on for
_MOST_REST: Final = 4
_LONGEST: Final = 200
_FIELD = re.compile(
    r"[*_]*([^\W\d_][^:：@*_|\d,;<>()\[\]\"]{0,28}?)[*_ ]*[:：][*_]*(?:\s+|(?=\S)(?!//)|$)"
)
#: further fields in the same line begin after a space
_INSIDE = re.compile(r"(?:^|\s)[*_]*([^\W\d_][^\W\d_]{0,18})[*_ ]{0,3}[:：](?=[*_]*\s)")


def end_of_headers(lines: list[str], start: int, *, ruled: bool = False) -> int:
    """Give the line after the block of headers at `start`, or `start` where there is none.

    With `ruled` a line that only divides stands above, so that less is asked of the block.
    """
    first = _FIELD.match(lines[start].strip()[:_LONGEST])
    if first is None or first.end() == len(lines[start].strip()):
        return start
    if _is_whole_block(lines[start]):
        return start + 1
    fields, end = _fields(lines, start)
    return end if _are_headers(fields, ruled=ruled) else start


def _fields(lines: list[str], start: int) -> tuple[list[tuple[str, str]], int]:
    """The successive `Word: value` lines as (word, line), and the line after them."""
    fields: list[tuple[str, str]] = []
    n, spaced = start, False
    while n < len(lines) and len(fields) < _MOST_FIELDS:
        line = lines[n].strip()
        found = _FIELD.match(line[:_LONGEST])
        if found and is_labelled(line):
            break
        if found:
            fields.append((found[1], line))
            n += 1
        elif not line and (spaced or len(fields) == 1) and _is_field(lines, n + 1):
            n, spaced = n + 1, True
        elif line and (rest := _end_of_recipients(lines, n)) > n:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line}")
            n = rest
        else:
            break
    return fields, n


def _is_field(lines: list[str], n: int) -> bool:
    line = lines[n].strip()[:_LONGEST] if n < len(lines) else ""
    return _FIELD.match(line) is not None and not is_labelled(line)


def _end_of_recipients(lines: list[str], n: int) -> int:
    """The next field, where the lines before it go on with a field's addresses."""
    for end in range(n, min(n + _MOST_REST, len(lines))):
        if _is_field(lines, end):
            return end
        if "@" not in lines[end] and not lines[end][:1].isspace():
            break
    return n


def _are_headers(fields: list[tuple[str, str]], *, ruled: bool) -> bool:
    if len(fields) < 2:
        return False
    seen = [marks(line) for _, line in fields]
    known = sum(is_header(key) for key, _ in fields)
    dated = any(one.date for one in seen)
    timed = any(one.date and one.time for one in seen)
    # no program puts the sender lower; people end their lists with whom to write to
    senders = sum(one.sender for one in seen[:_SENDER_WITHIN])
    if known >= 2 and (known >= 3 or dated or any(one.address for one in seen)):
        return True
    if ruled and (known or dated or senders):
        return True
    if senders and (timed or (len(fields) >= 3 and dated)):
        return True
    return len(fields) >= 3 and (senders >= 2 or (len(fields) >= 4 and timed))


def _is_whole_block(line: str) -> bool:
    """Whether all headers stand in one line."""
    keys = [found[1] for found in _INSIDE.finditer(line[:600])]
    if len(keys) < 3 or is_labelled(line):
        return False
    seen = marks(line)
    return seen.date and (seen.sender or sum(map(is_header, keys)) >= 3)
