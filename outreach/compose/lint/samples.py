"""The message composed for made-up readers, and what is found in what they get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError

from outreach.compose import vocabulary
from outreach.compose.composer import Composer
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.lint import contrast, discreet, readers, rules, sources, tags, textpart
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.holes import holes
from outreach.compose.lint.page import Page
from outreach.compose.lint.readers import MadeUp
from outreach.compose.lint.sheets import Rule
from outreach.compose.lint.sources import Source
from outreach.compose.lint.tracing import Traces, unmarked
from outreach.compose.manifest import shown_path
from outreach.errors import TemplateError
from outreach.facts.sheet import Sheet
from outreach.model import Message, Safety

#: what is asked of an ordinary reader's message only
_OF_ORDINARY: Final = {"subject-long", "subject-cut", "preheader-length", "html-broken"}
#: one language file, as people find it -> its blocks, each with file and line
Blocks = Mapping[str, Mapping[str, tuple[str, int]]]


@dataclass
class _Found:
    """What was found, and for which readers."""

    #: language file -> the readers that it was composed for
    readers: dict[str, list[MadeUp]] = field(default_factory=dict)
    #: finding -> (language file, reader) of each
    findings: dict[Finding, list[tuple[str, MadeUp]]] = field(default_factory=dict)

    def add(self, file: str, reader: MadeUp, findings: Iterable[Finding]) -> None:
        self.readers.setdefault(file, []).append(reader)
        for one in findings:
            self.findings.setdefault(one, []).append((file, reader))

    def told(self) -> Iterator[Finding]:
        """Give each finding once; where it is not so for all, for whom it is."""
        for one, where in self.findings.items():
            told = one
            if one.kind == "composing" and all(reader.little_known for _, reader in where):
                told = finding("left-out", one.file, one.line, one.what)
            yield replace(told, what=one.what + self._for_whom(one, where))

    def _for_whom(self, one: Finding, where: Sequence[tuple[str, MadeUp]]) -> str:
        if one.kind in _OF_ORDINARY:
            return ""
        whole = [
            file
            for file in dict.fromkeys(file for file, _ in where)
            if len({reader.whom for f, reader in where if f == file}) == len(self.readers[file])
        ]
        if not whole:
            return f", for {where[0][1].whom}"
        page = re.sub(r"\.txt$", ".html", one.file)
        if page in self.readers or len(whole) == len(self.readers):
            return ""
        return f", in {', '.join(file.rpartition('/')[2] for file in whole)}"


def check_samples(
    sound: FrozenMessage,
    used: Sequence[Source],
    written: Sequence[tuple[str, Rule]],
    sheet: Sheet,
    day: date,
    moment: datetime,
) -> tuple[int, list[Finding]]:
    """Compose `sound`, whose files are all in order, and say for how many and what was found.

    `used` are the files that it uses, `written` the rules of style in them.
    """
    try:
        composer = Composer(sound, day)
    except TemplateError as error:
        return 0, [sources.of_error("composing", error)]
    found = _Found()
    blocks = _blocks(used)
    page_of = partial(_page, sound, blocks, _Marked(sound, day))
    checks: tuple[Callable[[Page], Iterator[Finding]], ...] = (
        *rules.ALL,
        textpart.says_less,
        tags.misfits,
        partial(discreet.tells, sheet=sheet),
        partial(contrast.too_low, sources=written),
    )
    trees = [source.tree for source in used]
    for quiet in (False, True) if composer.discreet else (False,):
        for reader in readers.made_up(composer.languages, trees, discreet=quiet):
            file = _file(sound, composer.language_for(reader.reader.supporter), quiet, "html")
            try:
                made = composer.compose(reader.reader, moment)
            except TemplateError as error:
                found.add(file, reader, [_of_composing(error, blocks.get(file, {}))])
                continue
            page = page_of(reader, made, file)
            found.add(file, reader, dict.fromkeys(one for check in checks for one in check(page)))
    findings = [*found.told(), *_slow(composer, sound.name), *holes(sound, day, trees)]
    return sum(map(len, found.readers.values())), findings


def _slow(composer: Composer, name: str) -> Iterator[Finding]:
    """Give what of the message could not be composed the fast way for those readers."""
    for one in composer.shapes.constructs:
        file = one.file or shown_path(name)
        yield finding("slow", file, one.line or None, f"{one.what}: {one.cost}")


class _Marked:
    """The marked copy, composed beside the message itself."""

    def __init__(self, sound: FrozenMessage, day: date) -> None:
        plain = environment(sound.name, sound.files, vocabulary.filters("en"), html=True)
        self.traces = Traces(sound.files, plain)
        try:
            self._composer: Composer | None = Composer(replace(sound, files=self.traces.files), day)
        except TemplateError:
            self._composer = None

    def html(self, reader: MadeUp, made: Message) -> str:
        """Give the page with its marks, or as it is where they changed anything else."""
        if self._composer is None:
            return made.html
        try:
            marked = self._composer.html(reader.reader)
        except TemplateError:
            return made.html
        return marked if unmarked(marked) == made.html else made.html

    def source(self, reader: MadeUp) -> str:
        """Give the page with its marks before styles are written in; '' where there is none."""
        if self._composer is None or not reader.ordinary:
            return ""
        try:
            return self._composer.uninlined(reader.reader)
        except TemplateError:
            return ""


def _page(
    frozen: FrozenMessage, blocks: Blocks, marked: _Marked, reader: MadeUp, made: Message, file: str
) -> Page:
    discreet = reader.reader.supporter.safety is Safety.DISCREET
    text = _file(frozen, made.language, discreet, "txt")
    return Page(
        whom=reader.whom,
        ordinary=reader.ordinary,
        reader=reader.reader,
        letterhead=frozen.letterhead,
        message=made,
        file=file,
        text_file=text if any(shown_path(path) == text for path in frozen.files) else "",
        blocks=blocks.get(file, {}),
        html=marked.html(reader, made),
        source=marked.source(reader),
        traces=marked.traces,
    )


def _file(frozen: FrozenMessage, language: str, discreet: bool, suffix: str) -> str:
    return shown_path(f"{frozen.name}/{language}{'.discreet' if discreet else ''}.{suffix}")


def _blocks(used: Sequence[Source]) -> Blocks:
    return {
        source.file: {
            block.name: (source.file, block.lineno) for block in source.tree.find_all(nodes.Block)
        }
        for source in used
        if source.own
    }


def _of_composing(error: TemplateError, blocks: Mapping[str, tuple[str, int]]) -> Finding:
    kind = "composing"
    if isinstance(error.__cause__, SecurityError):
        kind = "forbidden"
    elif error.problem.startswith("the subject is empty"):
        # for whom is told in other words than those of one person's error
        file, line = blocks.get("subject", (error.file or "", None))
        return finding("subject-missing", file, line, "the subject is empty")
    elif error.problem.startswith("this reply_link has"):
        kind = "mailto-long"
    return sources.of_error(kind, error)
