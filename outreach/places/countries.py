"""Countries: a code out of whatever a person wrote, and a name in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from babel import Locale
from babel.core import UnknownLocaleError, get_global

from outreach.places.names import folded, read_table, unaccented

#: longer than any country's official name; what is longer is not looked at
_LONGEST: Final = 120

#: what stands between two names of one country
_BETWEEN: Final = re.compile(r"\s*(?:[/|;(]| [-–—] )\s*")

#: what a state calls itself before its name, in plain letters, and the words that stand beside it:
#: `people's democratic republic of` and its kin say nothing of which state it is
_STATE: Final = """
    republic kingdom state states commonwealth union principality duchy
    sultanate federation republique royaume etat etats principaute republica
    reino estado estados principado federacion federacao repubblica regno stato
    principato federazione republik konigreich furstentum staat bundesrepublik
    republiek koninkrijk republika jamhuri ufalme kerajaan cumhuriyeti rep
    federatia federasyonu federacja federace federacija federacio federatsioon
    foderaatsioon vabariik tasavalta koztarsasag republikken republiken
    respublika respublikasi república федерация федерація федерације федерацията
    республіка република республикасы republikang δημοκρατια ομοσπονδια 공화국 연방
    共和国 共和國 連邦 联邦 聯邦 गणराज्य প্রজাতন্ত্র جمهوریه جمهوری สาธารณรัฐ республика
    королевство государство جمهوريه مملكه دوله سلطنه جمهوري
"""
_BESIDE: Final = """
    the of and democratic people s peoples socialist federal federative islamic arab united
    independent hashemite bolivarian plurinational oriental grand federated co operative
    cooperative de du des d la le les l democratique populaire federale islamique unie arabe
    socialiste del do da dos das el los las democratica popular socialista federativa islamica
    unida bolivariana plurinacional cooperativa di della dell dei demokratische islamische
    vereinigte und der van het ya wa watu kidemokrasia muungano демократическая исламская
    народная
"""

#: of two states of one name the one that calls itself democratic
_DEMOCRATIC: Final = {"KR": "KP", "CG": "CD"}

#: where "republic" makes it another state: Hiina Vabariik is Taiwan
_CALLED_OTHERWISE: Final = frozenset({"CN", "DM"})


@cache
def countries() -> tuple[str, ...]:
    """Give all codes, sorted: ISO 3166-1 alpha-2, and XK, which ISO leaves to its users."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    listed = [line.split("\t")[0] for line in table.splitlines() if not line.startswith("#")]
    return tuple(sorted([*listed, "XK"]))


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """Give the ISO 3166-1 alpha-2 code for a code or a name in any language, or ''.

    Knows alpha-2 and alpha-3 codes, CLDR's names in all its languages, official forms and what
    people write besides (`aliases.txt`). Case, accents, punctuation and articles don't matter. A
    name that two countries share ("Congo") is unknown.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return ""
    code = _codes().get(text.upper(), "") if text in {text.upper(), text.lower()} else ""
    code = code or _named(folded(text)) or _codes().get(text.upper(), "")
    if not code and "," in text:
        first, _, rest = text.partition(",")
        code = _named(folded(f"{rest} {first}"))
    return code or _said_twice(text)


@lru_cache(maxsize=8192)
def is_doubtful(text: str) -> bool:
    """Whether a name is shared or easily mistaken, so that one asks: Congo, Georgia, Niger.

    Some of these `country_code` knows all the same: in a list of countries they are plain.
    """
    # Georgië is Dutch for the country alone, where Georgie may be either
    return folded(text) in _doubtful()


@cache
def _doubtful() -> frozenset[str]:
    listed = [names for code, names in _aliases() if code in ("", "?")]
    forms = [folded(name) for names in listed for name in names.split(";")]
    return frozenset([*forms, *map(unaccented, forms)]) - {""}


def _said_twice(text: str) -> str:
    """Give the code for a country named in two ways: `Belgique / België`, `Britain (UK)`."""
    parts = [part for part in _BETWEEN.split(text.rstrip(" )")) if part]
    codes = {country_code(part) for part in parts} if len(parts) > 1 else set()
    return codes.pop() if len(codes) == 1 else ""


def _named(name: str) -> str:
    """Give the code for a folded name; '' for one that is unknown or ambiguous."""
    index = _index()
    plain = unaccented(name)
    for form in (name, plain):
        if form in index:
            return index[form]
    words = plain.split()
    states, droppable = _state_words()
    for start, word in enumerate(words[:-1]):
        if word not in droppable:
            break
        rest = index.get(" ".join(words[start + 1 :]))
        if rest is not None and (states.intersection(words[: start + 1]) or start == 0):
            return _DEMOCRATIC.get(rest, rest) if _is_democratic(words) else rest
    turned = _turned(words, droppable)
    return _named(" ".join(turned)) if turned else _before_state(words) or _by_article(plain)


def _before_state(words: list[str]) -> str:
    """Give the code where a state's word stands behind its name: `Rusya Federasyonu`."""
    states, droppable = _state_words()
    for end in range(len(words) - 1, 0, -1):
        if words[end] not in droppable:
            return ""
        if states.intersection(words[end:]) and (code := _index().get(" ".join(words[:end]))):
            is_other = code in _CALLED_OTHERWISE or (_is_democratic(words) and code in _DEMOCRATIC)
            return "" if is_other else code
    return ""


