"""Open the file with the right pragmas, apply migrations, and run transactions.

Durability is full (`synchronous=FULL` in WAL mode): what was committed survives a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlite_utils import Database as Database

from outreach.errors import DatabaseBusy, DatabaseTooNew, DatabaseUnusable, StoreError
from outreach.store.migrations import migrations

#: how long a writer waits for another before DatabaseBusy
BUSY_SECONDS: Final = 10.0
#: STRICT tables need it
LEAST_SQLITE: Final = (3, 37, 0)
#: of the file that is kept in memory
CACHE_KB: Final = 32_000
#: enough for work that goes through the tables in their own order
SMALL_CACHE_KB: Final = 4_000
#: "ORch" in the file's header: tells our files from any other SQLite file
APPLICATION_ID: Final = 0x4F526368
#: SQLite's steps between two looks for Ctrl-C: some thousandths of a second
_STEPS: Final = 100_000
_LOST: Final = "restore it from a backup, or make a new workspace in another folder"


def create_database(path: Path) -> None:
    """Make an empty database at `path`; a database that is there already is brought up to date.

    Raises:
        DatabaseUnusable: the file can't be made or is no database of ours.
    """
    _open(path, create=True).close()


def open_database(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open an existing database and bring its tables up to date.

    Raises:
        DatabaseUnusable: there is no file, it is no database of ours, damaged or not writable.
        DatabaseTooNew: a newer version of this program wrote it. The file is not touched.
        DatabaseBusy: a migration is due and another process is writing.
    """
    return _open(path, create=False, busy_seconds=busy_seconds)


def _open(path: Path, *, create: bool, busy_seconds: float = BUSY_SECONDS) -> Database:
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        raise DatabaseUnusable(
            f"this Python's SQLite is {sqlite3.sqlite_version}, but 3.37 or newer is needed",
            next_step="use a newer Python",
        )
    if not create and not path.is_file():
        raise DatabaseUnusable(
            "there is no database",
            file=path,
            next_step=_LOST,
        )
    with translated(path):
        if create:
            # what SQLite puts beside it has the same rights; there is more than addresses in it
            with suppress(OSError):
                path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
        try:
            return _prepared(connection, path, create=create)
        except BaseException:
            connection.close()
            raise


def _prepared(connection: sqlite3.Connection, path: Path, *, create: bool) -> Database:
    db = Database(connection)
    _refuse_foreign(connection, path, create=create)
    _refuse_newer(db, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # what is deleted is overwritten; many builds of SQLite do so anyway
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    if migrations.pending(db):
        with atomic(db):
            migrations.apply(db)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    return db


def _refuse_foreign(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id == APPLICATION_ID:
        return
    if tables:
        raise DatabaseUnusable("this SQLite file was not made by outreach", file=path)
    if not create:
        raise DatabaseUnusable(
            "this database is empty",
            file=path,
            next_step=_LOST,
        )


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.name for migration in migrations._migrations}
    newer = [m.name for m in migrations.applied(db) if m.name not in known]
    if newer:
        raise DatabaseTooNew(
            "the database was written by a newer version", file=path, value=newer[-1]
        )


@contextmanager
def atomic(db: Database) -> Iterator[None]:
    """Make everything inside one transaction: all of it is committed at the end, or nothing.

    The write lock is taken at the start, so what is read inside stays true until the commit.
    Inside another `atomic` it is a savepoint of that one.

    Raises:
        DatabaseBusy: another process kept the lock for longer than the busy time.
        DatabaseUnusable: the file can't be written, or the disk is full.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield
        return
    with translated(None):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.conn.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise


@contextmanager
def waiting(db: Database, seconds: float) -> Iterator[None]:
    """Have writers inside wait so many `seconds` for others, whatever the file was opened with.

    With 0 they don't wait at all: for what may as well be left out while somebody else writes.
    """
    (before,) = db.conn.execute("PRAGMA busy_timeout").fetchone()
    db.conn.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {before}")


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Read everything inside as it stood at the first look, whatever others write meanwhile.

    Nobody waits for it. Inside a transaction it is that one.
    """
    if db.conn.in_transaction:
        yield
        return
    with translated(None):
        db.conn.execute("BEGIN")
        try:
            yield
        finally:
            db.conn.execute("ROLLBACK")


@contextmanager
def small_cache(db: Database) -> Iterator[None]:
    """Keep little of the file in memory, for long work that goes through it in its order."""
    db.conn.execute(f"PRAGMA cache_size = -{SMALL_CACHE_KB}")
    try:
        yield
    finally:
        # not where the connection is closed: what led there matters more
        with suppress(sqlite3.ProgrammingError):
            db.conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")


@contextmanager
def interruptible(db: Database) -> Iterator[None]:
    """Let Ctrl-C stop a long statement: Python notices it only when some Python code runs."""
    db.conn.set_progress_handler(lambda: 0, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from error
        raise
    finally:
        db.conn.set_progress_handler(None, 0)


#: SQLite's primary result codes -> our error; every other operational error is StoreError
_MEANINGS: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (DatabaseBusy, "another command is writing to the database"),
    sqlite3.SQLITE_LOCKED: (DatabaseBusy, "another command is writing to the database"),
    sqlite3.SQLITE_NOTADB: (DatabaseUnusable, "this file is not a database"),
    sqlite3.SQLITE_CORRUPT: (DatabaseUnusable, "the database is damaged"),
    sqlite3.SQLITE_FULL: (DatabaseUnusable, "the disk is full"),
    sqlite3.SQLITE_READONLY: (DatabaseUnusable, "the database may not be written"),
    sqlite3.SQLITE_CANTOPEN: (DatabaseUnusable, "the database can't be opened"),
    sqlite3.SQLITE_PERM: (DatabaseUnusable, "the database may not be opened"),
    sqlite3.SQLITE_IOERR: (DatabaseUnusable, "the disk gave an error"),
}
#: what to do, where that isn't what the error's class says
_NEXT_STEPS: Final[dict[int, str]] = {
    # an older copy would have everybody written to again who was written to since
    sqlite3.SQLITE_FULL: (
        "make room and run the command again; the database is whole, so bring no older copy back:"
        " it wouldn't know who has been written to since"
    ),
    sqlite3.SQLITE_READONLY: "check the rights of the file and of its folder",
    sqlite3.SQLITE_PERM: "check the rights of the file and of its folder",
}


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors about the file into ours; errors about SQL are bugs and pass."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _MEANINGS:
            raise
        cls, problem = _MEANINGS[code]
        raise cls(problem, file=path, next_step=_NEXT_STEPS.get(code)) from error
