"""Names of countries as people misspell, join and inflect them.

`country_code` knows a name or it doesn't. What is found here is less certain, and only for words
that are known to name a country: behind a label, or behind "from".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from outreach.places.countries import country_code, is_doubtful, known_names
from outreach.places.names import folded, unaccented
from outreach.places.skeletons import country_by_consonants

#: shorter names have too many neighbours: Iran, Iraq
_LEAST: Final = 7
#: what is left of a word that is still a country's name
_LEAST_STEM: Final = 4

#: Turkish puts it between a name and its ending
_APOSTROPHE: Final = re.compile("([’'ʼ])(?=[^\\W\\d_]{1,5}$)")
_DOUBLED: Final = re.compile(r"(.)\1")
#: "and" and small words between the parts of a name, in many languages, in plain letters
_JOINING: Final = """
    and et en y e i und og och ja ve va da de do di del della des du la le les el los the of o a an
    as ac ha eta at kaj si se me ng z w ir un is и і й а да та және һәм пен мен бен και و और व এবং ও
    અને આણિ ile na der die das den dem het ya wa ny yn mga kap
"""
#: what a name in the nominative ends with, and loses when it is inflected
_NOMINATIVE: Final = "a o e i y u ia ie а я о е ы и ь й ия ія α ας ο ος η ης ا ه ի ი"
#: the shortest first: endings of "in" and "from" and of the cases behind such words, in Slavic,
#: Baltic, Finnic, Hungarian, Turkic, Greek, Icelandic, Georgian, Armenian and Basque
_ENDINGS: Final = """
    a e i u y o а я у ю е и ы і ї α ο η s n
    ie ii ji je ju om em ou oj ej ze ой ою ей ею ом ем ии ию ів ος ας ης ου
    os us as ai is ij um st ach ech ich da de ta te an on en да де та те ში ის უმ ում ից
    zie ich oje iem sse ssa sta lla lta ban ben bol rol dan den tan ten dai nin nda
    дан ден тан тен нан нен нда нде დან tik essa esta assa asta issa ista ijos ndan ijoje
"""


@lru_cache(maxsize=4096)
def country_nearly(text: str) -> str:
    """Give the code for a name with one slip, or with its words joined otherwise; '' if unsure.

    In scripts whose vowels people write in several ways, the consonants are enough.
    """
    name = unaccented(folded(text[:100]))
    key = _joined(name)
    found = _joined_index().get(key, "")
    if not found and len(key) >= _LEAST and not is_doubtful(text):
        starts, ends = _neighbourhoods()
        near = [*starts.get(key[:3], ()), *ends.get(key[-3:], ())]
        codes = {_joined_index()[other] for other in near if _one_slip(key, other)}
        found = codes.pop() if len(codes) == 1 else ""
    if not found and not is_doubtful(text):
        found = country_by_consonants(text)
    return "" if found == "?" else found


@lru_cache(maxsize=4096)
def country_inflected(word: str) -> str:
    """Give the code for one inflected word: `России`, `Keniasta`; '' if unsure.

    Of names with several words only those with an apostrophe: `Güney Kore'den`.
    """
    whole, mark, _ = _APOSTROPHE.split(word, maxsplit=1) if _APOSTROPHE.search(word) else ("",) * 3
    if mark and len(whole) > 2:
        return "" if is_doubtful(whole) else country_code(whole)
    if len(word) < _LEAST_STEM:
        return ""
    name = unaccented(folded(word[:60]))
    if " " in name or country_code(word) or is_doubtful(word):
        return "" if is_doubtful(word) else country_code(word)
    for ending in _endings():
        stem = name.removesuffix(ending)
        if stem == name or len(stem) < _LEAST_STEM:
            continue
        found = _stems().get(stem, "")
        if found:
            return "" if found == "?" else found
    return ""


@cache
def _joining() -> frozenset[str]:
    return frozenset(_JOINING.split())


@cache
def _endings() -> tuple[str, ...]:
    return tuple(_ENDINGS.split())


def _joined(name: str) -> str:
    if " " in name:
        name = "".join(word for word in name.split() if word not in _joining())
    return _DOUBLED.sub(r"\1", name)


@cache
def _joined_index() -> Mapping[str, str]:
    return _unique((_joined(name), code) for name, code in _plain_names())


@cache
def _plain_names() -> frozenset[tuple[str, str]]:
    return frozenset((unaccented(name), code) for name, code in known_names())


@cache
def _stems() -> Mapping[str, str]:
    found: list[tuple[str, str]] = []
    for plain, code in _plain_names():
        if " " in plain or len(plain) < _LEAST_STEM:
            continue
        kept = (plain[: -len(end)] for end in _NOMINATIVE.split() if plain.endswith(end))
        found += [(stem, code) for stem in {plain, *kept} if len(stem) >= _LEAST_STEM]
    return _unique(found)


def _unique(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Index by key; `?` where two countries share it."""
    index: dict[str, str] = {}
    for key, code in pairs:
        index[key] = code if index.get(key, code) == code else "?"
    return index


@cache
def _neighbourhoods() -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Names by their first and by their last three letters: one slip leaves one of them alone."""
    starts: dict[str, list[str]] = defaultdict(list)
    ends: dict[str, list[str]] = defaultdict(list)
    for key in _joined_index():
        if len(key) >= _LEAST - 1:
            starts[key[:3]].append(key)
            ends[key[-3:]].append(key)
    return starts, ends


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter was left out, put in, changed, or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    n = 0
    while n < len(shorter) and shorter[n] == longer[n]:
        n += 1
    if len(shorter) != len(longer):
        return shorter[n:] == longer[n + 1 :]
    swapped = longer[n + 1 : n + 2] + longer[n : n + 1]
    return shorter[n + 1 :] == longer[n + 1 :] or (
        shorter[n : n + 2] == swapped and shorter[n + 2 :] == longer[n + 2 :]
    )
