"""All facts sheets as one, read from the texts of `templates/facts/*.toml`. Pure; writes no table.

    [[w4r-2013.actions]]
    value = 2_300_000
    true_on = 2014-02-26
    source = "supporter email, 2014-02-26"

A key may be given many times: the same figure grows. A message of a certain day states the newest
figure that was true on it. `true_on` is a day; a month ("2013-12") or a year ("2008") counts from
its last day, since only then is it certain that what was said of the whole period held.

What stands under [case.KEY] is a person or a community, with outcomes in place of figures.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

from outreach.errors import TemplateError, shown
from outreach.facts.entries import Entry
from outreach.facts.statements import Case, CaseOnDay, Figure, Outcome, Statement
from outreach.tomlfiles import TomlText, read

#: the table that holds cases and no figures
CASES: Final = "case"

_Said = TypeVar("_Said", bound=Statement)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All figures, by key, each key's oldest first; and all cases."""

    figures: Mapping[str, tuple[Figure, ...]]
    cases: Mapping[str, Case] = field(default_factory=dict)

    def latest(self, key: str, day: date) -> Figure:
        """Give the newest figure under `key` that was true on `day`.

        Raises:
            TemplateError: there is no such key, or nothing under it was true yet. It names no
                file: the caller knows which message asked.
        """
        if key not in self.figures:
            case = key.removeprefix(f"{CASES}.")
            if case in self.cases:
                raise _other(f"{shown(key)} is a case and no figure", f'case("{case}")')
            raise _unknown("fact", key, self.figures)
        return _newest(self.figures[key], key, day)

    def case(self, key: str, day: date) -> CaseOnDay:
        """Give a case as it stood on `day`.

        Raises:
            TemplateError: there is no such case, or nothing of it was true yet.
        """
        if key not in self.cases:
            if key in self.figures:
                raise _other(f"{shown(key)} is a figure and no case", f'fact("{key}")')
            if key.removeprefix(f"{CASES}.") in self.cases:
                raise _other("a case is named without case.", f'case("{key[len(CASES) + 1 :]}")')
            raise _unknown("case", key, self.cases)
        case = self.cases[key]
        outcome = _newest(case.outcomes, key, day)
        return CaseOnDay(
            key=key,
            name=case.name,
            country=case.country,
            kind=case.kind,
            status=outcome.status,
            since=outcome.true_on,
            outcome=outcome.text,
            source=outcome.source,
            note=outcome.note,
        )


def parse(texts: Mapping[str, str]) -> Sheet:
    """Read facts sheets, file name -> text, into one sheet.

    Raises:
        TemplateError: a text is not TOML, an entry lacks something or is of a wrong type, or two
            statements of a key are of the same day.
    """
    figures: dict[str, list[Figure]] = {}
    cases: dict[str, Case] = {}
    for file, text in sorted(texts.items()):
        toml = read(file, text, TemplateError)
        for entry in _figures(toml, toml.data, ""):
            _add(entry, entry.figure(), figures.setdefault(entry.key, []))
        for case in _cases(toml):
            if case.key in cases:
                raise TemplateError(
                    "a second case of this key", file=file, line=case.line, value=case.key
                )
            cases[case.key] = case
    return Sheet({key: _in_order(found) for key, found in figures.items()}, cases)


def _figures(toml: TomlText, data: Mapping[str, Any], prefix: str) -> Iterator[Entry]:
    for name, value in data.items():
        key = f"{prefix}{name}"
        if key == CASES:
            continue
        if isinstance(value, dict):
            yield from _figures(toml, value, f"{key}.")
            continue
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            header = prefix.rstrip(".")
            raise TemplateError(
                f"a fact is written under a header of its own, [[{header or 'key'}]]",
                file=toml.file,
                line=toml.line(header, 0, name),
                value=key,
            )
        for number, entry in enumerate(value):
            yield Entry(toml, key, number, key, entry)


def _cases(toml: TomlText) -> Iterator[Case]:
    tables = toml.data.get(CASES, {})
    if not isinstance(tables, dict):
        raise _no_case(toml, toml.line(CASES) or toml.line("", 0, CASES))
    for key, table in tables.items():
        header = f"{CASES}.{key}"
        if not isinstance(table, dict):
            raise _no_case(toml, toml.line(header) or toml.line(CASES, 0, key))
        case = Entry(toml, header, 0, key, table)
        given = table.get("outcomes", [])
        if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
            raise case.wrong(f"outcomes are written as [[{header}.outcomes]]", "outcomes", key)
        outcomes: list[Outcome] = []
        for number, values in enumerate(given):
            entry = Entry(toml, f"{header}.outcomes", number, key, values)
            _add(entry, entry.outcome(), outcomes)
        yield case.case(outcomes)


def _no_case(toml: TomlText, line: int | None) -> TemplateError:
    return TemplateError(
        f"a case is written under a header of its own, [{CASES}.KEY]", file=toml.file, line=line
    )


def _add(entry: Entry, statement: _Said, found: list[_Said]) -> None:
    if any(statement.true_on == other.true_on for other in found):
        what = "outcome" if isinstance(statement, Outcome) else "figure"
        raise entry.wrong(f"a second {what} for {statement.true_on}", "", entry.key)
    found.append(statement)


def _in_order(found: list[_Said]) -> tuple[_Said, ...]:
    return tuple(sorted(found, key=lambda statement: statement.true_on))


def _newest(dated: tuple[_Said, ...], key: str, day: date) -> _Said:
    known = [statement for statement in dated if statement.true_on <= day]
    if not known:
        raise TemplateError(
            f"on {day} this fact was not true yet: it counts from {dated[0].true_on}",
            value=key,
            next_step="write of a later day, or leave the fact out",
        )
    return known[-1]


def _unknown(what: str, key: str, there_are: Mapping[str, object]) -> TemplateError:
    near = difflib.get_close_matches(key, there_are, 1, 0.5)
    problem = f"there is no {what} {shown(key)} on the facts sheets"
    if near:
        return TemplateError(f"{problem}, did you mean {shown(near[0])}", next_step="")
    return TemplateError(problem, next_step="see `outreach facts list`")


def _other(problem: str, right: str) -> TemplateError:
    return TemplateError(problem, next_step=f"write {right}")
