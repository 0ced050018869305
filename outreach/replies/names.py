"""Names as people write them: introduced in a sentence, below a letter, or in the sender field.

A name is never split, turned or cleaned of what its bearer writes. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from outreach import places
from outreach.replies.words import plain, words

MAX_WORDS: Final = 6

_TABLE: Final = "introductions.toml"
_LETTERS: Final = r"[^\W\d_][\w'’ʼ.\u0300-\u036f-]*"
#: small words inside names, between words with capitals
_PARTICLES: Final = (
    "de la|de las|de los|van der|van den|de|da|do|dos|das|del|della|di|du|van|von|der|den|ter|bin|"
    "ibn|bint|al|el|la|le|e|y|ould|ben|abu|mc|st|zu|af|av|bt|binti|wa"
)
_SMALL_WORDS: Final = frozenset(_PARTICLES.replace("|", " ").split())
_CAPITAL: Final = rf"(?-i:(?![a-zß-öø-ÿа-яёіїєґα-ώ]){_LETTERS})"
_CASED_NAME: Final = rf"(?P<name>{_CAPITAL}(?:[ ]+(?:(?-i:{_PARTICLES})[ ]+)*{_CAPITAL}){{0,5}})"
#: "I am" alone introduces many things: a name has two words, and the sentence goes on after it
_I_AM_WHO: Final = re.compile(
    r"(?<!\w)(?:[Hh]ier (?:ist|schreibt|spricht)|[Tt]ôi là|[Mm]ình là|[Ss]ou [oa]|"
    r"[Ii] am|[Ii]'m|[Tt]his is|[Jj]e suis|[Ss]oy|[Ii]ch bin|[Ee]u sou|[Ss]ono|[Ii]k ben|"
    r"[Jj]ag är|[Jj]eg er|[Oo]len|[Jj]estem|[Ss]unt|[Ss]aya|[Ss]u soy|[Jj]sem|[Mm]imi ni|Я|Είμαι) "
    rf"(?P<name>{_CAPITAL}(?:[ ]+(?:(?:{_PARTICLES})[ ]+)*{_CAPITAL}){{1,4}})"
    r"(?=[,.!\n]|$| (?:from|and|of|in|a|an|the|de|du|et|y|aus|und|da|e|dari|kutoka|fra|från|z|из|"
    r"και|writing|here|at|desde|uit|en)\b)"
)

_GEORGIAN: Final = re.compile("[\u10d0-\u10ff]")
#: a full stop there ends no sentence
_SHORTENED: Final = re.compile(
    r"(?:\w|dr|prof|mr|mrs|ms|md|mme|mlle|st|sr|jr|rev|fr|sta|ma|abd)\.", re.I
)


@dataclass(frozen=True, slots=True)
class Named:
    """What was made of the names in a mail."""

    name: str = ""
    #: True where two different names were given: staff should look
    in_doubt: bool = False


def is_name(text: str) -> bool:
    """Whether `text` can be the name of a person: letters, and no more than six words."""
    return (
        0 < len(text) <= 100
        and len(text.split()) <= MAX_WORDS
        and not re.search(r"[\d@/\\:?!<>{}#%=*|]|https?|www\.", text)
        and any(c.isalpha() for c in text)
    )


def best_name(own: str, signature: str, from_name: str, local_part: str) -> Named:
    """Choose among the names that a mail holds outside of labelled lines.

    A self-introduction counts before the line that the mail is signed with, and that before the
    sender field; the fuller form of one name counts before its shorter one.
    """
    greeted = _greeted(own)
    introduced = introduced_name(own)
    if _key(introduced) == greeted:
        introduced = ""
    signed = _signed(own, signature, from_name, local_part, greeted)
    if introduced and from_name and not _same(introduced, from_name):
        return Named(introduced, in_doubt=_is_full(from_name) and not _is_handle(from_name))
    fullest = _fullest(introduced, from_name, signed)
    return Named(fullest)


def introduced_name(own: str) -> str:
    """Give the name of a self-introduction: my name is, je m'appelle, اسمي, 我叫."""
    text = re.sub("[’‘ʼ`´]", "'", own)
    found = _before().search(text) or _I_AM_WHO.search(text)
    name = found["name"] if found else ""
    if not name and (uncased := _uncased().search(text)):
        name = _until_end(uncased["name"])
    if not name and (behind := _BEHIND.search(text)):
        name = next(filter(None, behind.groups()))
    name = " ".join(_without_place(_capitals(name.split()))).rstrip(".,-'")
    return name if is_name(name) else ""


