"""Which country a person says to live in or to be from, in sentences. Pure functions.

What they say of themselves counts before what they mention. Where they say two countries of
themselves ("Congolese living in Belgium"), or a name that may be two, staff ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from outreach import places
from outreach.replies.country import Method, Where, country_of_field, flags, found
from outreach.replies.flat import flat
from outreach.replies.mentions import Mentions, Token, tokens_of
from outreach.replies.names import closing
from outreach.replies.otherpeople import is_others
from outreach.replies.placereading import place_at_start
from outreach.replies.placewords import FIRST_NAMES, after, before, is_code, is_title

#: letters of own words that are read, and lines of them
_LONGEST: Final = 3000
_MOST_LINES: Final = 120

#: what people say of themselves
_STATED: Final = frozenset({Method.LIVES, Method.FROM, Method.LINE, Method.DEMONYM})

#: the phrases before a place, and what they tell
_SECTIONS: Final = (
    ("lives", Method.LIVES),
    ("from", Method.FROM),
    ("does", Method.NAMED),
    ("at", Method.NAMED),
)
#: letters behind a phrase that may name a place
_FAR: Final = 100
#: phrases that say no first person, in languages where the verb does not tell
_OF_ANYBODY: Final = re.compile(
    r"(?:living|resid\w+|based|settled|staying|located|domiciled|comes|was|people|citizen|national"
    r"|native|student|refugee|originally|habitant|vivant|residant|demeurant|originaires?"
    r"|ressortissante?|installee?|domiciliee?|viviendo|residente|natural|originari[oa]|lebend"
    r"|wohnhaft|woonachtig|afkomstig)\b"
)
#: words of a name, and one of them with the space before it
_NAMES: Final = 4
_NAME: Final = re.compile(r" ?([^\W\d_][\w'’.-]*)")

#: before a word for a people that says who one is
_I_AM: Final = re.compile(
    r"(?:\b(?:i am|i'm|we are|we're|as|je suis|nous sommes|soy|somos|eu sou|sou|sono|ich bin|"
    r"wir sind|io sono|being)(?: (?:a|an|une?|um|uma|un|una|eine?|originally|proud|proudly|also|"
    r"both))*"
    r"|\b(?:citizen|national|citoyen|citoyenne|nationality|nationalite|nacionalidad|nacionalidade|"
    r"nazionalita|staatsangehorigkeit)(?: is| est| es)?:?) "
)
_WHO_LIVES: Final = re.compile(r" (?:citizen|national|living|based|woman|man)\b")
#: after a word for a people that is a language or a subject there: a French teacher
_TAUGHT: Final = re.compile(
    r"\s*-?(?:language |lang )?(?:teacher|professor|tutor|translator|interpreter|speak|learner|"
    r"food|lesson|class|course|literature|studies)",
    re.IGNORECASE,
)
_AROUND_LINE: Final = " \t*_>-–—•.!\u200e\u200f"


def country_in_prose(own: str, name: str = "") -> Where:
    """Give the country of which a person says that they live there or come from there.

    `name` is the person's own: who is called Israel or Jordan names no country by it. Without a
    code, `text` holds what staff should ask about, if anything.
    """
    text = own[:_LONGEST]
    said = list(_said(text, name))
    stated = [where for where in said if where.method in _STATED]
    if not stated and (unknown := _unknown_home(text)):
        # what else is named is then not where they live
        return Where("", unknown)
    return _agreed(stated or said, text)


def _unknown_home(text: str) -> str:
    """Give the words for a place where somebody says to live and that we don't know."""
    flat_text = flat(text)
    homes = (text[found.end() : found.end() + 40] for found in before("lives", flat_text))
    named = (re.split(r"[.,;!?\n]", home)[0].strip() for home in homes if home[:1].isupper())
    return next(named, "")


def _agreed(said: list[Where], text: str) -> Where:
    """The one country that all name; else a question, with all the words."""
    if len({where.code or where.text for where in said}) <= 1:
        return said[0] if said else Where()
    plain = [where for where in said if where.code]
    doubts = [where for where in said if not where.code]
    if len({where.code for where in plain}) == 1 and all(_covers(plain[0], d) for d in doubts):
        return plain[0]
    in_order = sorted({where.text for where in said} - {""}, key=text.find)
    return Where("", " / ".join(in_order)[:200])


