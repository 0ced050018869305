"""Colours: what is written, mixed and measured as WCAG 2.2 does (1.4.3, contrast ratio)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
from tinycss2.color4 import parse_color


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue from 0 to 1, and how much of what is behind it is covered."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, behind: Colour) -> Colour:
        """Give the colour that is seen with `behind`, which is opaque, behind this one."""
        mixed = (
            front * self.alpha + back * (1 - self.alpha)
            for front, back in zip(self._parts, behind._parts, strict=True)
        )
        return Colour(*mixed)

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1."""
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in self._parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    @property
    def _parts(self) -> tuple[float, float, float]:
        return self.red, self.green, self.blue

    def __str__(self) -> str:
        return "#" + "".join(f"{round(255 * part):02x}" for part in self._parts)


BLACK, WHITE = Colour(0, 0, 0), Colour(1, 1, 1)


def contrast(one: Colour, other: Colour) -> float:
    """Give the contrast ratio of two opaque colours, 1 to 21."""
    light, dark = sorted((one.luminance, other.luminance), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1000)
def colour(written: str) -> Colour | None:
    """Read a colour of CSS or of an HTML attribute; None where it is none, or not a fixed one."""
    found = parse_color(written.strip())
    if found is None or isinstance(found, str):
        return None
    try:
        parts = tuple(found.to("srgb"))
    except NotImplementedError:
        return None
    return Colour(*(min(max(part or 0.0, 0.0), 1.0) for part in parts))


def background(written: str) -> tuple[Colour | None, bool]:
    """Give the colour in a `background`, and whether a picture or gradient covers it."""
    covered = "url(" in written.lower() or "gradient(" in written.lower()
    return next(_colours(written), None), covered


def _colours(written: str) -> Iterator[Colour]:
    for token in tinycss2.parse_component_value_list(written, skip_comments=True):
        if token.type in ("ident", "hash", "function"):
            found = colour(tinycss2.serialize([token]))
            if found is not None:
                yield found
