"""Which language a person is written to in, and how that language writes (CLDR)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from outreach import places
from outreach.model import Supporter


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
        if _is_a_form_of(asked, found):
            return Choice(found, f"they asked for {asked}")
        return Choice(found, f"it is the nearest to {asked}, which they asked for")
    # only the first: who speaks another of a country's languages, nobody can tell from the country
    spoken = places.language_of(country) if country else ""
    if spoken and (found := nearest(spoken, languages)):
        return Choice(found, f"{lacks}it is a language of their country, {country}")
    if spoken and not asked:
        lacks = (
            f"people in {country} are written to in {spoken}, which this message has not got, and "
        )
    return Choice(default, f"{lacks}it is the message's default language")


def nearest(asked: str, languages: Sequence[str]) -> str:
    """Give the one of `languages` that serves a person who asks for `asked` (BCP 47), or ''.

    The tag is shortened from the right (RFC 4647 §3.4: zh-Hant-TW, zh-Hant, zh), where a script
    that it implies counts as said (zh-TW, zh-Hant, zh); failing that another form of the same
    language counts, best in the same script: European Portuguese rather than none.
    """
    return _nearest(asked, tuple(languages))


@lru_cache(maxsize=4096)
def _nearest(asked: str, languages: tuple[str, ...]) -> str:
    by_tag = {tag.casefold(): tag for tag in languages}
    for tag in (asked, places.language_tag(asked)):
        for wanted in _shortened(tag.replace("_", "-").casefold()):
            if found := by_tag.get(wanted):
                return found
    tongue, script = _tongue(asked), places.script_of(asked)
    same = [tag for tag in languages if tongue and _tongue(tag) == tongue]
    return next((tag for tag in same if places.script_of(tag) == script), same[0] if same else "")


def _shortened(tag: str) -> Iterator[str]:
    subtags = tag.split("-")
    for length in range(len(subtags), 1, -1):
        yield "-".join(subtags[:length])
    yield f"{subtags[0]}-{places.script_of(tag).casefold()}"
    yield subtags[0]


def _tongue(tag: str) -> str:
    """Give the language alone; the forms of Norwegian are one, as CLDR has it."""
    code = _code(tag)
    return "nb" if code == "nn" else code


def _code(tag: str) -> str:
    """Give the language alone, one code for those that go by two (no and nb, iw and he)."""
    code = (places.language_tag(tag) or tag).replace("_", "-").casefold().split("-")[0]
    return "nb" if code == "no" else code


def _is_a_form_of(asked: str, found: str) -> bool:
    """Whether `found` is what readers of `asked` call it: fr for fr-CD, and not pt-BR for pt-PT."""
    own = (places.language_tag(asked) or asked).replace("_", "-").casefold().split("-")
    further = [part for part in found.casefold().split("-")[1:] if len(part) != 4]
    same_script = places.script_of(found) == places.script_of(asked)
    return _code(found) == _code(asked) and same_script and set(further) <= set(own)


def same_tongue(one: str, other: str) -> bool:
    """Whether two tags are forms of one language, as en and en-GB."""
    return _tongue(one) == _tongue(other)


def is_language(tag: str) -> bool:
    """Whether CLDR knows this language, so that numbers and dates can be written in it."""
    try:
        locale(tag)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def direction(language: str) -> str:
    """Give `rtl` or `ltr`."""
    return "rtl" if places.is_right_to_left(language) else "ltr"


@lru_cache(maxsize=4096)
def day(value: date, language: str) -> str:
    """Write a day by the language's rules: 10 décembre 2013."""
    return format_date(value, "long", locale=locale(language))


@cache
def locale(language: str) -> Locale:
    """Give what CLDR knows of a language.

    Raises:
        ValueError, UnknownLocaleError: it knows none of this tag.
    """
    return Locale.parse(language.replace("-", "_"))
