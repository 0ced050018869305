"""What is doubtful in the facts sheets: it stops no message, but somebody should look. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from outreach.errors import shown
from outreach.facts.sheet import CASES, Sheet
from outreach.facts.statements import Bound, Case, Figure, Statement

#: a text that is a whole number with marks between its thousands
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:[,.  \u202f'’ ][0-9]{3})+|[0-9]{5,15}")


class Fault(StrEnum):
    """What can be doubtful about a statement."""

    NO_SOURCE = "no_source"
    NOT_APPROVED = "not_approved"
    REVIEW_DUE = "review_due"
    CONTRADICTED = "contradicted"
    #: it counts from a day still to come, perhaps by a slip
    NOT_YET_TRUE = "not_yet_true"
    #: a number is written as a text, so that nothing can be reckoned with it
    TEXT_NUMBER = "text_number"


@dataclass(frozen=True, slots=True)
class Problem:
    """One doubt, and where to look."""

    #: a figure's key, or `case.KEY`
    key: str
    fault: Fault
    #: a sentence for people
    what: str
    file: str
    line: int | None


def problems(sheet: Sheet, day: date) -> tuple[Problem, ...]:
    """Say what is doubtful on `day`, by file and line.

    A review that is due counts only for what a message of that day would state: an older figure
    that has been followed by another needs no review any more.
    """
    found = [
        problem
        for key in _all_keys(sheet)
        for statement in _dated(sheet, key)
        for problem in _of_statement(key, statement, day)
    ]
    for key in _all_keys(sheet):
        found += [problem for _, problem in _contradictions(sheet, key)]
        found += _review(sheet, key, day)
    return _sorted(found)


def problems_of(sheet: Sheet, keys: Iterable[str], day: date) -> tuple[Problem, ...]:
    """Say what is doubtful about just what a message of `day` states, which uses these keys.

    Keys are those of figures, and `case.KEY`; unknown ones are passed over.
    """
    found: list[Problem] = []
    for key in set(keys):
        stated = _in_force(_dated(sheet, key), day)
        if stated is None:
            continue
        found += _of_statement(key, stated, day)
        found += _review(sheet, key, day)
        found += [problem for about, problem in _contradictions(sheet, key) if stated in about]
    return _sorted(found)


def _all_keys(sheet: Sheet) -> list[str]:
    return [*sheet.figures, *(f"{CASES}.{key}" for key in sheet.cases)]


def _dated(sheet: Sheet, key: str) -> tuple[Statement, ...]:
    case = _case(sheet, key)
    return case.outcomes if case else sheet.figures.get(key, ())


def _case(sheet: Sheet, key: str) -> Case | None:
    prefix, _, rest = key.partition(".")
    return sheet.cases.get(rest) if prefix == CASES else None


def _in_force(dated: tuple[Statement, ...], day: date) -> Statement | None:
    return next((one for one in reversed(dated) if one.true_on <= day), None)


def _of_statement(key: str, statement: Statement, day: date) -> Iterator[Problem]:
    if statement.true_on > day:
        what = f"it counts only from {statement.true_on}"
        yield _problem(key, Fault.NOT_YET_TRUE, what, statement)
    text = statement.value if isinstance(statement, Figure) else ""
    if isinstance(text, str) and _NUMBER.fullmatch(text.strip()):
        number = int(re.sub(r"\D", "", text))
        what = f"its value {shown(text)} is a text, which can't be rounded; write {number:_}"
        yield _problem(key, Fault.TEXT_NUMBER, what, statement)
    if not statement.source:
        yield _problem(key, Fault.NO_SOURCE, "nobody wrote down who published it", statement)
    if not statement.approved_by:
        yield _problem(key, Fault.NOT_APPROVED, "nobody has approved it for use", statement)


def _review(sheet: Sheet, key: str, day: date) -> Iterator[Problem]:
    stated = _in_force(_dated(sheet, key), day)
    if stated and stated.review_on and stated.review_on < day:
        what = f"it was to be looked at again by {stated.review_on}"
        yield _problem(key, Fault.REVIEW_DUE, what, stated)


def _contradictions(sheet: Sheet, key: str) -> Iterator[tuple[tuple[Statement, ...], Problem]]:
    """Give each contradiction with the statements that it is about."""
    for earlier, later in pairwise(sheet.figures.get(key, ())):
        if _lower(earlier, later):
            what = (
                f"its figure of {later.true_on} is lower, {later.value} after {earlier.value}"
                f" ({later.file}, line {later.line}); where that is right, write may_fall = true"
            )
            yield (earlier, later), _problem(key, Fault.CONTRADICTED, what, earlier)
    case = _case(sheet, key)
    if case and case.status != case.outcomes[-1].status:
        last = case.outcomes[-1]
        what = (
            f"its status is {case.status}, its outcome of {last.true_on} says {last.status}"
            f" ({last.file}, line {last.line})"
        )
        yield case.outcomes, Problem(key, Fault.CONTRADICTED, what, case.file, case.line)


def _lower(earlier: Figure, later: Figure) -> bool:
    """Whether a count has fallen; "fewer than" says nothing of how few."""
    if isinstance(earlier.value, str) or isinstance(later.value, str):
        return False
    if later.may_fall or earlier.bound is Bound.AT_MOST:
        return False
    return later.value < earlier.value


def _problem(key: str, fault: Fault, what: str, statement: Statement) -> Problem:
    return Problem(key, fault, what, statement.file, statement.line)


def _sorted(found: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(found, key=lambda p: (p.file, p.line or 0, p.fault, p.key)))
