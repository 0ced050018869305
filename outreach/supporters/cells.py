"""What one cell says: a country, a language, a day, tags. Pure.

Each reader gives '' where the cell says nothing, and raises Unreadable where it says something that
we can't make sense of.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from outreach.model import Safety
from outreach.places import country_code, is_timezone, language_tag
from outreach.supporters.days import day_of
from outreach.supporters.statuses import NO, NONE, OPT_IN, YES, Statement

#: a cell, or several
K = TypeVar("K", bound=Sequence[str])
V = TypeVar("V")

#: answers kept by one Memo; most lists have fewer distinct words in a column
_MEMO_LIMIT: Final = 20_000
#: characters; longer cells don't come twice, and would fill the memory
_MEMO_LENGTH: Final = 100


#: would break a header's line
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_QUOTED: Final = re.compile('"[^"]*"')


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
        answer = self._read(key)
        if len("".join(key)) <= _MEMO_LENGTH:
            self[key] = answer
        return answer

    def trim(self) -> None:
        """Forget everything if it is much, so that memory does not grow with the file."""
        if len(self) > _MEMO_LIMIT:
            self.clear()


class CellMemo(Memo[str, str]):
    """Remembers what cells say, and which of those met can't be read."""

    def __init__(self, read: Callable[[str], str], instead: str = "") -> None:
        """`instead` is what an unreadable cell is taken for."""
        super().__init__(self._answer)
        self._reader = read
        self._instead = instead
        self._long: list[str] = []
        self.unreadable: set[str] = set()

    def _answer(self, cell: str) -> str:
        try:
            return self._reader(cell)
        except Unreadable:
            self.unreadable.add(cell)
            if len(cell) > _MEMO_LENGTH:
                self._long.append(cell)
            return self._instead

    def trim(self) -> None:
        """Forget long unreadable cells, and if there is much, everything."""
        super().trim()
        self.unreadable.difference_update(self._long)
        self._long.clear()
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


def day(cell: str) -> str:
    """Read a day that can be no other, as YYYY-MM-DD."""
    return _read(day_of, cell)


def _read(reader: Callable[[str], str], cell: str) -> str:
    word = cell.strip()
    if not word:
        return ""
    # the readers remember what they are asked
    meaning = reader(word) if len(word) <= _MEMO_LENGTH else ""
    if not meaning:
        raise Unreadable
    return meaning


def tags(cell: str) -> str:
    """Read tags between commas or semicolons, quoted or not, as the JSON text that we store."""
    found = {tag.strip().strip('"').strip() for tag in _split(cell)} - {""}
    return tags_json(found) if found else ""


def _split(cell: str) -> list[str]:
    if '"' in cell:
        delimiter = ";" if ";" in _QUOTED.sub("", cell) else ","
        try:
            return next(csv.reader([cell], delimiter=delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            pass
    return re.split("[,;]", cell)


def tags_json(words: set[str]) -> str:
    """Write tags as SQLite's own JSON functions would, sorted: the same tags, the same text."""
    return json.dumps(sorted(words), ensure_ascii=False, separators=(",", ":"))


def attributes_json(attributes: Mapping[str, str]) -> str:
    """Write attributes as SQLite's own JSON functions would."""
    return json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":"))


def tracking(cell: str) -> str:
    """Read a yes or no to being tracked."""
    statement = OPT_IN.meaning(cell).statement
    if statement is Statement.UNCLEAR:
        raise Unreadable
    return statement.value if statement in (Statement.GRANTED, Statement.DENIED) else ""


#: said of everybody who never asked for discretion, so it takes nobody's back
_NOT_DISCREET: Final = frozenset(("", *NO, *NONE, "normal"))
_DISCREET: Final = frozenset(
    (*YES, "discreet", "discrete", "diskret", "discret", "discrète", "discreto", "discreta")
)


def safety(cell: str) -> str:
    """Read whether messages must be discreet.

    Only the word `standard` says that somebody need not be discreet any more; a no says nothing.
    """
    word = cell.strip().casefold()
    if word in _NOT_DISCREET:
        return ""
    if word in _DISCREET:
        return Safety.DISCREET.value
    if word == Safety.STANDARD:
        return Safety.STANDARD.value
    raise Unreadable
