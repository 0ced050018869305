"""Names of staff: when two are one person's, and which can't be told apart by eye. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

#: scripts whose letters look like each other's; a name is written in one of them
_ALIKE: Final = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
#: letters that look like Latin ones, small; names made of nothing else are read as those
_LOOK: Final = str.maketrans(
    {
        **dict(zip("авекмнорстухѕіјһԁԛԝ", "abekmhopctyxsijhdqw", strict=True)),
        **dict(zip("αβεζηικμνορτυχ", "abezhikmvoptux", strict=True)),
    }
)


def name_key(name: str) -> str:
    """Give what names are compared by: case, spaces, dots, width and looks make no difference."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    told = "".join(c if c.isalnum() or c.isspace() or _is_mark(c) else " " for c in plain)
    return " ".join((told if told.strip() else plain).translate(_LOOK).split())


def same_person(one: str, other: str) -> bool:
    """Whether two names, as people type their own, are one."""
    return name_key(one) == name_key(other)


def mixes_scripts(name: str) -> bool:
    """Whether a name has letters of several scripts that look alike, as a forged one does."""
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in name if c.isalpha()}
    return len(scripts & _ALIKE) > 1


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")
