"""`outreach letters`: what staff see of letters to one person."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from corresponding import Writing
from operating import outreach
from sqlite_utils import Database

from outreach.settings import Settings


@pytest.fixture
def writing(db: Database, settings: Settings) -> Writing:
    """A workspace in which one letter is written."""
    writing = Writing(db, settings)
    writing.write(name="Zuhura")
    return writing


def test_letters_are_listed_sent_and_shown(writing: Writing, tmp_path: Path) -> None:
    """From the first to the last as staff do it."""
    root = writing.settings.root
    assert "planned" in outreach(root, "letters", "list").stdout
    sent = outreach(root, "letters", "send")
    assert (sent.exit_code, sent.stdout) == (0, "1 letter accepted.\n")
    assert outreach(root, "letters", "send").stdout == "No letter is due.\n"
    listed = json.loads(outreach(root, "letters", "list", "--json").stdout)
    assert [row["state"] for row in listed] == ["accepted"]
    shown = outreach(root, "letters", "show", "1").stdout
    assert "Zuhura <zuhura@example.org>" in shown
    file = tmp_path / "letter.eml"
    assert outreach(root, "letters", "show", "1", "--message", str(file)).exit_code == 0
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == "Zuhura <zuhura@example.org>"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--to", "ZUHURA@example.org"], 1),
        (["--to", "else@example.org"], 0),
        (["--state", "accepted"], 0),
        (["--state", "accepted", "--state", "planned"], 1),
        (["--purpose", "reminder"], 0),
        (["--followup", "9"], 0),
        (["--returned"], 0),
    ],
)
def test_a_listing_is_narrowed(writing: Writing, filters: list[str], found: int) -> None:
    """By whom, what and how it stands."""
    listed = outreach(writing.settings.root, "letters", "list", "--json", *filters)
    assert len(json.loads(listed.stdout)) == found


def test_a_doubt_is_settled_by_name(writing: Writing) -> None:
    """And what is in doubt is pointed at."""
    root = writing.settings.root
    writing.db.conn.execute("UPDATE letters SET state = 'claimed', holder = 'gone:1:x'")
    sent = outreach(root, "letters", "send")
    assert sent.exit_code == 1
    assert "1 in doubt" in sent.stdout
    settled = outreach(root, "letters", "settle", "1", "--as", "resend", "--by", "Maria")
    assert settled.stdout == "Letter 1 is planned.\n"
    assert "planned, says Maria" in outreach(root, "letters", "show", "1").stdout
    assert outreach(root, "letters", "cancel", "1", "--by", "Maria").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("show", "7"),
        ("settle", "1", "--as", "accepted", "--by", "Maria"),
        ("settle", "7", "--as", "accepted", "--by", "Maria"),
        ("cancel", "7", "--by", "Maria"),
        ("show", "1", "--message", "/nowhere/at/all"),
    ],
)
def test_errors_are_sentences(writing: Writing, words: tuple[str, ...]) -> None:
    """With what to do next, and nothing changed."""
    failed = outreach(writing.settings.root, "letters", *words)
    assert failed.exit_code not in (0, 1)
    assert "Traceback" not in failed.output
    assert failed.stderr.startswith("Error: ")
    assert writing.states == ["planned"]