def _by_article(name: str) -> str:
    """Give the code for an Arabic name with an article that it doesn't need."""
    return _index().get(name[2:], "") if name.startswith("ال") else ""


def _is_democratic(words: list[str]) -> bool:
    return any(word.startswith(("democrat", "demokrat", "popula", "people")) for word in words)


def _turned(words: list[str], droppable: frozenset[str]) -> list[str]:
    """Put what stands behind a name before it: `korea republic of` is `republic of korea`."""
    if words[-1:] != ["of"]:
        return []
    behind = len(words)
    while behind and words[behind - 1] in droppable:
        behind -= 1
    return words[behind:] + words[:behind] if behind else []


@cache
def _state_words() -> tuple[frozenset[str], frozenset[str]]:
    states = frozenset(_STATE.split())
    return states, states | frozenset(_BESIDE.split())


@cache
def _codes() -> dict[str, str]:
    """Give code -> alpha-2. Written like a word it is looked for last: `Nga` is a country too."""
    known = set(countries())
    codes = {
        code: current[0]
        for code, current in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha() and current[0] in known
    }
    return codes | {code: code for code in known} | {"UK": "GB", "XKX": "XK"}


@cache
def _index() -> dict[str, str]:
    index = read_table("countries.tsv")
    for code, names in _aliases():
        if code == "?":
            continue
        for name in names.split(";"):
            for form in {folded(name), unaccented(folded(name))}:
                index[form] = code
    return index


def known_names() -> Iterator[tuple[str, str]]:
    """Give all folded names with their codes; `?` as the code of what stays unknown."""
    doubtful = _doubtful()
    for name, code in _index().items():
        yield name, "?" if code == "" or name in doubtful else code


def _aliases() -> Iterator[tuple[str, str]]:
    text = resources.files("outreach.places").joinpath("aliases.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for entry in re.split(r"\n(?=\S)", "\n".join(lines).strip()):
        code, _, names = entry.partition(":")
        yield code.strip("-"), names


@lru_cache(maxsize=4096)
def country_name(code: str, language: str) -> str:
    """Give the country's name as CLDR has it in `language` (BCP 47), else in English.

    '' for what is no code.
    """
    if code not in countries():
        return ""
    parts = language.replace("-", "_").split("_")
    for length in range(len(parts), 0, -1):
        try:
            name = Locale.parse("_".join(parts[:length])).territories.get(code)
        except (ValueError, UnknownLocaleError, TypeError):
            continue
        if name:
            return str(name)
    return str(Locale.parse("en").territories[code])
