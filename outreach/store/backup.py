"""Copy the database while others work with it (https://www.sqlite.org/backup.html)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from outreach.errors import AlreadyExists, InputError
from outreach.store.database import Database, translated


def back_up(db: Database, path: Path) -> int:
    """Write all of the database, as it is at one moment, into a new file; give its size in bytes.

    Nobody has to stop for it. The file is its owner's alone. If it breaks off, there is no file.

    Raises:
        AlreadyExists: there is something of that name.
        InputError: the file can't be written.
        StoreError: the database can't be read, or the disk is full.
    """
    if path.exists():
        raise AlreadyExists("there is a file of this name already", file=path)
    begun = path.with_name(f".{path.name}.part")
    try:
        begun.unlink(missing_ok=True)
        begun.touch(mode=0o600)
        with translated(path), closing(sqlite3.connect(begun)) as copy:
            db.conn.backup(copy)
        begun.replace(path)
    except OSError as error:
        raise InputError(
            f"the backup can't be written: {error.strerror}",
            file=path,
            next_step="choose another place",
        ) from error
    finally:
        begun.unlink(missing_ok=True)
    return path.stat().st_size
