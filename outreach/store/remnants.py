"""See that what was deleted is nowhere in the database's files any more.

What is deleted is overwritten where it stood (`PRAGMA secure_delete`), but stays in the write-ahead
log until that is written back and cut off, and may stay where an older program or another build of
SQLite left a copy. So the log is cut, the file is searched, and only where something is found all
of it is written anew (`VACUUM`, https://sqlite.org/lang_vacuum.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outreach.store.database import Database

#: read at once
_CHUNK: Final = 1 << 22
#: of SQLite's page, and of the words that are searched: what stands on two chunks is found too
_OVERLAP: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Swept:
    """What is left in the files."""

    #: the write-ahead log could be cut off: nobody was reading from it
    log_is_cut: bool
    #: whether all of the file was written anew
    rebuilt: bool
    #: how many of the words that were searched still stand somewhere
    found: int


def sweep(db: Database, words: Sequence[str], *, rebuild: bool = False) -> Swept:
    """Cut the log and search the files for words in any ASCII case; outside of any transaction.

    With `rebuild`, or where one is found, the file is written anew, for which everybody who writes
    waits: a million people take some seconds, and as much room on the disk as the file has. Where
    it can't be, as others are at work, nothing is lost. Safe to call again.
    """
    path = _path(db)
    needles = [word.lower().encode() for word in words if word]
    cut = _cut_log(db)
    found = _count(path, needles)
    rebuilt = (bool(found) or rebuild) and _rebuilt(db)
    if rebuilt:
        cut = _cut_log(db)
        found = _count(path, needles)
    return Swept(cut, rebuilt, found)


def _path(db: Database) -> Path:
    (path,) = (row[2] for row in db.conn.execute("PRAGMA database_list") if row[1] == "main")
    return Path(path)


def _cut_log(db: Database) -> bool:
    try:
        (busy, _, _) = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy


def _rebuilt(db: Database) -> bool:
    try:
        # the copy is made on the disk, in a file that has no name: in memory it may be too large
        db.conn.execute("PRAGMA temp_store = DEFAULT")
        db.conn.execute("VACUUM")
    # others read or write, or there is no room
    except sqlite3.OperationalError:
        return False
    return True


def _count(path: Path, needles: Sequence[bytes]) -> int:
    """Count the needles that stand in the file or in its log."""
    left = set(needles)
    for file in (path, path.with_name(path.name + "-wal")):
        if file.exists():
            for chunk in _chunks(file):
                left -= {needle for needle in left if needle in chunk}
    return len(set(needles) - left)


def _chunks(file: Path) -> Iterator[bytes]:
    tail = b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            folded = tail + chunk.lower()
            yield folded
            tail = folded[-_OVERLAP:]
