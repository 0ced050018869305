"""Which few of many people tell most about a message: those whose previews are worth a look.

They are found as a segment is looked through, a person at a time; only the best of each kind is
remembered. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from outreach import places
from outreach.compose import languages
from outreach.compose.used import Used
from outreach.compose.ways import Way
from outreach.errors import shown
from outreach.model import Supporter

_Score: TypeAlias = Callable[[Supporter, Way], int]
_RIGHT_TO_LEFT: Final = ("R", "AL")
#: written the same way for everybody, or looked at anyway
_NOT_MEASURED: Final = ("full_name", "joined", "language", "tags")


@dataclass(slots=True)
class _Kind:
    """One kind of telling person: who scores highest is it; 0 is none of the kind."""

    score: _Score
    #: in words
    reason: str
    #: the score is a length; what is as long for everybody tells nothing
    is_length: bool = False
    least: int = -1
    most: int = 0
    supporter_id: int = 0
    way: Way | None = None

    def see(self, supporter: Supporter, way: Way) -> None:
        score = self.score(supporter, way)
        if score > self.most:
            self.most, self.supporter_id, self.way = score, supporter.supporter_id, way
        if self.least < 0 or score < self.least:
            self.least = score

    @property
    def words(self) -> str:
        return f"{self.reason}, {self.most} characters" if self.is_length else self.reason


class Telling:
    """Sees everybody and remembers the telling ones. `used`: which values the message uses."""

    def __init__(self, used: Used) -> None:
        self._kinds = [
            _Kind(_name_length, "the longest name", is_length=True),
            _Kind(_has_no_name, "no name at all"),
            _Kind(_has_no_given_name, "a family name and no given name"),
            _Kind(_reads_right_to_left, "a message written from right to left"),
            _Kind(_is_right_to_left, "a name written from right to left"),
            _Kind(_is_not_latin, "a name in other than Latin letters"),
            *(
                _Kind(_length_of(name), f"the longest {name.replace('_', ' ')}", True)
                for name in used.fields
                if name not in _NOT_MEASURED
            ),
            *(
                _Kind(_length_in(column), f"the longest {shown(column)}", True)
                for column in used.columns
            ),
        ]

    def see(self, supporter: Supporter, way: Way) -> None:
        """Look at one more person."""
        for kind in self._kinds:
            kind.see(supporter, way)

    def picks(self, versions: Mapping[Way, tuple[int, str]]) -> dict[int, list[str]]:
        """Give who is worth a look, each with the reasons; one for each version comes first.

        `versions` has somebody who gets it and words for it. Where a person who is telling anyway
        gets it too, that one is taken.
        """
        picked: dict[int, list[str]] = {}
        found = [k for k in self._kinds if k.most and not (k.is_length and k.least == k.most)]
        for way, (supporter_id, words) in versions.items():
            own = next((kind.supporter_id for kind in found if kind.way == way), supporter_id)
            picked[own] = [words]
        for kind in found:
            picked.setdefault(kind.supporter_id, []).append(kind.words)
        return picked


def _full_name(supporter: Supporter) -> str:
    return f"{supporter.given_name} {supporter.family_name}".strip()


def _name_length(supporter: Supporter, _way: Way) -> int:
    return len(_full_name(supporter))


def _has_no_name(supporter: Supporter, _way: Way) -> int:
    return int(not (supporter.given_name or supporter.family_name))


def _has_no_given_name(supporter: Supporter, _way: Way) -> int:
    return int(not supporter.given_name and bool(supporter.family_name))


def _reads_right_to_left(_supporter: Supporter, way: Way) -> int:
    return int(languages.direction(way.language) == "rtl")


def _is_right_to_left(supporter: Supporter, way: Way) -> int:
    """Best in a message that is written from left to right: there the two meet."""
    if _is_ascii(supporter):
        return 0
    if not any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in _full_name(supporter)):
        return 0
    return 1 + (languages.direction(way.language) == "ltr")


def _is_not_latin(supporter: Supporter, _way: Way) -> int:
    """Best one that isn't written from right to left: that kind is looked for anyway."""
    if _is_ascii(supporter):
        return 0
    foreign = [
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        for character in _full_name(supporter)
        if character.isalpha() and not unicodedata.name(character, "").startswith("LATIN ")
    ]
    return 2 - any(foreign) if foreign else 0


def _is_ascii(supporter: Supporter) -> bool:
    return supporter.given_name.isascii() and supporter.family_name.isascii()


def _length_of(name: str) -> _Score:
    """Give what says how long a value is as it is written."""
    if name == "country":
        return lambda supporter, way: len(
            places.country_name(supporter.country, way.language) or supporter.country
        )
    return lambda supporter, _way: len(getattr(supporter, name))


def _length_in(column: str) -> _Score:
    return lambda supporter, _way: len(supporter.attributes.get(column, ""))
