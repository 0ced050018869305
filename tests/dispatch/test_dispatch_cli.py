"""`outreach dispatch` through real transports: what an operator is told, and the exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import letters as made
import pytest
from operating import CREATE, OWN, PLAN, deliver_by, edit, new_workspace, outreach, status
from sqlite_utils import Database
from standins_sendgrid import SendGridStandIn
from standins_smtp import FaultySmtp

from outreach.cli.exits import FOUND, INTERRUPTED
from outreach.settings import FILE_NAME, Settings


@pytest.fixture
def workspace(settings: Settings, db: Database) -> Path:
    """A workspace to work in."""
    return new_workspace(settings, db)


@pytest.fixture
def server() -> Iterator[FaultySmtp]:
    """A mail server."""
    server = FaultySmtp()
    yield server
    server.stop()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """SendGrid's stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
    server = SendGridStandIn()
    yield server
    server.stop()


def _by_smtp(workspace: Path, port: int, **settings: str) -> None:
    deliver_by(workspace, "smtp", host="127.0.0.1", port=port, security="none", **settings)
    outreach(workspace, *CREATE)
    assert outreach(workspace, *PLAN).exit_code == 0


def _by_sendgrid(workspace: Path, url: str) -> None:
    deliver_by(workspace, "sendgrid", host=url)
    outreach(workspace, *CREATE)
    assert outreach(workspace, *PLAN).exit_code == 0


def test_a_server_that_can_not_be_reached_costs_nobody_anything(workspace: Path) -> None:
    """Exit code 69, and everybody is still planned."""
    _by_smtp(workspace, 9)
    result = outreach(workspace, "dispatch", "spring")
    assert result.exit_code == 69
    assert "still to go: 23" in result.stderr
    assert "can't be used: connection refused;" in result.stderr
    assert status(workspace)["state"] == "planned"


def test_tls_on_a_port_without_it_says_which_setting_to_see_to(
    workspace: Path, server: FaultySmtp
) -> None:
    """The library's own words name none."""
    _by_smtp(workspace, server.port)
    edit(workspace / FILE_NAME, {'security = "none"': 'security = "tls"'})
    result = outreach(workspace, "dispatch", "spring")
    assert result.exit_code == 69
    assert "see whether `security` in [smtp] is right for this port." in result.stderr


def test_what_a_brake_held_goes_on_by_resume(workspace: Path, server: FaultySmtp) -> None:
    """To dispatch again would be refused."""
    db = Database(workspace / "outreach.db")
    made.add_people(db, range(100, 200))
    db.close()
    server.faults["RCPT", ""] = "550 5.1.1 nobody"
    edit(workspace / FILE_NAME, {"batch_size = 500": "batch_size = 10"})
    _by_smtp(workspace, server.port)
    said = outreach(workspace, "dispatch", "spring").stdout
    assert "Stopped, as the campaign is held" in said
    assert "`outreach campaigns resume spring --by WHO`" in said
    assert "`outreach dispatch" not in said


def test_a_test_that_can_not_be_sent_is_to_be_tried_again(workspace: Path) -> None:
    """Nothing of dispatching."""
    _by_smtp(workspace, 9)
    to = ("--as", "p3@example.org", "--to", "me@rivers.example.org")
    said = outreach(workspace, "campaigns", "test", "spring", *to)
    assert said.exit_code == 69
    assert said.stderr.endswith("can be reached, then try again.\n")


def test_a_server_that_denies_everybody_is_told_of(workspace: Path, server: FaultySmtp) -> None:
    """After 20, with its words; all are still planned, and the campaign is held."""
    server.faults["RCPT", ""] = "554 5.7.1 <x@example.org>: Relay access denied"
    _by_smtp(workspace, server.port, connections=1)
    said = outreach(workspace, "dispatch", "spring")
    assert said.exit_code == FOUND
    assert "Put off: 20. The first: RCPT: 554 5.7.1" in said.stdout
    assert "held: 20 letters in a row got nowhere: RCPT: 554 5.7.1" in said.stdout
    assert "Still to go: 23. Next: when that is settled, `outreach campaigns resume" in said.stdout


@pytest.mark.parametrize(
    ("reply", "code"),
    [("550 5.1.1 nobody", 0), ("552 5.2.2 full", 0), ("450 greylisted", 1), ("550 no", 1)],
)
def test_what_must_be_looked_at_is_exit_code_1(
    workspace: Path, server: FaultySmtp, reply: str, code: int
) -> None:
    """An address that takes no mail is nothing to look at."""
    server.faults["RCPT", "p3@example.org"] = reply
    _by_smtp(workspace, server.port)
    assert outreach(workspace, "dispatch", "spring").exit_code == code


