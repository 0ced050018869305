"""What tests in every room share: a workspace, its database, a fixed moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import hypothesis
import pytest
from sqlite_utils import Database

from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.workflow.workspace import create_workspace

# so that tests can import their own stand-in servers
sys.path.insert(0, str(Path(__file__).parent))


# machines that run tests are shared: how long an example takes says nothing
hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")


#: that of the run, before any command
_UMASK: Final = os.umask(0)
os.umask(_UMASK)


@pytest.fixture(autouse=True)
def _same_umask() -> None:
    """A command sets it for its process, which here is that of all tests."""
    os.umask(_UMASK)


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen."""
    return datetime(2014, 2, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A new workspace's settings."""
    create_workspace(tmp_path / "workspace")
    return load(tmp_path / "workspace", environment={})


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    """The workspace's open database."""
    database = open_database(settings.database)
    yield database
    database.close()
