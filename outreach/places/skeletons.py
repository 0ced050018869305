"""Names of countries by their consonants, in the scripts of India and in Arabic's.

How a foreign name's vowels are written there differs from one newspaper to the next: ఉజ్బెకిస్తాన్ and
ఉజ్బేకిస్థాన్ are Uzbekistan. A name counts where its consonants are one country's alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from outreach.places.countries import known_names
from outreach.places.names import folded

#: the nine blocks from Devanagari to Malayalam have the same letters at the same places
_INDIC: Final = re.compile("[\u0900-\u0d7f]")
_BLOCK: Final = 0x80
#: places of consonants in a block -> one letter for those that are easily exchanged
_CONSONANTS: Final = {
    place: sound
    for sound, places in {
        "k": (0x15, 0x16), "g": (0x17, 0x18), "c": (0x1A, 0x1B), "j": (0x1C, 0x1D, 0x5B),
        "t": (0x1F, 0x20, 0x24, 0x25), "d": (0x21, 0x22, 0x26, 0x27),
        "n": (0x02, 0x19, 0x1E, 0x23, 0x28, 0x29), "p": (0x2A, 0x2B), "b": (0x2C, 0x2D),
        "m": (0x2E,), "r": (0x30, 0x31), "l": (0x32, 0x33, 0x34), "v": (0x35,),
        "s": (0x36, 0x37, 0x38), "h": (0x39,),
    }.items()
    for place in places
}  # fmt: skip
#: places of the vowels that stand for themselves
_VOWELS: Final = (0x05, 0x14)
#: letters of Malayalam for a consonant without a vowel
_CHILLU: Final = {"ൺ": "n", "ൻ": "n", "ർ": "r", "ൽ": "l", "ൾ": "l", "ൿ": "k"}

_ARABIC: Final = re.compile("[\u0620-\u06ff]")
_EXCHANGED: Final = str.maketrans("غگقجكکثصسشطتضدذظزژڤفپبمنلرحخچ", "ggggkkssssttddzzzzffbbmnlrxxc")
#: fewer consonants stand in too many names
_LEAST: Final = 4


@lru_cache(maxsize=4096)
def country_by_consonants(text: str) -> str:
    """Give the alpha-2 code of the one country whose name has the text's consonants, or ''."""
    found = _index().get(_skeleton(text[:100]), "")
    return "" if found == "?" else found


@cache
def _index() -> Mapping[str, str]:
    index: dict[str, str] = {}
    for name, code in known_names():
        if key := _skeleton(name):
            index[key] = code if index.get(key, code) == code else "?"
    return index


def _skeleton(text: str) -> str:
    """Give the script and the consonants of a text, or '' where they are too few."""
    if text.isascii():
        return ""
    name = folded(text)
    if first := _INDIC.search(name):
        script = str(ord(first[0]) // _BLOCK)
        sounds = "".join(map(_indic, name))
        # a vowel that begins a word has a letter of its own: America is not Morocco
        script += "a" * (_VOWELS[0] <= ord(first[0]) % _BLOCK <= _VOWELS[1])
    elif _ARABIC.search(name):
        script = "arabic"
        bare = re.sub(r"\bال", "", name).translate(_EXCHANGED)
        sounds = "".join(re.findall("[a-z]", bare))
    else:
        return ""
    sounds = re.sub(r"(.)\1+", r"\1", re.sub("n(?=[pb])", "m", sounds))
    return f"{script} {sounds}" if len(sounds) >= _LEAST else ""


def _indic(letter: str) -> str:
    if letter in _CHILLU:
        return _CHILLU[letter]
    return _CONSONANTS.get(ord(letter) % _BLOCK, "") if _INDIC.match(letter) else ""
