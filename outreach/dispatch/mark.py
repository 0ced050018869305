"""The mark beside the database, by which one that was put back from a backup is known.

The database counts the batches that were claimed; before the first letter of one leaves us, the
file `outreach.db.mark` says the same number. So a database with a lower number than its mark
doesn't know of letters that left. It stays so until somebody stands for it. The mark is written
after the commit, so neither a kill nor a power cut makes it the newer one, and it needs no fsync:
what a power cut takes of it is some seconds. Where there is none, nothing can be known.

The only writer of the table newest_claim. The file is written outside transactions.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from outreach.errors import DatabaseOlder
from outreach.store import Database, utc_text

#: of one length, so that one is written over another at once
_LINE: Final = "{:018d} {:20}\n"
_READ: Final = re.compile(rb"([0-9]{18}) ([0-9TZ:-]{20})\n")
_LENGTH: Final = 40
_NEXT: Final = (
    "look in the log of the mail service for what left since, `outreach campaigns cancel NAME` what"
    " must not go again, and then `outreach campaigns restored --by WHO`"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far dispatching has come."""

    #: batches that were claimed, ever
    number: int
    #: UTC, when the last one was; '' where there was none, for people to read only
    claimed_at: str


def advance(db: Database, now: datetime) -> None:
    """Count a batch that is claimed, in its own transaction; `leave` must follow its commit."""
    db.conn.execute("UPDATE newest_claim SET number = number + 1, claimed_at = ?", [utc_text(now)])


def leave(db: Database) -> None:
    """Write the mark, before a letter leaves. Nothing where that can't be; never a lower one."""
    file, here = _file(db), _here(db)
    if file is None:
        return
    with suppress(OSError):
        mark = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            beside = _parsed(os.pread(mark, _LENGTH, 0))
            if beside is None or beside.number < here.number:
                os.pwrite(mark, _LINE.format(here.number, here.claimed_at).encode("ascii"), 0)
        finally:
            os.close(mark)


def newer_than(db: Database) -> tuple[Mark, Mark] | None:
    """Give how far the database is, and its mark, where that is the newer one; else None."""
    # the file first: whoever claims now commits before the mark is written
    file = _file(db)
    beside = None
    with suppress(OSError):
        beside = _parsed(file.read_bytes()) if file else None
    here = _here(db)
    return (here, beside) if beside is not None and here.number < beside.number else None


def older(db: Database) -> DatabaseOlder | None:
    """Give what is to be said where the database is older than its mark; None where it isn't."""
    found = newer_than(db)
    if found is None:
        return None
    here, beside = found
    since = f"since {here.claimed_at}" if here.claimed_at else "at all"
    return DatabaseOlder(
        f"an older database was put back: it knows of nothing sent {since}, but letters left until"
        f" {beside.claimed_at} at least, so some people may have theirs already",
        next_step=_NEXT,
    )


def refuse_if_older(db: Database) -> None:
    """See that the database knows of all letters that left.

    Raises:
        DatabaseOlder: it is older than its mark, and nobody stands for it yet.
    """
    if error := older(db):
        raise error


def believe(db: Database, beside: Mark) -> None:
    """Take the database for as new as the mark `beside` it, inside the caller's transaction."""
    db.conn.execute(
        "UPDATE newest_claim SET number = ?, claimed_at = ? WHERE number < ?",
        [beside.number, beside.claimed_at, beside.number],
    )


def _here(db: Database) -> Mark:
    return Mark(*db.conn.execute("SELECT number, claimed_at FROM newest_claim").fetchone())


def _parsed(line: bytes) -> Mark | None:
    """Read a mark; None where it is damaged."""
    found = _READ.match(line)
    return Mark(int(found[1]), found[2].decode("ascii")) if found else None


def _file(db: Database) -> Path | None:
    """Give where the mark is; None for a database in memory."""
    for _, name, path in db.conn.execute("PRAGMA database_list"):
        if name == "main" and path:
            return Path(f"{path}.mark")
    return None
