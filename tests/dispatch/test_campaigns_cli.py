"""`outreach campaigns` and `outreach dispatch`, as a person meets them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import letters as made
import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from outreach.cli import main
from outreach.cli.exits import INTERRUPTED
from outreach.settings import FILE_NAME, Settings
from outreach.supporters import consent

EVERYBODY = "-- title: Everybody\n-- reason: a test\nSELECT supporter_id FROM supporters\n"
CREATE = ("campaigns", "create", "spring", "--template", "hello", "--segment", "everybody")


@pytest.fixture
def workspace(settings: Settings, db: Database) -> Path:
    """A workspace with a message, a segment and 25 people, two of whom said nothing."""
    shutil.copytree(settings.templates_dir / "one-in-two-million", settings.templates_dir / "hello")
    (settings.segments_dir / "everybody.sql").write_text(EVERYBODY, "utf-8")
    made.add_people(db, range(1, 24))
    made.add_people(db, [24, 25], consent="unknown")
    return settings.root


def _outreach(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--workspace", str(workspace), *arguments])


def _status(workspace: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        _outreach(workspace, "campaigns", "status", "spring", "--json").stdout
    )
    return found


def _outbox(workspace: Path) -> list[Path]:
    return list((workspace / "outbox").glob("new/*"))


def test_the_status_has_exactly_these_fields(workspace: Path) -> None:
    """From draft to complete."""
    _outreach(workspace, *CREATE)
    assert _status(workspace)["state"] == "draft"
    assert _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26").exit_code == 0
    assert _status(workspace) == {
        "campaign": "spring",
        "state": "planned",
        "audience": 25,
        "ledger": {
            "planned": 23,
            "claimed": 0,
            "accepted": 0,
            "refused": 0,
            "in_doubt": 0,
            "withdrawn": 0,
            "cancelled": 0,
            "excluded": {"no_consent": 2},
        },
        "balanced": True,
    }
    assert _outreach(workspace, "dispatch", "spring", "--limit", "3").exit_code == 0
    assert _status(workspace)["state"] == "dispatching"
    assert _outreach(workspace, "dispatch", "spring").exit_code == 0
    assert _status(workspace)["state"] == "complete"
    assert len(_outbox(workspace)) == 23


def test_planning_says_what_to_do_about_missing_consent(workspace: Path) -> None:
    """How many, and both ways out."""
    _outreach(workspace, *CREATE)
    said = _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26").stdout
    assert "no consent: 2" in said
    assert "--consent" in said
    assert "ask them" in said


def test_a_dry_run_sends_and_changes_nothing(workspace: Path, db: Database) -> None:
    """Not even a key is made."""
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    before = list(db.conn.iterdump())
    said = _outreach(workspace, "dispatch", "spring", "--dry-run")
    assert said.exit_code == 0
    assert "Would go: 23 (en 23)" in said.stdout
    assert list(db.conn.iterdump()) == before
    assert not (workspace / "outbox").exists()


def test_what_was_planned_is_what_is_sent(workspace: Path) -> None:
    """A message edited after planning goes out as it was planned."""
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    (workspace / "templates" / "hello" / "en.html").write_text("{{ broken", "utf-8")
    assert _outreach(workspace, "dispatch", "spring", "--limit", "1").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("campaigns", "create", "A B", *CREATE[3:]), 65, "hyphens"),
        ((*CREATE[:4], "helo", *CREATE[5:]), 66, "hello"),
        ((*CREATE[:6], "everbody"), 66, "everybody"),
        (("campaigns", "plan", "winter"), 66, "campaigns list"),
        (("campaigns", "status", "winter"), 66, "campaigns list"),
        (("dispatch", "winter"), 66, "campaigns list"),
        (("dispatch", "spring", "--limit", "0"), 2, "limit"),
        (("dispatch", "spring"), 65, "campaigns plan spring"),
        (("campaigns", "plan", "spring", "--day", "26.2.2014"), 2, "%Y-%m-%d"),
    ],
)
def test_errors_say_what_to_do_next(
    workspace: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """One sentence, no traceback, a code from the table."""
    _outreach(workspace, *CREATE)
    result = _outreach(workspace, *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_that_can_not_be_reached_costs_nobody_anything(workspace: Path) -> None:
    """Exit code 69, and everybody is still planned."""
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    settings = (workspace / FILE_NAME).read_text("utf-8")
    settings = settings.replace('transport = "outbox"', 'transport = "smtp"')
    settings = settings.replace('host = "localhost"', 'host = "127.0.0.1"')
    (workspace / FILE_NAME).write_text(settings.replace("port = 587", "port = 9"), "utf-8")
    result = _outreach(workspace, "dispatch", "spring")
    assert result.exit_code == 69
    assert "still to go: 23" in result.stderr
    assert _status(workspace)["state"] == "planned"


def test_sendgrid_without_a_key_says_where_to_put_it(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is claimed."""
    monkeypatch.delenv("SENDGRID_API_KEY", raising=False)
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    settings = (workspace / FILE_NAME).read_text("utf-8")
    changed = settings.replace('transport = "outbox"', 'transport = "sendgrid"')
    (workspace / FILE_NAME).write_text(changed, "utf-8")
    result = _outreach(workspace, "dispatch", "spring")
    assert result.exit_code == 78
    assert "SENDGRID_API_KEY" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_batch_under_way(
    workspace: Path, db: Database, number: signal.Signals
) -> None:
    """Nothing is in doubt, and the next run goes on."""
    made.add_people(db, range(100, 400))
    settings = (workspace / FILE_NAME).read_text("utf-8")
    (workspace / FILE_NAME).write_text(
        settings.replace("batch_size = 500", "batch_size = 5"), "utf-8"
    )
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    command = [sys.executable, "-m", "outreach", "--workspace", str(workspace)]
    process = subprocess.Popen(
        [*command, "dispatch", "spring", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    while not _outbox(workspace):
        assert process.poll() is None
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode == INTERRUPTED
    sent = json.loads(said)
    assert sent["stopped"] == "asked"
    ledger = _status(workspace)["ledger"]
    assert isinstance(ledger, dict)
    assert ledger["accepted"] == sent["accepted"] == len(_outbox(workspace)) < 323
    assert (ledger["claimed"], ledger["in_doubt"]) == (0, 0)


def test_people_taken_out_at_the_last_door_are_told_of(workspace: Path, db: Database) -> None:
    """With the reason."""
    _outreach(workspace, *CREATE)
    _outreach(workspace, "campaigns", "plan", "spring", "--day", "2014-02-26")
    consent.suppress(db, "p1@example.org", consent.Suppression.UNSUBSCRIBED, "x", made.START)
    said = _outreach(workspace, "dispatch", "spring").stdout
    assert "Accepted: 22." in said
    assert "suppressed: 1" in said
    assert _outreach(workspace, "campaigns", "list").stdout.count("complete") == 1
