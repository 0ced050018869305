"""What the tests of the desk share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desking import Staffed
from serving import served

from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.web.bounds import Bounds
from outreach.web.desk.app import desk_app
from outreach.workflow.campaigns import create_campaign, plan_campaign

#: a process may take long to begin where many tests run
BOUNDS = Bounds(busy_seconds=0.2, begin_seconds=20)


@pytest.fixture(scope="session")
def planned(spring: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace from which `spring` went, and in which `autumn` is planned; it is copied."""
    root = tmp_path_factory.mktemp("planned") / "workspace"
    shutil.copytree(spring, root)
    settings = load(root, environment={})
    now = datetime.now(UTC)
    with closing(open_database(settings.database)) as db:
        create_campaign(
            db, settings, "autumn", template="hello", segment="everybody", by="Maria", now=now
        )
        plan_campaign(db, settings, "autumn", day=now.date(), by="Maria", now=now)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return root


@pytest.fixture
def house(planned: Path, tmp_path: Path) -> Settings:
    """The settings of a copy of it."""
    shutil.copytree(planned, tmp_path / "house")
    return load(tmp_path / "house", environment={})


@pytest.fixture
def desk(house: Settings) -> Iterator[Staffed]:
    """It, served."""
    with (
        closing(open_database(house.database)) as db,
        served(desk_app(house, BOUNDS)) as at,
        closing(Staffed(db, house, at)) as desk,
    ):
        yield desk
