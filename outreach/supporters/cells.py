"""What one cell says: a country, a language, a day, tags. Pure.

Each reader gives '' for a blank cell and None for one that it can't make sense of.
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

#: answers kept by one Memo; many lists have fewer distinct words in a column
_MEMO_LIMIT: Final = 20_000


class Memo(dict[K, V], Generic[K, V]):
    """Remembers a function's answers, up to a limit: `memo[word]` calls it at most once a word.

    A dict, so that `map(memo.__getitem__, column)` looks a whole column up without bytecode.
    """

    def __init__(self, read: Callable[[K], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: K) -> V:
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        answer = self[key] = self._read(key)
        return answer


def country(cell: str) -> str | None:
    """Read a code or a name in any language as an ISO 3166-1 code."""
    return _read(country_code, cell)


def language(cell: str) -> str | None:
    """Read a code or a name as a BCP 47 tag."""
    return _read(language_tag, cell)


def timezone(cell: str) -> str | None:
    """Read an IANA name."""
    return _read(lambda text: text if is_timezone(text) else "", cell)


def _read(reader: Callable[[str], str], cell: str) -> str | None:
    text = cell.strip()
    return (reader(text) or None) if text else ""


def tags(cell: str) -> str:
    """Read tags between commas or semicolons, quoted or not, as the JSON text that we store.

    Sorted, each once: the same tags always give the same text.
    """
    found = {tag.strip().strip('"').strip() for tag in re.split("[,;]", cell)}
    return tags_json(found)


def tags_json(words: set[str]) -> str:
    """Write tags as SQLite's own JSON functions would, sorted."""
    return json.dumps(sorted(words - {""}), ensure_ascii=False, separators=(",", ":"))


def attributes_json(attributes: Mapping[str, str]) -> str:
    """Write attributes as SQLite's own JSON functions would."""
    return json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":"))


def tracking(cell: str) -> str | None:
    """Read a yes or no to being tracked; a blank cell is 'unknown'."""
    status = OPT_IN.meaning(cell)
    return None if status is None else status.consent.value


_STANDARD: Final = frozenset(("", "standard", "no", "false", "0", "normal", "none"))
_DISCREET: Final = frozenset(("discreet", "yes", "true", "1"))


def safety(cell: str) -> str | None:
    """Read how careful a message must be; what we can't make sense of is no reason for less."""
    word = cell.strip().casefold()
    if word in _STANDARD:
        return Safety.STANDARD.value
    return Safety.DISCREET.value if word in _DISCREET else None


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


def day(cell: str) -> str | None:
    """Read a day, with or without a time, as YYYY-MM-DD in the time zone that it was written in.

    Dots mean day first, as wherever dots are used; with slashes 03/04/2014 can be either, and then
    the answer is None.
    """
    text = cell.strip()
    if not text:
        return ""
    if found := _YEAR_FIRST.fullmatch(text):
        return _valid(found[1], found[3], found[4])
    if found := _DOTTED.fullmatch(text):
        return _valid(found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        days = {_valid(found[3], found[2], found[1]), _valid(found[3], found[1], found[2])} - {None}
        return days.pop() if len(days) == 1 else None
    if found := _DAY_MONTH.fullmatch(text):
        return _valid(found[3], _month(found[2]), found[1])
    if found := _MONTH_DAY.fullmatch(text):
        return _valid(found[3], _month(found[1]), found[2])
    return None


def _month(name: str) -> str:
    word = name.lower()
    return str(_MONTHS.index(word) + 1) if word in _MONTHS else "0"


def _valid(year: str, month: str, day_of_month: str) -> str | None:
    try:
        found = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None
    return found.isoformat() if found.year >= 1900 else None


#: what stands in a column that the file has not
BLANK: Final = {"tags": "[]", "tracking": Consent.UNKNOWN.value, "safety": Safety.STANDARD.value}
