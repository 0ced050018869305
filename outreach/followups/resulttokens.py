"""A text about results as sentences of numbers, words and marks. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from text_to_num import alpha2digit

from outreach.followups.resultwords import (
    CLASSIFIERS,
    EVENTS,
    KINDS,
    PEOPLE,
    PETITIONS,
    SORTS,
    TEXT,
    THOUSAND,
    UNSORTED,
    UNSPACED,
    VAGUE,
    flat,
    unspaced,
)
from outreach.model import ActionKind

#: languages whose number words are read
_SPELT: Final = frozenset({"da", "de", "en", "es", "fr", "it", "nl", "pt"})
_LONGEST_NUMBER: Final = 15

#: 1,800 1.800 1'800 1 800 and the Indian 1,00,000; a decimal; a number with nothing in it
_GROUPED: Final = r"\d{1,3}(?:[.,'’٬ ]\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"
_TOKEN: Final = re.compile(
    rf"(?P<sign>(?<!\S)[-−])?(?P<number>(?<![\w.,])(?:{_GROUPED}|\d+[.,٫]\d+|\d+))(?P<tail>[a-z]*)"
    r"|(?P<word>[^\W\d_]+(?:[-'’][^\W\d_]+)*)"
    r"|(?P<comma>[,،、;()*•])|(?P<stop>[.!?\n。])|(?P<mark>[:=+~≈±&%€$£/–—¤-])"
)
#: 2 mil, 1.5k
_THOUSANDS: Final = re.compile(
    rf"(?<![\w.,])(\d{{1,3}}(?:[.,٫]\d{{1,2}})?)\s*({'|'.join(sorted(THOUSAND))})(?![^\W\d_])",
    re.IGNORECASE,
)
#: where letters that are not Latin stand at a number: و200, 写了1800封
_SEAM: Final = re.compile(
    r"(?<=[^\W\d_a-zA-Z\u00c0-\u024f])(?=\d)|(?<=\d)(?=[^\W\d_a-zA-Z\u00c0-\u024f])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a mark."""

    text: str
    #: None: a word or a mark; -1: a number that is none of anything
    value: int | None = None


#: stands for a quantity that is no number
VAGUELY: Final = "¤"


def sentences(text: str, language: str) -> Iterator[list[Token]]:
    """Cut text into sentences and lines, and these into tokens.

    Numbers are in digits, ours, also those written as words in the languages that are read so
    (`language`, BCP 47); words are as `flat` leaves them.
    """
    yield from _sentences(_prepared(text, language.partition("-")[0]))


def _prepared(text: str, language: str) -> str:
    """Write numbers in our digits, words as they are compared, and each by itself."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _THOUSANDS.sub(_multiplied, text)
    if language in _SPELT:
        # the library would read `hundreds` as 100, and un, eine, uma are mostly articles
        text = _WORD.sub(lambda word: "¤" if flat(word[0]) in VAGUE else word[0], text)
        spelt_one = _ONE.search(text) is None
        text = "\n".join(alpha2digit(line, language, 0) for line in text.split("\n"))
        text = _ONE.sub(" ", text) if spelt_one else text
    text = _SEAM.sub(" ", flat(text))
    text = _CLASSIFIED.sub(r"\1 ", text)
    return _inside().sub(r" \g<0> ", text)


_WORD: Final = re.compile(r"[^\W\d_]+")
_ONE: Final = re.compile(r"(?<![\d.,])1(?![\d.,]*\d)")
_CLASSIFIED: Final = re.compile(rf"(\d)\s*[{CLASSIFIERS}](?=\s*(?:の|[{UNSPACED}]|\W|$))\s*の?")


def _multiplied(found: re.Match[str]) -> str:
    return str(round(float(re.sub("[,٫]", ".", found[1])) * 1000))


@cache
def _inside() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, unspaced([*KINDS, *EVENTS, *SORTS, *PEOPLE]))))


def _sentences(text: str) -> Iterator[list[Token]]:
    """Cut text into sentences and lines, and these into tokens."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        if found["number"] is not None:
            tokens.append(_number(found["number"], found["tail"], found["sign"] or ""))
        elif found["word"]:
            # l'événement, d'un: what stands before the apostrophe is an article
            tokens += [Token(_bare(part)) for part in re.split("['’]", found["word"])]
        elif found["comma"] or found["mark"]:
            tokens.append(Token("," if found["comma"] else found["mark"]))
        else:
            yield _compounds(tokens)
            tokens = []
    yield _compounds(tokens)


_KNOWN: Final = frozenset({*KINDS, *EVENTS, *SORTS, *PEOPLE, *UNSORTED})


def _bare(word: str) -> str:
    """Take the article, and the `and` before it, off an Arabic word that we know without them."""
    if word in _KNOWN:
        return word
    shorter = (word.removeprefix(start) for start in ("وال", "ال", "و") if word.startswith(start))
    return next((each for each in shorter if each in _KNOWN), word)


def _number(written: str, tail: str, sign: str) -> Token:
    """Read a number; with letters behind it, such as 5th, it is none."""
    if tail:
        return Token(written + tail)
    if sign or len(written) > _LONGEST_NUMBER or not re.fullmatch(_GROUPED + r"|\d+", written):
        return Token(f"{sign}{written[:_LONGEST_NUMBER]}", -1)
    return Token(written, int(re.sub(r"\D", "", written)))


def _compounds(tokens: Sequence[Token]) -> list[Token]:
    """Make one word of petition signatures, signatures of petitions, text messages."""
    made: list[Token] = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        behind = [before.text for before in made[-2:]]
        if token.text in PETITIONS and _is_signature(following):
            continue
        if token.text in PETITIONS and any(map(_is_signature, behind)):
            continue
        if token.text in TEXT and following in UNSORTED:
            made.append(Token("sms"))
        elif not (token.text in UNSORTED and behind and KINDS.get(behind[-1]) in _CARRIED):
            made.append(token)
    return made


#: kinds that the word message may stand behind
_CARRIED: Final = (ActionKind.SMS, ActionKind.EMAIL, ActionKind.TWEET, ActionKind.FAX)


def _is_signature(word: str) -> bool:
    return KINDS.get(word) is ActionKind.PETITION_SIGNATURE
