"""The demo's supporters, as Action Network would export them, with the flaws of real exports."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from random import Random
from typing import Final, TypeVar

from outreach.demo.latin import is_latin, latin

T = TypeVar("T")

SEED: Final = 20131210
#: rows of the file, and how many of them repeat an address or hold one that can't be used
ROWS, REPEATS, BROKEN = 5000, 70, 30

#: Action Network's names for the columns of a report (RFC 4180, UTF-8)
COLUMNS: Final = (
    "uuid", "first_name", "last_name", "email", "can2_user_city", "country", "language",
    "can2_subscription_status", "created_at", "can2_user_tags",
)  # fmt: skip

_DOMAINS: Final = (
    "example.org", "example.com", "example.net", "mail.example", "inbox.example", "post.example",
)  # fmt: skip
_TAGS: Final = (
    "Newsletter", "Write for Rights 2013", "Letter writer", "Student group", "Monthly donor",
    "Urgent Action Network", "Teacher", "Hosted an event 2012",
)  # fmt: skip
#: share of the people -> status in Action Network's words
_STATUSES: Final = (
    (0.915, "subscribed"), (0.965, "unsubscribed"), (0.99, "bouncing"), (1.0, "spam complaint"),
)  # fmt: skip
_FIRST_DAY, _LAST_DAY = date(2009, 3, 1), date(2014, 2, 10)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the file, and what the file doesn't say: where the person really lives."""

    uuid: str
    given_name: str
    family_name: str
    email: str
    city: str
    #: as the person wrote it
    country: str
    language: str
    status: str
    joined: str
    tags: str
    #: ISO code; the file has only `country`
    home: str


@dataclass(frozen=True, slots=True)
class Home:
    """A country of people.toml: what its people are called and how they write."""

    code: str
    weight: int
    spelled: tuple[str, ...]
    languages: tuple[str, ...]
    cities: tuple[str, ...]
    #: groups of names that go together: the same place in each
    women: tuple[tuple[str, ...], ...]
    men: tuple[tuple[str, ...], ...]
    family: tuple[tuple[str, ...], ...]
    #: share of the people who write their name in Latin letters though it has others
    latin: float


@cache
def homes() -> tuple[Home, ...]:
    """Give the 83 countries of people.toml, in its order."""
    text = resources.files("outreach.demo").joinpath("people.toml").read_text("utf-8")

    def listed(value: str) -> tuple[str, ...]:
        return tuple(value.split(", "))

    def grouped(value: str) -> tuple[tuple[str, ...], ...]:
        return tuple(listed(group) for group in value.split("; "))

    return tuple(
        Home(
            code=code,
            weight=entry["people"],
            spelled=listed(entry["spelled"]),
            languages=listed(entry["languages"]),
            cities=listed(entry["cities"]),
            women=grouped(entry["women"]),
            men=grouped(entry["men"]),
            family=grouped(entry["family"]),
            latin=entry.get("latin", 0.0),
        )
        for code, entry in tomllib.loads(text).items()
    )


def people(seed: int = SEED) -> tuple[Person, ...]:
    """Make the file's 5,000 rows, in the order in which the people joined.

    Only `Random.random()` is drawn from, whose sequence Python promises to keep for a seed.
    """
    draw = Random(seed)
    taken: set[str] = set()
    persons = [_person(draw, home, taken) for home in _drawn_homes(draw, ROWS - REPEATS - BROKEN)]
    repeats = [_again(draw, persons[_below(draw, len(persons))]) for _ in range(REPEATS)]
    broken = [
        replace(_person(draw, _one(draw, homes()), taken), email=_spoilt(draw, number))
        for number in range(BROKEN)
    ]
    return tuple(sorted([*persons, *repeats, *broken], key=lambda p: (p.joined, p.uuid)))


