"""`outreach followups`, as a tired person uses it."""

from __future__ import annotations

import csv
import io
import json
import sys
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
from outreach.workflow.followups_opening import open_followup

Run = Callable[..., Result]


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: Path) -> Sent:
    """A campaign sent just now: the command line reads the clock."""
    return send_campaign(db, settings, tmp_path / "mails", datetime.now(UTC))


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run a command in the workspace, as nobody in particular."""

    def call(*arguments: object, staff: str = "") -> Result:
        workspace = ["--workspace", str(settings.root)]
        return CliRunner(env={"OUTREACH_STAFF": staff, "LOGNAME": "night-shift"}).invoke(
            main, [*workspace, *map(str, arguments)]
        )

    return call


def dated(sent: Sent, days: int) -> str:
    """Write the Date header of some days ago."""
    return f"Date: {format_datetime(sent.now - timedelta(days=days))}\n"


def ids(result: Result) -> list[int]:
    """The follow-ups of a list as JSON."""
    return [line["followup_id"] for line in json.loads(result.stdout)]


def test_lists_are_chosen_by_view_and_filter(sent: Sent, run: Run) -> None:
    """Overdue first; each filter narrows, and they go together."""
    run(
        *("replies", "import"),
        sent.mail("How many people must come, and when?", sender="en@example.com"),
        sent.mail(VOLUNTEERS, sender="old@example.com", headers=dated(sent, 30)),
        sent.mail("Bonjour, je voudrais vous aider.", sender="fr@example.com", to="x@example.org"),
    )
    assert ids(run("followups", "list", "--json"))[0] == 2
    assert ids(run("followups", "list", "--json", "--view", "overdue")) == [2]
    assert ids(run("followups", "list", "--json", "--view", "unmatched")) == [3]
    assert ids(run("followups", "list", "--json", "--country", "TG")) == [2]
    assert ids(run("followups", "list", "--json", "--language", "fr")) == [3]
    assert ids(run("followups", "list", "--json", "--search", "MBUYI")) == [2]
    assert ids(run("followups", "list", "--json", "--limit", 1)) == [2]
    run("followups", "tag", 3, "concert", "school")
    assert ids(run("followups", "list", "--json", "--tag", "concert")) == [3]
    assert run("followups", "list", "--tag", "tombola").output == "There is none like that.\n"
    assert run("followups", "list", "--view", "urgent").exit_code == 2


def test_i_am_whom_the_environment_names(sent: Sent, run: Run) -> None:
    """--as comes first, then OUTREACH_STAFF, then the login name."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    run("followups", "note", 1, "one", "--as", "Amina", staff="Joost")
    run("followups", "note", 1, "two", staff="Joost")
    run("followups", "note", 1, "three")
    history = json.loads(run("followups", "show", 1, "--json").stdout)["history"]
    assert [change["changed_by"] for change in history[-3:]] == ["Amina", "Joost", "night-shift"]
    run("followups", "assign", 1, "joost")
    assert ids(run("followups", "list", "--view", "mine", "--json", staff="Joost")) == [1]
    assert ids(run("followups", "list", "--view", "mine", "--json")) == []


def test_no_spreadsheet_takes_an_export_for_a_formula(sent: Sent, run: Run, tmp_path: Path) -> None:
    """Not in a cell of its own, nor where a spreadsheet divides cells by another sign."""
    evil = [
        '=HYPERLINK("http://evil.example","x")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "x;=1+1",
        "＝1+1",
        '"quoted", and more',
        "\x1b[2J\tand\r\n=1+1",
    ]
    run(
        *("replies", "import"),
        *(sent.mail("Hi?", sender=f"p{number}@example.com") for number in range(len(evil))),
    )
    for number, name in enumerate(evil, 1):
        sent.db.conn.execute(
            "UPDATE followups SET name = ?, country = 'FR', certainty = 1 WHERE followup_id = ?",
            [name, number],
        )
    out = tmp_path / "export.csv"
    assert run("followups", "export", "--out", out).output == f"Wrote 8 follow-ups to {out}.\n"
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    text = out.read_text(encoding="utf-8-sig")
    for delimiter in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            assert not any(cell.lstrip(' "').startswith(tuple("=+-@＝")) for cell in row), row
    assert "\x1b" not in text
    names = [row["name"] for row in csv.DictReader(io.StringIO(text))]
    assert sorted(name.lstrip("'") for name in names)[0].startswith('"quoted"')
    assert run("followups", "export", "--out", out).exit_code != 0
    printed = run("followups", "export", "--search", "quoted")
    assert len(printed.stdout.splitlines()) == 2


