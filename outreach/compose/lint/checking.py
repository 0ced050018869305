"""A whole message checked: its files as they are written, then what made-up readers get of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from jinja2 import Environment

from outreach.compose import check, manifest, message, vocabulary
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.lint import samples, sources
from outreach.compose.lint.columns import unknown
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.kinds import KINDS, Severity
from outreach.compose.lint.sources import Source
from outreach.compose.manifest import FILE_NAME, Manifest, shown_path
from outreach.compose.references import references
from outreach.compose.translations import Standing, translations
from outreach.errors import TemplateError
from outreach.facts import problems
from outreach.facts.sheet import CASES, Sheet, parse


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a message, the worst first."""

    message: str
    #: the day whose facts it stated
    day: date
    #: those that made-up readers were written to in
    languages: tuple[str, ...]
    #: how many made-up readers it was composed for
    readers: int
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """Count the findings of one severity."""
        return sum(found.severity is severity for found in self.findings)

    @property
    def clean(self) -> bool:
        """Whether there is nothing worse than a note."""
        return all(found.severity is Severity.NOTE for found in self.findings)


def check_message(
    frozen: FrozenMessage,
    *,
    day: date,
    moment: datetime,
    uncounted: TemplateError | None = None,
    columns: Collection[str] | None = None,
) -> Checked:
    """Check a message as it would be sent on `day`; made-up readers' mails are dated `moment`.

    A file that is broken is a finding, and the other languages are still checked. `uncounted` is
    why the message's tallies could not be counted, where they couldn't. `columns` are the further
    columns that people on the list have; without a list, None, nothing is said of them.

    Raises:
        TemplateError: message.toml or a facts sheet can't be read.
        SettingsError: the letterhead's addresses or web address can't be used.
    """
    message.check_letterhead(frozen.letterhead)
    read = manifest.read(frozen.name, frozen.files)
    facts = {p: text for p, text in frozen.files.items() if p.startswith("facts/")}
    sheet = parse({shown_path(path): text for path, text in facts.items()})
    found = [sources.of_error("fact", uncounted)] if uncounted else []
    broken: set[str] = set()
    used: dict[str, tuple[Source, Environment]] = {}
    for path, version in manifest.version_files(frozen.name, frozen.files):
        language, html = version[1], version[3] == "html"
        filters = vocabulary.filters(language)
        made: Environment = environment(frozen.name, frozen.files, filters, html=html)
        for problem in check.problems(path, made, sheet, day):
            broken.add(path)
            found.append(sources.of_problem(problem))
        for source in sources.gather(path, language, frozen.name, frozen.files, made):
            used.setdefault(source.path, (source, made))
    for source, made in used.values():
        found += sources.figures(source, made, sheet, day)
        found += sources.styles(source, made)
        found += () if columns is None else unknown(source, columns)
    found += _doubts(frozen, sheet, day)
    found += _older(frozen)
    sound = _without(frozen, read, broken)
    composed = 0
    if sound is not None:
        written = [pair for source, made in used.values() for pair in sources.rules(source, made)]
        composed, of_pages = samples.check_samples(
            sound, [s for s, _ in used.values()], written, day, moment
        )
        found += of_pages
    return Checked(
        frozen.name,
        day,
        manifest.read(sound.name, sound.files).languages if sound else (),
        composed,
        _in_order(found),
    )


def _doubts(frozen: FrozenMessage, sheet: Sheet, day: date) -> Iterator[Finding]:
    try:
        named = references(frozen)
    except TemplateError as error:
        yield sources.of_error("fact", error)
        return
    every = {*sheet.figures, *(f"{CASES}.{key}" for key in sheet.cases)}
    for doubt in problems.problems_of(sheet, every if named.any_fact else named.facts, day):
        unapproved = doubt.fault is problems.Fault.NOT_APPROVED
        kind = "fact-unapproved" if unapproved else "fact-doubtful"
        yield finding(kind, doubt.file, doubt.line, f"{doubt.key}: {doubt.what}")


def _older(frozen: FrozenMessage) -> Iterator[Finding]:
    for one in translations(frozen.name, frozen.files):
        command = f"`outreach templates translated {frozen.name} {one.language}`"
        if one.standing is Standing.OLDER:
            what = f"{one.original} has changed since this was made from it"
            mend = f"Bring it up to date, then {command}."
            yield finding("language-older", one.file, one.line, what, mend=mend)
        elif one.standing is Standing.UNKNOWN:
            what = f"this doesn't say from which {one.original} it was made"
            mend = f"If it says the same: {command}."
            yield finding("language-unmarked", one.file, None, what, mend=mend)


def _without(frozen: FrozenMessage, read: Manifest, broken: set[str]) -> FrozenMessage | None:
    """Give the message without the language files that are broken; None if nothing is left."""
    if not broken:
        return frozen
    files = {path: text for path, text in frozen.files.items() if path not in broken}
    for path in broken:
        # a text is nothing without its page
        files.pop(re.sub(r"\.html$", ".txt", path), None)
    left: dict[bool, list[str]] = {False: [], True: []}
    for _, version in manifest.version_files(frozen.name, files):
        if version[3] == "html":
            left[bool(version[2])].append(version[1])
    in_both = [tag for tag in left[False] if tag in left[True]]
    if left[True] and not in_both:
        files = {path: text for path, text in files.items() if ".discreet." not in path}
    choice = in_both or left[False]
    if not choice:
        return None
    default = read.default_language if read.default_language in choice else choice[0]
    toml = f"{frozen.name}/{FILE_NAME}"
    files[toml] = re.sub(
        r"""(?m)^\s*["']?default_language["']?\s*=.*$""",
        f'default_language = "{default}"',
        files[toml],
    )
    return replace(frozen, files=files)


def _in_order(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Take each once, the worst first, then by place."""
    severities, words = list(Severity), list(KINDS)
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda f: (severities.index(f.severity), f.file, f.line or 0, words.index(f.kind)),
        )
    )
