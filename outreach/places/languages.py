"""Languages: a tag out of whatever a person wrote, and the one a country is written to in."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from babel import Locale, localedata
from babel.core import get_global
from babel.languages import get_official_languages

from outreach.places.countries import countries, country_code
from outreach.places.names import folded, read_table, unaccented

_TAG: Final = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.I)
#: variants and extensions, which we don't keep: `de-1996`, `ar-u-nu-latn`
_MORE: Final = re.compile(r"(?:-[a-z0-9]{1,8})+", re.I)
_REGIONAL: Final = re.compile(r"(.+?)\s*[(（]\s*(.+?)\s*[)）]")

#: scripts written from right to left (ISO 15924)
_RIGHT_TO_LEFT: Final = frozenset(
    {"Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"}
)

#: what people write for a language and CLDR doesn't list
_ALIASES: Final = {
    "farsi": "fa", "dari": "fa-AF", "mandarin": "zh", "simplified chinese": "zh-Hans",
    "traditional chinese": "zh-Hant", "chinese simplified": "zh-Hans", "filipino": "fil",
    "chinese traditional": "zh-Hant", "castellano": "es", "castilian": "es", "kiswahili": "sw",
    "burmese": "my", "bahasa": "id", "bahasa indonesia": "id", "bahasa melayu": "ms",
    "brazilian": "pt-BR", "portugues do brasil": "pt-BR", "português do brasil": "pt-BR",
    "srpski": "sr",
    "flemish": "nl-BE", "tagalog": "fil", "gaelic": "", "bokmal": "nb", "serbo croatian": "sh",
    "简体中文": "zh-Hans", "繁體中文": "zh-Hant", "繁体中文": "zh-Hant", "中文": "zh", "國語": "zh",
    "العربيه": "ar", "عربي": "ar", "فارسی": "fa", "英文": "en", "法文": "fr", "ingles": "en",
}  # fmt: skip

#: countries whose people are best written to in another language than the first that Babel lists:
#: that of their schools, offices and newspapers. '' where no one language serves most.
_WRITTEN_TO_IN: Final = {
    "AF": "fa", "AS": "en", "BA": "bs", "BE": "", "BI": "fr", "BY": "ru", "CF": "fr", "CW": "nl",
    "CX": "en", "DJ": "fr", "ER": "ti", "FJ": "en", "GQ": "es", "GU": "en", "HT": "fr", "IN": "en",
    "KE": "en", "KI": "en", "KM": "fr", "LK": "", "LS": "en", "ME": "sr-Latn", "MG": "fr",
    "MH": "en", "MT": "en", "MW": "en", "NO": "nb", "NR": "en", "NU": "en",
    "PG": "en", "PH": "en", "PW": "en",
    "PY": "es", "RS": "sr", "SC": "en", "SD": "ar", "SG": "en", "SN": "fr", "TD": "fr", "TK": "en",
    "TL": "pt", "TO": "en", "TV": "en", "UG": "en", "VU": "en", "WS": "en", "XK": "sq",
    "ZW": "en",
}  # fmt: skip


@lru_cache(maxsize=1024)
def language_tag(text: str) -> str:
    """Give the BCP 47 tag for a tag, a locale (`fr_FR.UTF-8`) or a language's name, or ''.

    The region and script are kept where the text gives them (`FR-fr` is `fr-FR`), never added.
    Old and three-letter codes become today's (`iw` is `he`, `fra` is `fr`).
    """
    text = text.strip()[:80]
    tag = re.sub(r"[.@].*", "", text).replace("_", "-")
    return _tagged(tag) or _named(text) or _tagged(_MORE.sub(_known_start, tag))


def _known_start(more: re.Match[str]) -> str:
    """Keep of a tag's subtags those before the first variant or extension."""
    kept = re.match(r"(?:-[a-z]{4}(?=-))?(?:-(?:[a-z]{2}|[0-9]{3})(?=-))?", more[0], re.I)
    return kept[0] if kept else ""


def _tagged(tag: str) -> str:
    found = _TAG.fullmatch(tag)
    return "" if found is None else _current(*found.groups(""))


def _named(text: str) -> str:
    """Give the tag for a name, or for a name with its country: `English (UK)`."""
    name = folded(text)
    tag = _names().get(name) or _names().get(unaccented(name), "")
    regional = _REGIONAL.fullmatch(text)
    if not tag and regional is not None:
        base, region = _named(regional[1]), country_code(regional[2])
        tag = f"{base}-{region}" if base and region else ""
    return tag


def _current(language: str, script: str, region: str) -> str:
    language, script, region = language.lower(), script.title(), region.upper()
    alias = get_global("language_aliases").get(language, language).split("_")
    language, script = alias[0], script or "".join(part for part in alias[1:] if len(part) > 3)
    if language not in _tongues():
        return ""
    return "-".join(part for part in (language, script, region) if part)


@cache
def _tongues() -> frozenset[str]:
    identifiers = {identifier.split("_")[0] for identifier in localedata.locale_identifiers()}
    return frozenset(
        identifiers | {tag.split("-")[0] for tag in read_table("languages.tsv").values()}
    )


@cache
def _names() -> dict[str, str]:
    return read_table("languages.tsv") | _ALIASES


@lru_cache(maxsize=512)
def language_of(country: str) -> str:
    """Give the language (BCP 47) that most people in a country read, or '' where no one serves.

    For people who never told their language. Official languages by CLDR, corrected by hand.
    """
    if country not in countries():
        return ""
    if country in _WRITTEN_TO_IN:
        return _WRITTEN_TO_IN[country]
    official = get_official_languages(country, de_facto=True)
    return official[0].replace("_", "-") if official else ""


@lru_cache(maxsize=512)
def language_name(tag: str) -> str:
    """Give the English name of a language (BCP 47): French; the tag itself where CLDR has none."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return Locale.parse("en").languages.get(code) or tag


@lru_cache(maxsize=512)
def is_right_to_left(language: str) -> bool:
    """Whether text in `language` (BCP 47) runs from right to left."""
    return script_of(language) in _RIGHT_TO_LEFT


def script_of(language: str) -> str:
    """Give the script (ISO 15924) that a tag says or implies: Hant for zh-TW. '' if not known."""
    parts = language.replace("_", "-").split("-")
    said = [part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()]
    code, region = parts[0].lower(), parts[-1].upper() if len(parts) > 1 else ""
    likely = get_global("likely_subtags")
    full = likely.get(f"{code}_{region}") or likely.get(code) or ""
    return said[0] if said else full.split("_")[1] if full.count("_") else ""
