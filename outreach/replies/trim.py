"""What a person wrote, apart from what they quoted and signed with. A pure function of text.

The rules look at structure and not at words, because people answer in any language: an intro ends
in a colon and holds a date, a header block is successive `Word: value` lines with a date in it, a
quote starts with `>`. The words "wrote", "a écrit", "كتب" are never looked for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from outreach.replies.labels import is_labelled

#: characters of an intro, over at most this many lines
MAX_INTRO, MAX_INTRO_LINES = 260, 4
#: shorter lines of ours ("Thank you") are also what a person might say
LEAST_SENT: Final = 25

_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
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
_SIGNATURE = re.compile(r"--\s?|—\s?|__\s?")
#: what telephones and mail programs add; their names are the same in every language
_PROGRAM = re.compile(
    r"\b(iphone|ipad|android|outlook|samsung|galaxy|huawei|xiaomi|blackberry|smartphone|"
    r"yahoo[ !]mail|proton ?mail)|移动|手机",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A mail's text in three parts."""

    reply: str
    quoted: str
    signature: str
    #: True where the person wrote nothing: `reply` is then what they sent back, for people to
    #: read, and none of it is their own words
    only_quoted: bool = False


def trim(text: str, sent: str = "") -> Trimmed:
    """Split `text`; `sent` is the text that we sent, whose lines count as quoted wherever they are.

    Where there is any text, `reply` is not empty.
    """
    lines = [_INVISIBLE.sub("", line).rstrip() for line in text.replace("\xa0", " ").split("\n")]
    own, quoted = _split(lines)
    if sent:
        own, ours = _without(own, sent)
        quoted = ours + quoted
    own, signature = _unsigned(own)
    reply = _joined(own)
    if not reply and signature and not quoted:
        return Trimmed(_joined(signature), "", "")
    if not reply:
        return Trimmed(_joined(quoted) or _joined(lines), "", _joined(signature), only_quoted=True)
    return Trimmed(reply, _joined(quoted), _joined(signature))


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    start, after = _first_quote(lines)
    if start == len(lines):
        return lines, []
    above, below = lines[:start], lines[after:]
    if not any(_is_quoted(line) for line in below):
        # an intro or header block without any `>`: all that follows is the quoted mail
        return (above, lines[start:]) if any(above) else (lines[:0], lines)
    own = [line for line in below if not _is_quoted(line)]
    nested, _ = _first_quote(own)
    kept = own[:nested]
    if any(above) and not any(kept):
        return above, lines[start:]
    quoted = lines[start:after] + [line for line in below if _is_quoted(line)] + own[nested:]
    return [*above, "", *kept], quoted


def _first_quote(lines: list[str]) -> tuple[int, int]:
    """Where the first quote's introduction starts, and where it ends and the quote begins."""
    for n, line in enumerate(lines):
        if not line.strip():
            continue
        if _is_quoted(line):
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


def _is_quoted(line: str) -> bool:
    return line.lstrip()[:1] in (">", "＞")


def _quote_follows(lines: list[str], start: int) -> bool:
    line = next((line for line in lines[start:] if line.strip()), "")
    is_field = _HEADER.match(line.strip()[:200]) is not None and not is_labelled(line)
    return is_field or _is_quoted(line) or _end_of_intro([line], 0) > 0


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
        if not lines[n].strip() or is_labelled(lines[n]) or _is_quoted(lines[n]):
            break
        joined = f"{joined} {lines[n].strip()}"
        if len(joined) > MAX_INTRO:
            break
        if joined.endswith((":", "：", ":*")):
            next_line = next((line for line in lines[n + 1 : n + 4] if line.strip()), "")
            if _is_intro(joined, quote_follows=_is_quoted(next_line)):
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


def _without(lines: list[str], sent: str) -> tuple[list[str], list[str]]:
    """Take out the lines that stand in what we sent, however they were wrapped."""
    ours = _folded(sent)
    own: list[str] = []
    quoted: list[str] = []
    for line in lines:
        folded = _folded(line)
        (quoted if len(folded) >= LEAST_SENT and folded in ours else own).append(line)
    return own, quoted


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[>*_|]", " ", text).casefold().split())


def _unsigned(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take off what stands below a line `--`, and what a telephone adds at the end."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    for n, line in enumerate(lines):
        if _SIGNATURE.fullmatch(line) and not any(is_labelled(later) for later in lines[n:]):
            return lines[:n], lines[n + 1 :]
    if lines and len(lines) > 1 and len(lines[-1]) < 80 and _PROGRAM.search(lines[-1]):
        return lines[:-1], lines[-1:]
    return lines, []
