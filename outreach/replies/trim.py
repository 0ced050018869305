"""What a person wrote, apart from what they quoted and signed with. A pure function of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from outreach.replies.labels import is_labelled
from outreach.replies.quotes import first_quote, is_quoted

#: shorter lines of ours ("Thank you") are also what a person might say
LEAST_SENT: Final = 25

_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
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
    start, after = first_quote(lines)
    if start == len(lines):
        return lines, []
    above, below = lines[:start], lines[after:]
    if not any(is_quoted(line) for line in below):
        # an intro or header block without any `>`: all that follows is the quoted mail
        return (above, lines[start:]) if any(above) else (lines[:0], lines)
    own = [line for line in below if not is_quoted(line)]
    nested, _ = first_quote(own)
    kept = own[:nested]
    if any(above) and not any(kept):
        return above, lines[start:]
    quoted = lines[start:after] + [line for line in below if is_quoted(line)] + own[nested:]
    return [*above, "", *kept], quoted


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
