"""Countries by what states call themselves: `Republika e Shqipërisë`, `ケニア共和国`.

Beside a word for republic or kingdom stands the country's name, perhaps inflected. What cannot be
told apart by that, as the two Congos, stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from outreach.places.countries import country_code, is_doubtful, known_names
from outreach.places.names import folded, unaccented
from outreach.places.skeletons import country_by_consonants

#: letters of a stem that is a country's; shorter ones begin many words
_LEAST: Final = 4
#: letters that an inflected name or an adjective may have behind the stem
_MOST_ENDING: Final = 7
#: letters of the words of the list that are whole words
_SHORT: Final = 4
#: countries that the words left out may tell from others: North, South, Dominican, equatorial
_OTHERS: Final = frozenset(
    ["CD", "CG", "CN", "DM", "DO", "GB", "GN", "IE", "KP", "KR", "NE", "NG", "SD", "TW", "US"]
)
#: what a name ends with in the nominative, and loses before other endings
_VOWELS: Final = "aeiouyаеиоуыяюієїьιηεαοωυաեէիոօაეიოუהةهية"
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")


@lru_cache(maxsize=4096)
def country_of_state(text: str) -> str:
    """Give the alpha-2 code for the official name of a state; '' if unsure.

    Only names with a word for a kind of state are read.
    """
    rest, is_state = _without_state(unaccented(folded(text[:100])))
    if not is_state or len(rest) < _LEAST - 2 * (not rest.isascii()) or is_doubtful(rest):
        return ""
    code = country_code(rest) or country_by_consonants(rest)
    if not code and not _UNSPACED.search(rest):
        code = _by_stem(rest)
    return "" if code in _OTHERS else code


def _without_state(name: str) -> tuple[str, bool]:
    """Give what stands beside the words for a state, and whether there are such words."""
    spaced, beside, unspaced = _words()
    bare = name if name.isascii() else unspaced.sub(" ", name)
    words = bare.split()
    kept = [word for word in words if not spaced.match(word)]
    is_state = bare != name or len(kept) < len(words)
    # La Romana has a small word too, and is a town
    return " ".join(word for word in kept if not beside.match(word)), is_state


def _by_stem(word: str) -> str:
    """Find the longest stem of a name that the word begins with: `afghanistanska`."""
    for end in range(len(word), max(_LEAST, len(word) - _MOST_ENDING) - 1, -1):
        # the shorter a stem, the more words begin with it
        if len(word) - end < end and (code := _stems().get(word[:end])):
            return "" if code == "?" else code
    return ""


@cache
def _stems() -> Mapping[str, str]:
    """Names, and names without the vowels at their end; `?` where two countries share one."""
    index: dict[str, str] = {}
    for name, code in known_names():
        plain = unaccented(name)
        bare, _ = _without_state(plain)
        for stem in {plain, bare, bare.rstrip(_VOWELS)}:
            if len(stem) >= _LEAST:
                index[stem] = code if index.get(stem, code) == code else "?"
    return index


@cache
def _words() -> tuple[re.Pattern[str], ...]:
    """Expressions for how a state's word begins, for words beside it, and without spaces."""
    text = resources.files("outreach.places").joinpath("states.txt").read_text("utf-8")
    spaced, beside, unspaced = map(_listed, re.split(r"(?m)^\[\w+\]$", text)[1:])
    # short ones are whole words: bang, which Bangladesh begins with
    starts = (word if len(word) > _SHORT else rf"{word}$" for word in spaced)
    whole = (rf"{word}$" for word in beside)
    return tuple(re.compile("|".join(words)) for words in (starts, whole, unspaced))


def _listed(part: str) -> Iterable[str]:
    words = {unaccented(folded(word)) for word in re.sub(r"(?m)^\w+:", " ", part).split()}
    return sorted(words - {""}, key=len, reverse=True)
