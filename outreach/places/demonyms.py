"""Demonyms: the country of which somebody says to be, `a Kenyan`, `sénégalaise`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

from outreach.places.names import folded, unaccented

#: how the feminine and the plural end where the masculine ends so, by the table's columns; the
#: longest ending that fits counts
_FORMS: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {"": ("s",), "ese": (), "ss": (), "sh": (), "ch": ()},
    {
        "": ("e", "s", "es"), "e": ("s",), "ien": ("ienne", "iens", "iennes"), "s": ("e", "es"),
        "een": ("eenne", "eens", "eennes"), "on": ("onne", "ons", "onnes"),
        "grec": ("grecque", "grecs", "grecques"), "turc": ("turque", "turcs", "turques"),
    },
    {
        "": ("s", "es", "a", "as"), "o": ("a", "os", "as"), "e": ("s",), "a": ("s",),
        "i": ("s", "es"),
    },
    {
        "": ("s",), "o": ("a", "os", "as"), "es": ("esa", "eses", "esas"), "e": ("s",), "a": ("s",),
        "ao": ("a", "aos", "oes", "as"), "eu": ("eia", "eus", "eias"), "ol": ("ola", "ois", "olas"),
    },
    {"": ("in", "innen"), "e": ("in", "innen", "en"), "deutscher": ("deutsche", "deutschen")},
    {"": (), "o": ("a", "i", "e", "he"), "e": ("i",), "a": ("i", "he")},
)  # fmt: skip
#: endings that go when those of `_FORMS` come
_CUT: Final = frozenset(
    ["ien", "een", "on", "grec", "turc", "o", "es", "ao", "eu", "ol", "deutscher"]
)


def country_of_people(text: str) -> str:
    """Give the alpha-2 code for a demonym in one of six languages; '' for none.

    `?` is given where two countries' people call themselves so: Congolese, Korean.
    """
    return _index().get(unaccented(folded(text[:60])), "")


@cache
def _index() -> dict[str, str]:
    text = resources.files("outreach.places").joinpath("demonyms.txt").read_text("utf-8")
    index: dict[str, str] = {}
    for line in text.splitlines():
        code, _, columns = line.partition(" ")
        if code == "#":
            continue
        for column, words in enumerate(columns.split("|")):
            for word in words.split():
                form = unaccented(folded(word.replace("_", " ")))
                for made in (form, *_made(form, column)):
                    index[made] = code if index.get(made, code) == code else "?"
    return index


def _made(form: str, column: int) -> Iterator[str]:
    endings = _FORMS[column]
    ending = max((end for end in endings if form.endswith(end)), key=len)
    # German and Italian words in -e lose it, French and Spanish ones keep it
    cut = ending in _CUT or (column in (4, 5) and ending in ("e", "a"))
    stem = form[: len(form) - len(ending)] if cut and ending else form
    return (stem + end for end in endings[ending] if len(stem) > 3)
