"""Whether a place in a sentence is somebody else's than the writer's: `the prisoners in Turkey`.

What comes back answers messages about people in other countries, and tells of families and friends.
Of the words before the place the nearest decides; where none says anything, those behind it do.
The words are in `whereabouts.toml`. Pure functions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from outreach.replies.flat import flat
from outreach.replies.placewords import STOP, TABLE
from outreach.replies.words import scripts_of, words

#: letters of a sentence that are looked at on each side of a place
_NEAR: Final = 120


def is_others(flat_text: str, start: int, end: int) -> bool:
    """Whether what stands in `flat_text` from `start` to `end` is said of somebody else."""
    before = STOP.split(flat_text[max(0, start - _NEAR) : start])[-1]
    behind = STOP.split(flat_text[end : end + _NEAR], maxsplit=1)[0]
    for signs in (_signs(before)[::-1], _signs(behind)):
        if signs:
            return signs[0]
    return False


def _signs(text: str) -> list[bool]:
    """Give what the words of a text are, in their order: True for others, False for the writer."""
    scripts = scripts_of(text)
    return [found["others"] is not None for found in _either(scripts).finditer(text)]


@cache
def _either(scripts: frozenset[str]) -> re.Pattern[str]:
    others, own = (_one_of(section, scripts) for section in ("others", "own"))
    return re.compile(rf"(?<![^\W_])(?:(?P<others>{others})|(?:{own}))(?![^\W_])")


def _one_of(section: str, scripts: frozenset[str]) -> str:
    listed = [flat(phrase) for phrase in words(TABLE)[section]]
    return "|".join(f"(?:{phrase})" for phrase in listed if scripts_of(phrase) <= scripts) or "(?!)"
