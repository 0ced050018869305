"""What campaigns wait for, and drafts that are mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
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
def house(spring: Path, tmp_path: Path) -> Settings:
    """A workspace from which `spring` went."""
    copytree(spring, tmp_path / "house")
    return load(tmp_path / "house", environment={})


@pytest.fixture
def db(house: Settings) -> Iterator[Database]:
    """Its database, with a draft made by Maria."""
    with closing(open_database(house.database)) as db:
        create_campaign(
            db, house, "autumn", template="hello", segment="everybody", by="Maria", now=NOW
        )
        yield db


def test_a_planned_campaign_waits_for_an_approval(db: Database, house: Settings) -> None:
    """Nobody's turn is told for what is over."""
    assert turn_of(db, "autumn", now=NOW).waits_for == "being planned"
    assert waiting(db, house, "Noor").approval == ()
    plan_campaign(db, house, "autumn", day=NOW.date(), by="Maria", now=NOW)
    assert turn_of(db, "autumn", now=NOW).waits_for == "an approval"
    assert waiting(db, house, "Noor").approval == ("autumn",)
    assert turn_of(db, "spring", now=NOW).waits_for == ""


def test_a_draft_is_changed_and_removed_with_its_history(db: Database, house: Settings) -> None:
    """What was changed stands in its history; its name is free again afterwards."""
    with pytest.raises(NotFound):
        drafts.change_campaign(db, house, "autumn", template="nothing", by="Maria", now=NOW)
    made = drafts.change_campaign(db, house, "autumn", template="hello", by="Maria", now=NOW)
    assert made.template == "hello"
    (house.segments_dir / "few.sql").write_text(
        "-- title: Few\n-- reason: two of them\nSELECT supporter_id FROM supporters LIMIT 2\n"
    )
    drafts.change_campaign(db, house, "autumn", segment="few", by="Ada", now=NOW)
    last = show_campaign(db, "autumn").history[-1]
    assert (last.by, last.what) == ("Ada", "changed")
    drafts.remove_campaign(db, "autumn")
    with pytest.raises(NotFound):
        show_campaign(db, "autumn")
    create_campaign(db, house, "autumn", template="hello", segment="few", by="Ada", now=NOW)
    assert [event.by for event in show_campaign(db, "autumn").history] == ["Ada"]


def test_what_was_planned_is_kept(db: Database, house: Settings) -> None:
    """Neither changed nor removed: people were looked at for it."""
    plan_campaign(db, house, "autumn", day=NOW.date(), by="Maria", now=NOW)
    with pytest.raises(IllegalMove, match="what was planned is kept"):
        drafts.remove_campaign(db, "autumn")
    with pytest.raises(IllegalMove, match="what was planned is kept"):
        drafts.change_campaign(db, house, "autumn", segment="everybody", by="Ada", now=NOW)
