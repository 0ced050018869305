"""Which lines of a mail are quoted. Pure functions of lines.

The rules look at structure and not at words, because people answer in any language: an intro ends
in a colon and holds a date (`intros`), a header block is successive `Word: value` lines
(`quotedheaders`), a quoted line starts with `>` (`marked`), a rule of dashes stands above one of
these. What mail programs always write alike, `clients` knows.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from outreach.replies.clients import asks_to_reply_above, is_original
from outreach.replies.intros import intro_at
from outreach.replies.landmarks import marks
from outreach.replies.marked import end_of_run, is_quoted
from outreach.replies.quotedheaders import end_of_headers

_RULED_WORDS = re.compile(r"\s*[-_=*]{4,}\s?[^-_=*\s].{0,70}[-_=*]{4,}\s*")
_MORE_THAN = re.compile(r"\s*>\s?=?\s?\d")
_RULE = re.compile(r"\s*(?:_{8,}|-{8,}|={8,}|\*{8,}|\.{8,}|[─—]{5,})\s*")
#: the rule that mailing lists put above their footer, and the most lines of one
_LIST_RULE = re.compile(r"_{40,}")
_LIST_FOOTER: Final = 6


class Lead(NamedTuple):
    """What stands above a quote: its first line, and the line after it."""

    start: int
    end: int
    #: whether it stands above quotes only, not above answers put between them
    closing: bool = False


class Span(NamedTuple):
    """Lines that are quoted, the last one excluded."""

    start: int
    end: int


def quoted_spans(lines: list[str]) -> list[Span]:
    """Give the quoted parts of a mail in order, each with what introduces it."""
    spans: list[Span] = []
    last_marked = next((n for n in reversed(range(len(lines))) if is_quoted(lines[n])), -1)
    n, own_above = 0, False
    while n < len(lines):
        lead = _next_lead(lines, n)
        if lead is None:
            break
        own_above = own_above or any(line.strip() for line in lines[n : lead.start])
        end = _end_of_quote(lines, lead, between=not own_above and lead.end <= last_marked)
        spans.append(Span(lead.start, end))
        n = end
    return spans


def _end_of_quote(lines: list[str], lead: Lead, *, between: bool) -> int:
    """The line after the quote below `lead`; `between` where answers may stand between quotes."""
    first = _next_text(lines, lead.end)
    if first == len(lines):
        return len(lines)
    end = end_of_run(lines, first)
    if end > first:
        return end
    # whoever writes nothing above answers below; without marks that can't be told from the quote
    return lead.end if between and not lead.closing else len(lines)


def _next_lead(lines: list[str], start: int) -> Lead | None:
    for n in range(start, len(lines)):
        line = lines[n]
        if not line.strip():
            continue
        if is_quoted(line) and not _compares(lines, n):
            return Lead(n, n)
        lead = _lead_at(lines, n)
        if lead and lead.start >= start:
            return lead
    return None


def _compares(lines: list[str], n: int) -> bool:
    """Whether the line's mark means "more than", inside a paragraph: the only one, and a number."""
    above = lines[n - 1].strip() if n else ""
    if _MORE_THAN.match(lines[n]) is None or not above or above.endswith((":", "：")):
        return False
    return not any(is_quoted(other) for at, other in enumerate(lines) if at != n)


def _lead_at(lines: list[str], n: int) -> Lead | None:
    line = lines[n]
    if asks_to_reply_above(line) or _is_list_footer(lines, n):
        return Lead(n, len(lines), closing=True)
    if is_original(line) and (end := _end_below_words(lines, n)):
        return Lead(n, end, closing=True)
    if _RULED_WORDS.fullmatch(line) and (end := _end_below_rule(lines, n)):
        return Lead(n, end, closing=True)
    if _RULE.fullmatch(line) and (end := _end_below_rule(lines, n)):
        return Lead(n, end, closing=True)
    if ":" in line or "：" in line:
        end = end_of_headers(lines, n)
        if end > n:
            return Lead(n, end, closing=True)
    intro = intro_at(lines, n)
    return Lead(*intro) if intro else None


def _end_below_words(lines: list[str], n: int) -> int:
    """The end of "Original Message" and the headers below it, or 0 where the words are prose."""
    if end := _end_below_rule(lines, n):
        return end
    is_ruled = not lines[n].strip()[:1].isalnum()
    return n + 1 if is_ruled else 0


def _end_below_rule(lines: list[str], n: int) -> int:
    """The end of the headers or of the intro below line `n`, or 0 where there are none."""
    first = _next_text(lines, n + 1)
    if first == len(lines) or first > n + 4:
        return 0
    if is_quoted(lines[first]):
        return first
    end = end_of_headers(lines, first, ruled=True)
    if end > first:
        return end
    intro = intro_at(lines, first)
    return intro[1] if intro else 0


def _is_list_footer(lines: list[str], n: int) -> bool:
    if len(lines) - n > 2 * _LIST_FOOTER or not _LIST_RULE.fullmatch(lines[n].strip()):
        return False
    below = [line for line in lines[n + 1 :] if line.strip()]
    return (
        0 < len(below) <= _LIST_FOOTER
        and any("://" in line for line in below)
        and any(marks(line).address for line in below)
    )


def _next_text(lines: list[str], n: int) -> int:
    return next((later for later in range(n, len(lines)) if lines[later].strip()), len(lines))
