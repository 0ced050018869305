"""Name, address and country: from the asked-for lines, else from plain signs in the mail.

A value is taken as the person wrote it. Where two readings are possible the answer is '': staff ask
rather than guess. Only the person's own words are read. A pure function.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.replies.country import Where, country_of_field
from outreach.replies.countryprose import country_in_prose
from outreach.replies.labels import Asked, fields_in, is_labelled
from outreach.replies.names import best_name, closing, is_name, parts_of_name
from outreach.replies.phones import LABEL, phone_in

#: what is said of this many letters of own words; more is no answer to a call
MAX_OWN: Final = 5000
#: a country that is less certain is pointed out to staff
_SURE: Final = 0.7

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"'=]+")
_PLACEHOLDER = re.compile(
    r"[\W_]*|[\[(<{].*[\])>}]|[xX]{2,}|\(?(your|votre|tu|su|seu|ihr) [\w -]{1,30}\)?|n/?a|none|-+",
    re.IGNORECASE,
)
#: a mail word or a possessive before an address: my new email is ...
_STATED = re.compile(
    r"(?:e-?mail|mail|mel|courriel|correo|posta|post|surel|adres\w*|address|adress\w*|indirizzo|endereço|"
    r"dirección|почт\w*|пошт\w*|my|mon|ma|mi|meu|minha|mein\w*|mio|mia|mijn|min|mitt|moj\w*|мо[йяюё]|"
    r"reach me|contact me|write to me|contactez-moi|escríbanme|بريد\w*|إيميل\w*|ايميل\w*|ایمیل|"
    r"אימייל|ईमेल|邮箱|電子郵件|メール|이메일|อีเมล)[^@\n]{0,40}$",
    re.IGNORECASE,
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
    #: 0 to 1
    country_certainty: float = 0.0
    #: as the person wrote it
    phone: str = ""
    #: how many of the asked-for lines were filled in
    filled: int = 0
    #: what staff should look at, in words without personal data
    notes: tuple[str, ...] = ()


def extract(own: str, from_name: str = "", from_address: str = "", signature: str = "") -> Details:
    """Read the details out of the person's own words: the reply and what it is signed with.

    Where the words don't say, name and address are those of the mail's sender.
    """
    own, signature = own[:MAX_OWN], signature[:MAX_OWN]
    both = f"{own}\n{signature}"
    given = _labelled(both) or _bare(both)
    name, name_notes = _name_of(given, own, signature, from_name, from_address)
    where = _where(given, both, name or from_name)
    return Details(
        name=name,
        email=given.get(Asked.EMAIL, "") or _stated_address(own) or from_address,
        country=where.code,
        country_text=where.text,
        country_certainty=where.certainty,
        phone=phone_in(both),
        filled=len(given),
        notes=(*name_notes, *_country_notes(where)),
    )


def _name_of(
    given: Mapping[Asked, str], own: str, signature: str, from_name: str, from_address: str
) -> tuple[str, tuple[str, ...]]:
    """The name, and what staff should know of it."""
    labelled = parts_of_name(own.split("\n")[:60]) or given.get(Asked.NAME, "")
    if labelled:
        return labelled, ()
    named = best_name(own, signature, from_name, from_address.partition("@")[0])
    return named.name, ("gives another name than the sender field",) if named.in_doubt else ()


def _where(given: Mapping[Asked, str], own: str, name: str) -> Where:
    if Asked.COUNTRY in given:
        return country_of_field(given[Asked.COUNTRY])
    return country_in_prose(own, name)


def _country_notes(where: Where) -> tuple[str, ...]:
    if where.code and where.certainty < _SURE:
        return ("the country is only named in passing",)
    return ("the country has to be asked for",) if where.text and not where.code else ()


def _stated_address(own: str) -> str:
    """The one other address that the person says is theirs."""
    found = {
        addresses.normalise(address[0].rstrip("."))
        for address in _ADDRESS.finditer(own)
        if _STATED.search(own[max(0, address.start() - 80) : address.start()])
    } - {""}
    return found.pop() if len(found) == 1 else ""


def _labelled(own: str) -> dict[Asked, str]:
    """The asked-for lines that hold something; the first of each counts.

    People also write below an empty line `Name:`, so a following line is its value where it can
    be one. An empty template sent back gives nothing.
    """
    given: dict[Asked, str] = {}
    lines = [line.strip() for line in own.split("\n") if line.strip()]
    for n, line in enumerate(lines):
        for asked, written in fields_in(line):
            value = _accepted(asked, written)
            if not value and not written:
                value = _accepted(asked, _value_below(lines, n))
            if value:
                given.setdefault(asked, value)
    return given


def _value_below(lines: list[str], n: int) -> str:
    """The line below line `n`, where it may be the value of a label."""
    following = "".join(lines[n + 1 : n + 2])
    return "" if len(following) > 100 or is_labelled(following) else following


#: how a mail begins that is not yet somebody's name
_GREETING: Final = re.compile(r"(?:hello|hi|hey|dear|bonjour|hola|olá|ciao|hallo)\b", re.IGNORECASE)


def _bare(own: str) -> dict[Asked, str]:
    """Name, address and country without labels, one after the other, on lines or between commas."""
    pieces = [piece for line in own.split("\n")[:60] for piece in re.split(r"[,;|،]", line)]
    pieces = [re.sub(r"^\s*\d[.)]\s*", "", piece).strip(" .-*") for piece in pieces]
    pieces = [piece for piece in pieces if piece]
    for n, piece in enumerate(pieces):
        email = addresses.normalise(piece)
        if not email:
            continue
        around = pieces[max(0, n - 2) : n] + pieces[n + 1 : n + 3]
        countries = [other for other in around if country_of_field(other).code]
        names = [
            other
            for other in around
            if other not in countries
            and is_name(other)
            and not closing(other)
            and not _GREETING.match(other)
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
    text = LABEL.split(" ".join(text.strip("*_\"“”«»'").split()))[0].rstrip(" ,;|-")
    if asked is Asked.NAME:
        return text if is_name(text) else ""
    return text if len(text) <= 100 and "@" not in text else ""
