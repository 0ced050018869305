"""Read the shipped tables of words, so that people who know a language can add to it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def words(file_name: str) -> dict[str, tuple[str, ...]]:
    """Read a table of this package as section -> the words of all its languages, in order."""
    text = resources.files("outreach.replies").joinpath(file_name).read_text("utf-8")
    return {
        section: tuple(word for listed in languages.values() for word in listed)
        for section, languages in tomllib.loads(text).items()
    }


@cache
def pattern(file_name: str, section: str) -> re.Pattern[str]:
    """Give one expression for all phrases of a section, in any case."""
    return re.compile("|".join(f"(?:{word})" for word in words(file_name)[section]), re.IGNORECASE)
