"""One version of a message, made for any number of people: fast where it can be, equal always."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Template

from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.plan import Page, PlainText, page_of
from outreach.compose.projection import Key, Piece, ProjectingSandbox, Unprojectable, key_and_values
from outreach.compose.render import Version
from outreach.compose.shapereport import SLOW_COST, Construct
from outreach.compose.shapes import KEPT, Shapes, Source
from outreach.compose.standins import stand_for
from outreach.compose.vocabulary import Person, in_one_line, personal
from outreach.model import Letterhead, Reader


class Press:
    """Makes the pages of one version; `shapes` may be shared by all versions of a message.

    `sandbox` gives a fresh environment for HTML or for plain text; `shared` are the names that mean
    the same for everybody.
    """

    def __init__(
        self,
        version: Version,
        sandbox: Callable[[bool], ProjectingSandbox],
        shared: Mapping[str, Any],
        letterhead: Letterhead,
        shapes: Shapes,
    ) -> None:
        self._version = version
        self._shared = dict(shared)
        self._letterhead = letterhead
        self._shapes = shapes
        self._heading = _Projected(sandbox(False), version.path, self._shared, shapes)
        blocks = self._heading.sandbox.constant_blocks
        self._said: tuple[str, str] | None = None
        if "subject" in blocks and "preheader" in blocks:
            self._said = (in_one_line(blocks["subject"]), in_one_line(blocks["preheader"]))
        self._known = self._shared | (_named(self._said) if self._said else {})
        text = version.text_path
        self._text = _Projected(sandbox(False), text, self._known, shapes) if text else None
        self._page = _Projected(sandbox(True), version.path, self._known, shapes)
        #: whether links with tokens are worked out, and only the tokens missing
        self._stands_in = False
        if shapes.standins is not None:
            links = shapes.standins.values(letterhead)
            page = sandbox(True)
            page.prepare(version.path, self._known | links)
            if page.folding is not None and page.folding.only_prints(frozenset(links)):
                self._stands_in = True
                self._known |= links
                self._page = _Projected(page, version.path, self._known, shapes)

    def heading(self, reader: Reader) -> tuple[str, str]:
        """Give subject and preheader, each in one line of plain text.

        Raises:
            TemplateError: they can't be said to this person.
        """
        if self._said is not None:
            return self._said
        values = {**self._shared, **personal(reader, self._letterhead)}
        said = self._heading.text(values)
        if said is None:
            return self._version.heading(values)
        subject, _, preheader = said.rpartition("\0")
        return in_one_line(subject), in_one_line(preheader)

    def page(self, reader: Reader, heading: tuple[str, str]) -> Page:
        """Make one person's page.

        Raises:
            TemplateError: it can't be made for this person.
        """
        projected = self._projected(reader, heading)
        if projected is None:
            return self._shapes.slowly(lambda: self.slow_page(reader, heading))
        key, own, source = projected
        written = self._written_text(reader, heading) if self._text else None
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

    def _values(self, reader: Reader, heading: tuple[str, str]) -> dict[str, Any]:
        return {**self._shared, **personal(reader, self._letterhead), **_named(heading)}

    def _projected(
        self, reader: Reader, heading: tuple[str, str]
    ) -> tuple[Key, list[str], Callable[[], Source]] | None:
        """Give a person's shape, values and page in pieces; None where only the slow way can."""
        reply, leave = reader.reply_token, reader.unsubscribe_token
        if self._stands_in:
            if not (stand_for(reply) and stand_for(leave)):
                return None
            values = {**self._known, "supporter": Person(reader.supporter)}
        else:
            values = {**self._known, **personal(reader, self._letterhead)}
        if self._said is None:
            values |= _named(heading)
        try:
            pieces = self._page.pieces(values)
            key, own = key_and_values(pieces)
        except Exception:
            # whatever it is, the slow way says it better, or does it after all
            return None
        own += (leave, reply)
        return (self._version.path, *key), own, lambda: list(self._page.sandbox.parts(pieces))

    def _written_text(self, reader: Reader, heading: tuple[str, str]) -> PlainText | None:
        values = self._values(reader, heading)
        plain = self._text.plain(values) if self._text else None
        if plain is None and (text := self._version.text(values)) is not None:
            return PlainText.whole(text)
        return plain


class _Projected:
    """A file ready for the cheap run, or the knowledge that it can't be."""

    def __init__(
        self, sandbox: ProjectingSandbox, path: str, known: Mapping[str, Any], shapes: Shapes
    ) -> None:
        self.sandbox = sandbox
        self._shared: dict[tuple[str | int, ...], tuple[str | int, ...]] = {}
        self._template: Template | None = None
        sandbox.prepare(path, known)
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
        return self.sandbox.render(self._template, values)

    def text(self, values: Mapping[str, Any]) -> str | None:
        """Give what it writes as plain text; None where only the slow way can say."""
        plain = self.plain(values)
        return None if plain is None else plain.text

    def plain(self, values: Mapping[str, Any]) -> PlainText | None:
        """Give what it writes as plain text, what is shared apart; None as for `text`."""
        texts: list[str] = []
        parts: list[str | int] = []
        own: list[str] = []
        try:
            for part in self.sandbox.parts(self.pieces(values)):
                if isinstance(part, tuple):
                    parts.append(len(own))
                    own.append(part[1])
                    texts.append(part[1])
                elif part:
                    parts.append(part)
                    texts.append(part)
        except Exception:
            return None
        text, shared = "".join(texts), tuple(parts)
        if len(self._shared) < KEPT:
            self._shared.setdefault(shared, shared)
        shared = self._shared.get(shared, shared)
        return PlainText(text, shared, tuple(own)) if len(text) <= MAX_OUTPUT else None


def _named(heading: tuple[str, str]) -> dict[str, str]:
    return {"subject": heading[0], "preheader": heading[1]}
