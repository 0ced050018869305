"""Marks that stand for people's values while a page is inlined, and where they came out.

A mark is lower-case letters and digits, so that nothing which reads a page rewrites it, and occurs
nowhere in the page's own text. What came out tells how each value is to be written from then on,
or that its place can't hold values that differ from person to person.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Final

from outreach.compose.standins import Standins

#: a tag whose content is not read as HTML, a comment, or any other tag
_TOKEN: Final = re.compile(
    r"<!--.*?-->"
    r"|<(?P<raw>script|style|xmp|iframe|noembed|noframes|noscript|plaintext)\b.*?</(?P=raw)\s*>"
    r"""|<[!?/a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>""",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"""\s([^\s=>"'/]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG: Final = re.compile(r"</?([^\s/>]+)")
#: the beginning of a character's name, as in &copy
_CHARACTER: Final = re.compile(r"&[#A-Za-z0-9]*\Z")
_IN_TAG: Final = re.compile(r"<[A-Za-z]")
_QUOTED: Final = re.compile(r""""[^"]*"|'[^']*'""")
_NO_QUOTE: Final = re.compile(r"=\s*[^\s]*\Z")
_LONGEST_TAG: Final = 4000
#: which rules apply to an element, or its style itself
_STYLING: Final = frozenset({"class", "id", "style"})


class Kind(StrEnum):
    """What a value stands in."""

    TEXT = "text"
    ATTRIBUTE = "attribute"
    COMMENT = "comment"


class Marks:
    """Marks for the values of one page."""

    def __init__(self, page: str) -> None:
        """Take all text among which the marks are to be told apart."""
        for attempt in count():
            text = f"{attempt}{page}".encode(errors="surrogatepass")
            digest = hashlib.blake2b(text, digest_size=5).hexdigest()
            self._start = f"q{digest}z"
            if self._start not in page:
                break
        self.pattern: Final = re.compile(self._start + "([0-9a-f]{4})")

    def mark(self, index: int) -> str:
        """Give the mark of the value `index`, below 65536."""
        return f"{self._start}{index:04x}"

    def found_in(self, text: str) -> list[int]:
        """Give the values whose marks stand in a text, in order."""
        return [int(digits, 16) for digits in self.pattern.findall(text)]

    def parted(
        self, text: str, standins: Standins | None = None
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Give the texts around the marks, and the values that stand between them.

        With stand-ins, tokens are values too, whose numbers are below zero.
        """
        texts, indexes = [""], list[int]()
        for at, part in enumerate(self.pattern.split(text)):
            if at % 2:
                indexes.append(int(part, 16))
                texts.append("")
                continue
            for own in standins.parted(part) if standins else [part]:
                if isinstance(own, int):
                    indexes.append(own)
                    texts.append("")
                else:
                    texts[-1] += own
        return tuple(texts), tuple(indexes)


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a page that is written anew for each person.

    One value in a text or a comment; of an attribute all that is quoted, and the quotes.
    """

    kind: Kind
    start: int
    end: int
    #: of an attribute
    tag: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the values of a page stand."""

    spots: tuple[Spot, ...]
    #: values that have a text to themselves: whether it is blank changes what is around it
    alone: frozenset[int]
    #: value -> why its place can't hold values that differ
    unfit: Mapping[int, str]


def find(page: str, marks: Marks, indexes: Set[int]) -> Found:
    """Find the marks of `indexes` in an inlined page."""
    unfit: dict[int, str] = {}
    spots: list[Spot] = []
    alone: set[int] = set()
    tokens = list(_TOKEN.finditer(page))
    starts = [token.start() for token in tokens]
    for mark in marks.pattern.finditer(page):
        index = int(mark[1], 16)
        at = bisect_right(starts, mark.start()) - 1
        token = tokens[at] if at >= 0 and mark.start() < tokens[at].end() else None
        if token is None:
            spots.append(Spot(Kind.TEXT, mark.start(), mark.end()))
            start = tokens[at].end() if at >= 0 else 0
            end = starts[at + 1] if at + 1 < len(starts) else len(page)
            if not marks.pattern.sub("", page[start:end]).strip():
                alone.add(index)
            continue
        spot = _inside(token, mark)
        if isinstance(spot, str):
            unfit.setdefault(index, spot)
        elif not spots or spots[-1] != spot:
            spots.append(spot)
    there = marks.found_in(page)
    for index in indexes:
        if there.count(index) != 1:
            unfit.setdefault(index, "a value in a place that styles write over or that is left out")
    return Found(tuple(spots), frozenset(alone), unfit)


def _inside(token: re.Match[str], mark: re.Match[str]) -> Spot | str:
    """Give the spot of a mark in a tag or comment, or why there can't be one."""
    if token["raw"]:
        return f"a value inside <{token['raw'].lower()}>"
    if token[0].startswith("<!--"):
        return Spot(Kind.COMMENT, mark.start(), mark.end())
    for attribute in _ATTRIBUTE.finditer(token.string, token.start(), token.end()):
        if attribute.start(2) <= mark.start() < attribute.end(2):
            tag = _TAG.match(token[0])
            name = attribute[1].lower()
            if name in _STYLING:
                return f"a value in a {name} attribute"
            return Spot(Kind.ATTRIBUTE, *attribute.span(2), tag[1].lower() if tag else "", name)
    return "a value in a tag"


def ill_placed(parts: Sequence[str | int]) -> Iterator[tuple[int, str]]:
    """Give the values whose place in a page, not inlined yet, has no end of its own, and why."""
    before = ""
    for part in parts:
        if isinstance(part, str):
            before = (before + part)[-_LONGEST_TAG:]
            continue
        if _CHARACTER.search(before):
            yield part, "a value right after an &"
        elif _is_unquoted(before):
            yield part, "a value in an attribute without quotes"
        before += "x"


def _is_unquoted(before: str) -> bool:
    tag = before[before.rfind("<") :]
    if not _IN_TAG.match(tag):
        return False
    outside = _QUOTED.sub("", tag)
    return not any(mark in outside for mark in "\"'>") and _NO_QUOTE.search(outside) is not None
