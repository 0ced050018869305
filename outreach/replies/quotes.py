"""Where in a mail a quote begins. Pure functions of lines.

The rules look at structure and not at words, because people answer in any language: an intro ends
in a colon and holds a date, a header block is successive `Word: value` lines with a date in it, a
quote starts with `>`. The words "wrote", "a écrit", "كتب" are never looked for.
"""

from __future__ import annotations

import re
import unicodedata

from outreach.replies.labels import is_labelled

#: characters of an intro, over at most this many lines
MAX_INTRO, MAX_INTRO_LINES = 260, 4

_ADDRESS = re.compile(r"\S@\S+\.\S")
#: an address as a mail program writes a sender, not as it writes a link
_SENDER = re.compile(r"<(?!mailto:)[^<>\s@]+@[^<>\s@]+>|\[mailto:", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.hH時时点]\s?\d{2}(?!\d)")
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20|25|14)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\s?[月월]\s?\d)"
)
_HEADER = re.compile(r"[*_]*[^\W\d_][^:：@]{0,30}[:：][*_]*\s*\S")
_RULED_WORDS = re.compile(r"\s*[-_]{4,}\s?[^-_\s].{0,70}[-_]{4,}\s*")
_RULE = re.compile(r"\s*(?:[_]{8,}|[-]{8,}|[─—]{5,})\s*")


def first_quote(lines: list[str]) -> tuple[int, int]:
    """Give where the first quote's introduction starts, and where it ends and the quote begins.

    Both are the number of lines where there is no quote.
    """
    for n, line in enumerate(lines):
        if not line.strip():
            continue
        if is_quoted(line):
            return n, n
        if _RULED_WORDS.fullmatch(line) and _quote_follows(lines, n + 1):
            return n, _end_of_fields(lines, n + 1)
        if _RULE.fullmatch(line) and _end_of_headers(lines, n + 1) > n + 1:
            return n, _end_of_headers(lines, n + 1)
        end = _end_of_headers(lines, n)
        if end > n:
            return n, end
        end = _end_of_intro(lines, n)
        if end > n:
            return n, end
    return len(lines), len(lines)


def is_quoted(line: str) -> bool:
    """Whether the line is marked as quoted."""
    return line.lstrip()[:1] in (">", "＞")


def _quote_follows(lines: list[str], start: int) -> bool:
    line = next((line for line in lines[start:] if line.strip()), "")
    is_field = _HEADER.match(line.strip()[:200]) is not None and not is_labelled(line)
    return is_field or is_quoted(line) or _end_of_intro([line], 0) > 0


def _end_of_fields(lines: list[str], start: int) -> int:
    """The line after the successive `Word: value` lines at `start`, empty lines before them."""
    n = start
    while n < len(lines) and n < start + 3 and not lines[n].strip():
        n += 1
    first = n
    while n < len(lines) and n < first + 12 and _HEADER.match(lines[n].strip()[:200]):
        n += 1
    return n


def _end_of_headers(lines: list[str], start: int) -> int:
    """The line after a block of quoted headers at `start`, or `start` where there is none.

    It is of successive `Word: value` lines, none of which gives the person's own name, address or
    country: two or more with a sender (`Name <address>`) and a date, or four or more with date and
    time in one. Shorter lists of what, when and where are a person's own.
    """
    n = _end_of_fields(lines, start)
    block = [line for line in lines[start:n] if line.strip()]
    marks = [_marks(line) for line in block]
    dated = any(date for _, date, _ in marks)
    timed = any(date and time for _, date, time in marks)
    sender = any(_SENDER.search(line) for line in block)
    is_block = (len(block) >= 3 and sender and dated) or (len(block) >= 2 and sender and timed)
    if not (is_block or (len(block) >= 4 and timed)) or any(map(is_labelled, block)):
        return start
    return n


def _end_of_intro(lines: list[str], start: int) -> int:
    """The line after an intro ("On ... wrote:") at `start`, or `start` where there is none.

    Its first line holds a date, a time or an address, or the line above it would be taken along.
    """
    joined = ""
    if not any(_marks(lines[start])):
        return start
    for n in range(start, min(start + MAX_INTRO_LINES, len(lines))):
        if not lines[n].strip() or is_labelled(lines[n]) or is_quoted(lines[n]):
            break
        joined = f"{joined} {lines[n].strip()}"
        if len(joined) > MAX_INTRO:
            break
        if joined.endswith((":", "：", ":*")):
            next_line = next((line for line in lines[n + 1 : n + 4] if line.strip()), "")
            if _is_intro(joined, quote_follows=is_quoted(next_line)):
                return n + 1
            break
    return start


def _is_intro(text: str, *, quote_follows: bool) -> bool:
    address, date, time = _marks(text)
    if quote_follows:
        return address or date or time
    return (address and (date or time)) or (date and time)


def _marks(text: str) -> tuple[bool, bool, bool]:
    """Whether the text holds an address, a date, a time."""
    digits = _plain_digits(text[: 2 * MAX_INTRO])
    return (
        _ADDRESS.search(digits) is not None,
        _DATE.search(digits) is not None,
        _TIME.search(digits) is not None,
    )


def _plain_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c, c)) for c in text)
