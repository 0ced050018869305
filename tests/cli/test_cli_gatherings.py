"""`outreach gatherings` as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from icalendar import Calendar
from sqlite_utils import Database

from outreach.cli import exits, main
from outreach.errors import AlreadyExists, InputError, NotFound
from outreach.settings import Settings

#: what can't be used, isn't there, or is there already
REFUSED = {exits.exit_code(error("x")) for error in (InputError, NotFound, AlreadyExists)}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
ADD = (
    *("gatherings", "add", "--organiser", "Jean Mbuyi", "--email", "jean@example.org"),
    *("--country", "Togo", "--kind", "debate", "--place", "Lomé", "--campaign", "W4R 2014"),
    *("--date", YESTERDAY, "--as", "Amina"),
)


class Terminal:
    """Types commands."""

    def __init__(self, settings: Settings) -> None:
        self._folder = str(settings.root)

    def run(self, *words: str, codes: Collection[int] = (exits.OK,)) -> str:
        """Give what is printed, of errors too."""
        done = CliRunner().invoke(main, ["--workspace", self._folder, *words])
        assert done.exit_code in codes, done.output
        return done.output

    def json(self, *words: str) -> Any:
        """Give what is printed as JSON."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def terminal(settings: Settings, db: Database) -> Terminal:
    """One in a new workspace."""
    return Terminal(settings)


def test_a_gathering_from_the_plan_to_the_count(terminal: Terminal) -> None:
    """Added, reported, checked, shown, corrected, cancelled."""
    assert "Gathering 1 is planned." in terminal.run(*ADD)
    said = terminal.run("gatherings", "result", "1", "--letters", "1800", "--attended", "60")
    assert "gatherings check 1" in said
    assert [g["waiting"] for g in terminal.json("gatherings", "list", "--waiting")] == [1]
    assert terminal.json("actions", "list") == []
    assert "1,800 in all" in terminal.run("gatherings", "check", "1", "--as", "Noor")
    terminal.run(
        "gatherings", "result", "1", "--letters", "1900", "--case",
        "yorm-bopha petition_signature 20", "--checked",
    )  # fmt: skip
    totals = {each["kind"]: each["quantity"] for each in terminal.json("actions", "list")}
    assert totals == {"letter": 1900, "petition_signature": 20}
    shown = terminal.run("gatherings", "show", "1")
    assert "Result 1, superseded: 1,800 letters, 60 people" in shown
    assert "checked by Noor" in shown
    assert "20 signatures for yorm-bopha" in shown
    terminal.run("gatherings", "change", "1", "--state", "cancelled")
    assert terminal.json("actions", "list") == []
    assert terminal.run("gatherings", "list").strip() == "There are no such gatherings."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("result", "1", "--letters", "-10"), "no whole number"),
        (("result", "1"), "nothing is said"),
        (("change", "1", "--date", "2014-02-30"), "no day of the calendar"),
        (("add", "--country", "TG", "--kind", "debate"), "somebody has to put it on"),
        (("show", "9"), "no gathering with this id"),
        (("check", "9"), "no result with this id"),
        (("safety-talk", "9", "--note", "a private room"), "no follow-up with this id"),
        (("import", "nothing.csv"), "can't be opened"),
    ],
)
def test_what_can_t_be_done_is_one_sentence(
    terminal: Terminal, words: tuple[str, ...], told: str
) -> None:
    """And nothing is changed."""
    terminal.run(*ADD)
    before = terminal.json("gatherings", "show", "1")
    said = terminal.run("gatherings", *words, codes=REFUSED)
    assert told in said
    assert terminal.json("gatherings", "show", "1") == before


def test_the_same_again_is_told_and_not_done(terminal: Terminal) -> None:
    """With where it stands."""
    terminal.run(*ADD)
    assert "gatherings show 1" in terminal.run(*ADD, codes=REFUSED)


def test_files_go_out_and_in(terminal: Terminal, tmp_path: Path) -> None:
    """CSV to a file and back, a calendar to the screen."""
    terminal.run(*ADD)
    out = tmp_path / "events.csv"
    terminal.run("gatherings", "export", "--out", str(out))
    assert "0 imported, 1 here already" in terminal.run("gatherings", "import", str(out))
    (event,) = Calendar.from_ical(terminal.run("gatherings", "export", "--ical")).walk("VEVENT")
    assert str(event["LOCATION"]) == "Lomé, Togo"


def test_danger_is_said_where_it_is(terminal: Terminal) -> None:
    """As soon as the country is known."""
    said = terminal.run(*ADD, "--country", "Belarus")
    assert "never public" in said
    assert "dangerous" in terminal.run("gatherings", "list")
