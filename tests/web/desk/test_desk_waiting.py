"""What campaigns wait for, and drafts that are mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from desking import Staffed, words
from sqlite_utils import Database

from outreach.errors import IllegalMove, NotFound
from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.workflow import drafts
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.showing import show_campaign
from outreach.workflow.waiting import turn_of, waiting

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def workspace(spring: Path, tmp_path: Path) -> Settings:
    """A workspace from which `spring` went."""
    copytree(spring, tmp_path / "house")
    return load(tmp_path / "house", environment={})


@pytest.fixture
def db(workspace: Settings) -> Iterator[Database]:
    """Its database, with a draft made by Maria."""
    with closing(open_database(workspace.database)) as db:
        create_campaign(
            db, workspace, "autumn", template="hello", segment="everybody", by="Maria", now=NOW
        )
        yield db


def test_a_planned_campaign_waits_for_an_approval(db: Database, workspace: Settings) -> None:
    """Nobody's turn is told for what is over."""
    assert turn_of(db, "autumn", now=NOW).waits_for == "being planned"
    assert waiting(db, workspace, "Noor").approval == ()
    plan_campaign(db, workspace, "autumn", day=NOW.date(), by="Maria", now=NOW)
    assert turn_of(db, "autumn", now=NOW).waits_for == "an approval"
    assert waiting(db, workspace, "Noor").approval == ("autumn",)
    assert turn_of(db, "spring", now=NOW).waits_for == ""


def test_a_draft_is_changed_and_removed_with_its_history(db: Database, workspace: Settings) -> None:
    """What was changed stands in its history; its name is free again afterwards."""
    with pytest.raises(NotFound):
        drafts.change_campaign(db, workspace, "autumn", template="nothing", by="Maria", now=NOW)
    made = drafts.change_campaign(db, workspace, "autumn", template="hello", by="Maria", now=NOW)
    assert made.template == "hello"
    (workspace.segments_dir / "few.sql").write_text(
        "-- title: Few\n-- reason: two of them\nSELECT supporter_id FROM supporters LIMIT 2\n"
    )
    drafts.change_campaign(db, workspace, "autumn", segment="few", by="Ada", now=NOW)
    last = show_campaign(db, "autumn").history[-1]
    assert (last.by, last.what) == ("Ada", "changed")
    drafts.remove_campaign(db, "autumn")
    with pytest.raises(NotFound):
        show_campaign(db, "autumn")
    create_campaign(db, workspace, "autumn", template="hello", segment="few", by="Ada", now=NOW)
    assert [event.by for event in show_campaign(db, "autumn").history] == ["Ada"]


def test_what_was_planned_is_kept(db: Database, workspace: Settings) -> None:
    """Neither changed nor removed: people were looked at for it."""
    plan_campaign(db, workspace, "autumn", day=NOW.date(), by="Maria", now=NOW)
    with pytest.raises(IllegalMove, match="what was planned is kept"):
        drafts.remove_campaign(db, "autumn")
    with pytest.raises(IllegalMove, match="what was planned is kept"):
        drafts.change_campaign(db, workspace, "autumn", segment="everybody", by="Ada", now=NOW)


def test_one_person_has_not_all_live_counts(desk: Staffed) -> None:
    """Others get theirs; who is refused has the page that is loaded again."""
    vic, noor = desk.enter("Vic", "viewer"), desk.enter("Noor", "approver")
    with ExitStack() as open_ones:
        answers = [
            open_ones.enter_context(vic.client.stream("GET", "/campaigns/autumn/live"))
            for _ in range(7)
        ]
        assert [answer.status_code for answer in answers] == [200] * 6 + [503]
        with noor.client.stream("GET", "/campaigns/autumn/live") as answer:
            assert answer.status_code == 200


def test_what_waits_stands_on_the_first_page_and_in_the_list(desk: Staffed) -> None:
    """For whoever can do something about it."""
    noor, maria, vic = (
        desk.enter(name, role)
        for name, role in (("Noor", "approver"), ("Maria", "author"), ("Vic", "viewer"))
    )
    assert "autumn waits for your approval" in words(noor.page("/"))
    assert "What waits" not in words(vic.page("/"))
    assert "autumn planned an approval" in words(maria.page("/campaigns"))
    page = words(maria.page("/campaigns/autumn"))
    assert "Nothing leaves from the desk before somebody approves it: Noor" in page


def test_staff_are_removed_only_by_a_tick_and_the_last_admin_never(desk: Staffed) -> None:
    """A role is changed beside the name."""
    root = desk.enter("Root")
    desk.enter("Vic", "viewer")
    assert "The last admin" in root.page("/staff")
    refused = root.send("/staff", "/staff/remove", name="Vic")
    assert refused.status_code == 422
    said = root.result(root.send("/staff", "/staff/role", name="Vic", role="admin"))
    assert said == "Vic is admin now."
    done = root.send("/staff", "/staff/remove", name="Vic", sure="yes")
    assert "Removed Vic" in root.result(done)
