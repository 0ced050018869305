"""Approving, scheduling and the crontab's line, as a person meets them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from campaigning import Desk
from click.testing import Result
from operating import deliver_by, outreach
from servers import free_port
from sqlite_utils import Database

from outreach.cli import exits
from outreach.settings import Settings

ME = ("--to", "me@house.example", "--as", "p1@example.org")
#: no test lasts till then
FAR = "2099-06-01 09:00"


@pytest.fixture
def workspace(settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a small campaign, made and planned by Maria."""
    Desk(db, settings).write()
    monkeypatch.setenv("OUTREACH_STAFF", "Maria")
    said = _campaigns(settings.root, "create", "--template", "hello", "--segment", "everybody")
    assert said.exit_code == 0
    assert _campaigns(settings.root, "plan").exit_code == 0
    return settings.root


def _campaigns(workspace: Path, command: str, *more: str) -> Result:
    return outreach(workspace, "campaigns", command, "spring", *more)


def _approved(workspace: Path) -> None:
    assert _campaigns(workspace, "test", *ME).exit_code == 0
    assert _campaigns(workspace, "approve", "--by", "Noor").exit_code == 0


def _shown(workspace: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_campaigns(workspace, "show", "--json").stdout)
    return found


def _due(db: Database, minutes: int = 5) -> None:
    """Have everything be due since some minutes ago."""
    db.conn.execute(
        "UPDATE deliveries SET not_before = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?)"
        " WHERE state = 'planned'",
        [f"-{minutes} minutes"],
    )


def test_from_plan_to_complete_by_the_crontab(workspace: Path, db: Database) -> None:
    """Each step says which is next."""
    assert "campaigns test spring" in _campaigns(workspace, "approve", "--by", "Noor").stderr
    _approved(workspace)
    said = _campaigns(workspace, "schedule", "--at", FAR, "--zone", "Europe/London")
    assert "2099-06-01T08:00:00Z" in said.stdout
    assert outreach(workspace, "cron").output == ""
    _due(db)
    said = outreach(workspace, "cron")
    assert (said.exit_code, said.stdout) == (
        0,
        "outreach cron: spring 23 accepted, 0 to go.\n",
    )
    again = outreach(workspace, "cron")
    assert (again.exit_code, again.output) == (0, "")


def test_events_are_json_one_a_line(workspace: Path, db: Database) -> None:
    """For whoever collects logs."""
    _campaigns(workspace, "schedule", "--at", FAR)
    _due(db)
    said = outreach(workspace, "cron", "--log", "json")
    assert said.exit_code == exits.FOUND
    (entry,) = [json.loads(line) for line in said.stdout.splitlines()]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.pop("time"))
    assert entry.pop("detail").startswith("it is due")
    assert entry == {"level": "warning", "event": "waits_for_approval", "campaign": "spring"}
    assert outreach(workspace, "cron", "--log", "json").output == ""
    _approved(workspace)
    assert outreach(workspace, "cron", "--log", "json", "--quiet").output == ""


def test_a_missed_campaign_is_somebody_s_to_look_at(workspace: Path, db: Database) -> None:
    """By the exit code, and in the line that cron mails."""
    _approved(workspace)
    _campaigns(workspace, "schedule", "--at", FAR, "--lateness", "1h")
    db.conn.execute("UPDATE approvals SET approved_at = '2020-01-01T00:00:00Z'")
    _due(db, 61)
    said = outreach(workspace, "cron", "--quiet")
    assert said.exit_code == exits.FOUND
    assert said.stdout.startswith("outreach cron: spring missed: it could")
    assert "campaigns approve spring" in outreach(workspace, "dispatch", "spring").stderr


