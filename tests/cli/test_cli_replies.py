"""`outreach replies` and `outreach followups`, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
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
        "Error: follow-up 1 is closed already (not_now); from there it can become new.\n",
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
        "snoozed": 0,
        "acknowledged": 0,
        "unacknowledged": {},
        "failed": 0,
        "refused": [],
    }
    (listed,) = json.loads(run("replies", "list", "--kind", "unsubscribe", "--json").output)
    assert listed["from_address"] == "jean@example.org"
    whole = json.loads(run("replies", "show", 1, "--json").output)
    assert whole["line"]["matched_by"] == "address_token"


def test_a_path_that_does_not_exist_is_one_clear_sentence(sent: Sent, run: Run) -> None:
    """No traceback, an exit code of its own, nothing changed."""
    result = run("replies", "import", sent.mail("Hi?"), sent.folder / "nothing.eml")
    assert result.exit_code == 66
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert sent.all("SELECT * FROM inbound") == []
    assert run("followups", "show", 77).exit_code == 66
    assert run("followups", "move", 77, "new").exit_code == 66
    assert run("replies", "show", 77).exit_code == 66


def test_a_bad_file_among_good_ones_is_named(sent: Sent, run: Run) -> None:
    """A script sees 1, a person the file and the reason, and the good ones are taken in."""
    bad = sent.folder / "bad\x1b.eml"
    bad.write_bytes(bytes(range(256)))
    result = run("replies", "import", bad, sent.mail("Hi?"))
    assert result.exit_code == 1
    assert "1 mail:" in result.stdout
    assert "bad\\x1b.eml: this is no mail" in result.stderr
    again = json.loads(run("replies", "import", sent.folder, "--json").stdout)
    assert again["repeated"] == 1
    assert [refused["source"] for refused in again["refused"]] == [str(bad)]


def test_the_queue_is_worked_stage_by_stage(sent: Sent, run: Run) -> None:
    """A move that is not possible names those that are."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    assert run("followups", "move", 1, "contacted", "--as", "amina").exit_code == 0
    refused = run("followups", "move", 1, "thanked")
    assert refused.exit_code == 65
    assert refused.stderr == (
        "Error: follow-up 1 is contacted and can't become thanked; from there it can become"
        " confirmed, gathering_planned, info_sent, or be closed.\n"
    )
    whole = json.loads(run("followups", "show", 1, "--json").output)
    assert whole["line"]["stage"] == "contacted"
    assert whole["history"][-1]["changed_by"] == "amina"


def test_a_list_fits_a_terminal_and_json_holds_it_all(sent: Sent, run: Run) -> None:
    """Since when somebody waits is said as a person says it; an address is never cut."""
    address = "a.rather.long.address@example.com"
    run(
        *("replies", "import"),
        sent.mail(f"Name: {'Maria ' * 5}\nCountry: Chad\nEmail: {address}", sender=address),
        sent.mail("Hi?", headers=f"Date: {format_datetime(sent.now - timedelta(days=3))}\n"),
    )
    run("followups", "assign", 1, "amina")
    lines = run("followups", "list").output.splitlines()
    assert max(map(len, lines)) <= 120
    assert "3 d" in lines[2]
    assert address in lines[3]
    assert not any("events" in line for line in lines)
    first, _ = json.loads(run("followups", "list", "--json").output)
    assert first["campaign"] == "events"
    assert first["flags"] == []
    assert first["waiting_since"].endswith("Z")


def test_a_list_of_several_campaigns_names_them(sent: Sent, run: Run) -> None:
    """So it says where a mail answers none."""
    run("replies", "import", sent.mail("Hi?"))
    run("replies", "import", sent.mail("Hi?", sender="x@example.com", to="news@example.org"))
    assert "events" in run("followups", "list").output


def test_an_empty_queue_says_so(sent: Sent, run: Run) -> None:
    """No table without rows."""
    assert run("followups", "list").output == "Nobody is waiting.\n"
    assert json.loads(run("followups", "list", "--json").output) == []


def test_a_sender_without_a_name_is_an_address(sent: Sent, run: Run) -> None:
    """In both places where it is shown."""
    run("replies", "import", sent.mail("Hi?"))
    assert "from <jean@example.org>:" in run("followups", "show", 1).output
    assert "From:      <jean@example.org>" in run("replies", "show", 1).output


def test_letters_that_need_a_joiner_are_shown(sent: Sent, run: Run) -> None:
    """Persian and emoji are written with it; it moves no cursor and hides nothing."""
    name = "علی\u200cرضا"
    run("replies", "import", sent.mail(f"Name: {name}\nCountry: Iran\n👩\u200d🏫?"))
    assert name in run("followups", "list").output
    assert "👩\u200d🏫" in run("followups", "show", 1).output
