"""Where campaigns stand, in words, and who did something where nobody said."""

from __future__ import annotations

import getpass
import json
import re
from pathlib import Path

import pytest
from operating import CREATE, PLAN, new_workspace, outreach
from sqlite_utils import Database
from wcwidth import wcswidth

from outreach.cli import output
from outreach.settings import Settings

SCHEDULE = ("campaigns", "schedule", "spring", "--at", "2099-06-01 09:00", "--by", "Maria")


@pytest.fixture
def workspace(settings: Settings, db: Database) -> Path:
    """A planned campaign to 23 people."""
    root = new_workspace(settings, db)
    for command in (CREATE, PLAN):
        assert outreach(root, *command).exit_code == 0
    return root


def _listed(workspace: Path) -> str:
    return str(outreach(workspace, "campaigns", "list").stdout).splitlines()[-1]


def test_a_list_says_when_and_what_is_missing(workspace: Path) -> None:
    """In people's words, and whole for programs."""
    assert _listed(workspace).endswith("not approved; 2 left out")
    outreach(workspace, *SCHEDULE, "--zone", "Europe/London")
    assert "2099-06-01 09:00 Europe/London; not approved" in _listed(workspace)
    outreach(workspace, "campaigns", "pause", "spring", "--by", "Noor", "--why", "wrong photo")
    assert "held by Noor: wrong photo; 2099-06-01" in _listed(workspace)
    [found] = json.loads(outreach(workspace, "campaigns", "list", "--json").stdout)
    assert found["state"] == "held"
    assert (found["held_by"], found["held_why"]) == ("Noor", "wrong photo")
    assert (found["schedule"]["zone"], found["approved"]) == ("Europe/London", False)


def test_a_held_campaign_says_why_and_what_lets_it_go_on(workspace: Path) -> None:
    """In its status too; not once it makes no difference any more."""
    outreach(workspace, "campaigns", "pause", "spring", "--by", "Noor", "--why", "wrong photo")
    for command in ("status", "show"):
        said = outreach(workspace, "campaigns", command, "spring").stdout
        assert "by Noor: wrong photo. Next: when that is settled" in said
    outreach(workspace, "campaigns", "cancel", "spring")
    for command in ("status", "show"):
        said = outreach(workspace, "campaigns", command, "spring").stdout
        assert said.startswith("spring is cancelled; nothing went out.")
        assert "Held" not in said
    assert "wrong photo" not in _listed(workspace)


def test_an_approval_may_say_which_plan_it_is_of(workspace: Path) -> None:
    """`show` names it; of another nothing is approved."""
    said = outreach(workspace, "campaigns", "show", "spring").stdout
    seen = re.search(r"^ *plan +([0-9a-f]{12})$", said, re.M)
    assert seen is not None
    assert outreach(workspace, *PLAN).exit_code == 0
    approve = ("campaigns", "approve", "spring", "--by", "Noor", "--seen", seen[1])
    refused = outreach(workspace, *approve)
    assert (refused.exit_code, "planned anew since you looked" in refused.stderr) == (65, True)


def test_a_cancelled_campaign_says_how_many_had_gone_out(workspace: Path) -> None:
    """They can't be called back."""
    outreach(workspace, "dispatch", "spring", "--limit", "3")
    outreach(workspace, "campaigns", "cancel", "spring")
    said = outreach(workspace, "campaigns", "status", "spring").stdout
    assert said.startswith("spring is cancelled; 3 of 25 had gone out.")


def test_who_did_it_is_known_by_their_login(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless they say it, and behind sudo that of the person; it stands for no approval."""
    monkeypatch.delenv("OUTREACH_STAFF", raising=False)
    monkeypatch.delenv("SUDO_USER", raising=False)
    outreach(workspace, "campaigns", "pause", "spring")
    monkeypatch.setenv("SUDO_USER", "noor")
    outreach(workspace, "campaigns", "resume", "spring")
    monkeypatch.setenv("OUTREACH_STAFF", "Maria")
    outreach(workspace, *SCHEDULE[:-2])
    monkeypatch.delenv("OUTREACH_STAFF")
    assert "by name" in outreach(workspace, "campaigns", "approve", "spring").stderr
    said = json.loads(outreach(workspace, "campaigns", "show", "spring", "--json").stdout)
    assert [event["by"] for event in said["history"][-3:]] == [
        *(f"login {getpass.getuser()}", "login noor", "Maria"),
    ]


@pytest.mark.parametrize("room", [40, 60, 80, 200])
@pytest.mark.parametrize("label", ["Sending feb", "Sending " + "long-name-" * 6])
def test_a_bar_is_no_wider_than_its_terminal(label: str, room: int) -> None:
    """What failed is told as long as it can be."""
    parts = [
        "1,234,567 of 2,000,000",
        "1,027 a second",
        "0:19:12 left",
        "refused 1,203",
        "in doubt 12",
    ]
    fitted, width, text = output._fitted(label, parts, room)
    assert wcswidth(f"{fitted}  [{'#' * width}]  100%  {text}") <= room
    if room >= 72:
        assert text.endswith("refused 1,203, in doubt 12")


def test_a_history_of_many_runs_is_short_for_people(workspace: Path) -> None:
    """Decisions stand among them as they are; JSON has all."""
    for number in range(8):
        outreach(workspace, "dispatch", "spring", "--limit", "1", "--by", "Noor")
        if number == 1:
            outreach(workspace, "campaigns", "pause", "spring", "--by", "Maria")
            outreach(workspace, "campaigns", "resume", "spring", "--by", "Maria")
    shown = outreach(workspace, "campaigns", "show", "spring").stdout
    told = shown.partition("History:")[2].partition("Planned with:")[0]
    assert [told.count(words) for words in ("sending began", "sending ended", "held")] == [3, 3, 1]
    assert "5 more runs" in told
    assert "1 accepted, 15 to go" in told
    said = json.loads(outreach(workspace, "campaigns", "show", "spring", "--json").stdout)
    assert [event["what"] for event in said["history"]].count("sending ended") == 8
