"""Which language a person is written to in, and how that language writes (CLDR)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
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
        return Choice(found, f"they asked for {asked}")
    spoken = places.language_of(country) if country else ""
    if spoken and (found := nearest(spoken, languages)):
        return Choice(found, f"{lacks}it is a language of their country, {country}")
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
    tongue, script = _tongue(asked), _script(asked)
    same = [tag for tag in languages if tongue and _tongue(tag) == tongue]
    return next((tag for tag in same if _script(tag) == script), same[0] if same else "")


def _shortened(tag: str) -> Iterator[str]:
    subtags = tag.split("-")
    for length in range(len(subtags), 1, -1):
        yield "-".join(subtags[:length])
    yield f"{subtags[0]}-{_script(tag).casefold()}"
    yield subtags[0]


def _tongue(tag: str) -> str:
    """Give the language alone, one code for those that go by two (no and nb, iw and he)."""
    code = (places.language_tag(tag) or tag).replace("_", "-").casefold().split("-")[0]
    return "nb" if code == "no" else code


def _script(tag: str) -> str:
    """Give the script that a tag says or implies: Hant for zh-TW. '' where that is not known."""
    parts = tag.replace("_", "-").split("-")
    likely = get_global("likely_subtags")
    said = [part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()]
    language, region = parts[0].lower(), parts[-1].upper() if len(parts) > 1 else ""
    full = likely.get(f"{language}_{region}") or likely.get(language) or ""
    return said[0] if said else full.split("_")[1] if full.count("_") else ""


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
