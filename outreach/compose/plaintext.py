"""The plain-text part, made from the same page as the HTML part, so that they say the same.

Elements of the class `html-only` are left out of it. A link shows where it leads. A page is first
laid out, also one in which marks stand for people's values, and its lines are wrapped when the
values are known: `from_html` is the same with no values to wait for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, TypeAlias, cast

import lxml.html
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.etree import ParserError
from lxml.html import HtmlElement

from outreach.compose import mailto, quoted
from outreach.compose.marks import Marks
from outreach.compose.standins import Standins
from outreach.errors import TemplateError

WIDTH: Final = 72
#: Inscriptis takes no-break spaces for spaces; French, and numbers, want them kept. And it takes
#: back escapes that lxml took back already.
_HIDE: Final = {0xA0: "\ufdd0", 0x202F: "\ufdd1", 0x2007: "\ufdd2", ord("&"): "\ufdd3"}
_SHOW: Final = {ord(stand_in): chr(character) for character, stand_in in _HIDE.items()}
#: stands for a line that waits for values
_WAITING: Final = "\ufdd4"
#: what can't be put into an element, and our own; a page may refer to it, as in &#11;
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: a line whose values are blank, and the same encoded
_EMPTY: Final = ("\n", b"\r\n")
#: what Inscriptis takes for white space
_SPACE: Final = re.compile(r"[^\S\xa0\u202f\u2007]+")
_PARTS: Final = ("tbody", "tr", "td")
_AS_TYPED: Final = ("pre", "xmp", "listing", "plaintext", "textarea")

_LEAD: Final = re.compile(r" *(?:(?:[*•-]|\d+\.) )? *")
_LEADING: Final = frozenset(" *•-0123456789")
#: marks from here on stand for links
_LINKS: Final = 0x8000


class Undecided(Exception):
    """The layout itself hangs on some values. Says where they stand, in words."""

    def __init__(self, where: str, values: list[int]) -> None:
        super().__init__(where)
        self.values = values


#: writes a part of a line, out of all values of a person
_Part: TypeAlias = Callable[[Sequence[str]], str]


class _Line:
    """A line that waits for values."""

    def __init__(self, parts: Sequence[str | _Part]) -> None:
        first = parts[0] if isinstance(parts[0], str) else ""
        self._indent = first[: len(first) - len(first.lstrip(" "))]
        self._parts = [first.lstrip(" "), *parts[1:]]

    def filled(self, values: Sequence[str]) -> tuple[str, bytes]:
        text = "".join([part if isinstance(part, str) else part(values) for part in self._parts])
        odd = "\n" in text or "\t" in text or "  " in text
        if odd or not text.isprintable():
            # spaces that meet are one, as they are between elements
            text = _SPACE.sub(" ", text)
        return quoted.lines(_wrapped(self._indent + text.strip(" ")))


#: text and the same encoded
Lines: TypeAlias = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Outline:
    """A page laid out as text."""

    planned: quoted.PlannedText
    waiting: tuple[_Line, ...]

    def lines(self, values: Sequence[str]) -> Lines:
        """Give the lines that waited for values, each also in quoted-printable."""
        return [line.filled(values) for line in self.waiting]

    def text(self, lines: Lines, values: Sequence[str]) -> str:
        """Give the text."""
        text = self.planned.text(lines, values)
        return text if self.holds(lines) else _spaced(text)

    def encoded(self, lines: Lines, values: Sequence[str]) -> list[bytes]:
        """Give the text in quoted-printable, in pieces."""
        if self.holds(lines):
            return self.planned.encoded(lines, values)
        return [quoted.text(self.text(lines, values))]

    def holds(self, lines: Lines) -> bool:
        """Whether all around these lines is as it was laid out: no blank lines have met."""
        return _EMPTY not in lines


def from_html(html: str) -> str:
    """Give a page as text: lines of at most 72 characters, but a link is never broken.

    Raises:
        TemplateError: it can't be parsed.
    """
    try:
        return outline(html, None, None).text([], ())
    except (ParserError, UnicodeError) as error:
        raise TemplateError(f"no text can be made of the page: {error}") from error


def outline(html: str, marks: Marks | None, standins: Standins | None) -> Outline:
    """Lay out a page in which marks, if any, stand for values, and stand-ins for tokens.

    Raises:
        Undecided: how it is laid out depends on the values.
    """
    page = cast(HtmlElement, lxml.html.document_fromstring(html))
    _clean(page)
    for element in page.find_class("html-only"):
        element.drop_tree()
    links: list[_Part] = []
    for element in page.iter("a"):
        _show_target(element, marks, standins, links)
    _flatten_layout(page)
    if marks is not None:
        _check(page, marks)
    for element in page.iter():
        element.text = (element.text or "").translate(_HIDE)
        element.tail = (element.tail or "").translate(_HIDE)
    lines: list[str] = []
    waiting: list[_Line] = []
    for hidden in Inscriptis(page, _plain()).get_text().split("\n"):
        line = hidden.rstrip().translate(_SHOW)
        parts = _parted(line, marks)
        if len(parts) > 1:
            if "  " in line.lstrip(" "):
                beside = [part for part in parts if isinstance(part, int) and part < _LINKS]
                raise Undecided("a value beside a table of data", beside)
            waiting.append(_Line([own for part in parts for own in _own(part, links, standins)]))
            lines.append(_WAITING)
        else:
            lines += _wrapped(line)
    first, *others = _spaced("\n".join(lines)).split(_WAITING)
    stretches = [first, *(other.removeprefix("\n") for other in others)]
    return Outline(quoted.PlannedText(stretches, standins), tuple(waiting))


def _plain() -> ParserConfig:
    """Give how a page is laid out: blocks are not set in, as every layout is blocks in blocks.

    Inscriptis writes a page on the `body` of its configuration, so each page has one of its own:
    with one for all, a thread would write its reader's text on the page of another's.
    """
    return ParserConfig(css={**STRICT_CSS_PROFILE, "body": copy(STRICT_CSS_PROFILE["body"])})


def _clean(page: HtmlElement) -> None:
    """Take out what can't be put in again."""
    for element in page.iter():
        if element.text and _UNFIT.search(element.text):
            element.text = _UNFIT.sub("", element.text)
        if element.tail and _UNFIT.search(element.tail):
            element.tail = _UNFIT.sub("", element.tail)


