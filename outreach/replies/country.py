"""Which country a person names on a line that asks for it. Pure functions.

A wrong country is worse than none: where two readings are possible the code is '', and staff ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from outreach import places


class Method(StrEnum):
    """By what a country was found."""

    NONE = ""
    FIELD = "field"
    LIVES = "lives in"
    FROM = "is from"
    LINE = "a line of its own"
    DEMONYM = "demonym"
    CITY = "city"
    NAMED = "named in passing"


#: how certain each method is, 0 to 1
CERTAINTY: Final = {
    Method.NONE: 0.0,
    Method.FIELD: 0.98,
    Method.LIVES: 0.95,
    Method.FROM: 0.9,
    Method.LINE: 0.85,
    Method.DEMONYM: 0.8,
    Method.CITY: 0.75,
    Method.NAMED: 0.6,
}


@dataclass(frozen=True, slots=True)
class Where:
    """A country that a person may have named."""

    #: ISO 3166-1 alpha-2; '' where staff have to ask
    code: str = ""
    #: as the person wrote it
    text: str = ""
    method: Method = Method.NONE
    #: 0 to 1
    certainty: float = 0.0


def found(code: str, text: str, method: Method) -> Where:
    """Make the Where of what `method` found; without a code it is a question."""
    return Where(code, text, method, CERTAINTY[method] if code else 0.0)


#: which countries a name may stand for that stands for several
_MEANT: Final = {
    "": frozenset({"CD", "CG", "KR", "KP", "VI", "VG", "MF", "SX"}),
    "GE": frozenset({"GE", "US"}),
    "NE": frozenset({"NE"}),
    "GN": frozenset({"GN"}),
}
#: parts of states that are countries of the list: Hong Kong, China
WITHIN: Final = {
    "HK": "CN",
    "MO": "CN",
    "TW": "CN",
    "PR": "US",
    "GU": "US",
    "RE": "FR",
    "GF": "FR",
}
#: countries whose name stands in other countries' names as well: South Sudan, French Guiana
_SHARED: Final = frozenset(
    ["AU", "CD", "CG", "CN", "DK", "DM", "FR", "GB", "GE", "GN", "GY", "IE", "IN", "IS", "KM", "KP",
     "KR", "MF", "ML", "NE", "NG", "NL", "RU", "SD", "SX", "TL", "US", "WS"]
)  # fmt: skip
#: states with islands far away, and the two halves of an island
_OVERSEAS: Final = frozenset({"AU", "CN", "DK", "FR", "GB", "NL", "NO", "NZ", "US"})
_SAINT_MARTIN: Final = frozenset({"MF", "SX"})
#: how the halves are told apart in brackets
_HALVES: Final = {
    "fran": "MF", "fren": "MF", "prant": "MF", "rans": "MF", "франц": "MF", "فرنس": "MF",
    "法": "MF",
    "dutch": "SX", "holl": "SX", "nede": "SX", "neer": "SX", "niede": "SX", "olan": "SX",
    "голл": "SX", "нидер": "SX", "هولن": "SX", "荷": "SX",
}  # fmt: skip
#: states and provinces whose two letters are also a country's code
_STATES: Final = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
    NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AB BC MB NB NL NS ON PE QC SK YT
"""
#: what may stand before a country where somebody writes a sentence on the line
_LEADING: Final = re.compile(
    r"\A(?:(?:i|i'm|am|we|live|living|come|from|in|je|j'habite|viens|suis|soy|vivo|ich|komme|aus|es|is"
    r"|de|du|en|au|aux|la|the|el|il|das|die|der|nel|nella|dal|dalla|na|no|из|в|من|في|ở|tại)\s+)+",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"[,،、;|()\n\[\]]|\s+[-–—]\s+|\s*/\s*")
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def country_of_field(text: str) -> Where:
    """Read what stands on a `Country:` line: a country, or city and country, or a city."""
    text = " ".join(text.split())[:200]
    bare = _FLAG.sub(" ", text).strip(" .,;:!*_\"'«»“”")
    if not bare and (flagged := flags(text)):
        return found(flagged[0] if len(flagged) == 1 else "", text, Method.FIELD)
    for read in (_whole, _by_parts, _by_words):
        codes, method = read(bare)
        if codes:
            return found(codes[0] if len(codes) == 1 and codes[0] != "?" else "", text, method)
    return Where("", text)


def flags(text: str) -> list[str]:
    """Give the different countries whose flags stand in the text as pictures."""
    letters = (
        "".join(chr(ord(c) - 0x1F1E6 + ord("A")) for c in flag) for flag in _FLAG.findall(text)
    )
    return list(dict.fromkeys(code for code in letters if code in places.countries()))


