"""Which attributes the style rules of a page look at, and whether what people differ in decides.

`[href^="tel:"]` comes to the same for every link that begins with https://, whatever follows. Where
it hangs on a person's own value, a page can't be inlined for all. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import lxml.html
from lxml import etree

from outreach.compose.atrules import split
from outreach.compose.marks import Marks
from outreach.compose.standins import Standins

_STYLE: Final = re.compile(
    r"<style\b(?P<attributes>[^>]*)>(?P<css>.*?)</style\s*>", re.DOTALL | re.IGNORECASE
)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING: Final = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
#: what is passed over, or all that stands in brackets; a bracket that never ends goes on for ever
_BRACKETS: Final = re.compile(
    rf"""\\.|{_STRING}|(?P<whole>\[(?:[^\]"'\\]|\\.|{_STRING})*(?:\]|\Z))""", re.DOTALL
)
_ATTRIBUTE: Final = re.compile(
    r"""\[\s*(?P<name>[\w:-]+)\s*"""
    r"""(?:(?P<how>[~|^$*!]?=)\s*(?P<value>"[^"\\]*"|'[^'\\]*'|[\w-]+)\s*)?\]"""
)


@dataclass(frozen=True, slots=True)
class Selector:
    """One `[...]` of a style sheet that looks at a value."""

    #: as it is written
    written: str
    #: in lower case; '' where it may be any
    name: str
    how: str
    value: str

    def looks_at(self, name: str) -> bool:
        """Whether it can be about an attribute of this name."""
        return not self.name or self.name == name.lower()

    def is_decided(self, texts: Sequence[str]) -> bool:
        """Whether it comes to the same whatever stands between these texts."""
        value, first, last = self.value, texts[0], texts[-1]
        match self.how:
            case "^=":
                return first.startswith(value) or not value.startswith(first)
            case "|=":
                begin = f"{value}-"
                return first.startswith(begin) or not begin.startswith(first)
            case "$=":
                return last.endswith(value) or not value.endswith(last)
            case "*=":
                return any(value in text for text in texts)
            case "=" | "!=":
                too_short = len(value) < sum(map(len, texts))
                return too_short or not (value.startswith(first) and value.endswith(last))
        return False


class Undecidable(Exception):
    """A rule hangs on a reader's token."""

    def __init__(self, selector: Selector, name: str, written: str) -> None:
        super().__init__(selector.written)
        self.selector, self.name, self.written = selector, name, written


def undecided(page: str, marks: Marks, standins: Standins | None) -> dict[int, str]:
    """Give the values that rules hang on, with the reason, in a page that is not inlined yet.

    Raises:
        Undecidable: a rule hangs on a token.
    """
    found: dict[int, str] = {}
    looking = list(selectors(page))
    if not looking:
        return found
    for element in lxml.html.document_fromstring(page).iter(etree.Element):
        for name, written in ((str(n), str(w)) for n, w in element.attrib.items()):
            texts, indexes = marks.parted(written, standins)
            for selector in looking if indexes else ():
                if selector.looks_at(name) and not selector.is_decided(texts):
                    if min(indexes) < 0:
                        raise Undecidable(selector, name, "…".join(texts))
                    why = f"a value in an attribute that style rules look at, {name}"
                    found |= dict.fromkeys(indexes, why)
    return found


def selectors(page: str) -> Iterator[Selector]:
    """Give the selectors of a page that look at values.

    At-rules are passed over: they are not inlined. What is written in an unusual way, such as with
    escapes or namespaces, may look at any attribute.
    """
    for style in _STYLE.finditer(page):
        css = style["css"] if style["attributes"].strip() else split(style["css"])[0]
        for found in _BRACKETS.finditer(_COMMENT.sub(" ", css)):
            if found["whole"] is None:
                continue
            read = _ATTRIBUTE.fullmatch(found["whole"])
            if read is None:
                yield Selector(found["whole"], "", "", "")
            elif read["how"]:
                yield Selector(
                    read[0], read["name"].lower(), read["how"], read["value"].strip("\"'")
                )
