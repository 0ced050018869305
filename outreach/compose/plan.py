"""One shape of a message, inlined once, ready to be filled with anybody's values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, Protocol

from markupsafe import escape

from outreach.compose import quoted
from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.marks import Kind, Marks, Spot, find, ill_placed, selected_attributes
from outreach.compose.plaintext import Lines, Outline, Undecided, from_html, outline
from outreach.compose.slots import Fill, Unfillable, in_attribute, in_comment, in_text
from outreach.compose.standins import LEAVE, REPLY, Standins
from outreach.errors import TemplateError
from outreach.model import Merge

#: an escaped character has at most so many
_ESCAPED: Final = 6


#: the parts of a text that is one value as a whole
_WHOLE: Final = (0,)


class Page(Protocol):
    """What is made of one person's page: both parts, each also in quoted-printable, in pieces."""

    @property
    def html(self) -> str:
        """The page, inlined."""

    @property
    def encoded_html(self) -> list[bytes]:
        """The same, encoded."""

    @property
    def text(self) -> str:
        """The page as text."""

    @property
    def encoded_text(self) -> list[bytes]:
        """The same, encoded."""

    @property
    def shape(self) -> str:
        """Hex digits that name its shape; '' where it was made the slow way."""

    @property
    def merge(self) -> Merge | None:
        """What it shares with its shape, and its own values; None likewise."""


@dataclass(frozen=True, slots=True)
class WholePage:
    """A page that was made the slow way."""

    html: str
    encoded_html: list[bytes]
    text: str
    encoded_text: list[bytes]
    shape: str = ""
    merge: Merge | None = None


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text part that does not come from the page, with its own values apart."""

    text: str
    #: the same object for all texts that went the same way
    parts: tuple[str | int, ...] = field(compare=False)
    values: tuple[str, ...] = field(compare=False)

    @classmethod
    def whole(cls, text: str) -> PlainText:
        """Give a text of which nothing is known to be shared."""
        return cls(text, _WHOLE, (text,))


class Unfit(Exception):
    """Some values can't differ within this shape: value -> why."""

    def __init__(self, values: Mapping[int, str]) -> None:
        super().__init__(", ".join(sorted(set(values.values()))))
        self.values = values


@dataclass(frozen=True, slots=True)
class Plan:
    """How the pages of one shape are put together.

    Numbers among its parts stand for values, or for what `fills` write; below zero they stand for
    tokens, which are the last of anybody's values.
    """

    #: the page before it is inlined
    source: tuple[str | int, ...]
    #: the page after
    inlined: tuple[str | int, ...]
    fills: tuple[Fill, ...]
    encoded: quoted.PlannedPage
    #: None where each person's text is laid out by itself, and why
    outline: Outline | None
    why_no_outline: str
    #: the values that decide how the text is laid out
    undecided: tuple[int, ...]
    #: values that change what is around them when they are blank
    alone: frozenset[int]
    #: characters that the page leaves for values
    room: int
    #: hex digits that name it; the same in every process
    shape: str
    #: what everybody's page and text share: numbers stand for values, also for tokens
    html_parts: tuple[str | int, ...]
    text_parts: tuple[str | int, ...]

    def html(self, values: Sequence[str]) -> str:
        """Make a person's page without its text part.

        Raises:
            Unfillable: not out of these values.
        """
        return self.joined(self._filled(values))

    def filled(self, values: Sequence[str], written_text: PlainText | None) -> FilledPage:
        """Make a person's page; `written_text` is the text that was written by hand, if any.

        Raises:
            Unfillable: not out of these values.
        """
        fills = self._filled(values)
        if written_text is None and self.outline is None:
            written_text = PlainText.whole(from_html(page_source(self.source, values)))
        return FilledPage(self, values, fills, written_text)

    def _filled(self, values: Sequence[str]) -> list[str]:
        """Give what stands in the page's places; whatever can go wrong goes wrong here."""
        whole = "".join(values)
        if len(whole) * _ESCAPED > self.room or not _encodable(whole):
            raise Unfillable
        fills = [fill(values) for fill in self.fills]
        fills += values[LEAVE:]
        return fills

    def joined(self, fills: Sequence[str]) -> str:
        """Put the page together."""
        return "".join([part if isinstance(part, str) else fills[part] for part in self.inlined])