Found = tuple[list[str], Method]


def _whole(text: str) -> Found:
    for form in dict.fromkeys((text, _LEADING.sub("", text))):
        if places.is_doubtful(form):
            break
        code = places.country_code(form)
        if not code and not places.country_of_city(form):
            code = places.country_of_state(form)
        if code:
            return [code], Method.FIELD
    return [], Method.NONE


def _by_parts(text: str) -> Found:
    """Read `Goma, DRC`, `Belgique / België`, `Tbilisi, Georgia`, `Atlanta, GA`."""
    parts = [part.strip(" .") for part in _BETWEEN.split(text)]
    parts = [_LEADING.sub("", part) for part in parts if len(part) > part.isascii()]
    doubts = [places.country_code(part) for part in parts if places.is_doubtful(part)]
    plain = [part for part in parts if not places.is_doubtful(part)]
    many = len(parts) > 1
    codes = _each(_code_of_part(part, is_last=many) for part in plain)
    codes += [code for part in plain if many for code in _among(part) if code not in codes]
    codes = [code for code in codes if not any(WITHIN.get(other) == code for other in codes)]
    method = Method.FIELD
    if not codes and (codes := _each(map(places.country_of_people, plain))):
        method = Method.DEMONYM
    if not codes and (codes := _each(map(places.country_of_city, plain))):
        method = Method.CITY
    if not codes and not doubts:
        codes, method = _each(map(places.country_nearly, plain)), Method.FIELD
    if many and _may_be_territory(text, codes):
        half = _half_of_saint_martin(text)
        return [half if half and _SAINT_MARTIN.intersection(codes) else "?"], method
    if doubts and not all(code in _MEANT[doubt] for doubt in doubts for code in codes):
        return ["?"], method
    return (codes, method) if codes or not doubts else (["?"], method)


def _half_of_saint_martin(text: str) -> str:
    halves = {code for sign, code in _HALVES.items() if sign in text.lower()}
    return halves.pop() if len(halves) == 1 else ""


def _among(part: str) -> list[str]:
    """Give the countries in a part of a line that has several parts: `now in Turkey`."""
    words = part.split()
    known = len(words) < 2 or places.country_code(part)
    return [] if known else _each(grams(words[:12], _named_among))


def _may_be_territory(text: str, codes: list[str]) -> bool:
    """Whether `Unknown Islands (US)` or `Saint Martin (their part)` is what we read."""
    name, opened, _ = text.partition("(")
    known = places.country_code(name) or places.country_of_city(name)
    return bool(_SAINT_MARTIN.intersection(codes)) or (
        opened != "" and not known and " " in name.strip() and bool(_OVERSEAS.intersection(codes))
    )


def _code_of_part(part: str, *, is_last: bool) -> str:
    if is_last and part in _STATES.split():
        return "US"
    return places.country_code(part)


def _each(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(code for code in codes if code))


def _by_words(text: str) -> Found:
    """Read a country among other words: `Kenya since 2010`, `Congolese in Belgium`."""
    words = re.findall(r"[^\s,.;()/\"]+", text)[:12]
    if len(words) < 2:
        return _each([places.country_inflected(text)]), Method.FIELD
    names = _each(grams(words, _name_among_words))
    inflected = [] if names else _each(map(places.country_inflected, filter(_is_long, words)))
    demonyms = _each(grams(words, places.country_of_people))
    if _SHARED.intersection([*names, *inflected]) or (len(words) > 3 and not names):
        # the words beside it may make it another country's name, in a language that we don't know
        return ["?"], Method.FIELD
    codes = list(dict.fromkeys([*names, *demonyms, *inflected]))
    return codes, Method.FIELD if names or inflected else Method.DEMONYM


def _is_long(word: str) -> bool:
    return len(word) > 3


def _name_among_words(gram: str) -> str:
    return "?" if places.is_doubtful(gram) else _named_among(gram)


def _named_among(gram: str) -> str:
    # codes of two or three letters are words in somebody's language: in, no, per
    return places.country_code(gram) if len(gram) > 3 or not gram.isascii() else ""


def grams(words: list[str], known: Callable[[str], str]) -> Iterator[str]:
    """Give what `known` says of runs of words, the longest first, each word used once."""
    n = 0
    while n < len(words):
        for size in range(min(6, len(words) - n), 0, -1):
            if code := known(" ".join(words[n : n + size])):
                yield code
                n += size
                break
        else:
            n += 1
