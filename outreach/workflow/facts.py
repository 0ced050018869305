"""What a person can ask of the facts sheets: list them, look one up, see what is doubtful."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from outreach.compose import FrozenMessage
from outreach.compose.library import read_facts
from outreach.compose.references import references
from outreach.errors import NotFound, shown
from outreach.facts.problems import Problem, problems, problems_of
from outreach.facts.sheet import CASES, Sheet, parse
from outreach.facts.statements import Case, Figure, Outcome
from outreach.settings import Settings


@dataclass(frozen=True, slots=True)
class Stated:
    """What a message of a certain day would state under a key."""

    #: a figure's, or `case.KEY`
    key: str
    #: the figure's value, or the case's status
    value: int | str
    true_on: date
    source: str
    approved_by: str
    review_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class History:
    """All that was ever stated under a figure's key, the oldest first."""

    key: str
    figures: tuple[Figure, ...]


def list_facts(settings: Settings, *, day: date) -> tuple[Stated, ...]:
    """List by key what a message of `day` would state; what was not true by then is left out.

    Raises:
        TemplateError: a facts sheet can't be read.
    """
    return _on_day(_sheet(settings), day)


def facts_in(frozen: FrozenMessage, day: date) -> tuple[Stated, ...]:
    """List by key what a frozen message states on `day`, of all that it may.

    A key that is put together while the message is made may be any, so then all are listed.

    Raises:
        TemplateError: its facts can't be read.
    """
    named = references(frozen)
    found = _on_day(frozen.sheet(), day)
    return tuple(stated for stated in found if named.any_fact or stated.key in named.facts)


def _on_day(sheet: Sheet, day: date) -> tuple[Stated, ...]:
    dated: list[tuple[str, Sequence[Figure | Outcome]]] = [
        *sheet.figures.items(),
        *((f"{CASES}.{key}", case.outcomes) for key, case in sheet.cases.items()),
    ]
    found = []
    for key, statements in sorted(dated):
        known = [statement for statement in statements if statement.true_on <= day]
        if known:
            found.append(_stated(key, known[-1]))
    return tuple(found)


def show_fact(settings: Settings, key: str) -> History | Case:
    """Give all that is known under the key of a figure or, with or without `case.`, of a case.

    Raises:
        NotFound: there is no such key.
        TemplateError: a facts sheet can't be read.
    """
    sheet = _sheet(settings)
    if key in sheet.figures:
        return History(key, sheet.figures[key])
    case = sheet.cases.get(key.removeprefix(f"{CASES}."))
    if case is not None:
        return case
    near = difflib.get_close_matches(key, [*sheet.figures, *sheet.cases], 1, 0.5)
    meant = f", did you mean {shown(near[0])}" if near else ""
    raise NotFound(
        f"the facts sheets have no such key{meant}",
        value=key,
        next_step="see `outreach facts list`",
    )


def check_facts(settings: Settings, *, day: date) -> tuple[Problem, ...]:
    """Say what in the facts sheets is doubtful on `day`.

    Raises:
        TemplateError: a facts sheet can't be read.
    """
    return problems(_sheet(settings), day)


def doubts(frozen: FrozenMessage, day: date) -> tuple[Problem, ...]:
    """Say what is doubtful about the facts that a frozen message states on `day`.

    Looks at what the message's files name in any of their versions. A key that is put together
    while the message is made may be any, so then all facts are looked at.
    """
    sheet = frozen.sheet()
    named = references(frozen)
    every = {*sheet.figures, *(f"{CASES}.{key}" for key in sheet.cases)}
    return problems_of(sheet, every if named.any_fact else named.facts, day)


def _sheet(settings: Settings) -> Sheet:
    return parse(read_facts(settings.templates_dir))


def _stated(key: str, statement: Figure | Outcome) -> Stated:
    return Stated(
        key=key,
        value=statement.value if isinstance(statement, Figure) else statement.status,
        true_on=statement.true_on,
        source=statement.source,
        approved_by=statement.approved_by,
        review_on=statement.review_on,
        note=statement.note,
    )
