"""Which way each reader takes through a message's ifs and loops, without making the message.

Two readers who take the same way get the same words; only the values in between are their own. It
costs a small part of composing, so that a whole list can be asked. Pure, and writes no table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, Final

from outreach.compose import plaintext, vocabulary
from outreach.compose.composer import Composer
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.manifest import shown_path
from outreach.compose.projection import (
    Key,
    Piece,
    ProjectingSandbox,
    Unprojectable,
    key_and_values,
)
from outreach.compose.render import located
from outreach.compose.used import used_values
from outreach.errors import TemplateError
from outreach.model import Reader

#: stands for a value
BLANK: Final = "…"
#: outputs of a long page; longer keys are kept as a digest
_LONGEST_KEY: Final = 1000
#: sets of values whose way is remembered
_MOST_KNOWN: Final = 20_000
#: what isn't a field of the list itself
_MADE_OF: Final = {"full_name": ("given_name", "family_name")}


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a message."""

    language: str
    #: whether it goes through the version for people who are discreet
    discreet: bool
    #: hashable; equal for readers whose messages differ in their values only
    key: Key


@dataclass(frozen=True, slots=True)
class Wording:
    """What a way says, with `BLANK` where values stand."""

    subject: str
    preheader: str
    #: each in one line
    paragraphs: tuple[str, ...]


class Ways:
    """The ways through the message of a composer, on its day.

    A version that can't be taken apart counts as one way.
    """

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._versions: dict[tuple[str, bool], _Version] = {}
        self._used = used_values(composer.frozen)
        self._fields = tuple(
            name for field in self._used.fields for name in _MADE_OF.get(field, (field,))
        )
        #: people with the same values take the same way, and many have the same first name
        self._known: dict[tuple[object, ...], Way | TemplateError] = {}

    def way(self, reader: Reader) -> Way:
        """Say which way this reader takes.

        Raises:
            TemplateError: there is no message for this person: file, line and why.
        """
        version = self._version(reader)
        supporter = reader.supporter
        name = (
            version,
            *(getattr(supporter, field) for field in self._fields),
            *(supporter.attributes.get(column) for column in self._used.columns),
        )
        way = self._known.get(name) if self._used.is_all else None
        if way is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            way = self._known[name] = self._way(version, reader)
        if isinstance(way, TemplateError):
            # without what it gathered when it was raised before
            raise way.with_traceback(None)
        return way

    def _way(self, version: _Version, reader: Reader) -> Way | TemplateError:
        try:
            key = version.written(self._own(reader)).key
        except TemplateError:
            # composing says on which line, or manages after all
            try:
                self._composer.compose(reader, datetime.combine(self._composer.day, time(), UTC))
            except TemplateError as error:
                return error
            key = ()
        return Way(version.language, version.discreet, key)

    def wording(self, reader: Reader) -> Wording:
        """Give what the way that this reader takes says; only for readers that have a `way`."""
        try:
            return self._version(reader).written(self._own(reader)).wording
        except TemplateError:
            return Wording("", "", ())

    def _own(self, reader: Reader) -> dict[str, Any]:
        return vocabulary.personal(reader, self._composer.frozen.letterhead)

    def _version(self, reader: Reader) -> _Version:
        chosen = self._composer.version_of(reader.supporter)
        found = self._versions.get(chosen)
        if found is None:
            shared = self._composer.shared(chosen[0])
            found = self._versions[chosen] = _Version(self._composer.frozen, *chosen, shared)
        return found


class _Version:
    """One language file, standard or discreet."""

    def __init__(
        self, frozen: FrozenMessage, language: str, discreet: bool, shared: Mapping[str, Any]
    ) -> None:
        self.language, self.discreet = language, discreet
        stem = f"{frozen.name}/{language}{'.discreet' if discreet else ''}"
        page, text = f"{stem}.html", f"{stem}.txt"
        self._file, self._shared = shown_path(page), shared
        self._heading = _Run(frozen, page, shared, html=False)
        self._page = _Run(frozen, page, shared, html=True)
        has_text = text in frozen.files
        self._text = _Run(frozen, text, shared, html=False) if has_text else None

    def written(self, personal: Mapping[str, Any]) -> _Written:
        try:
            return self._written(personal)
        except Unprojectable:
            return _Written(None, None, None)

    def _written(self, personal: Mapping[str, Any]) -> _Written:
        values = {**self._shared, **personal}
        heading = self._heading.written(values)
        subject, _, preheader = heading.said(blank=False).rpartition("\0")
        values["subject"] = vocabulary.in_one_line(subject)
        values["preheader"] = vocabulary.in_one_line(preheader)
        if not values["subject"]:
            raise TemplateError("the subject is empty for this person", file=self._file)
        page = self._page.written(values)
        return _Written(heading, page, self._text.written(values) if self._text else None)


class _Run:
    """One template, ready for its cheap run."""

    def __init__(
        self, frozen: FrozenMessage, path: str, shared: Mapping[str, Any], *, html: bool
    ) -> None:
        filters = vocabulary.filters(str(shared["lang"]))
        kind = partial(ProjectingSandbox, path, shared)
        self._sandbox = environment(frozen.name, frozen.files, filters, html=html, kind=kind)
        self._file = shown_path(path)
        self._path = path

    def written(self, values: Mapping[str, Any]) -> _Pieces:
        unprojectable = None
        with located(self._file):
            try:
                template = self._sandbox.get_template(self._path)
                known = {**self._sandbox.globals, **values}
                return _Pieces(self._sandbox, self._sandbox.render(template, known))
            except Unprojectable as error:
                # no fault of the message, so not to be told as one
                unprojectable = error
        raise unprojectable


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What one run wrote."""

    sandbox: ProjectingSandbox
    pieces: Sequence[Piece]

    @property
    def key(self) -> Key:
        key = _without_values(key_and_values(self.pieces)[0])
        if len(key) <= _LONGEST_KEY:
            return key
        return (hashlib.blake2b(repr(key).encode()).digest(),)

    def said(self, *, blank: bool) -> str:
        parts = self.sandbox.parts(self.pieces)
        return "".join(p if isinstance(p, str) else BLANK if blank else p[1] for p in parts)


@dataclass(frozen=True, slots=True)
class _Written:
    heading: _Pieces | None
    page: _Pieces | None
    text: _Pieces | None

    @property
    def key(self) -> Key:
        return tuple(part.key for part in (self.heading, self.page, self.text) if part)

    @property
    def wording(self) -> Wording:
        if self.heading is None or self.page is None:
            return Wording("", "", ())
        subject, _, preheader = self.heading.said(blank=True).rpartition("\0")
        text = self.text.said(blank=True) if self.text else None
        said = plaintext.from_html(self.page.said(blank=True)) if text is None else text
        paragraphs = (" ".join(paragraph.split()) for paragraph in said.split("\n\n"))
        return Wording(
            vocabulary.in_one_line(subject),
            vocabulary.in_one_line(preheader),
            tuple(filter(None, paragraphs)),
        )


def _without_values(key: Key) -> Key:
    """Take out of a key what was captured and filtered: it is a value here, not a way."""
    if all(type(part) is int for part in key):
        return key
    return tuple(
        part if type(part) is int else (part[0], _without_values(part[1]))
        for part in key
        if type(part) is int or type(part[1]) is tuple
    )
