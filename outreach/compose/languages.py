"""Which language a person is written to in, and that language's numbers and dates (CLDR)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from outreach import places
from outreach.model import Supporter

#: below it a number is short enough to be written out
_MILLION: Final = 1_000_000
#: write 1800 but 18.000 (CLDR's minimumGroupingDigits, which Babel doesn't have)
_FOUR_DIGITS_TOGETHER: Final = {"bg", "es", "et", "ka", "pl", "pt-PT"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The language of one person's message, and why that one, in words."""

    language: str
    reason: str


def choose(supporter: Supporter, languages: Sequence[str], default: str) -> Choice:
    """Choose among `languages`: the one asked for, else the country's, else `default`."""
    asked, country = supporter.language, supporter.country
    lacks = f"they asked for {asked}, which this message has not got, and " if asked else ""
    if asked and (found := nearest(asked, languages)):
        return Choice(found, f"they asked for {asked}")
    spoken = places.language_of(country) if country else ""
    if spoken and (found := nearest(spoken, languages)):
        return Choice(found, f"{lacks}it is a language of their country, {country}")
    return Choice(default, f"{lacks}it is the message's default language")


def nearest(asked: str, languages: Sequence[str]) -> str:
    """Give the one of `languages` that serves a person who asks for `asked` (BCP 47), or ''.

    The tag is shortened from the right (RFC 4647 §3.4: zh-Hant-TW, zh-Hant, zh); failing that
    another form of the same language counts: European Portuguese rather than none.
    """
    by_tag = {tag.casefold(): tag for tag in languages}
    subtags = asked.replace("_", "-").casefold().split("-")
    for length in range(len(subtags), 0, -1):
        if found := by_tag.get("-".join(subtags[:length])):
            return found
    return next((tag for tag in languages if tag.casefold().split("-")[0] == subtags[0]), "")


def is_language(tag: str) -> bool:
    """Whether CLDR knows this language, so that numbers and dates can be written in it."""
    try:
        _locale(tag)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def direction(language: str) -> str:
    """Give `rtl` or `ltr`."""
    return "rtl" if places.is_right_to_left(language) else "ltr"


def number(value: int | float | Decimal, language: str) -> str:
    """Write a number by the language's rules: 1,900,000 or 1 900 000."""
    together = -10_000 < value < 10_000 and language in _FOUR_DIGITS_TOGETHER
    return format_decimal(value, locale=_locale(language), group_separator=not together)


def approx(value: int, language: str, decimals: int = 1) -> str:
    """Write a count shortly and never too high: 2,399,999 is "2.3 million" with one decimal.

    Below a million it is written out, rounded down to thousands, below ten thousand to hundreds,
    below a thousand not at all.
    """
    if value < _MILLION:
        step = 1000 if value >= 10_000 else 100 if value >= 1000 else 1
        return number(value // step * step, language)
    forms = _locale(language).compact_decimal_formats.get("long")
    if not forms:
        return number(value // 10_000 * 10_000, language)
    magnitude = max(int(size) for size in forms["other"] if int(size) <= value)
    zeros = str(forms["other"][str(magnitude)].pattern).split(";")[0].count("0")
    unit = magnitude // 10 ** (zeros - 1)
    scale = 10**decimals
    short = Decimal(value * scale // unit) / scale
    short = short.to_integral_value() if short == int(short) else short.normalize()
    of_plural = forms.get(_locale(language).plural_form(short)) or forms["other"]
    pattern = str(of_plural.get(str(magnitude), forms["other"][str(magnitude)]).pattern)
    return pattern.split(";")[0].replace("'", "").replace("0" * zeros, number(short, language))


def day(value: date, language: str) -> str:
    """Write a day by the language's rules: 10 décembre 2013."""
    return format_date(value, "long", locale=_locale(language))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))
