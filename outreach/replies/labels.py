"""Lines by which people give name, address and country: `Name: ...`, `Pays : ...`, `البلد: ...`.

Our own messages ask for these lines; the words are in `labels.toml`. Both the trimming (a block of
such lines is no quoted header) and the extraction stand on it. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Final

from outreach.replies.words import words


class Asked(StrEnum):
    """What a line may give. The values are sections of labels.toml."""

    NAME = "name"
    EMAIL = "email"
    COUNTRY = "country"


#: a longer line holds no field
_LONGEST: Final = 1000
#: numbers, bullets, quote marks and marks of direction before a label
_OPENING: Final = r"[\s>*•·●▪_#\-–—.)\](\d\u200b-\u200f\u202a-\u202e\u2066-\u2069]*+"
#: what stands between a label and its value
_END: Final = re.compile(r"[:：=]|[-–—](?=\s|$)")
_AROUND: Final = " \t,;|/*_،\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff\xa0"


@cache
def _any_label() -> str:
    return "|".join(
        f"(?P<{asked}>{'|'.join(re.escape(word) for word in words('labels.toml')[asked])})"
        for asked in Asked
    )


@cache
def _at_start() -> re.Pattern[str]:
    """A label at the start of a line, perhaps numbered, marked, or explained in brackets."""
    explained = r"[\s*_\u200e\u200f]*(?:\([^()]{0,60}\))?\s*"
    end = rf"(?:{_END.pattern})[*_]*"
    return re.compile(f"{_OPENING}(?:{_any_label()}){explained}{end}", re.IGNORECASE)


@cache
def _inside() -> re.Pattern[str]:
    """A further label in the same line; only a colon counts here."""
    return re.compile(rf"(?<![^\s,،;|/.*])(?:{_any_label()})\s*[:：]", re.IGNORECASE)


def fields_in(line: str) -> Iterator[tuple[Asked, str]]:
    """Give each labelled field of a line, with its value as it stands there, perhaps empty."""
    line = line[:_LONGEST]
    first = _at_start().match(line) if _END.search(line) else None
    if first is None:
        return
    asked, start = Asked(str(first.lastgroup)), first.end()
    for further in _inside().finditer(line, start):
        yield asked, line[start : further.start()].strip(_AROUND)
        asked, start = Asked(str(further.lastgroup)), further.end()
    yield asked, line[start:].strip(_AROUND)


def is_labelled(line: str) -> bool:
    """Whether the line gives one of the asked-for fields."""
    line = line[:_LONGEST]
    return _END.search(line) is not None and _at_start().match(line) is not None
