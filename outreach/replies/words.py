"""The shipped tables of words, and the one form in which text is looked up in them.

The tables are files of their own, so that people who know a language can add to it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

#: letters of a text that are looked at; what somebody wants stands at the beginning
MAX_WORDS: Final = 5000

#: accents of Latin, Greek and Cyrillic; vowel points, hamzas and the stretching of Arabic
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0655\u0640]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069*_]")
#: letters without a mark to take off, and those that two keyboards of one script write differently
_LETTERS: Final = str.maketrans("ıłŁđĐøØيىك", "ilLdDoOییک")


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
    """Give one expression for all phrases of a section, in any case; it is for `plain` text."""
    phrases = (f"(?:{_folded(word)})" for word in words(file_name)[section])
    return re.compile("|".join(phrases), re.IGNORECASE)


def plain(text: str) -> str:
    """Give text in the form in which phrases are looked up: no accents, one space, plain quotes.

    People write without the accents that their telephone does not offer.
    """
    text = _INVISIBLE.sub("", _folded(text[:MAX_WORDS]))
    return " ".join(re.sub("[’‘ʼ`´]", "'", text).split())


def _folded(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)