def test_a_login_needs_a_password(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named."""
    monkeypatch.delenv("OUTREACH_SMTP_PASSWORD", raising=False)
    _by_smtp(workspace, 9, user="sam")
    said = outreach(workspace, "dispatch", "spring")
    assert said.exit_code == 78
    assert "OUTREACH_SMTP_PASSWORD" in said.stderr


@pytest.mark.parametrize("secret", ["schlüssel", "a\nb", "pass€word"])
def test_a_secret_that_can_not_be_sent_is_refused_and_not_shown(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """Only the variable is named, also by --debug."""
    monkeypatch.setenv("OUTREACH_SMTP_PASSWORD", secret)
    _by_smtp(workspace, 9, user="sam")
    said = outreach(workspace, "dispatch", "spring", "--debug")
    assert said.exit_code == 78
    assert "OUTREACH_SMTP_PASSWORD" in said.stderr
    assert secret not in said.output


def test_a_line_end_behind_a_key_does_no_harm(
    workspace: Path, api: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and shells leave it there."""
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key\r\n")
    _by_sendgrid(workspace, api.url)
    assert outreach(workspace, "dispatch", "spring").exit_code == 0
    assert set(api.keys) == {"Bearer SG.key"}


def test_sendgrid_without_a_key_says_where_to_put_it(
    workspace: Path, api: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is claimed."""
    monkeypatch.delenv("SENDGRID_API_KEY")
    _by_sendgrid(workspace, api.url)
    result = outreach(workspace, "dispatch", "spring")
    assert result.exit_code == 78
    assert "SENDGRID_API_KEY" in result.stderr
    assert api.keys == []


def _seven_read_french(workspace: Path) -> None:
    """Have 16 people and 7 others get a request of their own."""
    db = Database(workspace / "outreach.db")
    with db.conn:
        db.conn.execute("UPDATE supporters SET language = 'fr' WHERE supporter_id <= 7")
    db.close()


def test_a_key_that_is_refused_half_way_ends_the_run_with_its_code(
    workspace: Path, api: SendGridStandIn
) -> None:
    """What was accepted before is written down."""
    _seven_read_french(workspace)
    api.faults["p3@example.org"] = (401, '{"errors":[{"field":null,"message":"revoked"}]}')
    _by_sendgrid(workspace, api.url)
    said = outreach(workspace, "dispatch", "spring")
    assert said.exit_code == 77
    assert "revoked" in said.stderr
    assert "the account, then `outreach campaigns resume spring --by WHO`." in said.stderr
    assert "Accepted so far: 16" in said.stderr
    found = status(workspace)["ledger"]
    assert (found["accepted"], found["planned"], found["in_doubt"]) == (16, 7, 0)


def test_what_sendgrid_says_of_its_limit_is_remembered_over_runs(
    workspace: Path, api: SendGridStandIn
) -> None:
    """The next run asks for no refusal again."""
    db = Database(workspace / "outreach.db")
    with db.conn:
        db.conn.execute("UPDATE supporters SET given_name = ?", ["Ana" * 200])
    db.close()
    api.substitution_bytes = 600
    _by_sendgrid(workspace, api.url)
    assert outreach(workspace, "dispatch", "spring", "--limit", "5").exit_code == 0
    assert api.sizes == [5, *[1] * 5]
    db = Database(workspace / "outreach.db")
    (row,) = db["learnt"].rows
    db.close()
    assert (row["key"], row["value"]) == ("sendgrid.substitution_bytes", "600")
    assert outreach(workspace, "dispatch", "spring", "--limit", "5").exit_code == 0
    assert api.sizes[6:] == [1] * 5


def test_a_sender_that_is_refused_costs_nobody_anything(
    workspace: Path, api: SendGridStandIn
) -> None:
    """It is the same for all."""
    error = {"message": "not a verified sender", "field": "from.email", "help": None}
    api.faults[""] = (400, json.dumps({"errors": [error]}))
    _by_sendgrid(workspace, api.url)
    assert outreach(workspace, "dispatch", "spring").exit_code == 77
    assert status(workspace)["ledger"]["planned"] == 23


def test_doubts_are_told_of_where_a_run_breaks_off(workspace: Path, api: SendGridStandIn) -> None:
    """With what to do about them."""
    _seven_read_french(workspace)
    api.faults[""] = (503, "")
    _by_sendgrid(workspace, api.url)
    said = outreach(workspace, "dispatch", "spring")
    assert said.exit_code == 69
    assert "In doubt: 16." in said.stderr
    assert "campaigns settle spring" in said.stderr


def test_a_second_ctrl_c_puts_what_is_under_way_in_doubt(
    workspace: Path, api: SendGridStandIn
) -> None:
    """What was heard to be accepted is known."""
    _seven_read_french(workspace)
    api.faults["p3@example.org"] = "hang"
    _by_sendgrid(workspace, api.url)
    command = [sys.executable, "-m", "outreach", "--workspace", str(workspace)]
    process = subprocess.Popen([*command, "dispatch", "spring"], stderr=subprocess.PIPE)
    while len(api.taken) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert b"Stopping after this letter" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1].decode()
    assert process.returncode == INTERRUPTED
    found = status(workspace)["ledger"]
    # the answer to the request before it may have come too late to be read
    assert (found["accepted"], found["in_doubt"]) in {(16, 7), (10, 13)}
    assert f"Accepted so far: {found['accepted']}" in said
    assert f"In doubt: {found['in_doubt']}." in said


@pytest.mark.parametrize(
    ("transport", "forgotten"), list(zip(["smtp", *["sendgrid"] * 4], OWN, strict=True))
)
def test_nothing_leaves_us_in_the_examples_name(
    workspace: Path, api: SendGridStandIn, transport: str, forgotten: str
) -> None:
    """It must be filled in before planning, which warns; nobody can stand for it."""
    deliver_by(workspace, transport)
    edit(workspace / FILE_NAME, {f'"{OWN[forgotten]}"': f'"{forgotten}"'})
    outreach(workspace, *CREATE)
    planned = outreach(workspace, *PLAN)
    assert planned.exit_code == 0
    for command in (("dispatch",), ("campaigns", "approve", "--by", "Noor")):
        said = outreach(workspace, *command, "spring")
        assert said.exit_code == 78
        assert "the example's" in said.stderr
        assert "plan again" in said.stderr
        assert said.stderr.removeprefix("Error: ") in planned.stderr
    assert api.keys == []
