"""An answer that tells of several gatherings, cut into what it says of each. Pure.

Only where each stands below a line of its own, or in it: the lines that we give to fill in begin
with day and place, and people who write their own begin with the place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: what may stand before the name of a place
_BULLET: Final = r"[\s\-–—*•>]*(?:\d{1,2}[.)]\s*)?"


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a gathering was."""

    gathering_id: int
    #: YYYY-MM-DD
    day: str
    place: str


def heading(day: str, place: str) -> str:
    """Give the line below which somebody tells of a gathering."""
    return f"{day} {' '.join(place.split())}".strip()


def sections(text: str, places: Sequence[Place]) -> dict[int, str]:
    """Give by gathering what is told of it; empty where that is not plain.

    It isn't where a line may begin two, where a gathering is begun twice, or where something with a
    number stands before the first.
    """
    told: dict[int, list[str]] = {}
    lines: list[str] = []
    for line in _plain(text).split("\n"):
        begun = [(each, rest) for each in places if (rest := _rest(line, each, places)) is not None]
        if len(begun) > 1 or (begun and begun[0][0].gathering_id in told):
            return {}
        if begun:
            lines = told.setdefault(begun[0][0].gathering_id, [])
            line = begun[0][1]
        elif not told and re.search(r"\d", line):
            return {}
        lines.append(line)
    # what parted the name from the rest tells nothing
    return {number: "\n".join(said).strip().lstrip(":–— \n") for number, said in told.items()}


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _rest(line: str, place: Place, places: Sequence[Place]) -> str | None:
    """Give what a line that begins to tell of a gathering says besides; None where it doesn't."""
    name = re.escape(" ".join(_plain(place.place).split()))
    if place.day and place.day in line:
        rest = line.replace(place.day, " ", 1)
        alone = sum(other.day == place.day for other in places) == 1
        found = re.search(name, rest, re.IGNORECASE) if name else None
        if found is None:
            return rest if alone else None
        return rest[: found.start()] + " " + rest[found.end() :]
    found = re.match(rf"{_BULLET}{name}(?=\s*[:–—-])", line, re.IGNORECASE) if name else None
    return None if found is None else line[found.end() :]
