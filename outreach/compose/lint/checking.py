"""A whole message checked: its files as they are written, then what made-up readers get of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach.compose import manifest, message
from outreach.compose.library import FrozenMessage
from outreach.compose.lint import samples, sources
from outreach.compose.lint.files import Files
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.kinds import KINDS, Severity
from outreach.compose.lint.mending import mended, without
from outreach.compose.manifest import FILE_NAME
from outreach.compose.references import references
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
    unread: Mapping[str, TemplateError] | None = None,
    uncounted: TemplateError | None = None,
    columns: Collection[str] | None = None,
) -> Checked:
    """Check a message as it would be sent on `day`; made-up readers' mails are dated `moment`.

    A file that is broken is a finding, and the other languages are still checked. `unread` is path
    -> why it could not be read. `uncounted` is why the message's tallies could not be counted,
    where they couldn't. `columns` are the further columns that people on the list have; without a
    list, None, nothing is said of them.

    Raises:
        SettingsError: the letterhead's addresses or web address can't be used.
    """
    message.check_letterhead(frozen.letterhead)
    left = mended(frozen, unread or {})
    found = [sources.of_error("unreadable", error) for error in (unread or {}).values()]
    found += [sources.of_error("manifest", error) for error in left.errors]
    found += [sources.of_error("fact", uncounted)] if uncounted else []
    if left.message is None:
        return Checked(frozen.name, day, (), 0, _in_order(found))
    whole = left.message
    sheet, wrong = _sheet(whole)
    found += [sources.of_error("sheet", error) for error in wrong]
    no_facts = bool(wrong) or any(path.partition("/")[0] == "facts" for path in left.gone)
    files = Files(whole, left.gone)
    found += files.problems(sheet, day, no_facts=no_facts)
    found += files.findings(sheet, day, columns)
    found += _doubts(whole, sheet, day, in_order=not files.broken and not no_facts)
    if f"{frozen.name}/{FILE_NAME}" not in left.gone:
        # without it nobody knows from which language the others were made
        found += files.languages()
    sound = None if no_facts else without(whole, files.broken)
    composed = 0
    if sound is not None:
        composed, of_pages = samples.check_samples(
            sound, files.sources, files.rules(), sheet, day, moment
        )
        found += of_pages
    return Checked(
        frozen.name,
        day,
        manifest.read(sound.name, sound.files).languages if sound else (),
        composed,
        _in_order(found),
    )


def _sheet(frozen: FrozenMessage) -> tuple[Sheet, list[TemplateError]]:
    """Read the facts sheets that can be read, and say what is wrong with the others."""
    texts = frozen.facts
    wrong: list[TemplateError] = []
    while True:
        try:
            return parse(texts), wrong
        except TemplateError as error:
            wrong.append(error)
            del texts[str(error.file)]


def _doubts(frozen: FrozenMessage, sheet: Sheet, day: date, *, in_order: bool) -> Iterator[Finding]:
    try:
        named = references(frozen)
    except TemplateError as error:
        yield sources.of_error("fact", error)
        return
    every = {*sheet.figures, *(f"{CASES}.{key}" for key in sheet.cases)}
    # a file that is broken may only seem to name any
    keys = every if named.any_fact and in_order else named.facts
    for doubt in problems.problems_of(sheet, keys, day):
        unapproved = doubt.fault is problems.Fault.NOT_APPROVED
        kind = "fact-unapproved" if unapproved else "fact-doubtful"
        yield finding(kind, doubt.file, doubt.line, f"{doubt.key}: {doubt.what}")


def _in_order(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Take each once, the worst first, then by place."""
    severities, words = list(Severity), list(KINDS)
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda f: (severities.index(f.severity), f.file, f.line or 0, words.index(f.kind)),
        )
    )
