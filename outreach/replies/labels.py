"""Lines by which people give name, address and country: `Name: ...`, `Pays : ...`, `البلد: ...`.

Our own messages ask for these lines; the words are in `labels.toml`. Both the trimming (a block of
such lines is no quoted header) and the extraction stand on it. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Final

from outreach.replies.words import words


class Asked(StrEnum):
    """What a line may give. The values are sections of labels.toml."""

    NAME = "name"
    EMAIL = "email"
    COUNTRY = "country"


#: a longer line holds no field
_LONGEST: Final = 1000
#: letters of a label and what explains it
_LONGEST_LABEL: Final = 120
_MOST_ENDS: Final = 3
#: numbers, bullets, quote marks and marks of direction before a label
_OPENING: Final = re.compile(r"[\s>*•·●▪_#\-–—.)\](\d\u200b-\u200f\u202a-\u202e\u2066-\u2069]*+")
#: what stands between a label and its value; before a further label only a colon counts
_END: Final = re.compile(r"(?:[:：=]|[-–—](?=\s|$))[*_]*")
_COLON: Final = re.compile(r"[:：]")
_EXPLAINED: Final = re.compile(r"[\s*_\u200e\u200f]*\([^()]{0,60}\)\s*$")
_WORD: Final = re.compile(r"(?<![^\s,،;|/.*])[^\s,،;|/.*]")
_BESIDE: Final = " \t*_\u200e\u200f\xa0\u202f"
_AROUND: Final = " \t,;|/*_،\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff\xa0\u202f"


@cache
def _labels() -> Mapping[str, Asked]:
    # in capitals some languages lose what tells their letters apart: ADI is adı
    return {
        form.casefold(): asked
        for asked in Asked
        for word in words("labels.toml")[asked]
        for form in (word, word.upper())
    }


def fields_in(line: str) -> Iterator[tuple[Asked, str]]:
    """Give each labelled field of a line, with its value as it stands there, perhaps empty."""
    line = line[:_LONGEST]
    first = _at_start(line)
    if first is None:
        return
    asked, start = first
    for further, label, end in _inside(line, start):
        yield asked, line[start:label].strip(_AROUND)
        asked, start = further, end
    yield asked, line[start:].strip(_AROUND)


def is_labelled(line: str) -> bool:
    """Whether the line gives one of the asked-for fields."""
    return _at_start(line[:_LONGEST]) is not None


def _at_start(line: str) -> tuple[Asked, int] | None:
    """Read a label at the start, perhaps numbered, marked or explained; and where it ends."""
    opened = _OPENING.match(line)
    start = opened.end() if opened else 0
    # the first may stand inside the label: Vor- und Nachname
    for end in islice(_END.finditer(line, start, start + _LONGEST_LABEL), _MOST_ENDS):
        label = line[start : end.start()]
        for form in (label, _EXPLAINED.sub("", label)):
            if asked := _labels().get(_plain(form)):
                return asked, end.end()
    return None


def _plain(form: str) -> str:
    # French sets its colons off by a space that doesn't break
    return " ".join(form.strip(_BESIDE).split()).casefold()


def _inside(line: str, start: int) -> Iterator[tuple[Asked, int, int]]:
    """Give each further label in the line, where it begins, and where its value does."""
    for colon in _COLON.finditer(line, start):
        before = line[max(start, colon.start() - _LONGEST_LABEL) : colon.start()]
        # the longest that is one: "e-mail address", not "address"
        for word in _WORD.finditer(before):
            label = before[word.start() :]
            if asked := _labels().get(label.rstrip().casefold()):
                yield asked, colon.start() - len(label), colon.end()
                start = colon.end()
                break
