"""Text in small letters without accents, of the same length: what is found in it can be cut out of
the original. A pure function.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

#: letters that no decomposition takes to their plain form, and Arabic ones that people exchange
_LETTERS: Final = {"ı": "i", "đ": "d", "ł": "l", "ø": "o", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي"}
_APOSTROPHES: Final = "’‘ʼ`´"


def flat(text: str) -> str:
    """Give text of the same length in small letters without accents, with plain apostrophes."""
    return "".join(map(_flat_letter, text))


@cache
def _flat_letter(letter: str) -> str:
    if letter in _APOSTROPHES:
        return "'"
    apart = unicodedata.normalize("NFD", letter)
    # Hangul comes apart into letters, not into a letter and its accents
    small = (apart[0] if all(map(unicodedata.combining, apart[1:])) else letter).lower()
    small = _LETTERS.get(small, small)
    return small if len(small) == 1 else letter