def _capitals(name: list[str]) -> list[str]:
    """The words of a name up to the end of its sentence, or to a small word that no name has."""
    for n, word in enumerate(name):
        # Georgian has capitals, and nobody writes names with them
        if word.islower() and word not in _SMALL_WORDS and not _GEORGIAN.match(word):
            name = name[:n]
            break
        if word.endswith(".") and not _SHORTENED.fullmatch(word):
            name = name[: n + 1]
            break
    while name and name[-1] in _SMALL_WORDS:
        name = name[:-1]
    return name


def _without_place(name: list[str]) -> list[str]:
    """Take off where somebody is from: Lucía Fernández de Quito."""
    if len(name) > 3 and name[-2] in _SMALL_WORDS:
        place = name[-1].rstrip(".,")
        if places.country_of_city(place) or places.country_code(place):
            return name[:-2]
    return name


#: Japanese, Korean and Hungarian put it behind: 田中と申します, 김민수라고 합니다
_BEHIND: Final = re.compile(
    r"(?:^|[\s、。,は])(?P<name>[\u3040-\u30ff\u3400-\u9fff・ 　]{2,12}?)"
    r"(?:と申します|といいます|と言います)"
    r"|(?:저는|나는)\s*(?P<korean>[\uac00-\ud7af]{2,4}?)(?:이라고|라고)"
    rf"|(?P<hungarian>{_CAPITAL}(?: {_CAPITAL}){{1,3}}?)n[ae]k hívnak"
)


def _until_end(text: str) -> str:
    ends = frozenset(words(_TABLE)["ends"])
    kept: list[str] = []
    for word in text.split():
        if word in ends:
            break
        kept.append(word)
    return re.sub("(?:입니다|이고|이에요|예요|です|ครับ|ค่ะ)$", "", " ".join(kept[:4]))


def _signed(own: str, signature: str, from_name: str, local_part: str, greeted: str) -> str:
    """The line that the mail is signed with, if it is the sender's, or nobody else is named."""
    lines = [line.strip(" \t-–—*_,.") for line in own.split("\n") if line.strip()]
    is_free = not from_name or _is_handle(from_name)
    for n in range(len(lines) - 1, max(-1, len(lines) - 8), -1):
        is_below = n > 0 and closing(lines[n - 1]) and _is_signature(lines[n], greeted)
        if is_below and (is_free or _is_of(lines[n], from_name, local_part)):
            return lines[n]
    below = [line.strip(" \t-–—*_,.") for line in signature.split("\n") if line.strip()][:4]
    for line in (*below, *lines[-2:]):
        part = re.split(r"\s*[,|–—]\s+|\s+-\s+", line)[0]
        if _is_signature(part, greeted) and _is_of(part, from_name, local_part):
            return part
    if not from_name and below and _is_signature(below[0], greeted) and len(below[0].split()) > 1:
        return below[0]
    return ""


def _is_signature(line: str, greeted: str) -> bool:
    if not is_name(line) or len(line) > 50 or _key(line) == greeted:
        return False
    if _closings().fullmatch(plain(line)):
        return False
    cased = [
        word for word in line.split() if word[0].isalpha() and word[0].lower() != word[0].upper()
    ]
    return all(word[0].isupper() or word in _SMALL_WORDS for word in cased)


