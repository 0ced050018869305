"""Read a day as people and programs write it, with or without a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
#: what may follow a day, and nothing else may: a time, which we don't keep
_TIME: Final = (
    r"(?:(?:T|,? +)\d\d?[:.h]\d\d(?::\d\d(?:[.,]\d+)?)?"
    r"(?: ?[AaPp]\.?[Mm]\.?)?(?: ?Z| Uhr| [A-Z]{3,4})?(?: ?[+-]\d\d:?(?:\d\d)?)?)?"
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)" + _TIME, re.ASCII)
_DIGITS_ONLY: Final = re.compile(r"(\d{4})()(\d\d)(\d\d)" + _TIME, re.ASCII)
_DOTTED: Final = re.compile(r"(\d\d?)\.\s?(\d\d?)\.\s?(\d{4})" + _TIME, re.ASCII)
_SLASHED: Final = re.compile(r"(\d\d?)[/-](\d\d?)[/-](\d{4})" + _TIME, re.ASCII)
_DAY_MONTH: Final = re.compile(
    r"(\d\d?)(?:st|nd|rd|th)?[ -]([A-Za-z]{3})[a-z]*\.?,?[ -](\d{4})" + _TIME, re.ASCII
)
_MONTH_DAY: Final = re.compile(
    r"([A-Za-z]{3})[a-z]*\.? (\d\d?)(?:st|nd|rd|th)?,? (\d{4})" + _TIME, re.ASCII
)
#: nobody opted in or out by computer before; programs write such days where there is none
_FIRST_MOMENT: Final = "1990"


def day_of(written: str) -> str:
    """Give the day, of 1900 to 2100, as YYYY-MM-DD in the time zone that it was written in.

    '' where it is none, or may be one of two: dots mean day first, as wherever dots are used, but
    03/04/2014 can be either.
    """
    days = set(_readings(written))
    return days.pop() if len(days) == 1 else ""


def is_moment(written: str) -> bool:
    """Whether this is a day on which somebody may have opted in or out; no matter which one."""
    return any(day >= _FIRST_MOMENT for day in _readings(written))


def _readings(written: str) -> Iterator[str]:
    if found := _YEAR_FIRST.fullmatch(written) or _DIGITS_ONLY.fullmatch(written):
        yield from _valid(found[1], found[3], found[4])
    elif found := _DOTTED.fullmatch(written):
        yield from _valid(found[3], found[2], found[1])
    elif found := _SLASHED.fullmatch(written):
        yield from _valid(found[3], found[2], found[1])
        yield from _valid(found[3], found[1], found[2])
    elif found := _DAY_MONTH.fullmatch(written):
        yield from _valid(found[3], _month(found[2]), found[1])
    elif found := _MONTH_DAY.fullmatch(written):
        yield from _valid(found[3], _month(found[1]), found[2])


def _month(name: str) -> str:
    word = name.lower()
    return str(_MONTHS.index(word) + 1) if word in _MONTHS else "0"


def _valid(year: str, month: str, day_of_month: str) -> Iterator[str]:
    try:
        found = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return
    if 1900 <= found.year <= 2100:
        yield found.isoformat()
