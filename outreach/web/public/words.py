"""What the public pages say, in each language that they speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from outreach import places, tomlfiles
from outreach.errors import SettingsError

#: in the order in which they are offered; the first stands in where a reader's is missing
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "fr": "français",
    "es": "español",
    "ar": "العربية",
}
_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([0-9.]{1,5}))?\s*"
)


@cache
def words(language: str) -> Mapping[str, Any]:
    """Give the words of one of LANGUAGES, by their names."""
    file = f"{language}.toml"
    text = resources.files("outreach.web.public").joinpath("words", file).read_text("utf-8")
    return tomlfiles.read(file, text, SettingsError).data


def spoken(*wished: str) -> str:
    """Choose the language of a page: the first of the wishes (BCP 47) that it speaks."""
    for tag in wished:
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return next(iter(LANGUAGES))


def wishes(accept_language: str) -> list[str]:
    """Read an Accept-Language header, the most wanted first; what can't be read is left out."""
    found: list[tuple[float, str]] = []
    for part in accept_language[:1000].split(","):
        one = _RANGE.fullmatch(part)
        if one is None or one[1] == "*":
            continue
        try:
            weight = float(one[2] or "1")
        except ValueError:
            continue
        if weight > 0:
            found.append((-weight, one[1]))
    return [tag for _, tag in sorted(found, key=lambda each: each[0])]


def direction(language: str) -> str:
    """Give the value of a page's `dir`."""
    return "rtl" if places.is_right_to_left(language) else "ltr"