def test_a_save_over_a_newer_version_shows_both(sent: Sent, run: Run) -> None:
    """What was done meanwhile and by whom, and what was wanted."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    assert run("followups", "move", 1, "contacted", "--as", "amina").exit_code == 0
    refused = run("followups", "close", 1, "--reason", "declined", "--version", 1)
    assert refused.exit_code == 65
    assert "amina at" in refused.stderr
    assert "stage new → contacted" in refused.stderr
    assert "you wanted stage → closed (declined)" in refused.stderr


def test_whoever_comes_second_is_told(sent: Sent, run: Run, settings: Settings) -> None:
    """On stderr, and what they asked for is done; whoever has it open hears nothing."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    open_followup(sent.db, settings, 1, me="Joost", now=datetime.now(UTC))
    told = run("followups", "note", 1, "hm", "--as", "amina")
    assert told.exit_code == 0
    told = run("followups", "move", 1, "contacted", "--as", "amina")
    assert told.stderr.startswith("Joost has follow-up 1 open since 20")
    assert told.stdout == "Follow-up 1 is contacted.\n"
    assert "Joost has this open" in run("followups", "show", 1, "--as", "amina").stdout
    assert run("followups", "move", 1, "confirmed", "--as", "joost").stderr == ""


def test_a_reply_leaves_at_once_and_is_shown(sent: Sent, run: Run, settings: Settings) -> None:
    """By the workspace's own transport; a dry run sends nothing."""
    run("replies", "import", sent.mail("How many people must come, and when?"))
    shown = run("followups", "reply", 1, "--message", "organiser-welcome", "--dry-run")
    assert "To: Jean <jean@example.org> (fr)" in shown.stdout
    assert not list(settings.outbox_dir.glob("new/*"))
    left = run("followups", "reply", 1, "--message", "organiser-welcome", "--as", "amina")
    assert "Jean <jean@example.org> (fr) has left." in left.stdout
    assert len(list(settings.outbox_dir.glob("new/*"))) == 1
    whole = run("followups", "show", 1).stdout
    assert "organiser-welcome (accepted), by amina" in whole
    assert "contacted" in whole
    again = run("followups", "reply", 1, "--message", "organiser-welcome")
    assert again.exit_code == 65
    assert "--again" in again.stderr


