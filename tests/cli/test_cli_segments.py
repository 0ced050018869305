"""`outreach segments`, `actions` and `report`, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.places import countries
from outreach.settings import Settings
from outreach.store import open_database


@pytest.fixture
def people(settings: Settings) -> Settings:
    """A workspace with a supporter in the DRC and one in France."""
    db = open_database(settings.database)
    db.conn.execute(
        "INSERT INTO supporters (email, given_name, country, language) VALUES"
        " ('moket@example.org', 'Moket', 'CD', 'fr'), ('zoe@example.org', 'Zoé', 'FR', 'fr')"
    )
    db.close()
    return settings


def run(settings: Settings, *arguments: str) -> Result:
    """Run a command in the workspace."""
    return CliRunner().invoke(main, ["--workspace", str(settings.root), *arguments])


def acted(settings: Settings, *rows: str) -> Path:
    """Write a file of actions."""
    file = settings.root / "actions.csv"
    header = "email,campaign,case,country,kind,quantity,date"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def test_the_shipped_segments_choose_who_took_part_where_there_is_no_office(
    people: Settings,
) -> None:
    """From a file of actions to the count of the example campaign's segment."""
    file = acted(
        people,
        "moket@example.org,Write for Rights 2013,,,letters,2,2013-12-10",
        "zoe@example.org,Write for Rights 2013,,,petition,1,2013-12-10",
    )
    assert run(people, "actions", "import", str(file)).exit_code == 0
    counted = run(people, "segments", "count", "took-part-2013-no-office", "--json")
    assert json.loads(counted.stdout)["count"] == 1
    listed = json.loads(run(people, "segments", "list", "--json").stdout)
    assert {row["name"]: row["count"] for row in listed} == {
        "everyone": 2,
        "french-speakers": 2,
        "has-national-office": 1,
        "took-part-2013": 2,
        "took-part-2013-no-office": 1,
        "volunteers": 0,
    }


def test_a_broken_segment_is_shown_in_the_list_and_hides_no_other(people: Settings) -> None:
    """A script learns of it by the exit code."""
    (people.segments_dir / "bad.sql").write_text("-- title: B\n-- reason: R\nDROP TABLE x")
    result = run(people, "segments", "list")
    assert result.exit_code == 1
    assert "everyone" in result.stdout
    assert "bad.sql, line 3" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["segments", "count", "nobody"], 66, "no segment of that name"),
        (["segments", "new", "x", "--country", "Atlantis"], 65, "'Atlantis'"),
        (["segments", "new", "x", "--language", "Klingonese"], 65, "'Klingonese'"),
        (["segments", "new", "everyone"], 73, "there is a segment of that name"),
        (["segments", "new", "X"], 65, "lower-case"),
        (["actions", "import", "nowhere.csv"], 65, "nowhere.csv"),
        (["actions", "list", "--campaign", "x"], 66, "no actions"),
        (["report", "nothing"], 66, "no campaign of this name"),
    ],
)
def test_a_mistake_is_one_sentence_and_an_exit_code(
    people: Settings, arguments: list[str], code: int, words: str
) -> None:
    """It says what to do next, and nothing is written."""
    before = sorted(people.segments_dir.iterdir())
    result = run(people, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(people.segments_dir.iterdir()) == before


def test_a_new_segment_takes_names_for_countries_and_languages(people: Settings) -> None:
    """And counts itself at once."""
    result = run(
        people, "segments", "new", "congo", "--country", "RD Congo,Togo", "--language", "French"
    )
    assert result.exit_code == 0
    assert "1 supporter" in result.stdout
    written = (people.segments_dir / "congo.sql").read_text(encoding="utf-8")
    assert "country IN ('CD', 'TG')" in written
    assert "language = 'fr'" in written


def test_show_and_explain_print_the_sql(people: Settings) -> None:
    """Show masks addresses; explain names an index."""
    shown = run(people, "segments", "show", "french-speakers").stdout
    assert "language LIKE 'fr-%'" in shown
    assert "m…@example.org" in shown
    assert "moket@example.org" not in shown
    assert (
        "actions_campaign on actions" in run(people, "segments", "explain", "took-part-2013").stdout
    )


def test_an_import_tells_what_became_of_each_row(people: Settings) -> None:
    """In words, and where to find what was rejected."""
    file = acted(people, "moket@example.org,w4r,,,sms,1,", "nobody@example.org,w4r,,,sms,1,")
    result = run(people, "actions", "import", str(file))
    assert "2 rows: 1 imported, 0 here already, 1 rejected" in result.stdout
    assert "unknown_address: 1" in result.stdout
    assert f"{file}.rejected.csv" in result.stdout
    assert "w4r" in run(people, "actions", "list").stdout


def test_a_report_shows_the_first_countries_and_json_all(people: Settings) -> None:
    """The text stays short; where a country is dangerous, one person is not told of by it."""
    db = open_database(people.database)
    codes = [code for code in countries() if code.startswith(("A", "B"))]
    db.conn.execute(
        "INSERT INTO campaigns (campaign_id, name, template, segment, created_at, planned_at,"
        " audience) VALUES (1, 'spring', 't', 's', '', '2014-02-26T09:00:00Z', 0)"
    )
    for number, code in enumerate(codes, 100):
        db.conn.execute(
            "INSERT INTO supporters (supporter_id, email, country) VALUES (?, ?, ?)",
            [number, f"{code}@example.org", code],
        )
        db.conn.execute(
            "INSERT INTO deliveries (campaign_id, supporter_id, state, changed_at)"
            " VALUES (1, ?, 'accepted', '')",
            [number],
        )
    db.close()
    text = run(people, "report", "spring").stdout
    dangers = people.gatherings.dangers
    named = [code for code in codes if code not in dangers]
    assert 15 < len(named) < len(codes)
    assert "AD Andorra" in text
    assert "AF Afghanistan" not in text
    assert f"and {len(named) + 1 - 15} more" in text
    figures = json.loads(run(people, "report", "spring", "--json").stdout)
    assert {part["code"] for part in figures["countries"]} == {*named, "*"}
    assert {part["key"] for part in figures["parts"]["country"]} == {*named, "*"}
    assert figures["ledger"]["accepted"] == len(codes)
