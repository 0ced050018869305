"""What a person wrote, apart from what they quoted and signed with. A pure function of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from outreach.replies.marked import is_quoted
from outreach.replies.quotes import quoted_spans
from outreach.replies.signatures import DIVIDER, without_signature

#: shorter lines of ours ("Thank you") are also what a person might say
LEAST_SENT: Final = 25

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKS = re.compile(r"^(?:\s*(?:>|＞|&gt;) ?)++")


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
    visible = _INVISIBLE.sub("", text.replace("\r", "").replace("\xa0", " "))
    lines = [line if line == DIVIDER else line.rstrip() for line in visible.split("\n")]
    own: list[str] = []
    quoted: list[str] = []
    signature: list[str] = []
    n = 0
    for span in [*quoted_spans(lines), None]:
        written = lines[n : span.start] if span else lines[n:]
        if sent:
            written, ours = _without(written, sent)
            quoted += ours
        words, signed = without_signature(written, below_quote=bool(quoted) and span is None)
        own += [*words, *([""] if len(words) < len(written) else [])]
        signature += signed
        if span:
            quoted += lines[span.start : span.end]
            n = span.end
    if not quoted and not any(own):
        below = _joined(lines[lines[0] == DIVIDER :])
        return Trimmed(below or _joined(lines) or text.strip(), "", "")
    return _parts(_joined(own), quoted, _joined(signature), sent)


def _parts(reply: str, quoted: list[str], signature: str, sent: str) -> Trimmed:
    if reply:
        return Trimmed(reply, _joined(quoted), signature)
    if sent and (n := _answer_below(quoted, sent)) < len(quoted):
        return Trimmed(_joined(quoted[n:]), _joined(quoted[:n]), signature)
    sent_back = _joined(_unmarked(quoted)) or signature or _joined(quoted)
    return Trimmed(sent_back, "", signature, only_quoted=True)


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unmarked(lines: list[str]) -> list[str]:
    """Take off the marks: where all is quoted they part nothing from anything."""
    return [_MARKS.sub("", line, count=1) for line in lines]


def _without(lines: list[str], sent: str) -> tuple[list[str], list[str]]:
    """Take out the lines that stand in what we sent, however they were wrapped."""
    ours = _folded(sent)
    own: list[str] = []
    quoted: list[str] = []
    for line in lines:
        folded = _folded(line)
        (quoted if len(folded) >= LEAST_SENT and folded in ours else own).append(line)
    return own, quoted


def _answer_below(quoted: list[str], sent: str) -> int:
    """The first line below all that we sent, where no marks part an answer from the quote.

    It is the number of lines where there is no such answer.
    """
    ours = _folded(sent)
    start = len(quoted)
    while start and not is_quoted(quoted[start - 1]) and not _is_ours(quoted[start - 1], ours):
        start -= 1
    has_ours = start and _is_ours(quoted[start - 1], ours)
    return start if has_ours and any(quoted[start:]) else len(quoted)


def _is_ours(line: str, ours: str) -> bool:
    folded = _folded(line)
    return bool(folded) and folded in ours


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[>*_|]", " ", text).casefold().split())
