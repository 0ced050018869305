"""One version of a message, made for any number of people: fast where it can be, equal always."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from jinja2 import Template

from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.comparing import first_difference
from outreach.compose.keeping import KEPT
from outreach.compose.pages import Page, PlainText
from outreach.compose.plan import page_of
from outreach.compose.projection import Key, Piece, ProjectingSandbox, Unprojectable, key_and_values
from outreach.compose.render import Version
from outreach.compose.shape import Source
from outreach.compose.shapereport import SLOW_COST, Construct
from outreach.compose.shapes import CHECKED, Shapes
from outreach.compose.sightings import Sightings, digest
from outreach.compose.standins import stand_for, tokens_of
from outreach.compose.vocabulary import Person, counting, in_one_line, personal
from outreach.model import Letterhead, Reader

#: ways through a heading or a text, each compared for its first people, that are remembered
_MOST_WAYS: Final = 4096
_Said = TypeVar("_Said")


class Sandboxes(Protocol):
    """Gives a fresh environment for one file, in which what is known is worked out."""

    def __call__(self, path: str, known: Mapping[str, Any], *, html: bool) -> ProjectingSandbox:
        """Make one, for HTML or for plain text."""


class Press:
    """Makes the pages of one version; `shapes` may be shared by all versions of a message.

    `sandbox` gives a fresh environment; `shared` are the names that mean
    the same for everybody.
    """

    def __init__(
        self,
        version: Version,
        sandbox: Sandboxes,
        shared: Mapping[str, Any],
        letterhead: Letterhead,
        shapes: Shapes,
    ) -> None:
        self._version = version
        self._shared = dict(shared)
        self._letterhead = letterhead
        self._shapes = shapes
        path, text = version.path, version.text_path
        heading = _Projected(sandbox(path, self._shared, html=False), path, shapes, self._shared)
        self._heading = _Plain(heading, _heading_in, version.heading, self._heading_differed)
        blocks = heading.sandbox.constant_blocks
        #: what is said to everybody, where it is the same
        self._said: tuple[str, str] | None = None
        if "subject" in blocks and "preheader" in blocks:
            self._said = (in_one_line(blocks["subject"]), in_one_line(blocks["preheader"]))
        self._known = self._shared | (_named(self._said) if self._said else {})
        self._text: _Plain[PlainText | None] | None = None
        if text:
            made = sandbox(text, self._known, html=False)
            projected = _Projected(made, text, shapes, self._known)
            self._text = _Plain(projected, lambda it: it, self._slow_text, self._text_differed)
        self._trusted = True
        #: whether links with tokens are worked out, and only the tokens missing
        self._stands_in = False
        links = shapes.standins.values(letterhead) if shapes.standins else {}
        page = sandbox(path, self._known | links, html=True)
        if links and page.folding.only_prints(frozenset(links)):
            self._stands_in = True
            self._known |= links
        elif links:
            page = sandbox(path, self._known, html=True)
        self._page = _Projected(page, path, shapes, self._known)

    def heading(self, reader: Reader) -> tuple[str, str]:
        """Give subject and preheader, each in one line of plain text.

        Raises:
            TemplateError: they can't be said to this person.
        """
        if self._said is not None and self._heading.compared >= CHECKED:
            return self._said
        said = self._heading.said({**self._shared, **personal(reader, self._letterhead)})
        if self._said is not None and said != self._said:
            # it was put into page and text as well
            self._trusted = False
            self._heading_differed(self._said, said)
            self._said = None
        return said

    def slow_heading(self, reader: Reader) -> tuple[str, str]:
        """Give the same by Jinja alone.

        Raises:
            TemplateError: they can't be said to this person.
        """
        return self._version.heading({**self._shared, **personal(reader, self._letterhead)})

    def page(self, reader: Reader, heading: tuple[str, str]) -> Page:
        """Make one person's page.

        Raises:
            TemplateError: it can't be made for this person.
        """
        projected = self._projected(reader, heading)
        if projected is None:
            return self._shapes.slowly(lambda: self.slow_page(reader, heading))
        key, own, source = projected
        written = self._text.said(self._values(reader, heading)) if self._text else None
        return self._shapes.page(key, own, source, lambda: self.slow_page(reader, heading), written)

    def html(self, reader: Reader, heading: tuple[str, str]) -> str:
        """Make one person's page alone, without its text.

        Raises:
            TemplateError: it can't be made for this person.
        """
        projected = self._projected(reader, heading)
        if projected is None:
            return self._shapes.slowly(lambda: self.slow_page(reader, heading)).html
        return self._shapes.html(*projected, lambda: self.slow_page(reader, heading))

    def uninlined(self, reader: Reader, heading: tuple[str, str]) -> str:
        """Make one person's page by Jinja alone.

        Raises:
            TemplateError: it can't be made for this person.
        """
        return self._version.html(self._values(reader, heading))

    def slow_page(self, reader: Reader, heading: tuple[str, str]) -> Page:
        """Make one person's page by Jinja and premailer alone.

        Raises:
            TemplateError: it can't be made for this person.
        """
        values = self._values(reader, heading)
        return page_of(self._version.html(values), self._version.text(values))

    def _heading_differed(self, fast: tuple[str, str], slow: tuple[str, str]) -> None:
        at = 0 if fast[0] != slow[0] else 1
        found = first_difference(("subject", "preheader")[at], fast[at], slow[at])
        self._shapes.differed(self._version.path, found)

    def _slow_text(self, values: Mapping[str, Any]) -> PlainText | None:
        text = self._version.text(values)
        return None if text is None else PlainText.whole(text)

    def _text_differed(self, fast: PlainText | None, slow: PlainText | None) -> None:
        found = first_difference("text", fast.text if fast else "", slow.text if slow else "")
        self._shapes.differed(self._version.text_path, found)

    def _values(self, reader: Reader, heading: tuple[str, str]) -> dict[str, Any]:
        return {**self._shared, **personal(reader, self._letterhead), **_named(heading)}

    def _projected(
        self, reader: Reader, heading: tuple[str, str]
    ) -> tuple[Key, list[str], Callable[[], Source]] | None:
        """Give a person's shape, values and page in pieces; None where only the slow way can."""
        if not self._trusted:
            return None
        tokens = tokens_of(reader)
        if self._stands_in:
            if not all(map(stand_for, tokens)):
                return None
            values: dict[str, Any] = {"supporter": Person(reader.supporter)}
            values |= counting(reader, self._letterhead)
        else:
            values = personal(reader, self._letterhead)
        if self._said is None:
            values |= _named(heading)
        try:
            pieces = self._page.pieces(values)
            key, own = key_and_values(pieces)
        except Exception:
            # whatever it is, the slow way says it better, or does it after all
            return None
        own += tokens
        return (self._version.path, *key), own, lambda: list(self._page.sandbox.parts(pieces))


