"""Sending from the desk: by a process of its own, only what is approved, and nobody twice."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from desking import Browser, Staffed, words
from serving import until

from outreach.cli import main
from outreach.dispatch import lease
from outreach.dispatch.plan import lease_name
from outreach.dispatch.status import CampaignState
from outreach.store import atomic
from outreach.web.desk import apart
from outreach.workflow.campaigns import campaign_status
from outreach.workflow.showing import show_campaign

AUTUMN = "/campaigns/autumn"


def _approved(desk: Staffed) -> tuple[Browser, Browser]:
    maria, noor = desk.enter("Maria", "author"), desk.enter("Noor", "approver")
    maria.send(AUTUMN, f"{AUTUMN}/test", **{"as": "p1@example.org", "to": "me@house.example"})
    assert noor.result(noor.send(AUTUMN, f"{AUTUMN}/approve")) == "Approved for 23 readers."
    return maria, noor


def _letters(desk: Staffed) -> int:
    return len(list(desk.settings.outbox_dir.glob("new/[0-9]*.eml")))


def test_what_is_approved_is_sent_at_once(desk: Staffed) -> None:
    """The page says what will leave, and then what left, by whose word; once for each form."""
    maria, _ = _approved(desk)
    assert "23 letters leave through outbox. Approved by Noor ." in words(maria.page(AUTUMN))
    form = maria.form(AUTUMN, f"{AUTUMN}/send")
    sent = maria.post(f"{AUTUMN}/send", form)
    assert sent.headers["location"].startswith(f"{AUTUMN}/progress?")
    assert maria.result(sent).startswith(("Sending has begun: 23 letters", "Sent through outbox"))
    until(lambda: campaign_status(desk.db, "autumn").state is CampaignState.COMPLETE)
    assert _letters(desk) == 23
    again = maria.post(f"{AUTUMN}/send", form)
    assert "had sent this form already" in words(maria.page(again.headers["location"]))
    assert _letters(desk) == 23
    history = [(event.by, event.what) for event in show_campaign(desk.db, "autumn").history]
    assert history[-3:] == [
        ("Maria", "sending began"),
        ("Maria", "sending ended"),
        ("outreach", "complete"),
    ]


def test_what_nobody_approved_is_not_sent(desk: Staffed) -> None:
    """However few it goes to: also where the page was made before the approval ended."""
    maria, _ = _approved(desk)
    form = maria.form(AUTUMN, f"{AUTUMN}/send")
    maria.send(AUTUMN, f"{AUTUMN}/plan", day="2014-02-27")
    assert "nobody has approved autumn as it is planned" in maria.page(AUTUMN)
    refused = maria.post(f"{AUTUMN}/send", form)
    assert refused.status_code == 409
    assert _letters(desk) == 0


def test_who_may_not_prepare_may_not_send(desk: Staffed) -> None:
    """An approver stands for it; somebody else lets it go."""
    maria, noor = _approved(desk)
    assert f'action="{AUTUMN}/send"' not in noor.page(AUTUMN)
    form = noor.form(AUTUMN, f"{AUTUMN}/pause")
    assert noor.post(f"{AUTUMN}/send", form).status_code == 403
    maria.send(AUTUMN, f"{AUTUMN}/pause", why="wait")
    assert "is held since" in maria.page(AUTUMN)
    assert f'action="{AUTUMN}/send"' not in maria.page(AUTUMN)


def test_two_who_press_at_once_send_everything_once(desk: Staffed) -> None:
    """Of two runs one has the lease; the other is told so, or finds nothing left."""
    maria, _ = _approved(desk)
    amina = desk.enter("Amina", "author")
    forms = [(who, who.form(AUTUMN, f"{AUTUMN}/send")) for who in (maria, amina)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].post(f"{AUTUMN}/send", one[1]), forms))
    assert {answer.status_code for answer in answers} <= {303, 409}
    until(lambda: campaign_status(desk.db, "autumn").state is CampaignState.COMPLETE)
    assert _letters(desk) == 23


def test_while_another_sends_nothing_is_started(desk: Staffed) -> None:
    """It is said who is at it."""
    maria, _ = _approved(desk)
    form = maria.form(AUTUMN, f"{AUTUMN}/send")
    campaign = show_campaign(desk.db, "autumn").campaign
    with atomic(desk.db):
        lease.take(desk.db, lease_name(campaign), lease.new_holder(), datetime.now(UTC))
    refused = maria.post(f"{AUTUMN}/send", form)
    assert refused.status_code == 409
    assert "being sent at this moment" in refused.text


def test_what_is_not_due_yet_waits(desk: Staffed) -> None:
    """A schedule counts for whoever presses the button too."""
    maria, _ = _approved(desk)
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    asked = f"{AUTUMN}/schedule?at={later}&zone=Europe/London"
    maria.post(f"{AUTUMN}/schedule", maria.form(asked, f"{AUTUMN}/schedule"))
    page = words(maria.page(AUTUMN))
    assert "Not at this moment: nothing of it is due yet: by its schedule" in page


def test_what_keeps_it_from_beginning_is_said(desk: Staffed) -> None:
    """Such as a folder that can't be written to: nothing left, and the form may be sent again."""
    maria, _ = _approved(desk)
    new = desk.settings.outbox_dir / "new"
    shutil.rmtree(new)
    new.write_text("no folder")
    form = maria.form(AUTUMN, f"{AUTUMN}/send")
    refused = maria.post(f"{AUTUMN}/send", form)
    assert refused.status_code == 409, maria.result(refused)
    assert "it broke off: Error: " in words(refused.text)
    new.unlink()
    new.mkdir()
    maria.result(maria.post(f"{AUTUMN}/send", form))
    until(lambda: campaign_status(desk.db, "autumn").state is CampaignState.COMPLETE)
    assert _letters(desk) == 23


