"""One shape of a message, inlined once, ready to be filled with anybody's values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from outreach.compose import quoted
from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.marks import Kind, Marks, Spot, find, ill_placed, selected_attributes
from outreach.compose.plaintext import Outline, Undecided, from_html, outline
from outreach.compose.slots import Fill, Unfillable, in_attribute, in_comment, in_text
from outreach.compose.standins import LEAVE, Standins
from outreach.errors import TemplateError

#: an escaped character has at most so many
_ESCAPED: Final = 6


class Page:
    """What is made of one person's page: both parts, each also in quoted-printable."""

    __slots__ = ("encoded_html", "encoded_text", "html", "text")

    def __init__(
        self, html: str, encoded_html: list[bytes], text: str, encoded_text: list[bytes]
    ) -> None:
        self.html = html
        #: in pieces
        self.encoded_html = encoded_html
        self.text = text
        self.encoded_text = encoded_text


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

    def html(self, values: Sequence[str]) -> str:
        """Make a person's page without its text part.

        Raises:
            Unfillable: not out of these values.
        """
        return self._joined(self._filled(values))

    def filled(self, values: Sequence[str], written_text: str | None) -> Page:
        """Make a person's page; `written_text` is the text that was written by hand, if any.

        Raises:
            Unfillable: not out of these values.
        """
        fills = self._filled(values)
        html, encoded = self._joined(fills), self.encoded.filled(fills)
        if written_text is not None:
            return Page(html, encoded, written_text, [quoted.text(written_text)])
        if self.outline is not None:
            return Page(html, encoded, *self.outline.filled(values))
        text = from_html(page_source(self.source, values))
        return Page(html, encoded, text, [quoted.text(text)])

    def _filled(self, values: Sequence[str]) -> list[str]:
        if sum(map(len, values)) * _ESCAPED > self.room:
            raise Unfillable
        fills = [fill(values) for fill in self.fills]
        fills += values[LEAVE:]
        return fills

    def _joined(self, fills: Sequence[str]) -> str:
        return "".join([part if isinstance(part, str) else fills[part] for part in self.inlined])


def page_of(source: str, written_text: str | None) -> Page:
    """Make a page the slow way: Jinja's page inlined by itself, text laid out by itself.

    Raises:
        TemplateError: the page or its styles can't be parsed.
    """
    html = _inline(source)
    text = from_html(source) if written_text is None else written_text
    return Page(html, [quoted.page(html)], text, [quoted.text(text)])


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
    )


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
