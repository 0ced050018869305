"""Which country a person names, on a line that asks for it or in prose. Pure functions.

A wrong country is worse than none: where two readings are possible the answer is '', and staff ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from outreach import places

#: words that lead to the country where somebody writes a sentence on the line
_LEADING = re.compile(
    r"^(?:(?:i|i'm|am|we|live|living|come|from|in|je|j'habite|viens|suis|soy|vivo|ich|komme|aus)\s+)+"
    r"(?:(?:de|du|en|au|aux|la|the)\s+)*",
    re.IGNORECASE,
)


def country_of_field(text: str) -> str:
    """Read what stands on a `Country:` line: a country, or place and country, else ''."""
    if not text:
        return ""
    text = _LEADING.sub("", text)
    bare = re.sub(r"\([^)]*\)", " ", text).strip(" .,;!")
    inside = re.findall(r"\(([^)]*)\)", text)
    parts = [text.strip(" .;!"), bare, *reversed(re.split(r"[,،/;]| - ", bare)), *inside]
    codes = [code for part in parts if (code := places.country_code(part.strip(" .")))]
    return codes[0] if len(set(codes)) == 1 else ""


#: countries whose name is also another country's, or a state's
_DOUBTFUL: Final = frozenset({"congo", "guinea", "guinée", "georgia", "georgie", "niger"})
#: countries that are also what people sign with
_FIRST_NAMES: Final = "chad israel jordan"
#: small words inside names of countries
_JOINING: Final = "of the and de du des la le les del el los y e et da do das dos der und"
#: words before a place
_AT: Final = """
    in from em en de du des au aux da do das dos a à depuis desde aus nach из в dari di kutoka
    nchini van uit i från na no
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
    if not tokens[n][:1].isupper() and not _is_introduced(tokens, n):
        return 0
    for size in range(7, 0, -1):
        words = tokens[n : n + size]
        if len(words) < size or not _is_title(words):
            continue
        text = " ".join(words)
        # codes of two or three letters are words in somebody's language: IN, IT, NO
        spelt = len(text) > 3 or text in ("USA", "UAE", "DRC", "RDC", "RCA")
        if not spelt or not (places.country_code(text) or text.lower() in _DOUBTFUL):
            continue
        return size if size > 1 or _stands_alone(tokens, n) else 0
    return 0


#: words before "from" or "in" after which a country may be in small letters: I am from ghana
_BEING: Final = (
    "am i'm im live living come viens habite j'habite soy vivo komme lebe wohne sou moro"
)


def _is_introduced(tokens: list[str], n: int) -> bool:
    return (
        n >= 2 and tokens[n - 1].lower() in _AT.split() and tokens[n - 2].lower() in _BEING.split()
    )


def _is_title(words: list[str]) -> bool:
    """Whether all words, but for small joining ones, start like the first does."""
    if words[0].islower():
        return all(word.islower() for word in words)
    return all(word[:1].isupper() or word in _JOINING.split() for word in words)


def _stands_alone(tokens: list[str], n: int) -> bool:
    """Whether one word is named as a place: after "in" or "from", after a comma, or as a line."""
    before = tokens[n - 1] if n else "\n"
    after = tokens[n + 1] if n + 1 < len(tokens) else "\n"
    if after[:1].isupper():
        return False
    if before.lower() in _AT.split():
        return True
    ends = after in ("\n", ".", ",", "!", ")", ";")
    return ends and not before[:1].isalpha() and tokens[n].lower() not in _FIRST_NAMES.split()


def _after_arabic_place(own: str) -> Iterator[str]:
    for found in _ARABIC_PLACE.finditer(own):
        words = found[1].split()
        for size in range(len(words), 0, -1):
            text = " ".join(words[:size])
            if places.country_code(text):
                yield text
                break
