"""Name, address and country: from the asked-for lines, else from plain signs in the mail.

A value is taken as the person wrote it. Where two readings are possible the answer is '': staff ask
rather than guess. Only the person's own words are read. A pure function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.replies.country import country_in_prose, country_of_field
from outreach.replies.labels import Asked, fields_in, is_labelled

#: what is said of this many letters of own words; more is no answer to a call
MAX_OWN: Final = 5000
MAX_NAME_WORDS: Final = 6

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"'=]+")
_PLACEHOLDER = re.compile(
    r"[\W_]*|[\[(<{].*[\])>}]|[xX]{2,}|\(?(your|votre|tu|su|seu|ihr) [\w -]{1,30}\)?|n/?a|none|-+",
    re.IGNORECASE,
)
_WORD: Final = r"[^\W\d_][\w'’.-]*"
#: a self-introduction, then the name as words that start with a capital
_I_AM = re.compile(
    r"(?:my name(?:'s| is)|i am called|this is|je m'appelle|mon nom est|me llamo|mi nombre es|"
    r"meu nome é|me chamo|ich heiße|ich heisse|mein name ist|mi chiamo|il mio nome è|mijn naam is|"
    r"ik heet|jina langu ni|naitwa|меня зовут|benim adım|adım)\s+"
    rf"(?-i:(?P<name>(?=[^\W\d_])(?:(?![a-zà-ÿа-я]){_WORD})"
    rf"(?:\s+(?:(?:de|da|do|dos|del|van|von|der|bin|ibn|al|el|la|le|di)\s+)*(?![a-zà-ÿа-я]){_WORD})"
    r"{0,4}))",
    re.IGNORECASE,
)
#: "I am" alone introduces many things: a name has two words, and the sentence goes on after it
_I_AM_WHO = re.compile(
    r"\b(?:[Ii] am|[Ii]'m|[Jj]e suis|[Ss]oy|[Ii]ch bin|[Ee]u sou|[Ss]ono) "
    r"(?P<name>[^\W\d_a-zà-ÿа-я][\w'-]*+(?: [^\W\d_a-zà-ÿа-я][\w'-]*+){1,3})"
    r"(?=[,.\n]| (?:from|and|of|de|du|et|y|aus|und|da|e)\b)"
)
_I_AM_UNCASED = re.compile(
    r"(?:^|[\s.،])(?:أنا )?(?:اسمي|إسمي)(?: هو)?\s+"
    r"(?P<arabic>[\u0621-\u064a]+(?:\s+[\u0621-\u064a]+)?)"
    r"|我(?:叫|的名字是)\s*(?P<chinese>[\u4e00-\u9fff]{2,4})"
)


@dataclass(frozen=True, slots=True)
class Details:
    """What a person said of themselves; each may be ''."""

    name: str = ""
    email: str = ""
    #: ISO 3166-1 alpha-2, only where there is no doubt
    country: str = ""
    #: as the person wrote it
    country_text: str = ""
    #: how many of the asked-for lines were filled in
    filled: int = 0


def extract(own: str, from_name: str = "", from_address: str = "") -> Details:
    """Read the details out of the person's own words (reply and signature).

    Where the words don't say, name and address are those of the mail's sender.
    """
    own = own[:MAX_OWN]
    given = _labelled(own) or _bare(own)
    name = given.get(Asked.NAME, "")
    country_text = given.get(Asked.COUNTRY, "")
    country = country_of_field(country_text)
    if not country_text:
        country, country_text = country_in_prose(own, name or from_name)
    return Details(
        name=name or _fuller(_introduced(own), from_name),
        email=given.get(Asked.EMAIL, "") or from_address,
        country=country,
        country_text=country_text,
        filled=len(given),
    )


def _labelled(own: str) -> dict[Asked, str]:
    """The asked-for lines that hold something; the first of each counts.

    People also write below an empty line `Name:`, so a following line is its value where it can
    be one. An empty template sent back gives nothing.
    """
    given: dict[Asked, str] = {}
    lines = [line.strip() for line in own.split("\n") if line.strip()]
    for n, line in enumerate(lines):
        following = lines[n + 1] if n + 1 < len(lines) and not is_labelled(lines[n + 1]) else ""
        for asked, written in fields_in(line):
            value = _accepted(asked, written)
            if not value and not written and len(following) <= 100:
                value = _accepted(asked, following)
            if value:
                given.setdefault(asked, value)
    return given


#: what closes a letter in front of an address, and is no name
_CLOSINGS: Final = re.compile(
    r"(best|kind|warm)? ?(regards|wishes)|thanks?( you)?|sincerely|yours|cheers|cordialement|merci|"
    r"bien à vous|amitiés|saludos|gracias|atentamente|un abrazo|hello|hi|dear .*|bonjour|hola",
    re.IGNORECASE,
)


def _bare(own: str) -> dict[Asked, str]:
    """Name, address and country without labels, one after the other, on lines or between commas."""
    pieces = [piece for line in own.split("\n")[:60] for piece in re.split(r"[,;|،]", line)]
    pieces = [re.sub(r"^\s*\d[.)]\s*", "", piece).strip(" .-*") for piece in pieces]
    pieces = [piece for piece in pieces if piece]
    for n, piece in enumerate(pieces):
        email = addresses.normalise(piece)
        around = pieces[max(0, n - 2) : n] + pieces[n + 1 : n + 3]
        countries = [other for other in around if email and country_of_field(other)]
        names = [
            other
            for other in around
            if other not in countries and is_name(other) and not _CLOSINGS.fullmatch(other)
        ]
        if len(countries) == 1 and len(names) == 1 and len(names[0].split()) <= 4:
            return {Asked.NAME: names[0], Asked.EMAIL: email, Asked.COUNTRY: countries[0]}
    return {}


def _accepted(asked: Asked, text: str) -> str:
    if _PLACEHOLDER.fullmatch(text):
        return ""
    if asked is Asked.EMAIL:
        found = _ADDRESS.search(re.sub(r"\s*<mailto:[^>]*>", "", text))
        return addresses.normalise(found[0].rstrip(".")) if found else ""
    text = " ".join(text.strip("*_\"“”«»'").split())
    if asked is Asked.NAME:
        return text if is_name(text) else ""
    return text if len(text) <= 100 and "@" not in text else ""


def is_name(text: str) -> bool:
    """Whether `text` can be the name of a person: letters, and no more than six words."""
    return (
        0 < len(text) <= 100
        and len(text.split()) <= MAX_NAME_WORDS
        and not re.search(r"[\d@/\\:?!<>{}]|https?|www\.", text)
        and any(c.isalpha() for c in text)
    )


def _fuller(introduced: str, from_name: str) -> str:
    """The name that the person gives, but not where their sender field says it more fully."""
    within = set(introduced.casefold().split()) <= set(from_name.casefold().split())
    return from_name if within else introduced


def _introduced(own: str) -> str:
    text = re.sub("[’`´]", "'", own)
    found = _I_AM.search(text) or _I_AM_WHO.search(text)
    name = found["name"] if found else ""
    if not name and (uncased := _I_AM_UNCASED.search(text)):
        name = uncased["arabic"] or uncased["chinese"] or ""
    name = " ".join(name.split()).rstrip(".,-'")
    return name if is_name(name) else ""