def test_the_command_sends_nothing_that_lost_its_approval(desk: Staffed) -> None:
    """Whatever the page had seen: it asks once more, and nothing of it stands in the history."""
    run = CliRunner().invoke(
        main, ["--workspace", str(desk.settings.root), "dispatch", "autumn", "--approved"]
    )
    assert "nobody has approved autumn as it is planned" in run.stderr
    assert _letters(desk) == 0
    assert [event.what for event in show_campaign(desk.db, "autumn").history] == ["made", "planned"]


def _before_ours(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, code: str) -> None:
    """Have what is started apart meet a module of this name before any other."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


def test_a_program_that_is_broken_sent_nothing(
    desk: Staffed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the midst of an upgrade: Python's own exit code is no word of ours."""
    maria, _ = _approved(desk)
    _before_ours(monkeypatch, tmp_path / "broken", "click", "raise RuntimeError('secret')")
    admin = desk.enter("Wim")
    for who, action, form in (
        (maria, f"{AUTUMN}/send", maria.form(AUTUMN, f"{AUTUMN}/send")),
        (admin, "/followups/letters", admin.form("/campaigns", "/campaigns")),
    ):
        refused = who.post(action, form)
        assert refused.status_code == 409
        assert "it broke off, and this program can't say why" in words(refused.text)
        assert "secret" not in refused.text
    assert [act[3] for act in desk.acts()[-4:]] == ["asked", "refused"] * 2
    assert _letters(desk) == 0


def test_what_lies_in_the_workspace_is_not_run(desk: Staffed) -> None:
    """A script may be called as a module of Python's is, and a folder as we are."""
    root = desk.settings.root
    (root / "outreach").mkdir()
    for file in ("csv.py", "outreach/__init__.py"):
        (root / file).write_text("open('OWNED', 'w').close()\nraise SystemExit('hijacked')\n")
    maria, _ = _approved(desk)
    maria.result(maria.send(AUTUMN, f"{AUTUMN}/send"))
    until(lambda: campaign_status(desk.db, "autumn").state is CampaignState.COMPLETE)
    assert not (root / "OWNED").exists()


def test_nobody_waits_for_what_others_start(
    desk: Staffed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slowly it begins, and however many press."""
    people = [
        _approved(desk)[0],
        *(desk.enter(name, "author") for name in ("Bo", "Cy", "Di", "Ed")),
    ]
    begun = tmp_path / "begun"
    begun.mkdir()
    slow = f"""
import os, pathlib, time
begun = pathlib.Path({str(begun)!r})
(begun / str(os.getpid())).touch()
while not (begun / "go").exists():
    time.sleep(0.05)
"""
    _before_ours(monkeypatch, tmp_path / "slow", "sitecustomize", slow)
    forms = [(who, who.form(AUTUMN, f"{AUTUMN}/send")) for who in people]
    looks = desk.enter("Vic", "viewer")
    with ThreadPoolExecutor(5) as pool:
        pressed = [pool.submit(who.post, f"{AUTUMN}/send", form) for who, form in forms]
        until(lambda: len(list(begun.iterdir())) == 4)
        for page in ("/campaigns", AUTUMN, f"{AUTUMN}/progress", "/keys"):
            looks.page(page)
        assert not any(each.done() for each in pressed)
        (begun / "go").touch()
        assert {each.result().status_code for each in pressed} <= {303, 409}
    until(lambda: campaign_status(desk.db, "autumn").state is CampaignState.COMPLETE)
    assert _letters(desk) == 23


def test_a_relative_workspace_is_found(desk: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started stands in it already."""
    root = desk.settings.root
    monkeypatch.chdir(root.parent)
    settings = replace(desk.settings, root=Path(root.name))
    with apart.started(settings, "campaigns", "list") as run:
        assert run.wait(60, until=lambda: False) == 0
        assert any("autumn" in line for line in run.said())
        assert run.complained() == []


def test_what_is_read_meanwhile_loses_nothing(desk: Staffed) -> None:
    """A command writes where the last word ended, whoever has looked since."""
    with apart.started(desk.settings, "campaigns", "list", "--json") as run:
        run.wait(60, until=lambda: bool(run.said()) and False)
        assert run.said()[0] == "["
        assert run.said()[-1] == "]"
