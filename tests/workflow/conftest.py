"""What tests of workflow share: a planned campaign, and somebody who has everything there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import erasable
import pytest
from campaigning import Desk
from erasable import World
from sqlite_utils import Database

from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.workflow.workspace import create_workspace


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> World:
    """It is copied, never used."""
    folder = tmp_path_factory.mktemp("erasable")
    create_workspace(folder / "workspace")
    settings = load(folder / "workspace", environment={})
    with closing(open_database(settings.database)) as db:
        return erasable.everything(db, settings, folder)


@pytest.fixture
def world(original: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, in which Aminatou has everything."""
    shutil.copytree(original.settings.root, tmp_path / "copy")
    settings = load(tmp_path / "copy", environment={})
    with closing(open_database(settings.database)) as db:
        yield replace(original, db=db, settings=settings)


@pytest.fixture
def desk(db: Database, settings: Settings) -> Desk:
    """The desk, at nine in the morning, with a campaign to 23 people that is planned."""
    desk = Desk(db, settings)
    desk.write()
    desk.create()
    desk.plan()
    return desk