def _is_of(line: str, from_name: str, local_part: str) -> bool:
    """Whether a signed line is the sender's: it shares a word with their field or address."""
    own = {word for word in _key(line).split() if len(word) > 2}
    known = set(_key(from_name).split()) | {re.sub(r"\d+", "", local_part.lower())}
    known |= set(re.split(r"[\d._+-]+", local_part.lower()))
    joined = re.sub(r"[\W\d_]", "", local_part.lower())
    return bool(own & known) or any(len(word) > 3 and word in joined for word in own)


def _fullest(*names: str) -> str:
    """The first name, or a later one that says the same more fully."""
    given = [name for name in names if name]
    if not given:
        return ""
    first = given[0]
    for other in given[1:]:
        is_fuller = _same(first, other) and len(_key(other)) > len(_key(first))
        if is_fuller or (_is_handle(first) and not _is_handle(other)):
            first = other
    return first


def _same(one: str, other: str) -> bool:
    """Whether all words of one name stand in the other; initials stand for words."""
    shorter, longer = sorted((_key(one).split(), _key(other).split()), key=len)
    return all(
        word in longer or (len(word) == 1 and any(full.startswith(word) for full in longer))
        for word in shorter
    )


def _is_full(name: str) -> bool:
    return len(name.split()) > 1


def _is_handle(name: str) -> bool:
    """Whether a sender field is no name as one writes it: `jdoe77`, `info`, `amina.diop`."""
    return (
        not is_name(name)
        or (name.islower() and len(name.split()) == 1)
        or "." in name.strip(".")[2:]
    )


def _greeted(own: str) -> str:
    """Whom the person greets: one of us, or our organisation."""
    first = next((line for line in own.split("\n") if line.strip()), "")
    found = _salutation().match(first)
    return _key(found["who"]) if found else ""


def _key(name: str) -> str:
    return re.sub(r"[^\w ]", " ", plain(name)).casefold().strip()


@cache
def _before() -> re.Pattern[str]:
    phrases = "|".join(words(_TABLE)["before"])
    return re.compile(rf"(?<!\w)(?:{phrases})[ :,]+{_CASED_NAME}", re.IGNORECASE)


@cache
def _uncased() -> re.Pattern[str]:
    phrases = "|".join(words(_TABLE)["uncased"])
    return re.compile(rf"(?<!\w)(?:{phrases})[ :：]*(?P<name>[^\n.,،。，;!؛।۔።]{{2,60}})")


@cache
def _closings() -> re.Pattern[str]:
    closings = "|".join(plain(phrase) for phrase in words(_TABLE)["closings"])
    return re.compile(rf"(?:{closings})[\s,.!،]*", re.IGNORECASE)


def closing(line: str) -> bool:
    """Whether the line closes a letter: Regards, Merci, مع التحية."""
    return _closings().fullmatch(plain(line)) is not None


def parts_of_name(lines: Iterable[str]) -> str:
    """Give the name of a form that asks for its parts: `First name: Ada`, `Surname: Obi`."""
    given = family = ""
    for line in lines:
        if found := _label("given").match(line):
            given = given or found["value"].strip(" *_.,;")
        elif found := _label("family").match(line):
            family = family or found["value"].strip(" *_.,;")
    name = f"{given} {family}"
    return name if given and family and is_name(name) else ""


@cache
def _salutation() -> re.Pattern[str]:
    """How a mail begins that names its reader."""
    greetings = "|".join(words(_TABLE)["greetings"])
    return re.compile(rf"^\W*(?:{greetings})\s+(?P<who>[^,.!:;\n،]{{2,40}})", re.IGNORECASE)


@cache
def _label(section: str) -> re.Pattern[str]:
    labels = "|".join(words(_TABLE)[section])
    return re.compile(
        rf"[\s>*•·\-–\d.)]*(?:{labels})[\s*_]*(?:\([^()]{{0,30}}\))?\s*[:：=][\s*_]*"
        r"(?P<value>[^\n]{1,60})",
        re.IGNORECASE,
    )
