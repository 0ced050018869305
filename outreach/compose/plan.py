"""One shape of a message, inlined once, ready to be filled with anybody's values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from outreach.compose import quoted
from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.marks import Kind, Marks, Spot, find, ill_placed
from outreach.compose.pages import Page, PlainText, WholePage
from outreach.compose.plaintext import Lines, Outline, Undecided, from_html, outline
from outreach.compose.selectors import undecided
from outreach.compose.slots import Fill, Unfillable, at_the_start, in_attribute, in_comment, in_text
from outreach.compose.standins import FIRST, TOKENS, Standins
from outreach.model import Merge

#: an escaped character has at most so many
_ESCAPED: Final = 6


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
    #: the values that each of these writes
    held: tuple[tuple[int, ...], ...]
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

    def values_at(self, values: Sequence[str], position: int) -> tuple[int, ...]:
        """Give the values that stand at a character of a person's page; none where text does."""
        fills = self._filled(values)
        for part in self.inlined:
            position -= len(part if isinstance(part, str) else fills[part])
            if position < 0:
                return self.held[part] if isinstance(part, int) and part >= 0 else ()
        return ()

    def _filled(self, values: Sequence[str]) -> list[str]:
        """Give what stands in the page's places; whatever can go wrong goes wrong here."""
        whole = "".join(values)
        if len(whole) * _ESCAPED > self.room or not _encodable(whole):
            raise Unfillable
        fills = [fill(values) for fill in self.fills]
        fills += values[FIRST:]
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
            own = (*[line for line, _ in lines], *self._values[FIRST:])
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
        Undecidable: a style rule hangs on a token.
        TemplateError: the page or its styles can't be parsed.
    """
    indexes = frozenset(part for part in source if isinstance(part, int))
    texts = [part for part in source if isinstance(part, str)]
    marks = Marks("".join(texts))
    marked = "".join([p if isinstance(p, str) else marks.mark(p) for p in source])
    page = _inline(marked)
    found = find(page, marks, indexes)
    places = [
        _Place(spot, *marks.parted(page[spot.start : spot.end], standins)) for spot in found.spots
    ]
    unfit = {**undecided(marked, marks, standins), **_raw(places), **found.unfit}
    unfit |= dict(ill_placed(source))
    if unfit:
        raise Unfit(unfit)
    inlined = _inlined(page, places, standins)
    laid_out, why_not, beside = None, "", list[int]()
    try:
        laid_out = outline(marked, marks, standins)
    except Undecided as error:
        why_not, beside = str(error), error.values
    return Plan(
        source=tuple(_with_tokens(source, standins)),
        inlined=tuple(inlined),
        fills=tuple(place.fill() for place in places),
        held=tuple(place.values for place in places),
        encoded=quoted.PlannedPage(inlined, standins),
        outline=laid_out,
        why_no_outline=why_not,
        undecided=tuple(beside),
        alone=found.alone.union(*(place.alone() for place in places)),
        room=MAX_OUTPUT - sum(map(len, texts)),
        shape=hashlib.sha256(repr(source).encode()).hexdigest()[:16],
        html_parts=_shared(inlined, len(places)),
        text_parts=_shared(laid_out.planned.parts, len(laid_out.waiting)) if laid_out else (),
    )


def _shared(parts: Sequence[str | int], count: int) -> tuple[str | int, ...]:
    """Count tokens, which are below zero, on from the `count` values before them."""
    tokens = {token: count + at for at, token in enumerate(TOKENS)}
    return tuple([p if isinstance(p, str) else tokens.get(p, p) for p in parts if p != ""])


@dataclass(frozen=True, slots=True)
class _Place:
    """A spot, the texts in it, and what stands between them: below zero a token."""

    spot: Spot
    texts: tuple[str, ...]
    indexes: tuple[int, ...]

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(index for index in self.indexes if index >= 0)

    def fill(self) -> Fill:
        """Give what writes it."""
        if self.spot.kind is Kind.ATTRIBUTE:
            return in_attribute(self.spot, self.texts, self.indexes)
        write = in_text if self.spot.kind is Kind.TEXT else in_comment
        return write(self.indexes[0])

    def alone(self) -> Sequence[int]:
        """Give the values that are written in another way where they are blank."""
        if self.spot.kind is Kind.ATTRIBUTE:
            return at_the_start(self.spot, self.texts, self.values)
        return self.values if self.spot.kind is Kind.COMMENT else ()


def _raw(places: Sequence[_Place]) -> dict[int, str]:
    """Give the values in what lxml doesn't escape: its text can't be told from an escaped one."""
    return {
        index: "a value in an attribute with <!-- or &{ in it"
        for place in places
        if place.spot.kind is Kind.ATTRIBUTE
        for index in place.values
        if any(mark in text for text in place.texts for mark in ("<", "&{"))
    }


def _inlined(page: str, places: Sequence[_Place], standins: Standins | None) -> list[str | int]:
    """Cut an inlined page at its places."""
    parts: list[str | int] = []
    done = 0
    for at, place in enumerate(places):
        parts += [page[done : place.spot.start], at]
        done = place.spot.end
    return _with_tokens([*parts, page[done:]], standins)


def _with_tokens(parts: Sequence[str | int], standins: Standins | None) -> list[str | int]:
    if standins is None:
        return list(parts)
    return [
        own
        for part in parts
        for own in ([part] if isinstance(part, int) else standins.parted(part))
    ]
