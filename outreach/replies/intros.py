"""The line above a quote that tells who wrote it and when. Pure functions of lines.

    On Wed, Feb 26, 2014 at 10:00 AM, Sam <sam@example.org> wrote:

It is known by what it holds, an address, a date, a time and a colon at its end, because people's
programs write it in any language and break it anywhere. A known verb only helps in doubt.
"""

from __future__ import annotations

import re
from typing import Final

from outreach.replies.clients import has_verb
from outreach.replies.labels import is_labelled
from outreach.replies.landmarks import Marks, end_of_sender, has_day, marks
from outreach.replies.marked import is_quoted, wraps

#: characters of an intro, over at most this many lines
MAX_INTRO: Final = 260
MAX_INTRO_LINES: Final = 4
#: words of an intro that holds little else than a name
_FEW_WORDS: Final = 8
_SOME_WORDS: Final = 12
_MANY_WORDS: Final = 20

_ENDS: Final = (":", "：", "፦", "︰")
_AFTER_COLON: Final = " *_\u200f\u200e"
_SENTENCE_END = re.compile(r"[^\W\d_]{4,}[.!?]+\s+([^\W\d_])|[?!。？！]\s*\S|\.\.\.")
_DASHED = re.compile(r"\s*-{2,}\s?([^-\s].*?)\s?-{2,}\s*")
_REST_OF_LINE = re.compile(r"[\s)>\],]*[^\W\d_][^:：.!?]{0,30}[:：]\s+\S")


def intro_at(lines: list[str], n: int) -> tuple[int, int] | None:
    """Give the lines (start, end) of an intro of which line `n` is the first to show a sign.

    It may start above `n`, where a name was so long that it was wrapped.
    """
    if is_labelled(lines[n]):
        return None
    if found := _dashed(lines[n]) or _with_its_quote(lines[n]):
        return (n, n + found)
    shown = marks(lines[n])
    if not shown and not _may_be_name_and_verb(lines, n):
        return None
    joined, end = _joined(lines, n)
    quote_follows, parted = _quote_follows(lines, end), _is_parted(lines, n)
    if not (quote_follows or parted or _ends_in_colon(joined)):
        return None
    whole = marks(joined)
    if not _is_intro(joined, whole, quote_follows=quote_follows, parted=parted):
        return None
    if not _ends_in_colon(joined) and not quote_follows and _next_text(lines, end) == len(lines):
        return None
    return _start(lines, n, end, whole), end


def _joined(lines: list[str], n: int) -> tuple[str, int]:
    """The lines from `n` to the first that ends in a colon, else to the end of the paragraph."""
    joined = ""
    end = n
    while end < min(n + MAX_INTRO_LINES, len(lines)):
        line = lines[end].strip()
        if not line or (end > n and is_labelled(line)):
            break
        # a line that begins with ">" may be the rest of a wrapped <address>
        if is_quoted(line) and joined.count("<") <= joined.count(">"):
            break
        joined = f"{joined} {line}"
        end += 1
        if _ends_in_colon(line) or len(joined) > MAX_INTRO:
            break
    return joined.strip(), end


def _start(lines: list[str], n: int, end: int, whole: Marks) -> int:
    """Where the intro starts: not with a line whose signs all stand again below it."""
    start = n
    for later in range(n + 1, end):
        if marks(" ".join(lines[later:end])).covers(whole):
            start = later
    above = lines[start - 1] if start else ""
    first = lines[start].lstrip()[:1]
    is_rest = first in "<([" or first.isdigit() or first.islower()
    if start == n and is_rest and above and not is_quoted(above) and wraps(above, lines[start]):
        return start - 1
    return start


def _is_intro(text: str, seen: Marks, *, quote_follows: bool, parted: bool) -> bool:
    colon = _ends_in_colon(text)
    if len(text) > MAX_INTRO or _has_sentence(text):
        return False
    if not (colon or quote_follows):
        return seen.sender and seen.date and seen.time and len(text.split()) <= _MANY_WORDS
    verb = has_verb(text)
    if quote_follows:
        return _is_above_marks(text, seen, verb=verb)
    if seen.address and (seen.date or seen.time):
        return seen.sender or verb or (seen.date and seen.time)
    if seen.date and (seen.time or verb):
        return verb or parted
    # a program that gives no date gives name and address, or its forum
    return seen.sender and parted and len(text.split()) <= _SOME_WORDS


def _is_above_marks(text: str, seen: Marks, *, verb: bool) -> bool:
    colon = _ends_in_colon(text)
    if not colon and text.endswith((".", "!", "?", "…")):
        return False
    if seen.date and (colon or verb or seen.time or seen.address):
        return True
    if seen.address and (colon or verb or seen.time):
        return True
    if seen.time and (verb or has_day(text)):
        return True
    return verb and colon and len(text.split()) <= _FEW_WORDS


def _may_be_name_and_verb(lines: list[str], n: int) -> bool:
    """ "Sam Okoro wrote:" with marked lines below it."""
    line = lines[n]
    return _ends_in_colon(line) and len(line) <= 80 and _quote_follows(lines, n + 1)


def _dashed(line: str) -> int:
    """An intro between dashes instead of before a colon, as Zoho and Android write it."""
    found = _DASHED.fullmatch(line[: MAX_INTRO + 1])
    if found is None:
        return 0
    seen = marks(found[1])
    is_named = len(found[1].split()) <= _FEW_WORDS and has_verb(found[1])
    return int(is_named or (seen.date and (seen.time or seen.address)))


def _with_its_quote(line: str) -> int:
    """An intro that goes on with the quote in the same line."""
    end = end_of_sender(line[:MAX_INTRO])
    if not end or not _REST_OF_LINE.match(line, end):
        return 0
    head = line[:end]
    seen = marks(head)
    return int(seen.date and seen.time and not _has_sentence(head))


def _has_sentence(text: str) -> bool:
    return any(not found[1] or found[1].isupper() for found in _SENTENCE_END.finditer(text))


def _ends_in_colon(text: str) -> bool:
    return text.rstrip(_AFTER_COLON).endswith(_ENDS)


def _is_parted(lines: list[str], n: int) -> bool:
    """Whether an empty line, or nothing, stands above."""
    return n == 0 or not lines[n - 1].strip() or is_quoted(lines[n - 1])


def _next_text(lines: list[str], n: int) -> int:
    return next((later for later in range(n, len(lines)) if lines[later].strip()), len(lines))


def _quote_follows(lines: list[str], n: int) -> bool:
    return any(is_quoted(line) for line in [line for line in lines[n : n + 3] if line.strip()][:1])
