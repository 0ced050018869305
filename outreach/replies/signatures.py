"""Where a person's words end and their signature begins. Pure functions of lines.

Only what is clearly set off is a signature: below a line of dashes, or what a telephone adds, or a
block of name, telephone and address. "Cheers, Ada" belongs to the reply, and so do the lines of
name and country that we ask for, wherever they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from outreach.replies.clients import ends_sent_from, is_sent_from
from outreach.replies.labels import is_labelled
from outreach.replies.landmarks import marks, plain_digits

#: the divider of RFC 3676, which programs write and people hardly
DIVIDER: Final = "-- "
_DIVIDER = re.compile(r"--|––|—|―|__")
_DIVIDING: Final = ("-", "–", "—", "―", "_", "=", "*", "~")
_RULE = re.compile(r"[-_=*~]{3,}")
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SEAL: Final = "-----BEGIN PGP SIGNATURE-----"
#: more words below a divider that is not the standard's are no signature
_MOST_WORDS: Final = 80
_SHORT: Final = 60
_MOST_LINES: Final = 8

#: what telephones and mail programs add; their names are the same in every language
_PROGRAM = re.compile(
    r"\b(?:iphone|ipad|ios|android|outlook|samsung|galaxy|huawei|xiaomi|redmi|oppo|nokia|blackberry|"
    r"smartphone|windows (?:phone|mail|1[01])|yahoo[ !]mail|gmail|proton ?mail|tutanota|bluemail|"
    r"web\.de|gmx|mail\.ru|mailspring|superhuman|airmail|mailbird|hushmail|zoho mail|aquamail|"
    r"k-9|thunderbird|spark)|移动|手机|яндекс|почт",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w/])\+?\(?\d[\d\s().\-/]{6,20}\d(?!\w)")
_SITE = re.compile(r"\bwww\.|https?://", re.IGNORECASE)
_DASHED_NAME = re.compile(r"[-–—]{1,2}\s?[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){0,2}")
_BOLD_NAME = re.compile(r"\*[^*:]{2,40}\*[,.]?")


def without_signature(
    lines: list[str], *, below_quote: bool = False
) -> tuple[list[str], list[str]]:
    """Give the person's words, and the signature without the line that divides it from them.

    With `below_quote` the lines stand below one: what begins with a rule there, a list has added.
    """
    lines, sealed = _without_seal(lines)
    if below_quote and _begins_with_rule(lines):
        return [], [*lines, *sealed]
    own, device = _without_device(_trimmed(lines))
    own, signature = _without_divided(own)
    if not signature:
        own, signature = _without_block(own)
    return own, [*signature, *([""] if signature and device else []), *device, *sealed]


def _without_seal(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take off what OpenPGP puts around and below a signed text (RFC 9580 §7)."""
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    start = first
    if first < len(lines) and lines[first].strip() == _SIGNED:
        start = first + 1
        while start < len(lines) and lines[start].strip():
            start += 1
    end = lines.index(_SEAL) if _SEAL in lines else len(lines)
    if start == first and end == len(lines):
        return lines, []
    return lines[start:end], [*lines[first:start], *lines[end:]]


def _begins_with_rule(lines: list[str]) -> bool:
    first = next((line.strip() for line in lines if line.strip()), "")
    return first[:1] in _DIVIDING and _RULE.fullmatch(first) is not None


def _trimmed(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _without_divided(lines: list[str]) -> tuple[list[str], list[str]]:
    n = _divider(lines)
    if n < len(lines):
        first = n + 1
        # a program may divide below its person's own divider
        while first < len(lines) and _is_empty_or_divider(lines[first]):
            first += 1
        return _trimmed(lines[:n]), lines[first:]
    last = lines[-1].strip() if lines else ""
    if _DASHED_NAME.fullmatch(last) and _is_alone(lines):
        return _trimmed(lines[:-1]), lines[-1:]
    return lines, []


def _divider(lines: list[str]) -> int:
    """The first line that divides a signature from what is above it, or the number of lines."""
    found = len(lines)
    below = _Below()
    # from the end, so that what is below is counted once
    for n in range(len(lines) - 1, -1, -1):
        line = lines[n].strip()
        if line[:1] in _DIVIDING and (lines[n] == DIVIDER or _divides(line, below)):
            found = n
        elif is_labelled(line):
            break
        below.add(line)
    return found


@dataclass(slots=True)
class _Below:
    """What stands below a line."""

    words: int = 0
    lines: int = 0
    longest: int = 0
    has_contact: bool = False

    def add(self, line: str) -> None:
        if not line:
            return
        self.words += len(line.split())
        self.lines += 1
        self.longest = max(self.longest, len(line))
        if self.lines <= _MOST_LINES:
            self.has_contact = self.has_contact or _is_contact(line)


def _divides(line: str, below: _Below) -> bool:
    if _DIVIDER.fullmatch(line):
        return below.words <= _MOST_WORDS
    return (
        below.has_contact
        and below.lines <= _MOST_LINES
        and below.longest <= _SHORT
        and _RULE.fullmatch(line) is not None
    )


def _is_empty_or_divider(line: str) -> bool:
    return not line.strip() or _DIVIDER.fullmatch(line.strip()) is not None


def _is_alone(lines: list[str]) -> bool:
    """Whether the last line stands apart from other text, and is not one of a list."""
    others = [line.strip() for line in lines[:-1] if line.strip()]
    is_listed = any(line.startswith(("-", "–", "—")) for line in others)
    return bool(others) and not lines[-2].strip() and not is_listed


def _without_device(lines: list[str]) -> tuple[list[str], list[str]]:
    if len(lines) < 2:
        return lines, []
    last, parted = lines[-1].strip(), not lines[-2].strip()
    if not _is_device(last, parted=parted):
        return lines, []
    own = _trimmed(lines[:-1])
    # some add their own divider
    if own and _DIVIDER.fullmatch(own[-1].strip()):
        own = _trimmed(own[:-1])
    return own, [last]


def _is_device(line: str, *, parted: bool) -> bool:
    if len(line) > 2 * _SHORT:
        return False
    if _PROGRAM.search(line) is None:
        return parted and is_sent_from(line) and len(line.split()) <= 8
    # a question or a sentence about a telephone is a person's
    said = is_sent_from(line) or ends_sent_from(line)
    return said or (parted and len(line.split()) <= 6 and not line.endswith(("?", "？", "!")))


def _without_block(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take off a last paragraph that is a visiting card: short lines with contacts."""
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    block = [line.strip() for line in lines[start:]]
    if not any(line.strip() for line in lines[:start]) or not 2 <= len(block) <= _MOST_LINES:
        return lines, []
    if max(map(len, block)) > 2 * _SHORT or any(map(is_labelled, block)):
        return lines, []
    contacts = sum(map(_is_contact, block))
    named = _BOLD_NAME.match(block[0]) is not None
    is_card = (named and contacts) or (
        len(block) >= 3 and contacts >= 2 and not _is_contact(block[0]) and len(block[0]) <= 40
    )
    has_phone = any(_PHONE.search(plain_digits(line)) for line in block)
    return (_trimmed(lines[:start]), block) if is_card and has_phone else (lines, [])


def _is_contact(line: str) -> bool:
    return bool(_SITE.search(line) or marks(line).address or _PHONE.search(plain_digits(line)))
