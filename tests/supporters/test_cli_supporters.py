"""`outreach supporters`, as a person or a script meets it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.model import Suppression
from outreach.settings import Settings
from outreach.store import atomic, open_database
from outreach.supporters.consent import suppress


@pytest.fixture
def run(settings: Settings):
    """Give a function that runs `outreach supporters ...` in the workspace."""

    def invoke(*words: str) -> Result:
        command = ["supporters", words[0], "--workspace", str(settings.root), *words[1:]]
        return CliRunner().invoke(main, command)

    return invoke


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A list with two people, one repeat and one bad row."""
    path = tmp_path / "people.csv"
    path.write_text(
        "email,given_name,country\na@example.org,Ann,Togo\nA@example.org,,\nb@example.org,Bea,FR\nx,,\n"
    )
    return path


def test_import_reports_as_json(run, people: Path) -> None:
    """All its keys, also where nothing is rejected or noted."""
    result = run("import", str(people), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "file": str(people),
        "format": "outreach",
        "encoding": "utf-8",
        "columns": {"email": ["email"], "given_name": ["given_name"], "country": ["country"]},
        "doubtful_columns": [],
        "maybe_discreet_columns": [],
        "rows": 4,
        "imported": 2,
        "merged": 1,
        "rejected": 1,
        "rejects": {"bad_address": 1},
        "rejected_file": f"{people}.rejected.csv",
        "notes": {"no_consent": 3},
        "unclear_words": [],
        "dry_run": False,
    }


def test_import_says_what_to_do_about_missing_consent(run, people: Path) -> None:
    """And where the rejected rows are."""
    told = run("import", str(people)).stdout
    assert "3 rows with no word on consent" in told
    assert "--consent" in told
    assert f"{people}.rejected.csv" in told
    assert "--consent" not in run("import", str(people), "--consent", "members").stdout


def test_consent_is_advised_only_where_it_can_help(run, tmp_path: Path) -> None:
    """For people who never confirmed, and for words that can't be read, other things help."""
    path = tmp_path / "list.csv"
    path.write_text("email,consent\na@example.org,Pending\nb@example.org,nur Post\n")
    told = run("import", str(path)).stdout
    assert "1 row of people who never confirmed" in told
    assert "1 row with a word on consent that can't be read ('nur Post')" in told
    assert "again with --consent" not in told


def test_import_says_which_column_was_taken_for_what(run, tmp_path: Path) -> None:
    """And which it does not understand."""
    path = tmp_path / "list.csv"
    path.write_text("E-Mail;Vorname;Schuhe;Unsub reason\n")
    told = run("import", str(path)).stdout
    for words in (
        "'Vorname' is given_name",
        "kept as attributes: 'Schuhe', 'Unsub reason'",
        "'Unsub reason' may speak of consent",
        "a header and no rows",
    ):
        assert words in told


def test_import_of_an_unusable_file_is_a_sentence(run, tmp_path: Path) -> None:
    """On stderr, with the exit code of unusable input."""
    result = run("import", str(tmp_path / "missing.csv"))
    assert result.exit_code == 65
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_columns_can_be_named(run, tmp_path: Path) -> None:
    """For a header that no format has."""
    path = tmp_path / "odd.csv"
    path.write_text("Kontakt;Rufname\na@example.org;Ann\n")
    run("import", str(path), "--columns", "email=Kontakt,given_name=Rufname")
    shown = json.loads(run("show", "a@example.org", "--json").stdout)
    assert shown["supporter"]["given_name"] == "Ann"


def test_somebody_added_can_be_shown_and_listed(run) -> None:
    """By address in any case, by id, and by country in any language."""
    added = run(
        *("add", "Amina@Example.org", "--given-name", "Amina", "--country", "Sénégal"),
        *("--language", "français", "--consent", "by letter", "--tracking", "no", "--discreet"),
        "--json",
    )
    shown = json.loads(added.stdout)
    person = shown["supporter"]
    assert (person["email"], person["country"]) == ("Amina@example.org", "SN")
    assert (person["language"], person["timezone"]) == ("fr", "Africa/Dakar")
    assert (person["consent"], person["consent_ground"]) == ("granted", "by letter")
    assert (person["tracking"], person["safety"]) == ("denied", "discreet")
    for who in ("amina@example.org", str(person["supporter_id"])):
        assert json.loads(run("show", who, "--json").stdout) == shown
    assert json.loads(run("list", "--country", "Senegal", "--json").stdout) == [person]
    assert json.loads(run("list", "--country", "TG", "--json").stdout) == []


def test_what_can_not_be_understood_is_an_error(run) -> None:
    """Never a guess, never a second person with one address."""
    assert run("add", "nonsense").exit_code == 65
    assert run("add", "a@example.org", "--country", "Atlantis").exit_code == 65
    assert run("add", "a@example.org").exit_code == 0
    assert run("add", "A@EXAMPLE.ORG").exit_code == 73
    assert run("show", "b@example.org").exit_code == 66
    assert run("show", "99").exit_code == 66
    assert run("show", "9" * 30).exit_code == 66


def test_show_tells_where_a_person_is_from(run, people: Path) -> None:
    """The file and the source of the import that they came with."""
    run("import", str(people), "--source", "stall in Lomé")
    run("import", str(people), "--source", "again", "--consent", "x")
    origin = json.loads(run("show", "a@example.org", "--json").stdout)["origin"]
    assert (origin["file"], origin["source"]) == ("people.csv", "stall in Lomé")
    assert "stall in Lomé" in run("show", "a@example.org").stdout
    assert json.loads(run("add", "c@example.org", "--json").stdout)["origin"] is None


def test_add_cleans_names_and_tells_of_a_suppression(run, settings: Settings, now) -> None:
    """As an import does; and the address stays suppressed."""
    db = open_database(settings.database)
    with atomic(db):
        suppress(db, "a@example.org", Suppression.COMPLAINT, "a webhook", now)
    told = run("add", "A@example.org", "--given-name", " Ann\r\nBcc: x ", "--consent", "by\tletter")
    assert "suppressed (complaint)" in told.stdout
    person = json.loads(run("show", "a@example.org", "--json").stdout)
    assert person["supporter"]["given_name"] == "Ann Bcc: x"
    assert person["supporter"]["consent_ground"] == "by letter"
    assert person["suppression"] == "complaint"
    db.close()


def test_a_file_name_that_is_no_text_does_no_harm(run, tmp_path: Path) -> None:
    """It is shown as well as can be."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_text("email\na@example.org\nnonsense\n")
    assert run("import", str(path)).exit_code == 0
    origin = json.loads(run("show", "a@example.org", "--json").stdout)["origin"]
    assert origin["file"] == "caf\ufffd.csv"
