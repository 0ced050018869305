"""The words and letters around a place: what the readers of countries in prose share.

Phrases by language are in `whereabouts.toml`. All words here are in the letters of `flat`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from outreach.replies.flat import flat
from outreach.replies.words import scripts_of, words

TABLE: Final = "whereabouts.toml"

#: words of a sentence, with an apostrophe or the vowel signs of Indic scripts inside; and stops
TOKEN: Final = re.compile(
    r"[^\W\d_](?:[\w'’ʼ׳״・\u200b-\u200d-]|\.(?=\w)|[\u0300-\u036f\u093c-\u0d7f])*|[&,.;:!?()\n|،؛۔।።。、，]"
)
#: letters of the scripts that are written without spaces
UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
#: and of those with spaces, but without capitals or with endings joined to names
UNCASED: Final = re.compile("[\u0530-\u08ff\u0900-\u0dff\u10d0-\u10ff\u1200-\u137f\uac00-\ud7af]")
#: where a sentence ends, but not after "U.S."
STOP: Final = re.compile(r"(?<=\w\w\w)\.(?=\s|$)|[!?;:\n()|。؛۔।።]")
COMMAS: Final = frozenset(",،、，")

_ARTICLES: Final = """
    the la le les l' el los las il lo gli i o a os as der die das den dem de du des del della dell
    d' het 't al beautiful lovely sunny city town village ville ciudad cidade stadt of state
    republic nchi nchini mji wa ya kasar qyteti gorod город г місто στην στη στο στον την τη το τον
    τα τις τους دوله مدينه جمهوريه
"""
_AT: Final = """
    in from en em de du des au aux da do das dos a depuis desde aus nach из в dari di kutoka nchini
    van uit i fra fran no til nel nella dal dalla del dello w z ze we v ve iz od u у з із στην στη
    στο στον απο din la taga sa any dans ar na на
"""
_PART_OF: Final = "of de du des da do das dos di del della van von"
_INFLECTING: Final = """
    из в во на от з із зі у від са од iz u od z ze w we v ve na is no i fra a til nga ne
"""
_LEADS: Final = "من في الى از در אל ב מ ከ በ"
_JOINING: Final = "of the and de du des la le les del los el y et e da do das dos der und og i &"
#: codes that are said in sentences
_CODES: Final = "USA UAE DRC RDC RCA UK U.S U.K"

#: articles and the like between a phrase and its place
ARTICLES: Final = frozenset(_ARTICLES.split())
#: words before a place that is named in passing
AT: Final = frozenset(_AT.split())
#: those that also join the parts of a proper name: Bank of Ghana, Rue de France
PART_OF: Final = frozenset(_PART_OF.split())
#: prepositions behind which a name is inflected
INFLECTING: Final = frozenset(_INFLECTING.split())
#: words of place in scripts without capitals
LEADS: Final = frozenset(_LEADS.split())
#: countries whose name is what people are called
FIRST_NAMES: Final = frozenset({"chad", "israel", "jordan", "georgia"})
#: months and the like, after which towns are called as well: an event in March
NO_TOWNS: Final = frozenset({"march", "mai", "mei", "person", "spring", "university", "victoria"})
#: towns that are the first word of many others: San, in San José
HALF_TOWNS: Final = frozenset(
    {
        "al",
        "el",
        "la",
        "las",
        "los",
        "new",
        "port",
        "puerto",
        "saint",
        "san",
        "santa",
        "santo",
        "st",
    }
)

_JOINS: Final = frozenset(_JOINING.split())
_SAID_CODES: Final = frozenset(_CODES.split())


def is_code(text: str) -> bool:
    """Whether text is so short that it is a word in somebody's language: in, no, per."""
    return text.isascii() and len(text) <= 3 and text not in _SAID_CODES


def is_title(run: list[str]) -> bool:
    """Whether all words, but for small joining ones, start with a capital."""
    return not run[0][:1].islower() and all(
        (word[:1].isalpha() and not word[:1].islower()) or word.lower() in _JOINS for word in run
    )


def before(section: str, text: str) -> Iterator[re.Match[str]]:
    """Find the phrases of a section that stand before a place in flat text, with their space."""
    return _before(section, scripts_of(text)).finditer(text)


@cache
def _before(section: str, scripts: frozenset[str]) -> re.Pattern[str]:
    listed = [flat(phrase) for phrase in words(TABLE)[section]]
    phrases = [phrase for phrase in listed if scripts_of(phrase) <= scripts]
    spaced = "|".join(f"(?:{phrase})" for phrase in phrases)
    joined = "|".join(f"(?:{phrase})" for phrase in phrases if UNSPACED.search(phrase))
    # Hebrew, Arabic and Ethiopic join a preposition to the place
    pattern = rf"(?<![^\W_])(?:{spaced})(?: |(?<=')|(?=[^\x00-\u02ff\u0370-\u058f]))"
    either = [*([pattern] if spaced else []), *([f"(?:{joined})"] if joined else [])]
    # an expression without alternatives would find the nothing between all letters
    return re.compile("|".join(either) or "(?!)")


@cache
def after(section: str) -> re.Pattern[str]:
    """Give one expression for the phrases of a section that stand behind a place."""
    phrases = "|".join(f"(?:{flat(phrase)})" for phrase in words(TABLE)[section])
    return re.compile(rf"\s*(?:{phrases})")
