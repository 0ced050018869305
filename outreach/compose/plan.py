"""One shape of a message, inlined once, ready to be filled with anybody's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from outreach.compose import quoted
from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.inline import inline
from outreach.compose.marks import Kind, Marks, after_ampersand, find, selected_attributes
from outreach.compose.plaintext import Outline, Undecided, from_html, outline
from outreach.compose.slots import Fill, Unfillable, in_attribute, in_comment, in_text

#: an escaped character has at most so many
_ESCAPED: Final = 6


@dataclass(frozen=True, slots=True)
class Page:
    """What is made of one person's page: both parts, each also in quoted-printable."""

    html: str
    encoded_html: bytes
    text: str
    encoded_text: bytes


class Unfit(Exception):
    """Some values can't differ within this shape: value -> why."""

    def __init__(self, values: Mapping[int, str]) -> None:
        super().__init__(", ".join(sorted(set(values.values()))))
        self.values = values


@dataclass(frozen=True, slots=True)
class Plan:
    """How the pages of one shape are put together."""

    #: the page before it is inlined, with numbers for values
    source: tuple[str | int, ...]
    #: the page after, with numbers for what `fills` write
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
    #: values that the page leaves room for, in characters
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
            return Page(html, encoded, written_text, quoted.text(written_text))
        if self.outline is not None:
            return Page(html, encoded, *self.outline.filled(values))
        text = from_html(page_source(self.source, values))
        return Page(html, encoded, text, quoted.text(text))

    def _filled(self, values: Sequence[str]) -> list[str]:
        if sum(map(len, values)) * _ESCAPED > self.room:
            raise Unfillable
        return [fill(values) for fill in self.fills]

    def _joined(self, fills: Sequence[str]) -> str:
        return "".join([part if isinstance(part, str) else fills[part] for part in self.inlined])


def page_of(source: str, written_text: str | None) -> Page:
    """Make a page the slow way: Jinja's page inlined by itself, text laid out by itself.

    Raises:
        TemplateError: the page or its styles can't be parsed.
    """
    html = inline(source)
    text = from_html(source) if written_text is None else written_text
    return Page(html, quoted.page(html), text, quoted.text(text))


def page_source(parts: Sequence[str | int], values: Sequence[str]) -> str:
    """Give the page as Jinja would have, before it is inlined."""
    return "".join([p if isinstance(p, str) else str(escape(values[p])) for p in parts])


def plan(source: Sequence[str | int]) -> Plan:
    """Inline one shape: text in which numbers stand for values.

    Raises:
        Unfit: some values have to be known before it can be inlined.
        TemplateError: the page or its styles can't be parsed.
    """
    indexes = frozenset(part for part in source if isinstance(part, int))
    marks = Marks("".join(part for part in source if isinstance(part, str)))
    marked = "".join([p if isinstance(p, str) else marks.mark(p) for p in source])
    page = inline(marked)
    found = find(page, marks, indexes, selected_attributes(marked))
    beside = dict.fromkeys(after_ampersand(source), "a value right after an &")
    if found.unfit or beside:
        raise Unfit({**found.unfit, **beside})
    inlined: list[str | int] = []
    fills: list[Fill] = []
    done = 0
    for spot in found.spots:
        texts, own = marks.parted(page[spot.start : spot.end])
        inlined += [page[done : spot.start], len(fills)]
        fills.append(
            {Kind.TEXT: in_text, Kind.COMMENT: in_comment}[spot.kind](own[0])
            if spot.kind is not Kind.ATTRIBUTE
            else in_attribute(spot.tag, spot.name, texts, own)
        )
        done = spot.end
    inlined.append(page[done:])
    laid_out, why_not, undecided = None, "", list[int]()
    try:
        laid_out = outline(marked, marks)
    except Undecided as error:
        why_not, undecided = str(error), error.values
    return Plan(
        source=tuple(source),
        inlined=tuple(inlined),
        fills=tuple(fills),
        encoded=quoted.PlannedPage(inlined),
        outline=laid_out,
        why_no_outline=why_not,
        undecided=tuple(undecided),
        alone=found.alone,
        room=MAX_OUTPUT - sum(len(part) for part in source if isinstance(part, str)),
    )