class _Projected:
    """A file ready for the cheap run, or the knowledge that it can't be."""

    def __init__(
        self,
        sandbox: ProjectingSandbox,
        path: str,
        shapes: Shapes,
        known: Mapping[str, Any],
    ) -> None:
        """Take the file `path` and what is `known` to it whoever is written to."""
        self.sandbox = sandbox
        self._known = {**sandbox.globals, **known}
        self._shared: dict[tuple[str | int, ...], tuple[str | int, ...]] = {}
        self._template: Template | None = None
        try:
            self._template = sandbox.get_template(path)
        except Unprojectable as found:
            shapes.note(Construct(found.file, found.line, found.reason, SLOW_COST))

    def pieces(self, values: Mapping[str, Any]) -> list[Piece]:
        """Run it.

        Raises:
            Exception: whatever that raises.
        """
        if self._template is None:
            raise LookupError
        return self.sandbox.render(self._template, {**self._known, **values})

    def text(self, values: Mapping[str, Any]) -> tuple[Key, PlainText] | None:
        """Give what it writes as plain text, and which way; None where only the slow way can."""
        texts: list[str] = []
        parts: list[str | int] = []
        own: list[str] = []
        try:
            pieces = self.pieces(values)
            key, _ = key_and_values(pieces)
            for part in self.sandbox.parts(pieces):
                if isinstance(part, tuple):
                    parts.append(len(own))
                    own.append(part[1])
                elif part:
                    parts.append(part)
                texts.append(part[1] if isinstance(part, tuple) else part)
        except Exception:
            return None
        text = "".join(texts)
        if len(text) > MAX_OUTPUT:
            return None
        return key, PlainText(text, self._one_for_all(tuple(parts)), tuple(own))

    def _one_for_all(self, parts: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Give the object that all who have the same parts share."""
        if len(self._shared) < KEPT:
            return self._shared.setdefault(parts, parts)
        return self._shared.get(parts, parts)

    def distrust(self) -> None:
        """Leave all of it to the slow way from now on."""
        self._template = None


class _Plain(Generic[_Said]):
    """What a file writes as plain text: a heading, or a text part that was written by hand.

    Its ways are not the page's, so the first people of each are composed both ways here too.
    """

    def __init__(
        self,
        projected: _Projected,
        read: Callable[[PlainText], _Said],
        slow: Callable[[Mapping[str, Any]], _Said],
        differed: Callable[[_Said, _Said], None],
    ) -> None:
        self._projected, self._read, self._slow = projected, read, slow
        self._differed = differed
        self._sightings = Sightings(_MOST_WAYS)
        #: people composed both ways
        self.compared = 0

    def said(self, values: Mapping[str, Any]) -> _Said:
        """Give what is said to one person.

        Raises:
            TemplateError: it can't be said to them.
        """
        written = self._projected.text(values)
        if written is None:
            return self._slow(values)
        way, fast = digest(written[0]), self._read(written[1])
        if self._sightings.count(way) >= CHECKED:
            return fast
        slow = self._slow(values)
        self._sightings.met(way)
        self.compared += 1
        if fast != slow:
            self._projected.distrust()
            self._differed(fast, slow)
            return slow
        return fast


def _heading_in(written: PlainText) -> tuple[str, str]:
    """Give subject and preheader out of what the file writes of them."""
    subject, _, preheader = written.text.rpartition("\0")
    return in_one_line(subject), in_one_line(preheader)


def _named(heading: tuple[str, str]) -> dict[str, str]:
    return {"subject": heading[0], "preheader": heading[1]}
