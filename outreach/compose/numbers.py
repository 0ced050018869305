"""Numbers as a language writes them, in full and shortly, and its plural forms (CLDR).

Digits are 0 to 9 in every language, as in dates, so that no message mixes two kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from babel.numbers import format_decimal

from outreach.compose.languages import locale
from outreach.facts.statements import Rounding

#: words that CLDR has for plural forms; each language uses some of them
CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
#: below it a number is short enough to be written out
_MILLION: Final = 1_000_000
_TEN_THOUSAND: Final = 10_000
#: write 1800 but 18.000 (CLDR's minimumGroupingDigits, which Babel doesn't have)
_FOUR_DIGITS_TOGETHER: Final = {"bg", "es", "et", "ka", "pl", "pt-PT"}
#: their short forms are words too, and Babel has no long ones for them
_SHORT_IS_LONG: Final = {"ja", "ko", "yue", "zh"}
#: CLDR says करोड (ten million) of a million
_WRONG_IN_CLDR: Final = {"ne"}


@dataclass(frozen=True, slots=True)
class Short:
    """A number in its short form."""

    text: str
    #: what the text says
    value: int
    #: whether it says it with a word, as in 2 million
    in_words: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """A language's word for a size, in one plural form: `0 millions`, from 1,000,000 on."""

    pattern: str
    #: what 1 in the pattern stands for
    unit: int
    zeros: str


@lru_cache(maxsize=4096)
def number(value: int | Decimal, language: str) -> str:
    """Write a number by the language's rules: 1,900,000 or 1 900 000."""
    together = -_TEN_THOUSAND < value < _TEN_THOUSAND and language in _FOUR_DIGITS_TOGETHER
    return format_decimal(value, locale=locale(language), group_separator=not together)


def approx(value: int, language: str, decimals: int = 1, rounding: Rounding = Rounding.DOWN) -> str:
    """Write a count shortly: 2,399,999 is "2.3 million" with one decimal, rounded down.

    Down is towards nought, and never says more than is true: 999,999 is "999,000".
    """
    return short(value, language, decimals, rounding).text


@lru_cache(maxsize=4096)
def short(
    value: int, language: str, decimals: int = 1, rounding: Rounding = Rounding.DOWN
) -> Short:
    """Write a count shortly, with at most `decimals` (0 to 3) digits after the point.

    Below a million it is written out, rounded to thousands, below ten thousand to hundreds, below a
    thousand not at all. So are the millions of languages of which CLDR gives no words.
    """
    if rounding is Rounding.EXACT:
        return Short(number(value, language), value, in_words=False)
    size = abs(value)
    # twice, since rounding up may lead into the next unit: 999,999 to a million
    for _ in range(2):
        word = _word(size, language)
        size = _rounded(size, _step(size, word, decimals), rounding)
    rounded = -size if value < 0 else size
    if word is None:
        return Short(number(rounded, language), rounded, in_words=False)
    figure = Decimal(rounded) / word.unit
    figure = figure.to_integral_value() if figure == int(figure) else figure.normalize()
    # with a word behind it, a number of four digits is not parted: 2100万
    together = abs(figure) < _TEN_THOUSAND
    written = format_decimal(figure, locale=locale(language), group_separator=not together)
    pattern = _of_plural(size, abs(figure), word, language)
    return Short(pattern.replace(word.zeros, written), rounded, in_words=True)


@lru_cache(maxsize=4096)
def plural_category(value: int, language: str, *, in_words: bool = False) -> str:
    """Give the plural form that a language uses after a number: one of `CATEGORIES`.

    `in_words`: the number is written as in "2.3 million", which French, Italian, Portuguese and
    Spanish follow by a form of its own ("de").
    """
    categories = plural_categories(language)
    if in_words and "many" in categories and "few" not in categories:
        return "many"
    return str(locale(language).plural_form(abs(value)))


def plural_categories(language: str) -> tuple[str, ...]:
    """Give the plural forms that a language has, in the order of `CATEGORIES`."""
    tags = locale(language).plural_form.tags
    return tuple(name for name in CATEGORIES if name in tags or name == "other")


def _step(size: int, word: _Word | None, decimals: int) -> int:
    if word is not None:
        return max(word.unit // int(10**decimals), 1)
    if size < _MILLION:
        return 1000 if size >= 10_000 else 100 if size >= 1000 else 1
    thousands = (len(str(size)) - 1) // 3
    step: int = 1000**thousands // 10**decimals
    return step


def _rounded(size: int, step: int, rounding: Rounding) -> int:
    spare = {Rounding.DOWN: 0, Rounding.UP: step - 1, Rounding.NEAREST: step // 2}[rounding]
    return (size + spare) // step * step


def _word(size: int, language: str) -> _Word | None:
    """Find the word for numbers of this size, None where they are written out."""
    words = _words(language).get("other", {})
    sizes = [known for known in words if known <= size]
    return words[max(sizes)] if sizes and size >= _MILLION else None


def _of_plural(size: int, figure: Decimal, word: _Word, language: str) -> str:
    """Babel chooses by the whole number: "1.9 millions" where French says million."""
    words = _words(language)
    form = words.get(str(locale(language).plural_form(figure)), {})
    known = max((known for known in words["other"] if known <= size), default=0)
    found = form.get(known, word)
    return found.pattern if (found.zeros, found.unit) == (word.zeros, word.unit) else word.pattern


@cache
def _words(language: str) -> dict[str, dict[int, _Word]]:
    """Give a language's words for a million and more: plural form -> from what size -> word."""
    tongue = language.replace("_", "-").split("-")[0].lower()
    formats = locale(language).compact_decimal_formats
    style = "short" if tongue in _SHORT_IS_LONG else "long"
    if tongue in _WRONG_IN_CLDR or style not in formats:
        return {}
    found: dict[str, dict[int, _Word]] = {}
    for category, sizes in formats[style].items():
        for size, pattern in sizes.items():
            text = str(pattern.pattern).split(";")[0].replace("'", "")
            zeros = "0" * text.count("0")
            # a form without digits says one and the same number; a letter is no word
            said = text.replace(zeros, "").strip()
            is_word = len(said) > 1 or (said != "" and style == "short")
            if int(size) >= _MILLION and zeros and zeros in text and is_word:
                unit = int(size) // 10 ** (len(zeros) - 1)
                found.setdefault(category, {})[int(size)] = _Word(text, unit, zeros)
    # some languages have a number only, or a letter, for a million, and scraps beyond
    return found if _MILLION in found.get("other", {}) else {}
