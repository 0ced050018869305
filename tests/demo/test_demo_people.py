"""The demo's files: the same each time, in 83 countries, with the flaws that real exports have."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections import Counter

import pytest

from outreach.addresses import normalise
from outreach.demo.actions import CASES, action_file
from outreach.demo.people import (
    BROKEN,
    COLUMNS,
    REPEATS,
    ROWS,
    Person,
    homes,
    people,
    supporter_file,
)
from outreach.model import ActionKind
from outreach.places import country_code, language_tag

#: of the two files; a change here is a change of everybody's demo, and wants to be meant
SUPPORTERS = "db1e412d5ebacd4f093c53c1fa91483559aa6afcb474e78c4a7f8cbf83e21be0"
ACTIONS = "e58464ee9408cbb5d74df55d6c88598dd1985c7178e3132566ec44aeed8d99e4"


@pytest.fixture(scope="module")
def persons() -> tuple[Person, ...]:
    """The demo's people."""
    return people()


@pytest.fixture(scope="module")
def rows(persons: tuple[Person, ...]) -> list[dict[str, str]]:
    """The rows of their file."""
    return list(csv.DictReader(io.StringIO(supporter_file(persons).decode("utf-8-sig"))))


def test_the_files_are_the_same_with_every_python(persons: tuple[Person, ...]) -> None:
    """One seed gives the same bytes, now and with the next Python."""
    assert hashlib.sha256(supporter_file(persons)).hexdigest() == SUPPORTERS
    assert hashlib.sha256(action_file(persons)).hexdigest() == ACTIONS
    assert people(seed=7) != persons


def test_the_list_is_an_export_of_5000_rows(
    persons: tuple[Person, ...], rows: list[dict[str, str]]
) -> None:
    """A byte order mark, a header, 5,000 rows."""
    assert supporter_file(persons).startswith(b"\xef\xbb\xbfuuid,")
    assert len(rows) == ROWS == 5000
    assert tuple(rows[0]) == COLUMNS


def test_its_people_live_in_83_countries(rows: list[dict[str, str]]) -> None:
    """Each country is there, and understood in each of its spellings, but for `Congo` alone."""
    known = {country_code(row["country"]) for row in rows if normalise(row["email"])}
    assert known - {""} == {home.code for home in homes()}
    assert len(known - {""}) == 83
    misread = {
        spelled
        for home in homes()
        for spelled in home.spelled
        if country_code(spelled) != home.code
    }
    assert misread == {"Congo"}


def test_languages_are_stated_now_and_then_and_understood(rows: list[dict[str, str]]) -> None:
    """Most rows have no language; those that have one have a tag or a name."""
    stated = [row["language"] for row in rows if row["language"]]
    assert 0.3 < len(stated) / len(rows) < 0.5
    assert all(language_tag(language) for language in stated)


def test_addresses_are_on_reserved_domains_only(persons: tuple[Person, ...]) -> None:
    """example.org, .com, .net and .example can belong to nobody (RFC 2606)."""
    for address in filter(None, (normalise(person.email) for person in persons)):
        assert address.endswith((".example", "@example.org", "@example.com", "@example.net"))


def test_it_has_the_flaws_of_a_real_export(rows: list[dict[str, str]]) -> None:
    """Repeated and bad addresses, missing names, countries in words: as many as stated."""
    addresses = [normalise(row["email"]).lower() for row in rows]
    assert addresses.count("") == BROKEN
    assert len(addresses) - len(set(addresses) - {""}) - BROKEN == REPEATS
    assert any(row["email"].isupper() for row in rows)
    assert sum(not row["first_name"] and not row["last_name"] for row in rows) > 100
    assert sum(len(row["country"]) > 3 for row in rows) > 1000
    statuses = Counter(row["can2_subscription_status"] for row in rows)
    assert set(statuses) == {"subscribed", "unsubscribed", "bouncing", "spam complaint"}


def test_names_are_written_in_many_scripts(persons: tuple[Person, ...]) -> None:
    """Latin, Arabic, Cyrillic, Greek, Hebrew, Devanagari, Bengali, Thai, Han, Hangul and more."""
    letters = {letter for person in persons for letter in person.given_name + person.family_name}
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    assert scripts >= {
        *("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "ETHIOPIC", "ARABIC", "HEBREW"),
        *("DEVANAGARI", "BENGALI", "TAMIL", "SINHALA", "THAI", "CJK", "HANGUL"),
    }


def test_each_name_can_stand_in_an_address() -> None:
    """Groups of names go together, hold no name twice, and can be written in Latin letters."""
    for home in homes():
        assert len(home.women) == len(home.men) == len(home.family)
        for group in (*home.women, *home.men, *home.family):
            assert len(set(group)) == len(group), home.code


def test_actions_are_of_people_on_the_list(persons: tuple[Person, ...]) -> None:
    """Or of nobody, for a country's counts; kinds and cases are those of the campaign."""
    on_list = {normalise(person.email) for person in persons}
    found = list(csv.DictReader(io.StringIO(action_file(persons).decode())))
    assert {row["email"] for row in found} <= on_list
    assert {row["kind"] for row in found} == {kind.value for kind in ActionKind}
    assert {row["case"] for row in found} == {"", *CASES}
    without = [row for row in found if not row["email"]]
    assert len(without) == 83
    assert len({tuple(row.values()) for row in found}) == len(found)
