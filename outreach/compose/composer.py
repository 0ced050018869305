"""A frozen message and a day, ready to make any number of people's messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from outreach.compose import check, languages, manifest, message, trees, vocabulary
from outreach.compose.environment import environment
from outreach.compose.languages import Choice
from outreach.compose.library import SHARED, FrozenMessage
from outreach.compose.manifest import FILE_NAME, shown_path
from outreach.compose.message import Stationery
from outreach.compose.press import Press
from outreach.compose.projection import ProjectingSandbox
from outreach.compose.render import Version
from outreach.compose.shapereport import ShapeReport
from outreach.compose.shapes import Shapes
from outreach.compose.standins import Standins
from outreach.errors import TemplateError
from outreach.facts.tally import Tallies
from outreach.model import Message, Reader, Safety, Supporter

#: languages and countries whose version is remembered
_MOST_CHOICES: Final = 4096


class Composer:
    """Makes messages out of one frozen message, as of one day.

    `day` decides which facts are true. Every language is parsed and checked here, so that a broken
    file is found before the first message leaves. The same reader and moment give the same bytes.

    With `unread` it is of a draft, whose files are looked at once somebody is written to by them;
    those are path -> why it can't be used.

    It learns from each message that it makes, without a lock: one thread at a time may use it, and
    who composes in several threads gives each its own.

    Raises:
        TemplateError: a file is broken, names something that doesn't exist, or states a fact that
            was not true on that day.
        SettingsError: the letterhead's addresses or web address can't be used.
    """

    def __init__(
        self,
        frozen: FrozenMessage,
        day: date,
        *,
        unread: Mapping[str, TemplateError] | None = None,
    ) -> None:
        message.check_letterhead(frozen.letterhead)
        #: what it was made of
        self.frozen = frozen
        self._unread = unread or {}
        self._stop_at(frozen.name, f"{frozen.name}/{FILE_NAME}", *SHARED)
        self.day = day
        self._manifest = manifest.read(frozen.name, frozen.files)
        self._stop_at(*(path for path in frozen.files if path.startswith("facts/")))
        self._sheet = frozen.sheet()
        self._tallies = Tallies(frozen.tallies)
        self._stationery = Stationery(frozen.letterhead)
        self._shapes = Shapes(Standins(frozen.content), frozen.files)
        self._presses: dict[tuple[str, bool], Press] = {}
        self._chosen: dict[tuple[bool, str, str], str] = {}
        self._versions: dict[tuple[str, bool], Version] = {}
        if unread is None:
            for discreet in (False, True):
                for language in self._tags(discreet):
                    self._version(language, discreet)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the message is written in, its default first."""
        return self._manifest.languages

    @property
    def kind(self) -> str:
        """What it is about, a word of `MessageKind`; '' where it goes to everybody."""
        return self._manifest.kind or ""

    @property
    def discreet(self) -> bool:
        """Whether there is a version for people who are discreet."""
        return bool(self._manifest.discreet_languages)

    def choose_language(self, supporter: Supporter) -> Choice:
        """Choose the language this person is written to in, and say why."""
        discreet = supporter.safety is Safety.DISCREET and self.discreet
        return languages.choose(supporter, self._tags(discreet), self._manifest.default_language)

    def language_for(self, supporter: Supporter) -> str:
        """Give the language asked for, else their country's, else the message's default."""
        return self.choose_language(supporter).language

    def version_of(self, supporter: Supporter) -> tuple[str, bool]:
        """Choose a person's version: its language, and whether it is the discreet one.

        Raises:
            TemplateError: there is none for them.
        """
        discreet = supporter.safety is Safety.DISCREET
        if discreet and not self.discreet:
            raise TemplateError(
                "this message has no discreet version, and this person gets no other",
                file=shown_path(self.frozen.name),
                next_step="write one, as in en.discreet.html",
            )
        asked = (discreet, supporter.language, supporter.country)
        language = self._chosen.get(asked)
        if language is None:
            language = self.language_for(supporter)
            if len(self._chosen) < _MOST_CHOICES:
                self._chosen[asked] = language
        return language, discreet

    def shared(self, language: str) -> dict[str, Any]:
        """Give the names that mean the same for everybody who is written to in a language."""
        head, tallies = self.frozen.letterhead, self._tallies
        return vocabulary.shared(head, self._sheet, tallies, self.day, language)

    @property
    def shapes(self) -> ShapeReport:
        """What was seen so far of this message's shapes: how many, how many slow, and why."""
        return self._shapes.report

    def compose(self, reader: Reader, moment: datetime) -> Message:
        """Make one person's message, dated `moment` (aware, any zone).

        Raises:
            TemplateError: it can't be made for this person: file, line and why.
        """
        language, press, heading = self._begun(reader)
        page = press.page(reader, heading)
        return self._stationery.message(reader, language, heading, page, moment)

    def compose_slowly(self, reader: Reader, moment: datetime) -> Message:
        """Make the same message by Jinja and premailer alone, to compare it with.

        Raises:
            TemplateError: as `compose`.
        """
        language, press = self._press_for(reader)
        heading = self._headed(language, reader, press.slow_heading(reader))
        page = press.slow_page(reader, heading)
        return self._stationery.message(reader, language, heading, page, moment)

    def html(self, reader: Reader) -> str:
        """Make one person's page alone.

        Raises:
            TemplateError: as `compose`.
        """
        _, press, heading = self._begun(reader)
        return press.html(reader, heading)

    def uninlined(self, reader: Reader) -> str:
        """Make one person's page by Jinja alone, its styles not inlined yet.

        Raises:
            TemplateError: as `compose`.
        """
        _, press, heading = self._begun(reader)
        return press.uninlined(reader, heading)

    def _begun(self, reader: Reader) -> tuple[str, Press, tuple[str, str]]:
        """Choose a person's version, and what its subject and preheader say to them."""
        language, press = self._press_for(reader)
        return language, press, self._headed(language, reader, press.heading(reader))

    def _press_for(self, reader: Reader) -> tuple[str, Press]:
        language, discreet = self.version_of(reader.supporter)
        return language, self._presses.get((language, discreet)) or self._press(language, discreet)

    def _headed(self, language: str, reader: Reader, heading: tuple[str, str]) -> tuple[str, str]:
        """See that there is a subject."""
        if not heading[0]:
            discreet = reader.supporter.safety is Safety.DISCREET
            raise TemplateError(
                "the subject is empty for this person",
                file=shown_path(self._path(language, discreet, "html")),
            )
        return heading

    def _tags(self, discreet: bool) -> tuple[str, ...]:
        return self._manifest.discreet_languages if discreet else self._manifest.languages

    def _path(self, language: str, discreet: bool, suffix: str) -> str:
        return f"{self.frozen.name}/{language}{'.discreet' if discreet else ''}.{suffix}"

    def _press(self, language: str, discreet: bool) -> Press:
        name, files = self.frozen.name, self.frozen.files
        filters = vocabulary.filters(language)

        def sandbox(path: str, known: Mapping[str, Any], *, html: bool) -> ProjectingSandbox:
            kind = partial(ProjectingSandbox, path, known)
            return environment(name, files, filters, html=html, kind=kind)

        shared = self.shared(language)
        version, letterhead = self._version(language, discreet), self.frozen.letterhead
        press = Press(version, sandbox, shared, letterhead, self._shapes)
        self._presses[language, discreet] = press
        return press

    def _version(self, language: str, discreet: bool) -> Version:
        found = self._versions.get((language, discreet))
        if found is not None:
            return found
        name, files = self.frozen.name, self.frozen.files
        filters = vocabulary.filters(language)
        html, plain = (environment(name, files, filters, html=html) for html in (True, False))
        path, text = (self._path(language, discreet, suffix) for suffix in ("html", "txt"))
        for file, made in ((path, html), (text, plain)):
            if file in files:
                if self._unread:
                    self._stop_at(*trees.reachable(file, made))
                check.check(file, made, self._sheet, self.day)
        version = Version(path, text if text in files else "", html, plain)
        self._versions[language, discreet] = version
        return version

    def _stop_at(self, *paths: str) -> None:
        """Raise why one of these could not be read."""
        for path in paths:
            if path in self._unread:
                raise self._unread[path]
