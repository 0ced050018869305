"""`outreach replies` and `outreach followups`, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent, send_campaign
from click.testing import CliRunner, Result
from sqlite_utils import Database

from outreach.cli import main
from outreach.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: Path) -> Sent:
    """A campaign sent just now: the command line reads the clock."""
    return send_campaign(db, settings, tmp_path / "mails", datetime.now(UTC))


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run a command in the workspace."""

    def call(*arguments: object) -> Result:
        workspace = ["--workspace", str(settings.root)]
        return CliRunner().invoke(main, [*workspace, *map(str, arguments)])

    return call


def test_from_a_mail_to_a_closed_follow_up(sent: Sent, run: Run) -> None:
    """Import, list, show, assign, close: what a member of staff does in a day."""
    taken = run("replies", "import", sent.mail(VOLUNTEERS))
    assert taken.exit_code == 0
    assert "1 new" in taken.output
    (listed,) = json.loads(run("followups", "list", "--campaign", "events", "--json").output)
    assert (listed["name"], listed["country"], listed["stage"]) == ("Jean Mbuyi", "TG", "new")
    assert run("followups", "assign", 1, "amina", "--as", "desk").output == (
        "amina has follow-up 1.\n"
    )
    shown = run("followups", "show", 1).output
    assert "Country: Togo" in shown
    assert "amina" in shown
    assert run("followups", "close", 1, "--reason", "not_now").exit_code == 0
    again = run("followups", "close", 1, "--reason", "not_now")
    assert (again.exit_code, again.stderr) == (
        65,
        "Error: follow-up 1 is closed already (not_now).\n",
    )
    assert json.loads(run("followups", "list", "--json").output) == []
    assert "not_now" in run("followups", "show", 1).output


def test_hostile_text_cannot_move_the_cursor(sent: Sent, run: Run) -> None:
    """Escape sequences, carriage returns and bidirectional marks are shown, not obeyed."""
    evil = "\x1b]0;owned\x07\x1b[2J\rHello \u202eolleH?\n"
    path = sent.mail(evil, sender='"\x1b[31mEvil" <evil@example.com>', subject="\x1b[1mHi\u202e")
    run("replies", "import", path)
    for command in (
        ("replies", "list"),
        ("replies", "show", 1),
        ("followups", "list"),
        ("followups", "show", 1),
    ):
        output = run(*command).output
        assert output
        assert all(c.isprintable() or c == "\n" for c in output)


def test_json_says_what_the_import_did(sent: Sent, run: Run) -> None:
    """For scripts that take mails in by the hour."""
    path = sent.mail("STOP")
    assert json.loads(run("replies", "import", path, "--json").output) == {
        "read": 1,
        "new": 1,
        "repeated": 0,
        "resumed": 0,
        "kinds": {"unsubscribe": 1},
        "unmatched": 0,
        "followups_opened": 0,
        "followups_joined": 0,
        "suppressed": 1,
    }
    (listed,) = json.loads(run("replies", "list", "--kind", "unsubscribe", "--json").output)
    assert listed["from_address"] == "jean@example.org"
    whole = json.loads(run("replies", "show", 1, "--json").output)
    assert whole["line"]["matched_by"] == "address_token"


def test_a_path_without_mails_is_one_clear_sentence(sent: Sent, run: Run) -> None:
    """No traceback, an exit code of its own, nothing changed."""
    result = run("replies", "import", sent.folder / "nothing.eml")
    assert result.exit_code == 65
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert run("followups", "show", 77).exit_code == 66
    assert run("replies", "show", 77).exit_code == 66