def test_an_editor_that_is_left_without_a_change_sends_nothing_unasked(
    sent: Sent, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does an emptied letter, nor one whose follow-up was changed meanwhile."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    reply = ("followups", "reply", 1, "--message", "organiser-welcome", "--edit")
    python = sys.executable
    script = settings.root / "editor.py"
    for done in (
        "pass",
        "open(sys.argv[1], 'w').close()",
        "c = sqlite3.connect('outreach.db'); c.execute('UPDATE followups SET version = 9');"
        " c.commit(); open(sys.argv[1], 'a').write('more')",
    ):
        script.write_text(f"import sqlite3, sys\n{done}\n", encoding="utf-8")
        monkeypatch.setenv("EDITOR", f"{python} {script}")
        monkeypatch.chdir(settings.root)
        assert run(*reply).exit_code != 0
    assert not list(settings.outbox_dir.glob("new/*"))
    assert sent.one("SELECT stage FROM followups") == ("new",)
    assert sent.all("SELECT * FROM followup_claims") == []


def test_bad_input_is_one_sentence(sent: Sent, run: Run) -> None:
    """Unknown ids, days that are over, words that are none: nothing is changed."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    before = sent.one("SELECT version FROM followups")
    for command in (
        ("answered", 9, "by telephone"),
        ("answered", 1, "  "),
        ("snooze", 1, "2014-01-01"),
        ("snooze", 1, "soon"),
        ("snooze", 1, "2014-02-30"),
        ("snooze", 1, "9999-12-31"),
        ("due", 1, "tomorrow"),
        ("due", 1, "9999-12-31 23:59"),
        ("tag", 1, "a\x1b[2J"),
        ("note", 1, "x" * 4001),
        ("correct", 1, "country", "Gondwana"),
        ("merge", 1, 1),
        ("merge", 1, 9),
        ("split", 1, 9),
        ("duplicates", "--not", 1, 9),
        ("opt-out", 9),
        ("reply", 9, "--message", "organiser-welcome"),
        ("reply", 1, "--message", "../etc"),
        ("share",),
        ("next",),
    ):
        result = run("followups", *command)
        assert result.exit_code not in (0, 70), command
        assert result.stderr.strip()
        assert "Traceback" not in result.output
    assert sent.one("SELECT version FROM followups") == before


def test_numbers_of_the_queue(sent: Sent, run: Run) -> None:
    """Each view with what it shows; how soon people are answered."""
    run("replies", "import", sent.mail(VOLUNTEERS, headers=dated(sent, 2)))
    run("replies", "import", sent.mail("Hi?", sender="x@example.com", headers=dated(sent, 3)))
    run("followups", "answered", 1, "by telephone")
    said = run("followups", "stats")
    assert "needs-answer" in said.stdout
    assert "Half of them had their first answer within 48" in said.stdout
    assert "waiting for 72" in said.stdout
    found = json.loads(run("followups", "stats", "--json").stdout)
    assert found["stages"] == {"new": 2}
    assert found["views"]["needs_answer"] == 1
    assert found["loads"] == [
        {"assignee": "", "open": 2, "needs_answer": 1, "overdue": found["views"]["overdue"]}
    ]


def test_pairs_are_proposed_merged_and_split(sent: Sent, run: Run) -> None:
    """As one types it."""
    two = [sent.mail("Hi?", sender="x@example.com", to=to) for to in ("", "news@example.org")]
    run("replies", "import", *two)
    assert "same address" in run("followups", "duplicates").stdout
    assert run("followups", "merge", 1, 2).output == "Follow-up 1 has all of 2: 1 mail moved.\n"
    assert "No two look" in run("followups", "duplicates").stdout
    planned = ("--kind", "debate", "--country", "TG", "--place", "Goma")
    run("gatherings", "add", "--followup", 1, *planned)
    assert run("followups", "split", 1, 2).output == (
        "Follow-up 3 has 1 mail of 1.\n"
        "Gathering 1 stays with 1. If it is theirs: `outreach gatherings change 1 --followup 3`.\n"
    )
    said = run("gatherings", "change", 1, "--followup", 3).output
    assert said == "Gathering 1 is planned.\nFollow-up 3 is gathering_planned.\n"


def test_a_wish_that_nothing_proves_is_asked_about_and_undone(sent: Sent, run: Run) -> None:
    """As one types it; French letters show their spaces as spaces."""
    run("replies", "import", sent.mail("Please unsubscribe me", to="events@x.example"))
    ask = ("followups", "reply", 1, "--message", "opt-out-check")
    shown = run(*ask, "--dry-run").stdout
    assert "vous n’avez rien à faire :" in " ".join(shown.split())
    assert "\\x" not in shown
    assert "has left" in run(*ask).stdout
    said = run("followups", "opt-out", 1, "--undo").output
    assert said == "Follow-up 1: Jean@example.org may be written to again.\n"
    assert "1 address will" in run("followups", "opt-out", 1).output


def test_snoozing_and_due_times_as_people_say_them(sent: Sent, run: Run) -> None:
    """A day, or a length of time."""
    run("replies", "import", sent.mail(VOLUNTEERS))
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    assert run("followups", "snooze", 1, "3d").output == f"Follow-up 1 sleeps until {day}.\n"
    assert str(day) in run("followups", "list").output
    assert run("followups", "snooze", 1, "now").output == "Follow-up 1 is awake.\n"
    said = run("followups", "due", 1, f"{day} 12:00").output
    assert f"due {day}T12:00:00Z" in said


def test_of_whom_it_endangers_no_name_is_exported(sent: Sent, run: Run, tmp_path: Path) -> None:
    """By country, and by who must be written to discreetly, or answers in their place."""
    sent.db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 2")
    sent.take_in(
        sent.mail("Name: Li Wei\nCountry: China\nI would like to help"),
        sent.mail("I'd like to help", sender="Ana <ana@example.net>", token=sent.token(12)),
        sent.mail("Name: Kofi\nCountry: Togo\nHelp?", sender="kofi@example.net"),
    )
    out = tmp_path / "export.csv"
    assert run("followups", "export", "--out", out).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert [(row["name"], row["email"]) for row in rows] == [
        ("", ""), ("", ""), ("Kofi", "kofi@example.net"),
    ]  # fmt: skip
