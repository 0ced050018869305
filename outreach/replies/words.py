"""The shipped tables of words, and the one form in which text is looked up in them.

The tables are files of their own, so that people who know a language can add to it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Final

#: letters of a text that are looked at; what somebody wants stands at the beginning
MAX_WORDS: Final = 5000

#: accents of Latin, Greek and Cyrillic; vowel points, hamzas and the stretching of Arabic
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0655\u0640]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069*_]")
#: letters without a mark to take off, and those that two keyboards of one script write differently
_LETTERS: Final = str.maketrans("ıłŁđĐøØيىك", "ilLdDoOییک")


#: parts of an expression that stand for several things, or perhaps for nothing
_CLASS = re.compile(r"\[(?:[^\]\\]|\\.)*\]")
_GROUP = re.compile(r"\((?:[^()\\]|\\.)*\)")
_NOT_PLAIN = re.compile(r"\\.|.(?=[?*{])|\{[^}]*\}|[.^$?*+]")


@cache
def words(file_name: str) -> dict[str, tuple[str, ...]]:
    """Read a table of this package as section -> the words of all its languages, in order."""
    text = resources.files("outreach.replies").joinpath(file_name).read_text("utf-8")
    return {
        section: tuple(word for listed in languages.values() for word in listed)
        for section, languages in tomllib.loads(text).items()
    }


class Phrases:
    """The phrases of a section; they are looked for in `plain` text.

    Each is an expression of its own: one of all together is ten times slower, for the engine skips
    quickly to the first letters of one phrase, and can't do so for hundreds.
    """

    def __init__(self, phrases: tuple[str, ...]) -> None:
        folded = [_folded(phrase) for phrase in phrases]
        self._all = [(scripts_of(p), _always_in(p), re.compile(p)) for p in folded]
        self._of_scripts: dict[frozenset[str], list[tuple[str, re.Pattern[str]]]] = {}

    def _for(self, text: str) -> list[re.Pattern[str]]:
        """The phrases that may stand in the text: those of its scripts whose plain words it has."""
        scripts = scripts_of(text)
        found = self._of_scripts.get(scripts)
        if found is None:
            found = [(words, phrase) for needed, words, phrase in self._all if needed <= scripts]
            self._of_scripts[scripts] = found
        return [phrase for words, phrase in found if words in text]

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Give every place in which a phrase stands, phrase by phrase."""
        for phrase in self._for(text):
            yield from phrase.finditer(text)

    def search(self, text: str) -> re.Match[str] | None:
        """Give the first place in the text in which a phrase stands."""
        found = (phrase.search(text) for phrase in self._for(text))
        return min(filter(None, found), key=lambda place: place.start(), default=None)

    def stands_in(self, text: str) -> bool:
        """Whether a phrase stands anywhere in the text."""
        return any(phrase.search(text) for phrase in self._for(text))

    def begins(self, text: str) -> bool:
        """Whether the text begins with a phrase."""
        return any(phrase.match(text) for phrase in self._for(text))

    def is_all_of(self, text: str) -> bool:
        """Whether the text is a phrase and nothing else."""
        return any(phrase.fullmatch(text) for phrase in self._for(text))


def _always_in(phrase: str) -> str:
    """Give the longest run of letters that stands in all that the expression matches, or ''."""
    bare = _CLASS.sub("\0", phrase)
    while (without := _GROUP.sub("\0", bare)) != bare:
        bare = without
    return "" if "|" in bare else max(_NOT_PLAIN.sub("\0", bare).split("\0"), key=len)


@cache
def phrases(file_name: str, section: str) -> Phrases:
    """Give the phrases of a section of a table, in all its languages."""
    return Phrases(words(file_name)[section])


#: scripts that no language mixes, but for borrowed words
_SCRIPTS: Final = {
    "Greek": "\u0370-\u03ff",
    "Cyrillic": "\u0400-\u052f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff",
    "Indic": "\u0900-\u0dff",
    "Southeast Asian": "\u0e00-\u109f\u1780-\u17ff",
    "Georgian": "\u10a0-\u10ff",
    "Ethiopic": "\u1200-\u137f",
    "East Asian": "\u3040-\u9fff\uac00-\ud7af",
}
_IN_SCRIPT: Final = [(name, re.compile(f"[{letters}]")) for name, letters in _SCRIPTS.items()]


def scripts_of(text: str) -> frozenset[str]:
    """Give the scripts beside Latin that `text`, or an expression, has letters of."""
    if text.isascii():
        return frozenset()
    return frozenset(name for name, letters in _IN_SCRIPT if letters.search(text))


def plain(text: str) -> str:
    """Give text in the form in which phrases are looked up: small letters, no accents, one space.

    People write without the accents that their telephone does not offer.
    """
    return _plain(text[:MAX_WORDS])


# each rule asks for the same words of a mail again: its subject, a name, a line
@lru_cache(maxsize=64)
def _plain(text: str) -> str:
    text = _INVISIBLE.sub("", _folded(text).lower())
    return " ".join(re.sub("[’‘ʼ`´]", "'", text).split())


def _folded(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)
