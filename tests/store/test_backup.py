"""A backup is made while others write, and is its owner's alone."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from outreach.errors import AlreadyExists
from outreach.store import atomic, create_database, open_database
from outreach.store.backup import back_up


def test_it_is_whole_and_nobody_elses(tmp_path: Path) -> None:
    """Somebody is in the midst of a change, which the copy does not have."""
    path, copy = tmp_path / "outreach.db", tmp_path / "copy.db"
    create_database(path)
    with (
        closing(open_database(path)) as db,
        closing(open_database(path)) as other,
        atomic(other),
    ):
        other.conn.execute("CREATE TABLE half (x)")
        assert back_up(db, copy) == copy.stat().st_size
    with closing(open_database(copy)) as found:
        assert "half" not in found.table_names()
        assert found.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for file in (path, copy):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.glob(".*")) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """An older backup stays."""
    copy = tmp_path / "copy.db"
    copy.write_text("older")
    create_database(tmp_path / "outreach.db")
    with closing(open_database(tmp_path / "outreach.db")) as db, pytest.raises(AlreadyExists):
        back_up(db, copy)
    assert copy.read_text() == "older"
