"""What one cell says: a country, a language, a day, tags. Pure.

Each reader gives '' where the cell says nothing, and raises Unreadable where it says something that
we can't make sense of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Generic, TypeVar

from outreach.model import Consent, Safety
from outreach.places import country_code, is_timezone, language_tag
from outreach.supporters.statuses import OPT_IN

K = TypeVar("K")
V = TypeVar("V")

#: answers kept by one Memo; most lists have fewer distinct words in a column
_MEMO_LIMIT: Final = 20_000


class Unreadable(Exception):
    """We can't make sense of a cell."""


class Memo(dict[K, V], Generic[K, V]):
    """Remembers a function's answers: `memo[key]` calls it but once a key.

    A dict, so that `map(memo.__getitem__, column)` looks a whole column up without bytecode.
    """

    def __init__(self, read: Callable[[K], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: K) -> V:
        answer = self[key] = self._read(key)
        return answer

    def trim(self) -> None:
        """Forget everything if it is much, so that memory does not grow with the file."""
        if len(self) > _MEMO_LIMIT:
            self.clear()


class CellMemo(Memo[str, str]):
    """Remembers what cells say, and which of those met can't be read."""

    def __init__(self, read: Callable[[str], str], instead: str = "") -> None:
        """`instead` is what an unreadable cell is taken for."""
        super().__init__(read)
        self._instead = instead
        self.unreadable: set[str] = set()

    def __missing__(self, cell: str) -> str:
        try:
            return super().__missing__(cell)
        except Unreadable:
            self.unreadable.add(cell)
            self[cell] = self._instead
            return self._instead

    def trim(self) -> None:
        """Forget everything if it is much, the unreadable cells too."""
        super().trim()
        if not self:
            self.unreadable.clear()


def text(cell: str) -> str:
    """Read words as they are, without what would break a line."""
    return _CONTROLS.sub(" ", cell).strip()


def country(cell: str) -> str:
    """Read a code or a name in any language as an ISO 3166-1 code."""
    return _read(country_code, cell)


def language(cell: str) -> str:
    """Read a code or a name as a BCP 47 tag."""
    return _read(language_tag, cell)


def timezone(cell: str) -> str:
    """Read an IANA name."""
    return _read(lambda text: text if is_timezone(text) else "", cell)


def _read(reader: Callable[[str], str], cell: str) -> str:
    word = cell.strip()
    if not word:
        return ""
    meaning = reader(word)
    if not meaning:
        raise Unreadable
    return meaning


def tags(cell: str) -> str:
    """Read tags between commas or semicolons, quoted or not, as the JSON text that we store."""
    found = {tag.strip().strip('"').strip() for tag in re.split("[,;]", cell)} - {""}
    return tags_json(found) if found else ""


def tags_json(words: set[str]) -> str:
    """Write tags as SQLite's own JSON functions would, sorted: the same tags, the same text."""
    return json.dumps(sorted(words), ensure_ascii=False, separators=(",", ":"))


def attributes_json(attributes: Mapping[str, str]) -> str:
    """Write attributes as SQLite's own JSON functions would."""
    return json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":"))


def tracking(cell: str) -> str:
    """Read a yes or no to being tracked."""
    status = OPT_IN.meaning(cell)
    if status is None:
        raise Unreadable
    return "" if status.consent is Consent.UNKNOWN else status.consent.value


_STANDARD: Final = frozenset(("", "standard", "no", "false", "0", "normal", "none"))
_DISCREET: Final = frozenset(("discreet", "yes", "true", "1"))


def safety(cell: str) -> str:
    """Read whether messages must be discreet."""
    word = cell.strip().casefold()
    if word in _STANDARD:
        return ""
    if word in _DISCREET:
        return Safety.DISCREET.value
    raise Unreadable


#: would break a header's line
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
#: what may follow a day: a time, which we don't keep
_TIME: Final = r"(?:[T ,].*)?"
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.]?)(\d\d?)\2(\d\d?)" + _TIME, re.ASCII)
_DOTTED: Final = re.compile(r"(\d\d?)\.\s?(\d\d?)\.\s?(\d{4})" + _TIME, re.ASCII)
_SLASHED: Final = re.compile(r"(\d\d?)[/-](\d\d?)[/-](\d{4})" + _TIME, re.ASCII)
_DAY_MONTH: Final = re.compile(
    r"(\d\d?)(?:st|nd|rd|th)?[ -]([A-Za-z]{3})[a-z]*\.?,?[ -](\d{4})" + _TIME
)
_MONTH_DAY: Final = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d\d?)(?:st|nd|rd|th)?,? (\d{4})" + _TIME)


def day(cell: str) -> str:
    """Read a day, with or without a time, as YYYY-MM-DD in the time zone that it was written in.

    Dots mean day first, as wherever dots are used; with slashes 03/04/2014 can be either, and so
    can't be read.
    """
    return _read(_day, cell)


def _day(written: str) -> str:
    if found := _YEAR_FIRST.fullmatch(written):
        return _valid(found[1], found[3], found[4])
    if found := _DOTTED.fullmatch(written):
        return _valid(found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(written):
        days = {_valid(found[3], found[2], found[1]), _valid(found[3], found[1], found[2])} - {""}
        return days.pop() if len(days) == 1 else ""
    if found := _DAY_MONTH.fullmatch(written):
        return _valid(found[3], _month(found[2]), found[1])
    if found := _MONTH_DAY.fullmatch(written):
        return _valid(found[3], _month(found[1]), found[2])
    return ""


def _month(name: str) -> str:
    word = name.lower()
    return str(_MONTHS.index(word) + 1) if word in _MONTHS else "0"


def _valid(year: str, month: str, day_of_month: str) -> str:
    try:
        found = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return ""
    return found.isoformat() if found.year >= 1900 else ""
