"""How far each mailbox was read, and what its server did not give. Writes: imap_cursors,
imap_skipped.

The cursor saves work and proves nothing: a mail that is fetched twice is stored once. It moves in
the transaction that stores the mails before it. All functions that write run inside the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.store import Database, utc_text


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a mailbox, by the name that the settings give it."""

    mailbox: str
    folder: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """All up to `last_uid` is stored; in the mailbox all is done up to `settled_uid`."""

    uidvalidity: int
    last_uid: int = 0
    settled_uid: int = 0


@dataclass(frozen=True, slots=True)
class SkippedMail:
    """A mail that its server did not give, and that is asked for again in each run."""

    mailbox: str
    folder: str
    uid: int
    reason: str
    tries: int
    skipped_at: str


def cursor_of(db: Database, place: Place, uidvalidity: int) -> Cursor:
    """Give how far a folder was read: nothing of it, where its server has numbered it anew."""
    row = db.conn.execute(
        "SELECT uidvalidity, last_uid, settled_uid FROM imap_cursors"
        " WHERE mailbox = ? AND folder = ?",
        [place.mailbox, place.folder],
    ).fetchone()
    if row is None or row[0] != uidvalidity:
        return Cursor(uidvalidity)
    return Cursor(*row)


def move(db: Database, place: Place, cursor: Cursor, now: datetime) -> None:
    """Write how far a folder is read; the numbers of another UIDVALIDITY are forgotten."""
    standing = db.conn.execute(
        "SELECT uidvalidity FROM imap_cursors WHERE mailbox = ? AND folder = ?",
        [place.mailbox, place.folder],
    ).fetchone()
    if standing is not None and standing[0] != cursor.uidvalidity:
        db.conn.execute(
            "DELETE FROM imap_skipped WHERE mailbox = ? AND folder = ?",
            [place.mailbox, place.folder],
        )
    db.conn.execute(
        "INSERT INTO imap_cursors (mailbox, folder, uidvalidity, last_uid, settled_uid, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (mailbox, folder) DO UPDATE SET"
        " uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid,"
        " settled_uid = excluded.settled_uid, changed_at = excluded.changed_at",
        [
            place.mailbox,
            place.folder,
            cursor.uidvalidity,
            cursor.last_uid,
            cursor.settled_uid,
            utc_text(now),
        ],
    )


def skip(db: Database, place: Place, uid: int, reason: str, now: datetime) -> bool:
    """Write down a mail that the server did not give; False where that was known."""
    (tries,) = db.conn.execute(
        "INSERT INTO imap_skipped (mailbox, folder, uid, reason, tries, skipped_at)"
        " VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (mailbox, folder, uid) DO UPDATE SET"
        " reason = excluded.reason, tries = tries + 1, skipped_at = excluded.skipped_at"
        " RETURNING tries",
        [place.mailbox, place.folder, uid, reason, utc_text(now)],
    ).fetchone()
    return bool(tries == 1)


def unskip(db: Database, place: Place, uids: Iterable[int]) -> None:
    """Forget mails that were skipped: they are here now, or the server has them no more."""
    db.conn.executemany(
        "DELETE FROM imap_skipped WHERE mailbox = ? AND folder = ? AND uid = ?",
        [(place.mailbox, place.folder, uid) for uid in uids],
    )


def skipped_in(db: Database, place: Place) -> list[int]:
    """Give the UIDs of the mails of a folder that were skipped, the hopeless ones last."""
    rows = db.conn.execute(
        "SELECT uid FROM imap_skipped WHERE mailbox = ? AND folder = ? ORDER BY tries, uid",
        [place.mailbox, place.folder],
    )
    return [uid for (uid,) in rows]


def list_skipped(db: Database) -> list[SkippedMail]:
    """List the mails that their servers did not give."""
    rows = db.conn.execute(
        "SELECT mailbox, folder, uid, reason, tries, skipped_at FROM imap_skipped"
        " ORDER BY mailbox, folder, uid"
    )
    return [SkippedMail(*row) for row in rows]
