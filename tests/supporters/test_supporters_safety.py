"""Who must get discreet messages only: nobody stops being one of them in silence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.errors import InputError
from outreach.model import Safety
from outreach.supporters import roll
from outreach.supporters.cells import Unreadable, safety
from outreach.workflow.supporters import ImportReport, import_supporters


@pytest.fixture
def take(db: Database, tmp_path: Path, now: datetime):
    """Give a function that writes lines to a file and imports it."""

    def take_in(*lines: str, **options: object) -> ImportReport:
        path = tmp_path / "list.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_supporters(db, path, **{"now": now, **options})

    return take_in


def discreet(db: Database) -> set[str]:
    """Name those who are, by the first letter of their addresses."""
    people = roll.list_supporters(db)
    return {person.email[0] for person in people if person.safety is Safety.DISCREET}


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        *(("", ""), ("no", ""), ("Nein", ""), ("FALSE", ""), ("0", ""), ("-", ""), ("n/a", "")),
        *(("yes", "discreet"), ("oui", "discreet"), ("sí", "discreet"), ("نعم", "discreet")),
        *((" X ", "discreet"), ("WAHR", "discreet"), ("Discreet", "discreet")),
        *(("diskret", "discreet"), ("Standard", "standard")),
    ],
)
def test_a_cell_is_understood_in_the_words_of_many_languages(written: str, meaning: str) -> None:
    """A no says nothing: a program writes it of everybody who was never asked."""
    assert safety(written) == meaning


@pytest.mark.parametrize("written", ["perhaps", "?", "2014-02-26", "very", "unknown"])
def test_other_words_are_unreadable(written: str) -> None:
    """And so they are taken for discreet."""
    with pytest.raises(Unreadable):
        safety(written)


@pytest.mark.parametrize(
    "header",
    [
        *("email,discreet", "email,Safety", "E-Mail,diskret", "courriel,Discrète"),
        *("email,Is discreet?", "email,can2_status,discreet", "Email Address,LEID,discreet"),
        *("nationbuilder_id,email,discreet",),
    ],
)
def test_the_column_is_found_in_files_of_any_format(db: Database, take, header: str) -> None:
    """By its name."""
    cells = {"discreet": "yes", "can2_status": "subscribed", "leid": "7", "nationbuilder_id": "7"}
    names = [name.casefold() for name in header.split(",")]
    row = [
        "a@example.org" if "mail" in name or "courriel" in name else cells.get(name, "yes")
        for name in names
    ]
    take(header, ",".join(row))
    assert discreet(db) == {"a"}


def test_a_word_that_can_not_be_read_is_the_careful_one(db: Database, take) -> None:
    """It is told, and stays with the person."""
    report = take("email,discreet", "a@example.org,ask Zoé first", "b@example.org,no")
    assert report.notes["safety_not_recognised"] == 1
    assert discreet(db) == {"a"}
    person = roll.find(db, "a@example.org")
    assert person is not None
    assert person.attributes == {"discreet": "ask Zoé first"}


def test_an_empty_cell_and_a_no_leave_what_stands(db: Database, take) -> None:
    """Nobody loses their discretion by a file in which nobody was asked."""
    take("email,discreet", "a@example.org,yes", "b@example.org,yes", "c@example.org,")
    report = take("email,discreet", "A@example.org,", "b@example.org,no", "c@example.org,no")
    assert discreet(db) == {"a", "b"}
    assert "no_longer_discreet" not in report.notes
    take("email", "a@example.org", "b@example.org")
    assert discreet(db) == {"a", "b"}


def test_only_the_word_standard_ends_it_and_is_counted(db: Database, take) -> None:
    """In any case of the address; a dry run tells it before it happens."""
    take("email,safety", "a@example.org,discreet", "b@example.org,discreet", "c@example.org,")
    file = ("email,safety", "A@example.org,standard", "c@example.org,standard")
    assert take(*file, dry_run=True).notes["no_longer_discreet"] == 1
    assert discreet(db) == {"a", "b"}
    assert take(*file).notes["no_longer_discreet"] == 1
    assert discreet(db) == {"b"}
    assert "no_longer_discreet" not in take(*file).notes


def test_of_rows_that_contradict_each_other_the_careful_one_counts(db: Database, take) -> None:
    """In either order."""
    file = (
        "email,safety",
        *("a@example.org,discreet", "a@example.org,standard"),
        *("b@example.org,standard", "B@example.org,very"),
    )
    for _ in range(2):
        assert "no_longer_discreet" not in take(*file).notes
        assert discreet(db) == {"a", "b"}


def test_two_such_columns_are_told_apart_by_a_person(db: Database, take) -> None:
    """As the other one would be kept and obeyed by nobody."""
    file = ("email,safety,discreet", "a@example.org,standard,yes")
    with pytest.raises(InputError, match="more than one column may be meant"):
        take(*file)
    take(*file, columns=[("safety", "discreet")])
    assert discreet(db) == {"a"}


def test_a_column_that_may_be_one_is_named(take) -> None:
    """Unless somebody has said that it is none."""
    file = ("email,discretion needed", "a@example.org,yes")
    assert take(*file).maybe_discreet_columns == ("discretion needed",)
    stated = [("attribute", "discretion needed")]
    assert take(*file, columns=stated).maybe_discreet_columns == ()