def _parted(text: str, marks: Marks | None) -> tuple[str | int, ...]:
    if marks is None:
        return (text,)
    texts, indexes = marks.parted(text)
    pairs = zip(indexes, texts[1:], strict=True)
    return (texts[0], *(part for pair in pairs for part in pair))


def _own(
    part: str | int, links: Sequence[_Part], standins: Standins | None
) -> Sequence[str | _Part]:
    """Give what writes a part of a line."""
    if isinstance(part, int):
        return [itemgetter(part) if part < _LINKS else links[part - _LINKS]]
    parted = standins.parted(part) if standins else [part]
    return [text if isinstance(text, str) else itemgetter(text) for text in parted]


def _mixed(text: str, marks: Marks, standins: Standins | None) -> _Part:
    """Write a text with values in it."""
    parts = [own for part in _parted(text, marks) for own in _own(part, (), standins)]
    return lambda values: "".join([p if isinstance(p, str) else p(values) for p in parts])


def _show_target(
    element: HtmlElement, marks: Marks | None, standins: Standins | None, links: list[_Part]
) -> None:
    target, said = _UNFIT.sub("", element.get("href", "")), "".join(element.itertext())
    if marks is not None and marks.pattern.search(f"{target} {said}"):
        shown = marks.mark(_LINKS + len(links))
        to, saying = _mixed(target, marks, standins), _mixed(said, marks, standins)
        links.append(lambda values: _target(to(values), saying(values)))
    else:
        shown = _target(target, said)
    last = element[-1] if len(element) else None
    if last is None:
        element.text = (element.text or "") + shown
    else:
        last.tail = (last.tail or "") + shown


def _target(target: str, said: str) -> str:
    """Say where a link leads, unless its text says so itself."""
    target = target.strip()
    if target[:7].lower() == "mailto:":
        target = mailto.address_in(target)
    if not target or target[0] == "#" or target == said.strip():
        return ""
    return f" ({target})"


def _flatten_layout(page: HtmlElement) -> None:
    """Make plain blocks of the tables that only lay out (role=presentation): they hold no data."""
    layout = [table for table in page.iter("table") if table.get("role") == "presentation"]
    parts = [
        part for part in page.iter(*_PARTS) if next(part.iterancestors("table"), None) in layout
    ]
    for element in (*layout, *parts):
        element.tag = "div"


def _check(page: HtmlElement, marks: Marks) -> None:
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        typed = element.tag in _AS_TYPED or "white-space" in element.get("style", "")
        if not typed and element.tag != "table":
            continue
        there = marks.found_in("".join(element.itertext()))
        if there:
            where = "text that is kept as typed" if typed else "a table of data"
            raise Undecided(f"a value in {where}", [value for value in there if value < _LINKS])


def _spaced(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _wrapped(line: str) -> list[str]:
    """Break a line at spaces, what follows set in below the text of a list's item."""
    if len(line) <= WIDTH:
        return [line]
    lead = _LEAD.match(line) if line[0] in _LEADING else None
    start = lead[0] if lead else ""
    text, room = line[len(start) :] if start else line, max(WIDTH - len(start), 1)
    rows: list[str] = []
    while len(text) > room:
        cut = text.rfind(" ", 0, room + 1)
        if cut < 0:
            cut = text.find(" ", room)
        if cut < 0:
            break
        rows.append(start + text[:cut].rstrip(" "))
        start, text = " " * len(start), text[cut + 1 :].lstrip(" ")
    rows.append(start + text)
    return rows
