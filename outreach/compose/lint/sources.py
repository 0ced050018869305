"""What is found in a message's files as they are written: names, figures, styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment, nodes
from jinja2 import TemplateError as JinjaError

from outreach.compose.faults import Fault, Problem
from outreach.compose.lint import flat, numbers, placeholders, sheets, support
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.sheets import Rule
from outreach.compose.manifest import shown_path
from outreach.compose.trees import reachable
from outreach.errors import TemplateError, shown
from outreach.facts.sheet import Sheet

#: what `check` says -> the kind of finding
_FAULTS: dict[Fault, str] = {
    Fault.SYNTAX: "syntax",
    Fault.FILE: "file",
    Fault.NAME: "name",
    Fault.FORBIDDEN: "forbidden",
    Fault.FACT: "fact",
    Fault.BLOCK: "block",
    Fault.SUBJECT: "subject-missing",
}
#: how to mend a small number
_OWN_COUNT = (
    "If it is a count of your own, as in 3 questions: {{ 3|number }}. Else put it on a facts sheet."
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a message uses, parsed, and the language it is read in."""

    path: str
    text: str
    tree: nodes.Template
    language: str
    #: whether it is of the message itself and no layout
    own: bool

    @property
    def file(self) -> str:
        """Its name as people find it."""
        return shown_path(self.path)


def of_problem(problem: Problem) -> Finding:
    """Make a finding of what keeps a message from being made."""
    return of_error(_FAULTS[problem.fault], problem.error)


def of_error(kind: str, error: TemplateError) -> Finding:
    """Make a finding of an error."""
    value = "" if error.value is None else f": {shown(error.value)}"
    special = error.advice if error.advice != TemplateError.next_step else ""
    mend = f"{special[:1].upper()}{special[1:]}." if special else ""
    return finding(
        kind, error.file or "templates", error.line, f"{error.problem}{value}", mend=mend
    )


def gather(
    path: str, language: str, own: str, files: Mapping[str, str], environment: Environment
) -> Iterator[Source]:
    """Give a language file and all that it reaches; what can't be parsed is left out."""
    for reached, tree in reachable(path, environment).items():
        yield Source(reached, files[reached], tree, language, reached.startswith(f"{own}/"))


def copy(source: Source, environment: Environment) -> str:
    """Give what people read of a message's own file, line for line; of other files ''."""
    if not source.own or source.path.endswith(".css"):
        return ""
    return flat.copy(_readable(source, environment), html=source.path.endswith(".html"))


def gaps(source: Source, environment: Environment) -> Iterator[Finding]:
    """Give the words that were to be replaced and were not."""
    yield from placeholders.left(source.file, copy(source, environment), source.language)


def figures(source: Source, environment: Environment, sheet: Sheet, day: date) -> Iterator[Finding]:
    """Give the numbers that were typed into a message's own copy."""
    if not source.own or source.path.endswith(".css"):
        return
    text = copy(source, environment)
    for typed in (
        *numbers.in_copy(text, source.language, sheet, day),
        *numbers.in_expressions(source.tree, source.language, sheet, day),
    ):
        if typed.fact:
            mend = f'If it is this figure: {{{{ fact("{typed.fact}")|number }}}}, or |approx.'
            what = f"{shown(typed.written)} is typed; the fact {typed.fact} says the same"
            yield finding("number-typed", source.file, typed.line, what, mend=mend)
        else:
            what = f"no fact backs the number {shown(typed.written)}"
            mend = _OWN_COUNT if typed.is_small else ""
            yield finding("number-unbacked", source.file, typed.line, what, mend=mend)


def styles(source: Source, environment: Environment) -> Iterator[Finding]:
    """Give the styles of a file that mail programs drop, or nobody can read."""
    for rule in _rules(source, environment):
        yield from support.of_rule(source.file, rule)
    if source.path.endswith(".html"):
        for line, css in flat.style_attributes(_readable(source, environment)):
            # what Jinja prints into an attribute is not there to be judged
            found, _ = sheets.declarations(css, line)
            for declaration in found:
                yield from support.of_declaration(source.file, declaration)


def rules(source: Source, environment: Environment) -> Iterator[tuple[str, Rule]]:
    """Give the rules that a file holds, with its name."""
    for rule in _rules(source, environment):
        if isinstance(rule, Rule):
            yield source.file, rule


def _rules(source: Source, environment: Environment) -> Iterator[Rule | sheets.Unreadable]:
    if source.path.endswith(".css"):
        yield from sheets.parse(source.text)
    elif source.path.endswith(".html"):
        for line, css in flat.style_sheets(_readable(source, environment)):
            yield from sheets.parse(css, line)


def _readable(source: Source, environment: Environment) -> str:
    try:
        return flat.without_jinja(source.text, environment)
    except JinjaError:
        return ""
