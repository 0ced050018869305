"""Which country a person names, on a line that asks for it or in prose. Pure functions.

A wrong country is worse than none: where two readings are possible the answer is '', and staff ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from outreach import places


def country_of_field(text: str) -> str:
    """Read what stands on a `Country:` line: a country, or place and country, else ''."""
    if not text:
        return ""
    bare = re.sub(r"\([^)]*\)", " ", text).strip(" .,;!")
    inside = re.findall(r"\(([^)]*)\)", text)
    parts = [text.strip(" .;!"), bare, *reversed(re.split(r"[,،/;]| - ", bare)), *inside]
    codes = [code for part in parts if (code := places.country_code(part.strip(" .")))]
    return codes[0] if len(set(codes)) == 1 else ""


#: countries whose name is also another country's, or a state's
_DOUBTFUL: Final = frozenset({"congo", "guinea", "guinée", "georgia", "georgie", "niger"})
#: small words inside names of countries
_JOINING: Final = "of the and de du des la le les del el los y e et da do das dos der und"
#: words before a place
_AT: Final = """
    in from en de du des au aux da do das dos a à depuis desde aus nach из в dari di kutoka nchini
    van uit i från na no
"""
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]|\.(?=\w))*|[,.;:!?\n()]")
_ARABIC_PLACE = re.compile(r"(?:^|\s)(?:من|في|ب)\s*([\u0621-\u064a]+(?:\s+[\u0621-\u064a]+){0,2})")


def country_in_prose(own: str, name: str) -> tuple[str, str]:
    """Give code and words of the one country that the words name, or ('', '').

    Only capitalised names count, not beside another capitalised word (Jordan Smith), not part of
    the person's `name`, and none that is in doubt without a question (Georgia, Congo).
    """
    found: dict[str, str] = {}
    for text in (*_capitalised(own, name), *_after_arabic_place(own)):
        code = places.country_code(text)
        if code or text.lower() in _DOUBTFUL:
            found.setdefault(code or "?", text)
    doubtful = any(text.lower() in _DOUBTFUL for text in found.values())
    if len(found) != 1 or doubtful:
        return "", next(iter(found.values()), "") if len(found) == 1 else ""
    return next(iter(found.items()))


def _capitalised(own: str, name: str) -> Iterator[str]:
    tokens = _TOKEN.findall(own)[:1000]
    named = {word.lower() for word in name.split()}
    n = 0
    while n < len(tokens):
        size = _country_at(tokens, n)
        words = tokens[n : n + size]
        if size and not any(word.lower() in named for word in words):
            yield " ".join(words)
        n += max(size, 1)


def _country_at(tokens: list[str], n: int) -> int:
    """How many tokens from `n` on are the name of a country; the longest name counts."""
    if not tokens[n][:1].isupper():
        return 0
    for size in range(7, 0, -1):
        words = tokens[n : n + size]
        if len(words) < size or not all(w[:1].isupper() or w in _JOINING.split() for w in words):
            continue
        text = " ".join(words)
        # codes of two or three letters are words in somebody's language: IN, IT, NO
        spelt = len(text) > 3 or text in ("USA", "UAE", "DRC", "RDC", "RCA")
        if not spelt or not (places.country_code(text) or text.lower() in _DOUBTFUL):
            continue
        return size if size > 1 or _stands_alone(tokens, n) else 0
    return 0


def _stands_alone(tokens: list[str], n: int) -> bool:
    before = tokens[n - 1] if n else "\n"
    after = tokens[n + 1] if n + 1 < len(tokens) else "\n"
    if after[:1].isupper():
        return False
    return before.lower() in _AT.split() or not before[:1].isupper()


def _after_arabic_place(own: str) -> Iterator[str]:
    for found in _ARABIC_PLACE.finditer(own):
        words = found[1].split()
        for size in range(len(words), 0, -1):
            text = " ".join(words[:size])
            if places.country_code(text):
                yield text
                break
