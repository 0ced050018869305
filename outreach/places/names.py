"""Bring names as people type them to one spelling, and read the shipped tables of names."""

from __future__ import annotations

import re
import unicodedata
from importlib import resources
from typing import Final

#: apostrophes vanish or split words from one writer to the next: they count as a space
_NOT_A_WORD: Final = re.compile(r"[^\w]+|_+")
#: accents and vowel points. Not the vowel signs of Indic scripts or Thai, which are letters there
_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
#: joins nothing and is seen by nobody: soft hyphen, joiners, marks of direction
_INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0640]")
#: letters that no decomposition takes to their plain form
_PLAIN: Final = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
        "ħ": "h", "ə": "e", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
    }
)  # fmt: skip


def folded(text: str) -> str:
    """Give `text` in small letters with its accents, without punctuation or outer spaces."""
    small = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    spaced = _spaced_marks(small.replace("&", " and "))
    return unicodedata.normalize("NFC", spaced)


def unaccented(text: str) -> str:
    """Give folded `text` in plain letters too: `côte d ivoire` becomes `cote d ivoire`."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)


def _spaced_marks(text: str) -> str:
    r"""Put a space for all that is neither letter, digit nor mark (`\w` leaves out the marks)."""
    if text.isascii():
        return _NOT_A_WORD.sub(" ", text).strip()
    kept = (c if unicodedata.category(c)[0] in "LNM" else " " for c in text)
    return " ".join("".join(kept).split())


def read_table(name: str) -> dict[str, str]:
    """Read a shipped table as name -> key."""
    text = resources.files("outreach.places").joinpath(name).read_text("utf-8")
    index: dict[str, str] = {}
    for line in text.split("\n"):
        key, _, found = line.partition("\t")
        index.update(dict.fromkeys(found.split("\t"), key))
    index.pop("", None)
    return index
