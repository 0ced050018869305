"""`outreach followups next`, in a terminal: one key for each act."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent, send_campaign
from sqlite_utils import Database
from terminal import Terminal

from outreach.model import CloseReason
from outreach.settings import Settings
from outreach.workflow.followups import close_followup
from outreach.workflow.followups_opening import open_followup

Sit = Callable[..., Terminal]


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: Path) -> Sent:
    """A campaign sent just now: the command line reads the clock."""
    return send_campaign(db, settings, tmp_path / "mails", datetime.now(UTC))


@pytest.fixture
def sit(settings: Settings) -> Iterator[Sit]:
    """Sit down before the queue as Amina."""
    opened: list[Terminal] = []

    def begin(*arguments: str, **environment: str) -> Terminal:
        terminal = Terminal(
            ["followups", "next", "--as", "Amina", *arguments], settings.root, environment
        )
        opened.append(terminal)
        return terminal

    yield begin
    for terminal in opened:
        terminal.close()


def test_a_morning_with_the_queue(sent: Sent, sit: Sit) -> None:
    """Mend, take, answer by telephone, close, skip: each a key; wrong keys do nothing."""
    sent.take_in(
        sent.mail(VOLUNTEERS),
        sent.mail("Hi?", sender="x@example.com"),
        sent.mail("And I?", sender="y@example.com"),
    )
    staff = sit()
    assert "Mail 1," in staff.sees("q quit")
    staff.press("X")
    staff.sees("There is no key 'X' here.")
    staff.press("t")
    assert "Assignee:  Amina" in staff.sees("q quit")
    staff.press("k")
    staff.sees("Country:")
    staff.type("Gondwana")
    staff.sees("Not done: this is no country")
    staff.press("k")
    staff.sees("Country:")
    staff.type("Tchad")
    assert "Country:   TD" in staff.sees("q quit")
    staff.press("a")
    staff.sees("Answered how")
    staff.type("by telephone")
    assert "x@example.com" in staff.sees("q quit")
    staff.press("c")
    staff.sees("1 not now")
    staff.press("5")
    staff.sees("will be shown to nobody")
    staff.type("y")
    assert "y@example.com" in staff.sees("q quit")
    staff.press("s")
    staff.sees("1 follow-up passed over")
    staff.sees("You did 2 follow-ups.")
    assert staff.leaves() == 0
    assert sent.all(
        "SELECT stage, close_reason, assignee, country FROM followups ORDER BY followup_id"
    ) == [("new", "", "Amina", "TD"), ("closed", "spam", "", ""), ("new", "", "", "")]
    assert sent.all("SELECT * FROM followup_claims") == []


def test_a_letter_is_seen_before_it_is_sent(sent: Sent, sit: Sit, settings: Settings) -> None:
    """What is missing is proposed to be asked for; in the editor it can still be changed."""
    sent.take_in(sent.mail("How many people must come, and when?", sender="x@example.com"))
    editor = settings.root / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "text = path.read_text(encoding='utf-8')\n"
        "path.write_text(text.replace('Thank you', 'Many thanks'), encoding='utf-8')\n",
        encoding="utf-8",
    )
    staff = sit(EDITOR=f"{sys.executable} {editor}", PATH=os.environ["PATH"])
    staff.sees("q quit")
    staff.press("r")
    staff.sees("Message [organiser-details]")
    staff.type("")
    assert "What is your name" in staff.sees("3 drop")
    staff.press("3")
    staff.sees("Nothing was done.")
    staff.sees("q quit")
    staff.press("r")
    staff.sees("Message")
    staff.type("")
    staff.sees("3 drop")
    staff.press("2")
    staff.sees("Send it")
    staff.type("y")
    staff.sees("has left.")
    assert staff.leaves() == 0
    (letter,) = settings.outbox_dir.glob("new/*")
    assert "Many thanks" in letter.read_text(encoding="utf-8")


def test_somebody_else_was_quicker(sent: Sent, sit: Sit) -> None:
    """What they did and what was wanted are shown, then how it stands now."""
    sent.take_in(sent.mail(VOLUNTEERS))
    staff = sit()
    staff.sees("q quit")
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="Joost", now=sent.now)
    staff.press("m")
    staff.sees("1 contacted")
    staff.press("1")
    said = staff.sees("q quit")
    assert "Joost at" in said
    assert "you wanted stage → contacted" in said
    assert "Follow-up: 1, closed (not now)" in said
    staff.press("q")
    assert staff.leaves() == 0


def test_what_somebody_has_open_is_left_to_them(sent: Sent, sit: Sit) -> None:
    """Nothing else is left then."""
    sent.take_in(sent.mail(VOLUNTEERS))
    open_followup(sent.db, sent.settings, 1, me="Joost", now=sent.now)
    staff = sit()
    staff.sees("Nothing is left that needs an answer.")
    assert staff.leaves() == 0


def test_ctrl_c_ends_it_and_leaves_nothing_open(sent: Sent, sit: Sit) -> None:
    """The claim is given back."""
    sent.take_in(sent.mail(VOLUNTEERS))
    staff = sit()
    staff.sees("q quit")
    staff.press("\x03")
    assert staff.leaves() != 0
    assert sent.all("SELECT * FROM followup_claims") == []