class FilledPage:
    """A page of a plan; its parts are put together when they are asked for, and can't fail then."""

    __slots__ = ("_fills", "_lines", "_plan", "_values", "_written")

    def __init__(
        self, made: Plan, values: Sequence[str], fills: Sequence[str], written: PlainText | None
    ) -> None:
        if written is not None:
            # what no mail can hold is found now
            written.text.encode()
        self._plan = made
        self._values = values
        self._fills = fills
        self._written = written
        self._lines: Lines | None = None

    @property
    def shape(self) -> str:
        """Its shape's name."""
        return self._plan.shape

    @property
    def html(self) -> str:
        """The page, inlined."""
        return self._plan.joined(self._fills)

    @property
    def encoded_html(self) -> list[bytes]:
        """The same, encoded."""
        return self._plan.encoded.filled(self._fills)

    @property
    def text(self) -> str:
        """The page as text."""
        outline, lines = self._laid_out()
        if outline is not None:
            return outline.text(lines, self._values)
        return self._written.text if self._written else ""

    @property
    def encoded_text(self) -> list[bytes]:
        """The same, encoded."""
        outline, lines = self._laid_out()
        return outline.encoded(lines, self._values) if outline else [quoted.text(self.text)]

    @property
    def merge(self) -> Merge:
        """What it shares with its shape, and its own values."""
        outline, lines = self._laid_out()
        if outline is None or not outline.holds(lines):
            plain = self._written or PlainText.whole(self.text)
            parts, own = plain.parts, plain.values
        else:
            parts = self._plan.text_parts
            own = (*(line for line, _ in lines), *self._values[LEAVE:])
        return Merge(self._plan.html_parts, parts, tuple(self._fills), own)

    def _laid_out(self) -> tuple[Outline | None, Lines]:
        """Give the outline of its text, and the lines for it; None where the text is written."""
        if self._written is not None:
            return None, ()
        if self._lines is None:
            outline = self._plan.outline
            self._lines = outline.lines(self._values) if outline else ()
        return self._plan.outline, self._lines


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def page_of(source: str, written_text: str | None) -> Page:
    """Make a page the slow way: Jinja's page inlined by itself, text laid out by itself.

    Raises:
        TemplateError: the page or its styles can't be parsed.
    """
    html = _inline(source)
    text = from_html(source) if written_text is None else written_text
    return WholePage(html, [quoted.page(html)], text, [quoted.text(text)])


def _inline(html: str) -> str:
    """Inline a page. Only what makes messages is to wait until premailer is imported."""
    from outreach.compose.inline import inline

    return inline(html)


def page_source(parts: Sequence[str | int], values: Sequence[str]) -> str:
    """Give the page as Jinja would have, before it is inlined."""
    return "".join([p if isinstance(p, str) else str(escape(values[p])) for p in parts])


def plan(source: Sequence[str | int], standins: Standins | None) -> Plan:
    """Inline one shape: text, with numbers for values and stand-ins for tokens.

    Raises:
        Unfit: some values have to be known before it can be inlined.
        TemplateError: the page or its styles can't be parsed, or a token would change it.
    """
    indexes = frozenset(part for part in source if isinstance(part, int))
    texts = [part for part in source if isinstance(part, str)]
    marks = Marks("".join(texts))
    marked = "".join([p if isinstance(p, str) else marks.mark(p) for p in source])
    page = _inline(marked)
    selected = selected_attributes(marked)
    found = find(page, marks, indexes, selected)
    ill = dict(ill_placed(source))
    if found.unfit or ill:
        raise Unfit({**found.unfit, **ill})
    if standins is not None:
        _check_tokens(page, standins, selected)
    inlined, fills = _inlined(page, marks, found.spots, standins)
    laid_out, why_not, undecided = None, "", list[int]()
    try:
        laid_out = outline(marked, marks, standins)
    except Undecided as error:
        why_not, undecided = str(error), error.values
    return Plan(
        source=tuple(_with_tokens(source, standins)),
        inlined=tuple(inlined),
        fills=tuple(fills),
        encoded=quoted.PlannedPage(inlined, standins),
        outline=laid_out,
        why_no_outline=why_not,
        undecided=tuple(undecided),
        alone=found.alone,
        room=MAX_OUTPUT - sum(map(len, texts)),
        shape=hashlib.sha256(repr(source).encode()).hexdigest()[:16],
        html_parts=_shared(inlined, len(fills)),
        text_parts=_shared(laid_out.planned.parts, len(laid_out.waiting)) if laid_out else (),
    )


def _shared(parts: Sequence[str | int], count: int) -> tuple[str | int, ...]:
    """Count tokens, which are below zero, on from the `count` values before them."""
    tokens = {LEAVE: count, REPLY: count + 1}
    return tuple([p if isinstance(p, str) else tokens.get(p, p) for p in parts if p != ""])


def _inlined(
    page: str, marks: Marks, spots: Sequence[Spot], standins: Standins | None
) -> tuple[list[str | int], list[Fill]]:
    """Cut an inlined page at its spots, and say how each is written."""
    parts: list[str | int] = []
    fills: list[Fill] = []
    done = 0
    for spot in spots:
        parts += [page[done : spot.start], len(fills)]
        fills.append(_fill(spot, *marks.parted(page[spot.start : spot.end])))
        done = spot.end
    return _with_tokens([*parts, page[done:]], standins), fills


def _fill(spot: Spot, texts: Sequence[str], indexes: Sequence[int]) -> Fill:
    if spot.kind is Kind.ATTRIBUTE:
        return in_attribute(spot, texts, indexes)
    return in_text(indexes[0]) if spot.kind is Kind.TEXT else in_comment(indexes[0])


def _with_tokens(parts: Sequence[str | int], standins: Standins | None) -> list[str | int]:
    if standins is None:
        return list(parts)
    return [
        own
        for part in parts
        for own in ([part] if isinstance(part, int) else standins.parted(part))
    ]


def _check_tokens(page: str, standins: Standins, selected: Set[str]) -> None:
    """See that no style rule looks at a token."""
    for name in selected:
        for written in re.findall(rf"""\s{re.escape(name)}=("[^"]*"|'[^']*')""", page):
            if len(standins.parted(written)) > 1:
                raise TemplateError(f"style rules look at {name}, which holds a reader's token")