def _covers(plain: Where, doubt: Where) -> bool:
    """Whether a doubtful name is made plain by the other: Kinshasa, and then Congo."""
    field = f"{plain.text}, {doubt.text}"
    return places.is_doubtful(doubt.text) and country_of_field(field).code == plain.code


def _said(text: str, name: str) -> Iterator[Where]:
    """Give all that is said of countries, in no order."""
    flat_text = flat(text)
    tokens = tokens_of(text)
    named = frozenset(flat(word) for word in re.findall(r"[^\W\d_]+", name))
    yield from _after_phrases(text, flat_text)
    yield from _introduced(text, flat_text)
    yield from _lines(text, named)
    yield from _peoples(text, flat_text, tokens)
    yield from Mentions(text, flat_text, tokens, named)
    yield from (found(code, "", Method.NAMED) for code in flags(text))


def _after_phrases(text: str, flat_text: str) -> Iterator[Where]:
    for section, method in _SECTIONS:
        for phrase in before(section, flat_text):
            where = place_at_start(text[phrase.end() : phrase.end() + _FAR], method)
            if where is not None and not _is_of_others(flat_text, phrase, method, where):
                yield where


def _is_of_others(flat_text: str, phrase: re.Match[str], method: Method, where: Where) -> bool:
    """Whether the phrase may speak of anybody, and what stands beside it is about somebody else."""
    if method is Method.NAMED:
        return is_others(flat_text, phrase.end(), phrase.end() + len(where.text))
    start = phrase.start()
    return _OF_ANYBODY.match(phrase[0]) is not None and is_others(flat_text, start, start)


def _introduced(text: str, flat_text: str) -> Iterator[Where]:
    """`I'm Rana from Ramallah, Palestine and`: a name between the person and the place."""
    comes = after("comes")
    for phrase in before("introduced", flat_text):
        end = phrase.end()
        for _ in range(_NAMES):
            word = _NAME.match(text, end)
            if word is None or not word[1][0].isupper():
                break
            end = word.end()
            if link := comes.match(flat_text, end):
                where = place_at_start(text[link.end() : link.end() + _FAR], Method.FROM)
                if where is not None:
                    yield where
                break


def _lines(text: str, named: frozenset[str]) -> Iterator[Where]:
    """Read the lines that are a country, or that end an address with one."""
    closes = True
    for line in text.split("\n")[:_MOST_LINES]:
        bare = line.strip(_AROUND_LINE)
        if 1 < len(bare) <= 100 and not bare.endswith(":"):
            where = _line(bare, named, is_signed=closes)
            if where is not None:
                yield where
        if bare:
            closes = line.rstrip().endswith(",") or closing(line)


def _line(line: str, named: frozenset[str], *, is_signed: bool) -> Where | None:
    """Read one line; `is_signed` tells that the line before closes a letter, or there is none."""
    last = re.split(r"[,،|]\s*|\s[-–—]\s", line)[-1].strip(" .")
    is_whole = last == line
    if not is_whole and closing(line[: len(line) - len(last)]):
        return None  # Thanks, Jordan
    if not last or len(last.split()) > 6 or _is_name(last, named) or is_code(last):
        return None
    if is_whole and ((flat(last) in FIRST_NAMES and is_signed) or last[0].islower()):
        return None
    if places.is_doubtful(last):
        code = "" if is_whole else country_of_field(line).code
        return found(code, line if code else last, Method.LINE)
    if code := places.country_code(last):
        return found(code, last, Method.LINE)
    is_place = not is_whole and len(line.split()) <= 6 and is_title(last.split())
    if is_place and not _is_name(line, named) and (code := places.country_of_city(last)):
        return found(code, last, Method.CITY)
    return None


def _is_name(text: str, named: frozenset[str]) -> bool:
    return any(flat(word) in named for word in text.split())


def _peoples(text: str, flat_text: str, tokens: list[Token]) -> Iterator[Where]:
    """`I am a Kenyan student`, `je suis sénégalaise`, `Congolese living in Belgium`."""
    starts = {one.end() for one in _I_AM.finditer(flat_text)}
    ends = {one.start() for one in _WHO_LIVES.finditer(flat_text)}
    for n in range(len(tokens)):
        for run in (tokens[n : n + 2], tokens[n : n + 1]):
            start, end = run[0].start, run[-1].end
            if start not in starts and end not in ends:
                continue
            code = places.country_of_people(" ".join(token.text for token in run))
            if code and not _TAUGHT.match(text[end : end + 30]):
                yield found("" if code == "?" else code, text[start:end], Method.DEMONYM)
                break
