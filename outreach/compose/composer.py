"""A frozen message and a day, ready to make any number of people's messages."""

from __future__ import annotations

from datetime import date, datetime

from outreach.compose import check, languages, manifest, message, plaintext, vocabulary
from outreach.compose.environment import environment
from outreach.compose.inline import inline
from outreach.compose.languages import Choice
from outreach.compose.library import FrozenMessage
from outreach.compose.manifest import shown_path
from outreach.compose.render import Version
from outreach.errors import TemplateError
from outreach.facts import sheet
from outreach.facts.tally import Tallies
from outreach.model import Message, Reader, Safety, Supporter


class Composer:
    """Makes messages out of one frozen message, as of one day.

    `day` decides which facts are true. Every language is parsed and checked here, so that a broken
    file is found before the first message leaves. The same reader and moment give the same bytes.

    Raises:
        TemplateError: a file is broken, names something that doesn't exist, or states a fact that
            was not true on that day.
        SettingsError: the letterhead's addresses or web address can't be used.
    """

    def __init__(self, frozen: FrozenMessage, day: date) -> None:
        message.check_letterhead(frozen.letterhead)
        self._frozen = frozen
        self._day = day
        self._manifest = manifest.read(frozen.name, frozen.files)
        facts = {p: t for p, t in frozen.files.items() if p.startswith("facts/")}
        self._sheet = sheet.parse({shown_path(path): text for path, text in facts.items()})
        self._tallies = Tallies(frozen.tallies)
        self._versions = {
            (language, discreet): self._version(language, discreet)
            for discreet in (False, True)
            for language in self._tags(discreet)
        }

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the message is written in, its default first."""
        return self._manifest.languages

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

    def compose(self, reader: Reader, moment: datetime) -> Message:
        """Make one person's message, dated `moment` (aware, any zone).

        Raises:
            TemplateError: it can't be made for this person: file, line and why.
        """
        discreet = reader.supporter.safety is Safety.DISCREET
        if discreet and not self.discreet:
            raise TemplateError(
                "this message has no discreet version, and this person gets no other",
                file=shown_path(self._frozen.name),
                next_step="write one, as in en.discreet.html",
            )
        language = self.language_for(reader.supporter)
        version = self._versions[language, discreet]
        letterhead = self._frozen.letterhead
        values = vocabulary.personal(reader, letterhead) | vocabulary.shared(
            letterhead, self._sheet, self._tallies, self._day, language
        )
        subject, preheader = version.heading(values)
        if not subject:
            raise TemplateError(
                "the subject is empty for this person",
                file=shown_path(self._path(language, discreet, "html")),
            )
        values |= {"subject": subject, "preheader": preheader}
        html = version.html(values)
        text = version.text(values)
        return message.assemble(
            reader,
            letterhead,
            language,
            (subject, preheader),
            inline(html),
            plaintext.from_html(html) if text is None else text,
            moment,
        )

    def _tags(self, discreet: bool) -> tuple[str, ...]:
        return self._manifest.discreet_languages if discreet else self._manifest.languages

    def _path(self, language: str, discreet: bool, suffix: str) -> str:
        return f"{self._frozen.name}/{language}{'.discreet' if discreet else ''}.{suffix}"

    def _version(self, language: str, discreet: bool) -> Version:
        name, files = self._frozen.name, self._frozen.files
        filters = vocabulary.filters(language)
        html, plain = (environment(name, files, filters, html=html) for html in (True, False))
        path, text = (self._path(language, discreet, suffix) for suffix in ("html", "txt"))
        check.check(path, html, self._sheet, self._day)
        if text in files:
            check.check(text, plain, self._sheet, self._day)
        return Version(path, text if text in files else "", html, plain)
