"""Read one entry of a facts sheet, and say exactly what is wrong with it. Pure."""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypedDict, TypeVar

from outreach.errors import TemplateError, shown
from outreach.facts.statements import Bound, Case, CaseKind, Figure, Outcome, Rounding
from outreach.places import country_code
from outreach.tomlfiles import TomlText

MOST_DECIMALS: Final = 3
_TOO_LARGE: Final = 10**15
_OF_ANY: Final = ("true_on", "source", "approved_by", "review_on", "note")
FIGURE: Final = ("value", *_OF_ANY, "bound", "rounding", "decimals", "may_fall")
_OUTCOME: Final = ("status", "text", *_OF_ANY)
_CASE: Final = ("name", "names", "country", "kind", "status", "outcomes")
_PERIOD: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STATUS: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")

_Word = TypeVar("_Word", bound=StrEnum)


class _Said(TypedDict):
    key: str
    true_on: date
    source: str
    approved_by: str
    review_on: date | None
    note: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a sheet: what it says, and where."""

    text: TomlText
    header: str
    number: int
    key: str
    values: Mapping[str, Any]

    def wrong(self, problem: str, name: str = "", value: object = None) -> TemplateError:
        """Make the error of `name` in this entry; where nothing is written there, it says whose."""
        line = self.text.line(self.header, self.number, name)
        value = self.values.get(name) if value is None else value
        if value is None:
            problem = f"{self.key}: {problem}"
        return TemplateError(problem, file=self.text.file, line=line, value=value)

    def figure(self) -> Figure:
        """Read it as a figure.

        Raises:
            TemplateError: it can't be one.
        """
        self._only(FIGURE, "a fact")
        said = self._statement("a fact")
        value, may_fall = self.values.get("value"), self.values.get("may_fall", False)
        if not isinstance(value, int | str) or isinstance(value, bool):
            raise self.wrong("a fact needs a value: a whole number or a text", "value")
        if isinstance(value, str) and not value.strip():
            raise self.wrong("a fact needs a value, and this one is empty", "value")
        if isinstance(value, int) and abs(value) >= _TOO_LARGE:
            raise self.wrong("a figure has at most 15 digits", "value")
        if not isinstance(may_fall, bool):
            raise self.wrong("may_fall is true or false", "may_fall")
        bound = self._word("bound", Bound, Bound.EXACT)
        usual = Rounding.UP if bound is Bound.AT_MOST else Rounding.DOWN
        return Figure(
            **said,
            value=value,
            bound=bound,
            rounding=self._word("rounding", Rounding, usual),
            decimals=self._decimals(),
            may_fall=may_fall,
        )

    def outcome(self) -> Outcome:
        """Read it as the outcome of a case.

        Raises:
            TemplateError: it can't be one.
        """
        self._only(_OUTCOME, "an outcome")
        said = self._statement("an outcome")
        return Outcome(**said, status=self._status(), text=self._text("text"))

    def case(self, outcomes: Sequence[Outcome]) -> Case:
        """Read it as a case, of which these are the outcomes.

        Raises:
            TemplateError: it can't be one, or two outcomes are of the same day.
        """
        self._only(_CASE, "a case")
        name, country = self._text("name"), country_code(self._text("country"))
        names = self.values.get("names", {})
        if not name:
            raise self.wrong("a case needs a name", "name")
        if not country:
            raise self.wrong("a case needs a country: its code or name", "country")
        if not isinstance(names, dict) or not all(isinstance(n, str) for n in names.values()):
            raise self.wrong("names are texts, one for each language", "names")
        if not outcomes:
            raise self.wrong(
                f"a case needs an outcome, [[{self.header}.outcomes]]: its status since a day",
                "status",
            )
        return Case(
            key=self.key,
            name=name,
            country=country,
            kind=self._word("kind", CaseKind, CaseKind.PERSON),
            status=self._status(),
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.true_on)),
            names={language: written.strip() for language, written in names.items()},
            file=self.text.file,
            line=self.text.line(self.header, self.number, "status"),
        )

    def _only(self, known: Sequence[str], what: str) -> None:
        for name in self.values:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                meant = f", did you mean {shown(near[0])}" if near else ""
                there_are = f"{', '.join(known[:-1])} and {known[-1]}"
                raise self.wrong(f"{what} has only {there_are}{meant}", name, name)

    def _statement(self, what: str) -> _Said:
        day, review = first_day(self.values.get("true_on")), _day(self.values.get("review_on"))
        if day is None:
            raise self.wrong(
                f"{what} needs true_on: a day (2014-02-26), or a month ("
                '"2014-02") or year in quotes',
                "true_on",
            )
        if review is None and "review_on" in self.values:
            raise self.wrong("review_on is a day (2014-02-26)", "review_on")
        return _Said(
            key=self.key,
            true_on=day,
            source=self._text("source"),
            approved_by=self._text("approved_by"),
            review_on=review,
            note=self._text("note"),
            file=self.text.file,
            line=self.text.line(self.header, self.number),
        )

    def _text(self, name: str) -> str:
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(f"{name} is a text in quotes", name)
        return value.strip()

    def _status(self) -> str:
        status = self._text("status")
        if not _STATUS.fullmatch(status):
            raise self.wrong("a status is one word of small letters, as in released", "status")
        return status

    def _word(self, name: str, words: type[_Word], usual: _Word) -> _Word:
        said = self._text(name)
        try:
            return words(said) if said else usual
        except ValueError:
            raise self.wrong(f"{name} is one of {', '.join(words)}", name) from None

    def _decimals(self) -> int | None:
        decimals = self.values.get("decimals")
        if decimals is not None and (
            type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS
        ):
            raise self.wrong(f"decimals is a number from 0 to {MOST_DECIMALS}", "decimals")
        return decimals


def first_day(written: object) -> date | None:
    """Give the day from which what was said of a day, a month or a year is certain."""
    if (day := _day(written)) is not None:
        return day
    period = _PERIOD.fullmatch(written) if isinstance(written, str) else None
    if period is None:
        return None
    year, month = int(period[1]), int(period[2] or 12)
    if year == 0 or not 1 <= month <= 12:
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(written: object) -> date | None:
    """Give a day that is written as TOML has days, or in quotes; None for anything else."""
    if isinstance(written, str) and _DAY.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return None
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    return None
