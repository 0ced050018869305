"""Every country's name in every language of CLDR, as people write it, on a line and in a sentence.

Half of the names are of the other set: what was mended was mended by looking at the first half.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import pytest
from babel import Locale, localedata

from outreach import places
from outreach.replies.country import country_of_field
from outreach.replies.countryprose import country_in_prose

#: as people write a name: each must leave it the same country's
SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "capitals": str.upper,
    "small": str.lower,
    "marks of direction": lambda name: f"\u200f{name}\u200e",
    "full stop": lambda name: f" {name}.",
    "no hyphens": lambda name: name.replace("-", " "),
    "other apostrophes": lambda name: name.replace("’", "'"),
}
#: language -> sentences that its names don't bend in
SENTENCES: Final = {
    "en": ["I live in {}.", "I am from {} and I want to help."],
    "fr": ["Je vis en {}.", "Je viens de {} et je veux aider."],
    "es": ["Vivo en {}.", "Soy de {} y quiero ayudar"],
    "pt": ["Moro em {}.", "Sou de {} e quero ajudar"],
    "it": ["Vivo in {}.", "Vengo da {}"],
    "de": ["Ich wohne in {}.", "Ich komme aus {} und möchte helfen"],
    "nl": ["Ik woon in {}."],
    "ar": ["أعيش في {}.", "أنا من {} وأريد المساعدة"],
    "fa": ["من از {} هستم"],
    "hi": ["मैं {} में रहता हूँ"],
    "bn": ["আমি {} থেকে"],
    "zh": ["我住在{}。", "我来自{}。"],
    "ja": ["私は{}に住んでいます。", "{}から参加します"],
    "ko": ["저는 {}에 살고 있습니다"],
    "th": ["ฉันอาศัยอยู่ใน{}"],
    "vi": ["Tôi sống ở {}."],
    "id": ["Saya tinggal di {}."],
    "sw": ["Natoka {}"],
    "tr": ["{}'den yazıyorum"],
    "he": ["אני מ{}"],
}


@cache
def names() -> tuple[tuple[str, str], ...]:
    """Give each name of a country in any locale, with its code; shared names are left out."""
    owners: dict[str, set[str]] = {}
    for identifier in localedata.locale_identifiers():
        for code, name in Locale.parse(identifier).territories.items():
            if code in places.countries():
                owners.setdefault(name, set()).add(code)
    return tuple((name, *codes) for name, codes in sorted(owners.items()) if len(codes) == 1)


def half(aside: bool) -> Iterator[tuple[str, str]]:
    """Give the names that rules were made with, or those set aside."""
    for name, code in names():
        if hashlib.sha256(name.encode()).digest()[0] % 2 == aside:
            yield name, code


@pytest.mark.parametrize("aside", [False, True], ids=["made with", "set aside"])
def test_names_in_all_languages_are_read_from_a_line(aside: bool) -> None:
    """At least 98.5 % are read however they are spelt, and at most 0.1 % are misread."""
    judged: Counter[str] = Counter()
    for number, (name, code) in enumerate(half(aside)):
        spelling = [*SPELLINGS.values()][number % len(SPELLINGS)]
        found = country_of_field(spelling(name)).code
        judged["right" if found == code else "wrong" if found else "asked"] += 1
    assert judged.total() > 10_000
    assert judged["right"] >= 0.985 * judged.total(), judged
    assert judged["wrong"] <= 0.001 * judged.total(), judged


@pytest.mark.parametrize("aside", [0, 1], ids=["made with", "set aside"])
def test_sentences_in_twenty_languages_are_read(aside: int) -> None:
    """At least 97 % say where their writer lives, and at most 0.4 % are misread."""
    judged: Counter[str] = Counter()
    for language, sentences in SENTENCES.items():
        for code in places.countries()[aside::2]:
            name = places.country_name(code, language)
            for sentence in sentences:
                found = country_in_prose(sentence.format(name)).code
                judged["right" if found == code else "wrong" if found else "asked"] += 1
    assert judged["right"] >= 0.97 * judged.total(), judged
    assert judged["wrong"] <= 0.004 * judged.total(), judged
