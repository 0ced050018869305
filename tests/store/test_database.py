"""The SQLite file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.errors import DatabaseBusy, DatabaseTooNew, DatabaseUnusable
from outreach.store import atomic, create_database, open_database, signing_keys, utc_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new database's file."""
    create_database(tmp_path / "outreach.db")
    return tmp_path / "outreach.db"


def _count(db: Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM leases").fetchone()[0])


INSERT = "INSERT INTO leases VALUES (?, 'x', 'y')"


def test_a_committed_change_is_on_the_disk_whatever_happens_next(path: Path) -> None:
    """Durability is full: a commit outlives a power cut."""
    db = open_database(path)
    assert db.conn.execute("PRAGMA synchronous").fetchone() == (2,)
    assert db.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_process_killed_inside_atomic_leaves_nothing(path: Path) -> None:
    """Half a transaction is none."""
    code = (
        "import os, sys; from pathlib import Path; from outreach.store import *\n"
        "db = open_database(Path(sys.argv[1]))\n"
        "with atomic(db):\n"
        f"    db.conn.execute({INSERT!r}, ['a'])\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -9
    db = open_database(path)
    assert _count(db) == 0
    db.close()


def test_an_error_inside_atomic_undoes_all_of_it_and_an_inner_one_only_its_own(path: Path) -> None:
    """A nested block is a savepoint of the outer one."""
    db = open_database(path)
    with atomic(db):
        db.conn.execute(INSERT, ["kept"])
        with pytest.raises(RuntimeError), atomic(db):  # noqa: PT012 -- the block is the promise
            db.conn.execute(INSERT, ["undone"])
            raise RuntimeError
    with pytest.raises(RuntimeError), atomic(db):  # noqa: PT012 -- the block is the promise
        db.conn.execute(INSERT, ["undone too"])
        raise RuntimeError
    assert db.conn.execute("SELECT name FROM leases").fetchall() == [("kept",)]
    db.close()


def test_a_second_writer_is_told_to_try_again(path: Path) -> None:
    """A lock is a sentence, not a traceback."""
    one, two = open_database(path), open_database(path, busy_seconds=0.01)
    with atomic(one), pytest.raises(DatabaseBusy, match="try again"), atomic(two):
        pass
    one.close()
    two.close()


def test_a_database_from_a_newer_version_is_not_touched(path: Path) -> None:
    """An old program can't harm a new file."""
    db = open_database(path)
    db.conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES"
        " ('outreach', '9999_future', '2030-01-01')"
    )
    db.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match="9999_future"):
        open_database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever it is, it is not overwritten."""
    file = tmp_path / "outreach.db"
    file.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        open_database(file)
    assert file.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """Our tables are not made in somebody else's file."""
    file = tmp_path / "outreach.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE things (x)")
    other.close()
    with pytest.raises(DatabaseUnusable, match="not made by outreach"):
        open_database(file)


def test_a_missing_database_is_told_and_not_made(tmp_path: Path) -> None:
    """Only `init` makes one, and not in a workspace that is there."""
    with pytest.raises(DatabaseUnusable, match="restore it from a backup"):
        open_database(tmp_path / "outreach.db")
    assert not (tmp_path / "outreach.db").exists()


def test_an_empty_database_is_told_and_not_filled(tmp_path: Path, path: Path) -> None:
    """What was in it is lost: to go on with nobody on the list would hide that."""
    path.unlink()
    path.touch()
    with pytest.raises(DatabaseUnusable, match="is empty; restore it from a backup"):
        open_database(path)
    assert path.read_bytes() == b""
    assert [file.name for file in tmp_path.iterdir()] == ["outreach.db"]
    create_database(path)
    open_database(path).close()


def test_signing_keys_are_made_once(path: Path, now: datetime) -> None:
    """Tokens in mail already sent stay good."""
    db = open_database(path)
    first, keys = signing_keys(db, now)
    assert signing_keys(db, now) == (first, keys)
    assert len(first.secret) == 32
    db.close()


def test_moments_are_stored_as_utc_and_naive_ones_refused() -> None:
    """No local time gets into the database."""
    assert utc_text(datetime(2014, 2, 26, 9, 0, 5, 7, tzinfo=UTC)) == "2014-02-26T09:00:05Z"
    with pytest.raises(ValueError, match="time zone"):
        utc_text(datetime(2014, 2, 26))  # noqa: DTZ001 -- a naive one is what is refused


def test_a_full_disk_is_no_reason_for_a_backup(path: Path) -> None:
    """An older copy would have everybody written to again who was written to since."""
    db = open_database(path)
    db.conn.execute(INSERT, ["x"])
    (pages,) = db.conn.execute("PRAGMA page_count").fetchone()
    db.conn.execute(f"PRAGMA max_page_count = {pages}")
    whole = r"full.*make room.*bring no older copy back"
    with pytest.raises(DatabaseUnusable, match=whole), atomic(db):
        db.conn.execute("UPDATE leases SET holder = hex(zeroblob(500000))")
    db.close()