def test_a_mail_service_that_is_not_there_has_its_own_code(workspace: Path, db: Database) -> None:
    """Everybody is still planned, and the next run tries again."""
    deliver_by(workspace, "smtp", host="127.0.0.1", port=free_port(), security="none")
    assert _campaigns(workspace, "plan").exit_code == 0
    db.conn.execute(
        "INSERT INTO test_sends SELECT content_hash, day, '2014-02-26T09:00:00Z' FROM campaigns"
    )
    assert _campaigns(workspace, "approve", "--by", "Noor").exit_code == 0
    _campaigns(workspace, "schedule", "--at", FAR)
    _due(db)
    said = outreach(workspace, "cron")
    assert said.exit_code == 69
    assert said.stdout.startswith("outreach cron: spring failed: ")
    assert _shown(workspace)["status"]["ledger"]["planned"] == 23


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--at", "soon"), 65),
        (("--at", FAR, "--zone", "Europe/Lodnon"), 65),
        (("--at", FAR, "--window", "x"), 65),
        (("--at", FAR, "--finish-by", "2099-05-31 09:00"), 65),
        (("--at", FAR, "--lateness", "never"), 2),
        (("--at", FAR, "--lateness", "0s"), 2),
        (("--at", FAR, "--lateness", "99999999999999999999d"), 2),
        ((), 2),
    ],
)
def test_bad_input_is_one_sentence(workspace: Path, words: tuple[str, ...], code: int) -> None:
    """And changes nothing."""
    said = _campaigns(workspace, "schedule", *words)
    assert said.exit_code == code
    assert said.stderr.count("Error: ") == 1
    assert _shown(workspace)["schedule"] is None


def test_times_that_clocks_skip_or_repeat_are_told(workspace: Path) -> None:
    """So that nobody wonders."""
    schedule = ("schedule", "--zone", "Europe/London", "--dry-run")
    never = _campaigns(workspace, *schedule, "--at", "2098-03-30 01:30")
    assert "clocks are put forward" in never.stdout
    twice = _campaigns(workspace, *schedule, "--at", "2098-10-26 01:30")
    assert "comes twice" in twice.stdout


def test_all_of_a_campaign_is_shown(workspace: Path) -> None:
    """For people and for programs."""
    _approved(workspace)
    _campaigns(workspace, "schedule", "--at", FAR, "--local", "--window", "08:00-20:00")
    _campaigns(workspace, "pause", "--by", "Noor", "--why", "wrong photo")
    text = _campaigns(workspace, "show").stdout
    for words in ("spring is held", "by Maria", "Noor: wrong photo", "2099-06-01T09:00:00Z"):
        assert words in text
    found = _shown(workspace)
    assert found["campaign"]["created_by"] == "Maria"
    assert found["schedule"]["begins_at"] == FAR
    assert found["schedule"]["window"] == {"opens": "08:00", "closes": "20:00"}
    assert found["schedule"]["lateness"] == 6 * 3600
    assert [wave["people"] for wave in found["waves"]] == [23]
    assert [event["what"] for event in found["history"]] == [
        *("made", "planned", "test sent", "approved", "scheduled", "held"),
    ]
    assert found["settings"]["delivery.transport"] == "outbox"


def test_the_audience_is_safe_to_open(workspace: Path, db: Database) -> None:
    """No spreadsheet takes an address for a formula, and no terminal one for a command."""
    db.conn.execute("UPDATE supporters SET email = '=cmd@example.org' WHERE supporter_id = 1")
    db.conn.execute("UPDATE supporters SET email = 'a\x1b[2Jb@example.org' WHERE supporter_id = 2")
    said = _campaigns(workspace, "audience", "--csv", "--addresses")
    rows = list(csv.DictReader(io.StringIO(said.stdout)))
    assert len(rows) == 25
    assert rows[0]["email"] == "'=cmd@example.org"
    assert "\x1b" not in _campaigns(workspace, "audience", "--addresses").stdout
    assert len(json.loads(_campaigns(workspace, "audience", "--json").stdout)) == 25
    left_out = _campaigns(workspace, "audience", "--excluded").stdout
    assert left_out.count("no_consent") == 2
    assert "p24@" not in left_out


def test_a_difference_is_an_exit_code(workspace: Path) -> None:
    """So that a script can ask before it approves."""
    assert _campaigns(workspace, "diff").exit_code == 0
    page = workspace / "templates" / "hello" / "en.html"
    page.write_text(page.read_text("utf-8").replace("two", "three"), "utf-8")
    said = _campaigns(workspace, "diff")
    assert said.exit_code == exits.FOUND
    assert "+{% block content %}Hello {{ supporter.given_name }}, three" in said.stdout
