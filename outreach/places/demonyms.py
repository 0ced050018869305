"""Demonyms: the country of which somebody says to be, `a Kenyan`, `sénégalaise`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

from outreach.places.countries import country_code, is_doubtful
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

#: what languages put before or behind a country's name for its people
_PEOPLE: Final = re.compile(
    "^(?:nguoi|orang|warga negara) |^(?:ชาว|คน)|(?:国民|國民|人|국민|사람|인)$"
)
_NISBA: Final = re.compile("(?:ال)?(?P<stem>[\u0621-\u064a]{3,})ي(?:ه|ون|ات|ين)?")


def country_of_people(text: str) -> str:
    """Give the alpha-2 code for a demonym, in languages of which we have a table or the rule.

    '' is given for none, `?` where two countries' people call themselves so: Congolese, Korean.
    """
    form = unaccented(folded(text[:60]))
    return _index().get(form) or next(filter(None, map(_plain_country, _named_after(form))), "")


def _plain_country(name: str) -> str:
    return "" if is_doubtful(name) else country_code(name)


def _named_after(people: str) -> Iterator[str]:
    """Give the names after which a people may be called where that is a rule: 日本人, مصري."""
    if (bare := _PEOPLE.sub("", people)) != people:
        yield bare
    elif found := _NISBA.fullmatch(people):
        stem = found["stem"]
        yield from (stem, f"ال{stem}", f"{stem}يا", f"{stem}ا")


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
