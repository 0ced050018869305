"""The composition root: settings become an open workspace and a chosen transport.

Besides the faces it is the only place that reads the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from outreach.settings import Settings, find_workspace, load, workspace_from_environment
from outreach.store import Database, open_database


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace."""

    settings: Settings
    db: Database


def utc_now() -> datetime:
    """Give this moment, in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened(folder: Path | None) -> Iterator[Workspace]:
    """Open the workspace in `folder` or, without one, the nearest from here upwards.

    Raises:
        WorkspaceError: there is none.
        SettingsError: its outreach.toml is wrong.
        StoreError: its database can't be used.
    """
    named = folder or (Path(workspace_from_environment()) if workspace_from_environment() else None)
    root = named.absolute() if named is not None else find_workspace(Path.cwd())
    settings = load(root)
    db = open_database(settings.database)
    try:
        yield Workspace(settings, db)
    finally:
        db.close()
