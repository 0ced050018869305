"""Lines that are marked as quoted: by `>`, and below an introduction also by `|` or initials.

Pure functions of lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

#: mail programs wrap no line before this width
_LEAST_WIDTH: Final = 64
#: so many lines may be the rest of one that was wrapped
_MAX_REST: Final = 3

_INITIALS = re.compile(r"\s?[A-Z]{1,4}>")


def is_quoted(line: str) -> bool:
    """Whether the line is marked as quoted."""
    return line.lstrip().startswith((">", "＞", "&gt;"))


def end_of_run(lines: list[str], first: int) -> int:
    """Give the line after the marked lines that begin with line `first`.

    Empty lines between them belong to them, and so does the rest of a marked line that was wrapped
    on its way. It is `first` where that line is not marked.
    """
    marked = _marker(lines[first])
    n = end = first
    while n < len(lines):
        if marked(lines[n]):
            n = end = n + 1
        elif not lines[n].strip():
            n += 1
        elif n == end and end > first and (rest := _end_of_rest(lines, n, marked)) > n:
            n = end = rest
        else:
            break
    return end


def wraps(line: str, following: str) -> bool:
    """Whether `line` is so long that the next word would not have fitted."""
    word = following.split(maxsplit=1)[:1]
    return bool(word) and len(line) + 1 + len(word[0]) >= _LEAST_WIDTH


def _marker(line: str) -> Callable[[str], bool]:
    if line.lstrip().startswith("|") and line.count("|") == 1:
        return lambda other: other.lstrip().startswith("|")
    if _INITIALS.match(line):
        return lambda other: _INITIALS.match(other) is not None or is_quoted(other)
    return is_quoted


def _end_of_rest(lines: list[str], n: int, marked: Callable[[str], bool]) -> int:
    """The next marked line, where what stands before it is the rest of a wrapped line."""
    end = n
    while end < min(n + _MAX_REST, len(lines)) and lines[end].strip() and not marked(lines[end]):
        if not wraps(lines[end - 1], lines[end]) or lines[end].lstrip()[:1].isupper():
            return n
        end += 1
    return end if end < len(lines) and marked(lines[end]) else n
