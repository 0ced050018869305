"""What tests of erasing share: a workspace in which somebody has everything, made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import erasable
import pytest
from erasable import World

from outreach.settings import load
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
