"""`outreach campaigns` and `outreach dispatch`, as a person meets them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import letters as made
import pytest
from operating import CREATE, PLAN, deliver_by, edit, new_workspace, outreach, status
from sqlite_utils import Database

from outreach.cli.exits import FOUND, INTERRUPTED
from outreach.dispatch import campaigns, ledger
from outreach.settings import FILE_NAME, Settings
from outreach.supporters import consent


@pytest.fixture
def workspace(settings: Settings, db: Database) -> Path:
    """A workspace to work in."""
    return new_workspace(settings, db)


def _outbox(workspace: Path) -> list[Path]:
    return list((workspace / "outbox").glob("new/*"))


def test_the_status_has_exactly_these_fields(workspace: Path) -> None:
    """From draft to complete."""
    outreach(workspace, *CREATE)
    assert status(workspace)["state"] == "draft"
    assert outreach(workspace, *PLAN).exit_code == 0
    assert status(workspace) == {
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
    assert outreach(workspace, "dispatch", "spring", "--limit", "3").exit_code == 0
    assert status(workspace)["state"] == "dispatching"
    assert outreach(workspace, "dispatch", "spring").exit_code == 0
    assert status(workspace)["state"] == "complete"
    assert len(_outbox(workspace)) == 23


def test_planning_says_what_to_do_about_missing_consent(workspace: Path) -> None:
    """How many, and both ways out."""
    outreach(workspace, *CREATE)
    said = outreach(workspace, *PLAN).stdout
    assert "no consent: 2" in said
    assert "--consent" in said
    assert "ask them" in said


def test_the_next_step_is_what_is_needed(workspace: Path) -> None:
    """An approval where many get it and it would leave us; the rehearsal says so too."""
    outreach(workspace, *CREATE)
    assert "Next: `outreach dispatch spring --dry-run`" in outreach(workspace, *PLAN).stdout
    deliver_by(workspace, "smtp", host="127.0.0.1", port=9)
    edit(
        workspace / FILE_NAME,
        {"over = 10000": "over = 22", "second_person_over = 500": "second_person_over = 20"},
    )
    said = outreach(workspace, *PLAN).stdout
    assert "more than 22 people" in said
    assert said.index("campaigns test spring") < said.index("campaigns approve spring")
    assert "by a second person, as more than 20 get it" in said
    assert "--dry-run" not in said
    rehearsed = outreach(workspace, "dispatch", "spring", "--dry-run")
    assert rehearsed.exit_code == 0
    assert "would be refused: spring goes to 23 people, and nobody" in rehearsed.stderr


def test_a_plan_for_nobody_says_where_to_look(workspace: Path, db: Database) -> None:
    """At who is left out."""
    with db.conn:
        db.conn.execute("UPDATE supporters SET consent = 'unknown'")
    outreach(workspace, *CREATE)
    said = outreach(workspace, *PLAN).stdout
    assert "Planned spring: 0 of 25 people." in said
    assert "Next: `outreach campaigns audience spring --excluded`" in said


def test_dispatch_says_that_a_file_has_changed(workspace: Path) -> None:
    """And so does its rehearsal."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    path = workspace / "templates" / "hello" / "en.html"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    for more in (["--dry-run"], []):
        said = outreach(workspace, "dispatch", "spring", *more)
        assert "templates/hello/en.html has changed since planning" in said.stderr


