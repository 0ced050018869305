"""`outreach events`, as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import letters as made
import posting
import pytest
from click.testing import CliRunner
from operating import outreach
from sqlite_utils import Database

from outreach.cli import main
from outreach.settings import FILE_NAME, Settings
from outreach.store import atomic
from outreach.tracking import journal

BODY = posting.body(
    posting.event("delivered", "1-1", "p1@example.org", response="250 OK"),
    posting.event("bounce", "2-1", "p2@example.org", type="bounce", reason="550 nobody"),
)


@pytest.fixture
def workspace(settings: Settings, db: Database) -> Path:
    """Two letters in doubt, and SendGrid's key in the settings."""
    made.add_people(db, [1, 2])
    made.planned_campaign(db)
    db.conn.execute("UPDATE deliveries SET state = 'in_doubt', attempts = 1")
    path = settings.root / FILE_NAME
    text = path.read_text("utf-8")
    assert 'webhook_key = ""' in text
    path.write_text(text.replace('webhook_key = ""', f'webhook_key = "{posting.public()}"'))
    return settings.root


def test_a_saved_body_settles_doubts(workspace: Path, tmp_path: Path) -> None:
    """It says what it did, and lists it."""
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    signed = ("--signature", posting.sign(BODY), "--timestamp", posting.TIMESTAMP)
    said = outreach(workspace, "events", "import", str(file), *signed)
    assert said.exit_code == 0
    assert "1 body, 0 here before; 2 events, 2 new." in said.stdout
    assert "Doubts settled: 2. Addresses not to be written to again: 1." in said.stdout
    again = outreach(workspace, "events", "import", str(file), *signed, "--json")
    assert json.loads(again.stdout)["repeated_bodies"] == 1
    listed = json.loads(outreach(workspace, "events", "list", "--json").stdout)
    assert [(e["kind"], e["bounce"], e["address"]) for e in listed] == [
        ("bounced", "hard", "p…@example.org"),
        ("delivered", "", "p…@example.org"),
    ]
    table = outreach(workspace, "events", "list", "--campaign", "spring").stdout
    assert "hard bounced" in table
    assert "2-1" in table
    assert "2 events, 0 new" in outreach(workspace, "events", "apply", "--again").stdout


def test_a_body_that_was_changed_is_refused(workspace: Path, tmp_path: Path) -> None:
    """The exit code says that somebody should look."""
    file = tmp_path / "body.json"
    file.write_bytes(BODY.replace(b"1-1", b"2-1"))
    signed = ("--signature", posting.sign(BODY), "--timestamp", posting.TIMESTAMP)
    said = outreach(workspace, "events", "import", str(file), *signed)
    assert said.exit_code == 1
    assert "was not signed with [sendgrid] webhook_key, or was changed since" in said.stderr
    assert "Doubts settled: 0" in said.stdout


def test_several_files_and_standard_input_are_believed_if_somebody_says_so(
    workspace: Path, tmp_path: Path
) -> None:
    """What is no body keeps no other out."""
    junk = tmp_path / "junk"
    junk.write_bytes(b"hello")
    command = ["--workspace", str(workspace), "events", "import", str(junk), "-", "--unsigned"]
    said = CliRunner().invoke(main, command, input=BODY)
    assert said.exit_code == 1
    assert "junk: this is no body of SendGrid's Event Webhook" in said.stderr
    assert "Doubts settled: 2" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("x",), 2, "--unsigned"),
        (("x", "--signature", "a"), 2, "go together"),
        (("x", "y", "--signature", "a", "--timestamp", "1"), 2, "of one file"),
        (("x", "--signature", "a", "--timestamp", "1", "--unsigned"), 2, "of one file"),
        (("nowhere", "--unsigned"), 66, "no such file"),
        ((".", "--unsigned"), 65, "can't be read"),
    ],
)
def test_errors_say_what_to_do_next(
    workspace: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """One sentence, a code from the table."""
    said = outreach(workspace, "events", "import", *arguments)
    assert (said.exit_code, words in said.stderr) == (code, True), said.stderr


def test_a_key_that_is_none_is_a_setting_to_mend(workspace: Path, tmp_path: Path) -> None:
    """With the file that it stands in."""
    path = workspace / FILE_NAME
    path.write_text(path.read_text("utf-8").replace(posting.public(), "AAAA"), "utf-8")
    (tmp_path / "body").write_bytes(BODY)
    said = outreach(workspace, "events", "import", str(tmp_path / "body"), "--unsigned")
    assert (said.exit_code, "webhook_key" in said.stderr) == (78, True)


def test_a_stored_body_that_cant_be_understood_keeps_no_other_out(
    workspace: Path, db: Database, tmp_path: Path
) -> None:
    """It is told by its number, and waits; somebody should look."""
    body = journal.Body("sendgrid", "old", True, b"k" * 32, b"no events")
    with atomic(db):
        number = journal.store(db, body, made.START)
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    for words in (("import", str(file), "--unsigned"), ("apply",), ("apply", "--again")):
        said = outreach(workspace, "events", *words)
        assert said.exit_code == 1
        assert f"stored body {number} (InputError)" in said.stderr
    assert "2 events, 0 new" in said.stdout
    assert journal.waiting(db) == [number]
    told = outreach(workspace, "events", "apply", "--json")
    assert json.loads(told.stdout)["failed"] == {str(number): "InputError"}
