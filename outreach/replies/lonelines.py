"""A line of a mail that is nothing but the wish to get no more. A pure function of text.

    STOP

    Jean

Lines are told apart here, before the text is folded for the search of phrases. Only the first and
last lines count, and no line that is a piece of a wrapped sentence.
"""

from __future__ import annotations

from typing import Final

from outreach.replies.words import phrases, plain

#: lines at the beginning, and as many at the end, that may hold the wish
_AT_EITHER_END: Final = 3
#: a line with more words, and no mark at its end, goes on in the next one
_GREETING_WORDS: Final = 3
_MOST_WORDS: Final = 6
_ENDS: Final = ".!?,:;،؛؟。！，…"


def has_lone_wish(own: str, *, at_end: bool) -> bool:
    """Whether a line among the first, or with `at_end` among the last, is only the wish."""
    lines = [line.strip() for line in own.split("\n")]
    written = [n for n, line in enumerate(lines) if line]
    looked_at = dict.fromkeys(
        [*written[:_AT_EITHER_END], *(written[-_AT_EITHER_END:] if at_end else ())]
    )
    return any(_is_wish(lines[n]) and not _is_wrapped(lines, n) for n in looked_at)


def _is_wish(line: str) -> bool:
    words = plain(line[:200]).strip(f" \"'{_ENDS}")
    return len(words.split()) <= _MOST_WORDS and bool(
        phrases("wishes.toml", "only").is_all_of(words)
    )


def _is_wrapped(lines: list[str], n: int) -> bool:
    before = lines[n - 1] if n else ""
    after = lines[n + 1] if n + 1 < len(lines) else ""
    goes_on = after[:1].islower() and lines[n][-1] not in _ENDS
    return goes_on or (len(before.split()) > _GREETING_WORDS and before[-1] not in _ENDS)