def test_a_dry_run_sends_and_changes_nothing(workspace: Path, db: Database) -> None:
    """Not even a key is made."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    before = list(db.conn.iterdump())
    said = outreach(workspace, "dispatch", "spring", "--dry-run")
    assert said.exit_code == 0
    assert "Would go: 23 (en 23)" in said.stdout
    assert list(db.conn.iterdump()) == before
    assert not (workspace / "outbox").exists()


def test_what_was_planned_is_what_is_sent(workspace: Path) -> None:
    """A message edited after planning goes out as it was planned."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    (workspace / "templates" / "hello" / "en.html").write_text("{{ broken", "utf-8")
    assert outreach(workspace, "dispatch", "spring", "--limit", "1").exit_code == 0


def test_a_plan_names_its_day_and_the_translations_that_are_older(workspace: Path) -> None:
    """They stop nothing: whoever plans should know."""
    folder = workspace / "templates" / "hello"
    english = (folder / "en.html").read_text("utf-8")
    (folder / "fr.html").write_text(
        f"{english}\n{{# translated from en.html 00000000 #}}\n", "utf-8"
    )
    outreach(workspace, *CREATE)
    told = outreach(workspace, *PLAN)
    assert told.exit_code == 0, told.output
    assert "Its message states what was true on 2014-02-26.\n" in told.stdout
    assert "Older than the default language, which has changed since: fr.\n" in told.stdout
    planned = json.loads(outreach(workspace, *PLAN, "--json").stdout)
    assert (planned["day"], planned["older"]) == ("2014-02-26", ["fr"])


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
        (("campaigns", "plan", "spring", "--day", "26.2.2014"), 2, "YYYY-MM-DD"),
    ],
)
def test_errors_say_what_to_do_next(
    workspace: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """One sentence, no traceback, a code from the table."""
    outreach(workspace, *CREATE)
    result = outreach(workspace, *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_letter_under_way(
    workspace: Path, db: Database, number: signal.Signals
) -> None:
    """Nothing is in doubt, and the next run goes on."""
    made.add_people(db, range(100, 400))
    edit(workspace / FILE_NAME, {"batch_size = 500": "batch_size = 5"})
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
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
    ledger = status(workspace)["ledger"]
    assert isinstance(ledger, dict)
    assert ledger["accepted"] == sent["accepted"] == len(_outbox(workspace)) < 323
    assert (ledger["claimed"], ledger["in_doubt"]) == (0, 0)


def test_people_taken_out_at_the_last_door_are_told_of(workspace: Path, db: Database) -> None:
    """With the reason."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    consent.suppress(db, "p1@example.org", consent.Suppression.UNSUBSCRIBED, "x", made.START)
    said = outreach(workspace, "dispatch", "spring").stdout
    assert "Accepted: 22." in said
    assert "suppressed: 1" in said
    assert outreach(workspace, "campaigns", "list").stdout.count("complete") == 1


def test_a_message_without_a_way_out_is_not_planned(workspace: Path) -> None:
    """Everybody must be able to leave, and to see who writes: in each language and part."""
    outreach(workspace, *CREATE)
    layout = workspace / "templates" / "layouts" / "page.html"
    whole = layout.read_text("utf-8")
    for word, lacks in (("unsubscribe_url", "link to unsubscribe"), ("postal_address", "postal")):
        layout.write_text(whole.replace(f"{{{{ {word} }}}}", ""), "utf-8")
        said = outreach(workspace, *PLAN)
        assert said.exit_code == 65
        assert "hello in en" in said.stderr
        assert lacks in said.stderr
        assert status(workspace)["state"] == "draft"
    layout.write_text(whole, "utf-8")
    (workspace / "templates" / "hello" / "fr.txt").write_text("Bonjour", "utf-8")
    assert "hello in fr has no link to unsubscribe in its text part" in (
        outreach(workspace, *PLAN).stderr
    )
    discreet = (workspace / "templates" / "hello" / "en.html").read_text("utf-8")
    (workspace / "templates" / "hello" / "fr.txt").unlink()
    (workspace / "templates" / "hello" / "en.discreet.html").write_text(discreet, "utf-8")
    (workspace / "templates" / "hello" / "en.discreet.txt").write_text("Hi", "utf-8")
    assert "hello in en (discreet) has no" in outreach(workspace, *PLAN).stderr


def test_a_way_out_is_looked_for_in_real_peoples_messages_too(
    workspace: Path, db: Database
) -> None:
    """A message may need what a made-up reader lacks."""
    outreach(workspace, *CREATE)
    text = workspace / "templates" / "hello" / "en.txt"
    text.write_text("{{ supporter.attributes.city }}", "utf-8")
    db.conn.execute('UPDATE supporters SET attributes = \'{"city": "Lomé"}\'')
    said = outreach(workspace, *PLAN)
    assert said.exit_code == 65
    assert "hello in en has no link to unsubscribe" in said.stderr
    assert status(workspace)["state"] == "draft"


def test_a_message_that_needs_what_people_lack_is_warned_of(workspace: Path, db: Database) -> None:
    """Some of the people are tried; the first reason is told. Planning is not stopped by it."""
    outreach(workspace, *CREATE)
    edit(
        workspace / "templates" / "hello" / "en.html",
        {"{% block content %}": "{% block content %}{{ supporter.attributes.city }}"},
    )
    db.conn.execute(
        'UPDATE supporters SET attributes = \'{"city": "Lomé"}\' WHERE supporter_id <= 12'
    )
    said = outreach(workspace, *PLAN)
    assert said.exit_code == 0
    assert "of 20 people tried" in said.stderr
    assert "city" in said.stderr
    planned = json.loads(outreach(workspace, *PLAN, "--json").stdout)
    assert planned["sampled"] == 20
    assert 8 <= planned["not_composable"] <= 11


def test_no_postal_address_no_plan(workspace: Path) -> None:
    """The law of most countries wants one."""
    outreach(workspace, *CREATE)
    edit(workspace / FILE_NAME, {'"1 Example Street, Example Town, EX1 1EX"': '" "'})
    said = outreach(workspace, *PLAN)
    assert said.exit_code == 78
    assert "postal_address" in said.stderr


def test_settings_that_changed_after_planning_are_told_of(workspace: Path) -> None:
    """What was planned goes out; before the first letter the plan can be made anew."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    assert outreach(workspace, "dispatch", "spring", "--limit", "1").stderr == ""
    edit(workspace / FILE_NAME, {"Sam Example": "Noor"})
    said = outreach(workspace, "dispatch", "spring", "--limit", "1")
    assert said.exit_code == 0
    assert "goes on with what was planned" in said.stderr
    outreach(workspace, *CREATE[:2], "summer", *CREATE[3:])
    outreach(workspace, *PLAN[:2], "summer", *PLAN[3:])
    edit(workspace / FILE_NAME, {"Noor": "Ada"})
    assert "plan again" in outreach(workspace, "dispatch", "summer", "--dry-run").stderr


def test_a_campaign_can_be_cancelled(workspace: Path) -> None:
    """What has left has left; the rest never goes."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    outreach(workspace, "dispatch", "spring", "--limit", "3")
    assert "Cancelled: 20." in outreach(workspace, "campaigns", "cancel", "spring").stdout
    for word in ("cancel", "resume"):
        said = outreach(workspace, "campaigns", word, "spring")
        assert said.exit_code == 0
        assert f"There is nothing to {word}" in said.stdout
    assert "Accepted: 0." in outreach(workspace, "dispatch", "spring").stdout
    assert status(workspace)["ledger"]["cancelled"] == 20
    assert status(workspace)["state"] == "cancelled"


def test_doubts_are_listed_and_settled_by_name(workspace: Path, db: Database) -> None:
    """All at once or one person's; every command tells of them, until none is left."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    campaign = campaigns.get(db, "spring")
    rows = list(ledger.due(db, campaign.campaign_id, by=made.START, limit=3))
    ledger.claim(db, rows, "elsewhere:1:gone", made.START)
    sent = outreach(workspace, "dispatch", "spring")
    assert sent.exit_code == FOUND
    assert "On their way when an earlier run broke off: 3." in sent.stdout
    again = outreach(workspace, "dispatch", "spring")
    assert again.exit_code == FOUND
    for said in (sent, again, outreach(workspace, "campaigns", "status", "spring")):
        assert "In doubt: 3." in said.stdout
        assert "campaigns doubtful spring" in said.stdout
        assert "campaigns settle spring --as" in said.stdout
    (first, *_) = json.loads(
        outreach(workspace, "campaigns", "doubtful", "spring", "--json").stdout
    )
    assert first["address"] == "p…@example.org"
    assert first["attempt"] == f"{rows[0].delivery_id}-1"
    assert "ended without saying" in first["detail"]
    assert "p…@example.org" in outreach(workspace, "campaigns", "doubtful", "spring").stdout
    for more in ([], ["--json"]):
        said = outreach(workspace, "campaigns", "doubtful", "spring", "--addresses", *more)
        assert "p1@example.org" in said.stdout

    settle = ("campaigns", "settle", "spring", "--by", "Maria", "--as")
    one = outreach(workspace, *settle, "accepted", "--only", "P1@example.org", "--json")
    assert json.loads(one.stdout) == {"campaign": "spring", "settled": 1, "still_in_doubt": 2}
    twice = outreach(workspace, *settle, "accepted", "--only", "p1@example.org")
    assert twice.exit_code == 66
    assert "campaigns doubtful spring" in twice.stderr
    assert outreach(workspace, *settle, "accepted", "--only", "x@example.org").exit_code == 66
    assert outreach(workspace, *settle[:-2], " ", "--as", "accepted").exit_code == 65
    assert outreach(workspace, *settle, "lost").exit_code == 2
    assert outreach(workspace, "campaigns", "doubtful", "spring").exit_code == 0
    assert "Settled: 2." in outreach(workspace, *settle, "resend").stdout
    assert "Accepted: 2." in outreach(workspace, "dispatch", "spring").stdout
    assert status(workspace)["state"] == "complete"
    assert "Nothing is in doubt" in outreach(workspace, "campaigns", "doubtful", "spring").stdout


def test_several_doubts_are_settled_by_attempt_and_by_person(workspace: Path, db: Database) -> None:
    """All that are named, or none."""
    outreach(workspace, *CREATE)
    outreach(workspace, *PLAN)
    campaign = campaigns.get(db, "spring")
    rows = list(ledger.due(db, campaign.campaign_id, by=made.START, limit=4))
    ledger.claim(db, rows, "elsewhere:1:gone", made.START)
    assert outreach(workspace, "dispatch", "spring").exit_code == FOUND
    settle = ("campaigns", "settle", "spring", "--by", "Maria", "--as", "accepted")
    first = f"{rows[0].delivery_id}-1"
    for wrong in (f"{rows[1].delivery_id}-2", "999-1", "9"):
        refused = outreach(workspace, *settle, "--only", first, "--only", wrong)
        assert refused.exit_code == 66
        assert "campaigns doubtful spring --addresses" in refused.stderr
    assert status(workspace)["ledger"]["in_doubt"] == 4
    named = ("--only", first, "--only", "p1@example.org", "--only", "p2@example.org", "--only", "3")
    said = outreach(workspace, *settle, *named, "--json")
    assert json.loads(said.stdout) == {"campaign": "spring", "settled": 3, "still_in_doubt": 1}
    (said,) = db.conn.execute("SELECT detail FROM deliveries WHERE supporter_id = 1").fetchone()
    assert "Maria" in said


@pytest.mark.parametrize(
    "arguments",
    [("cancel", "x"), ("doubtful", "x"), ("settle", "x", "--as", "refused", "--by", "M")],
)
def test_no_such_campaign(workspace: Path, arguments: tuple[str, ...]) -> None:
    """The usual exit code."""
    assert outreach(workspace, "campaigns", *arguments).exit_code == 66


def test_after_a_backup_was_put_back_somebody_stands_for_it_by_name(workspace: Path) -> None:
    """Until then nothing leaves; list, plan and show say why, and what to do."""
    outreach(workspace, *CREATE)
    (workspace / "outreach.db.mark").write_text(f"{7:018d} 2014-02-26T09:00:00Z\n", "ascii")
    next_step = "outreach campaigns restored --by WHO"
    for command in (PLAN, ("campaigns", "list"), ("campaigns", "show", "spring")):
        done = outreach(workspace, *command)
        assert done.exit_code == 0
        assert next_step in " ".join(done.output.split())
    refused = outreach(workspace, "dispatch", "spring")
    assert (refused.exit_code, next_step in refused.output) == (74, True)
    assert "Accepted" not in refused.output
    assert outreach(workspace, "campaigns", "restored").exit_code == 65
    done = outreach(workspace, "campaigns", "restored", "--by", "Maria")
    assert (done.exit_code, "May leave again: spring." in done.output) == (0, True)
    assert outreach(workspace, "dispatch", "spring").exit_code == 0
    assert outreach(workspace, "campaigns", "restored", "--by", "Maria").exit_code == 65
