"""Read the place that stands at the start of some words: `Kenya`, `Bafoussam, Cameroon`, `Lagos`.

Pure functions. What may be two countries gives a question: a `Where` without a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from outreach import places
from outreach.replies.country import WITHIN, Method, Where, country_of_field, found
from outreach.replies.flat import flat
from outreach.replies.placewords import (
    ARTICLES,
    AT,
    COMMAS,
    FIRST_NAMES,
    HALF_TOWNS,
    NO_TOWNS,
    PART_OF,
    STOP,
    TOKEN,
    UNCASED,
    UNSPACED,
    is_code,
)

#: letters and words of a place and its country
_LONGEST: Final = 60
_MOST_WORDS: Final = 9
#: words of a country's name, and letters where there are no spaces
_IN_NAME: Final = 6
_LETTERS: Final = 24
#: letters at the end of a town and its country where a language has cases
_AGREEING: Final = 2

#: words that Arabic, Hebrew and Ethiopic join to the next
_PREFIXES: Final = re.compile(
    r"^(?:שב(?=\w{3})|وال|بال|لل|كال|[وبلكف](?=\w{4})|[במלהוש](?=\w{2})|מה|[ከበየለ](?=\w{2}))"
)
#: what Korean, Georgian, Armenian and the languages of India join to the word before
_SUFFIXES: Final = re.compile(
    "(?:에서|에서는|에|의|은|는|이|가|을|를|인|입니다|사람|출신|으로|로|"
    "თან|ში|დან|ის|ს|ով|ում|ից|ի|এ|তে|য়|ে|র|ের|থেকে|"
    "வில்|யில்|ில்|లో|ದಲ್ಲಿ|ನಲ್ಲಿ|യിൽ|ിൽ|માં|मध्ये|मा|को|का)$"
)


def place_at_start(text: str, method: Method) -> Where | None:
    """Read the place that `text` begins with; None where none can be made out."""
    rest = text[:_LONGEST].replace(" (", ", ").lstrip(" ,\u200e\u200f")
    if UNSPACED.match(rest):
        return unspaced(rest, method)
    tokens = TOKEN.findall(STOP.split(rest, maxsplit=1)[0])[:_MOST_WORDS]
    while tokens:
        if where := _country(tokens, method):
            return _within(where, tokens)
        if len(tokens) == 1 or flat(tokens[0]).strip("'") not in ARTICLES:
            break
        tokens = tokens[1:]
    if not tokens or (flat(tokens[0]) in NO_TOWNS and tokens[1:2] not in ([","], ["("])):
        return None
    where = _city(tokens, method) or _further(tokens, method)
    return _within(where, tokens) if where else None


def _within(where: Where, tokens: list[str]) -> Where:
    """Prefer the part of a state that is a country of the list: Hong Kong SAR, China."""
    if COMMAS.isdisjoint(tokens):
        return where
    code = country_of_field(" ".join(tokens)).code
    return replace(where, code=code) if WITHIN.get(code) == where.code else where


def unspaced(text: str, method: Method, *, cities: bool = True) -> Where | None:
    """Read the longest country's name, else city's, at the start of text without spaces."""
    for known in (places.country_code, places.country_of_city)[: 1 + cities]:
        for size in range(min(_LETTERS, len(text)), 1, -1):
            gram = text[:size]
            if places.is_doubtful(gram):
                return Where("", gram, method)
            if code := known(gram):
                return found(code, gram, method)
    return None


def unmarked(text: str) -> Iterator[tuple[str, bool]]:
    """Give a word as it is, then without what its language joins to it; and whether it did."""
    yield text, False
    for bare in (_PREFIXES.sub("", text), _SUFFIXES.sub("", text)):
        if bare != text:
            yield bare, True
    if text.startswith("بال"):
        yield text.removeprefix("ب"), True
    if text.startswith("لل"):
        yield f"ال{text.removeprefix('لل')}", True


def _runs(tokens: list[str], most: int) -> Iterator[list[str]]:
    """Give the first words, the longest run first, none over a comma."""
    for size in range(min(most, len(tokens)), 0, -1):
        run = tokens[:size]
        if COMMAS.isdisjoint(run):
            yield run


def _country(tokens: list[str], method: Method) -> Where | None:
    for run in _runs(tokens, _IN_NAME):
        text = " ".join(run)
        if is_code(text):
            continue
        rest = tokens[len(run) :]
        if places.is_doubtful(text):
            return _further(rest, method) or Where("", text, method)
        if code := places.country_code(text) or _inflected(run):
            # "from Jordan Smith" names a person
            is_person = flat(text) in FIRST_NAMES and rest and rest[0][:1].isupper()
            return None if is_person else found(code, text, method)
    return None


def _inflected(run: list[str]) -> str:
    text = " ".join(run)
    if places.country_of_city(text):
        # Leeds is no form of the Latvian for Lithuania
        return ""
    if code := places.country_inflected(text):
        return code
    return next((code for form, _ in unmarked(text) if (code := places.country_code(form))), "")


def _city(tokens: list[str], method: Method) -> Where | None:
    if tokens[0][:1].islower() and not UNCASED.match(tokens[0]):
        return None
    for run in _runs(tokens, 3):
        if code := places.country_of_city(" ".join(run)):
            rest = tokens[len(run) :]
            if _is_half(run, rest):
                break
            named = found(_of_state(rest) or code, " ".join(run), method)
            further = _further(rest, method)
            if further and not further.code:
                # the city makes plain which one is meant: Tbilisi, Georgia
                both = country_of_field(f"{named.text}, {further.text}")
                return found(both.code, further.text, method)
            return further or named
    return None


def _is_half(run: list[str], rest: list[str]) -> bool:
    """Whether the name goes on in a word that we know no town by: San Jose, Paris Hilton's."""
    goes_on = rest[:1] != [] and rest[0][:1].isupper() and len(run) == 1
    return goes_on and (flat(run[0]) in HALF_TOWNS or flat(rest[0]).endswith("'s"))


def _of_state(rest: list[str]) -> str:
    """The country of the state behind a city: Paris, Texas."""
    if rest[:1] != [","]:
        return ""
    states = (" ".join(rest[1:3]), " ".join(rest[1:2]))
    return next((code for state in states if (code := places.country_of_city(state))), "")


def _further(tokens: list[str], method: Method) -> Where | None:
    """Read the country behind a comma or an "in": Bafoussam, Cameroon; w Krakowie, w Polsce."""
    for n, token in enumerate(tokens):
        if n and (code := _agreeing(tokens[n - 1], token)):
            return found(code, token, method)
        rest = tokens[n + 1 :]
        if not rest or (token not in COMMAS and flat(token) not in AT - PART_OF):
            continue
        while len(rest) > 1 and flat(rest[0]) in ARTICLES | AT:
            rest = rest[1:]
        for run in _runs(rest, _IN_NAME):
            text = " ".join(run)
            if places.is_doubtful(text):
                code = country_of_field(f"{' '.join(tokens[:n])}, {text}").code
                return found(code, text, method)
            if not is_code(text) and (code := places.country_code(text) or _inflected(run)):
                return found(code, text, method)
    return None


def _agreeing(town: str, word: str) -> str:
    """The country that a word behind a town names: Tukholmassa Ruotsissa, ברלין שבגרמניה."""
    if UNCASED.match(word):
        forms = unmarked(word)
        return next(
            (code for f, joined in forms if joined and (code := places.country_code(f))), ""
        )
    agrees = word[:1].isupper() and town[-_AGREEING:] == word[-_AGREEING:]
    return places.country_inflected(word) if agrees and not places.country_code(word) else ""
