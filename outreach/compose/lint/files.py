"""A message's files as they are written: each version's page and text, and all that they reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from jinja2 import Environment

from outreach.compose import check, manifest, vocabulary
from outreach.compose.environment import environment
from outreach.compose.faults import Fault, Problem
from outreach.compose.library import FrozenMessage
from outreach.compose.lint import sources, untranslated
from outreach.compose.lint.columns import unknown
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.mending import is_gone
from outreach.compose.lint.sheets import Rule
from outreach.compose.lint.sources import Source
from outreach.compose.translations import Standing, translations
from outreach.compose.used import files as reached_files
from outreach.facts.sheet import Sheet


class Files:
    """The files that the versions of one message are made of, parsed."""

    def __init__(self, frozen: FrozenMessage, gone: Collection[str]) -> None:
        """Take a message whose message.toml is in order; `gone` are files that were taken out."""
        self._frozen, self._gone = frozen, gone
        #: pages and texts that can't be composed
        self.broken: set[str] = set()
        self._used: dict[str, tuple[Source, Environment]] = {}

    @property
    def sources(self) -> list[Source]:
        """Each file that is used, once."""
        return [source for source, _ in self._used.values()]

    def problems(self, sheet: Sheet, day: date, *, no_facts: bool) -> Iterator[Finding]:
        """Give what keeps pages from being made; `no_facts`: not what is missing on the sheets."""
        name, files = self._frozen.name, self._frozen.files
        for path, version in manifest.version_files(name, files):
            language, html = version[1], version[3] == "html"
            made = environment(name, files, vocabulary.filters(language), html=html)
            for problem in check.problems(path, made, sheet, day):
                self.broken.add(path)
                if not self._is_told(problem, no_facts=no_facts):
                    yield sources.of_problem(problem)
            for source in sources.gather(path, language, name, files, made):
                self._used.setdefault(source.path, (source, made))

    def findings(
        self, sheet: Sheet, day: date, columns: Collection[str] | None
    ) -> Iterator[Finding]:
        """Give what is found in the files by themselves."""
        for source, made in self._used.values():
            yield from sources.gaps(source, made)
            yield from sources.figures(source, made, sheet, day)
            yield from sources.styles(source, made)
            if columns is not None:
                yield from unknown(source, columns)

    def rules(self) -> list[tuple[str, Rule]]:
        """Give all rules of style, each with its file."""
        return [
            pair for source, made in self._used.values() for pair in sources.rules(source, made)
        ]

    def languages(self) -> Iterator[Finding]:
        """Give what is wrong with translations, and with the names of files."""
        name, files = self._frozen.name, self._frozen.files
        copies = {path: sources.copy(source, made) for path, (source, made) in self._used.items()}
        default = manifest.read(name, files).default_language
        same = dict(untranslated.untranslated(name, default, copies))
        yield from same.values()
        odd = untranslated.odd_names(name, files)
        yield from untranslated.unused(odd, files, reached_files(self._frozen)) if odd else ()
        for one in translations(name, files):
            command = f"`outreach templates translated {name} {one.language}`"
            if one.standing is Standing.OLDER:
                what = f"{one.original} has changed since this was made from it"
                mend = f"Bring it up to date, then {command}."
                yield finding("language-older", one.file, one.line, what, mend=mend)
            elif one.standing is Standing.UNKNOWN and one.file not in {
                f.file for f in same.values()
            }:
                what = f"this doesn't say from which {one.original} it was made"
                mend = f"If it says the same: {command}."
                yield finding("language-unmarked", one.file, None, what, mend=mend)

    def _is_told(self, problem: Problem, *, no_facts: bool) -> bool:
        """Whether a problem only follows from a file that can't be read."""
        if problem.fault is Fault.FILE:
            return is_gone(str(problem.error.value), self._gone)
        return problem.fault is Fault.FACT and no_facts
