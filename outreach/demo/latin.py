"""Write a name in the letters that an email address has."""

from __future__ import annotations

import unicodedata
from typing import Final


def _pairs(letters: str, sounds: str) -> dict[str, str]:
    return dict(zip(letters.split(), sounds.split(), strict=True))


#: letters in lower case -> how their readers write them in Latin letters
_SOUNDS: Final = (
    # Cyrillic as Bulgaria, Serbia, Ukraine and Mongolia use it
    _pairs(
        "а б в г ґ д ђ е є ж з и і ї й ј к л љ м н њ о ө п р с т ћ у ү ф х ц ч џ ш щ ь э ю я",
        "a b v g g d dj e ye zh z i i yi y j k l lj m n nj o u p r s t c u u f h ts ch dz sh shch "
        "_ e yu ya",
    )
    | {"ъ": "a", "ы": "y"}
    | _pairs(
        "α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ ς τ υ φ χ ψ ω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
    )
    | _pairs(
        "ა ბ გ დ ე ვ ზ თ ი კ ლ მ ნ ო პ ჟ რ ს ტ უ ფ ქ ღ ყ შ ჩ ც ძ წ ჭ ხ ჯ ჰ",
        "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h",
    )
    | _pairs(
        "ա բ գ դ ե զ է ը թ ժ ի լ խ ծ կ հ ձ ղ ճ մ յ ն շ ո չ պ ջ ռ ս վ տ ր ց ու փ ք և օ ֆ",
        "a b g d e z e y t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts u p k ev o f",
    )
    | _pairs("ß æ œ ø ł đ ð þ ı ə", "ss ae oe o l d d th i e")
)


#: two letters that make one sound
_TOGETHER: Final = (
    ("ου", "ou"), ("ού", "ou"), ("γγ", "ng"), ("ευ", "ev"), ("εύ", "ev"), ("αυ", "av"), ("ու", "u"),
)  # fmt: skip


def latin(name: str) -> str:
    """Give `name` in small Latin letters, digits, spaces and hyphens; the rest is left out."""
    small = unicodedata.normalize("NFC", name.lower())
    for letters, sound in _TOGETHER:
        small = small.replace(letters, sound)
    sounded = "".join(_SOUNDS.get(c, c) for c in small)
    bare = "".join(
        _SOUNDS.get(c, c)
        for c in unicodedata.normalize("NFKD", sounded)
        if not unicodedata.combining(c)
    )
    return "".join(c for c in bare if c.isascii() and (c.isalnum() or c in " -"))


def is_latin(name: str) -> bool:
    """Whether a name is written in Latin letters, going by its first."""
    return name[0] < "\u0250"