def supporter_file(persons: Sequence[Person]) -> bytes:
    """Write the rows as the CSV file that one downloads: UTF-8 with a BOM, CRLF line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for p in persons:
        writer.writerow(
            [
                p.uuid,
                p.given_name,
                p.family_name,
                p.email,
                p.city,
                p.country,
                p.language,
                p.status,
                p.joined,
                p.tags,
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def _below(draw: Random, limit: int) -> int:
    return int(draw.random() * limit)


def _one(draw: Random, choices: Sequence[T]) -> T:
    return choices[_below(draw, len(choices))]


def _drawn_homes(draw: Random, count: int) -> list[Home]:
    """Draw countries by their weight, each at least once."""
    pool = [home for home in homes() for _ in range(home.weight)]
    return [*homes(), *(_one(draw, pool) for _ in range(count - len(homes())))]


def _person(draw: Random, home: Home, taken: set[str]) -> Person:
    woman = draw.random() < 0.55
    group = _below(draw, len(home.family))
    given, given_latin = _name(_one(draw, (home.women if woman else home.men)[group]))
    forms = _one(draw, home.family[group]).split("|")
    family, family_latin = _name(forms[-1] if woman else forms[0])
    if draw.random() < home.latin or is_latin(given) != is_latin(family):
        given = given if is_latin(given) else _capital(given_latin)
        family = family if is_latin(family) else _capital(family_latin)
    given, family = _as_typed(draw, given, family)
    return Person(
        uuid=_uuid(draw),
        given_name=given,
        family_name=family,
        email=_address(draw, given_latin, family_latin, taken),
        city=_one(draw, home.cities) if draw.random() < 0.6 else "",
        country=_country(draw, home),
        language=_one(draw, home.languages) if draw.random() < 0.4 else "",
        status=_status(draw),
        joined=_moment(draw, _FIRST_DAY),
        tags=_tags(draw),
        home=home.code,
    )


def _name(entry: str) -> tuple[str, str]:
    """Give a name of people.toml as it is written and in an address's letters."""
    name, stated, letters = entry.partition("=")
    return name, (letters if stated else latin(name))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _as_typed(draw: Random, given: str, family: str) -> tuple[str, str]:
    """Give the name as it ends up in a form: missing, in capitals, with a space behind it."""
    chance = draw.random()
    if chance < 0.05:
        return "", ""
    if chance < 0.10:
        return given, ""
    if chance < 0.115:
        return "", family
    if chance < 0.135:
        return given.upper(), family.upper()
    if chance < 0.15:
        return given.lower(), family.lower()
    if chance < 0.165:
        return f"{given} ", family
    return given, family


def _country(draw: Random, home: Home) -> str:
    if draw.random() < 0.02:
        return ""
    return home.spelled[int(draw.random() ** 2 * len(home.spelled))]


def _status(draw: Random) -> str:
    chance = draw.random()
    return next(status for share, status in _STATUSES if chance < share)


def _tags(draw: Random) -> str:
    return ", ".join(tag for tag in _TAGS if draw.random() < 0.2)


def _uuid(draw: Random) -> str:
    digits = "".join("0123456789abcdef"[_below(draw, 16)] for _ in range(30))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"


def _moment(draw: Random, first: date) -> str:
    day = first + timedelta(days=_below(draw, (_LAST_DAY - first).days))
    return f"{day} {_below(draw, 24):02}:{_below(draw, 60):02}:{_below(draw, 60):02} UTC"


def _address(draw: Random, given: str, family: str, taken: set[str]) -> str:
    """Give an address nobody else has, the way such addresses are made up."""
    first, last = given.replace(" ", "-"), family.replace(" ", "")
    forms = (
        f"{first}.{last}", f"{first[0]}{last}", f"{last}.{first}", f"{first}_{last}",
        f"{first}{_below(draw, 70) + 30}", f"{first}-{last}", f"{first}.{last[0]}",
    )  # fmt: skip
    local = _one(draw, forms)
    domain = _one(draw, _DOMAINS)
    address, number = f"{local}@{domain}", 1
    while address in taken:
        number += 1
        address = f"{local}{number}@{domain}"
    taken.add(address)
    return address


def _again(draw: Random, person: Person) -> Person:
    """Give the row that appears when somebody signs up once more: other case, less of the rest."""
    local, _, domain = person.email.partition("@")
    email = _one(draw, (person.email.upper(), f"{_capital(local)}@{domain}", f" {person.email}"))
    since = date.fromisoformat(person.joined[:10])
    again = replace(
        person, uuid=_uuid(draw), email=email, joined=_moment(draw, since), tags=_tags(draw)
    )
    return replace(again, city="", country="") if draw.random() < 0.5 else again


#: what stands in the address column of people who can't be written to
_SPOILT: Final = (
    "{0}.example.org", "{0}@", "@example.org", "{0}@example", "{0} @example.org", "", "n/a",
    "{0}@@example.org", "{0}@example..org", "{0}@example.org, {0}@example.com", "+000 555 01 {0}",
    "{0}@exam ple.org", "{0};example.org", "no email", "{0}@-example.org",
)  # fmt: skip


def _spoilt(draw: Random, number: int) -> str:
    return _SPOILT[number % len(_SPOILT)].format(f"supporter{_below(draw, 90) + 10}")
