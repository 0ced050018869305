"""Mails that are stored and could not be understood. Writes: reply_failures.

They wait, with what stood in the way, until they are tried again. All functions that write run
inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.replies.inbox import raw_mail
from outreach.replies.mime import headers_of
from outreach.store import Database, utc_text


@dataclass(frozen=True, slots=True)
class FailedMail:
    """A mail that waits to be understood."""

    inbound_id: int
    received_at: str
    source: str
    #: as it stands in the mail, undecoded
    sender: str
    error: str
    tries: int
    failed_at: str


def note(db: Database, inbound_id: int, error: str, now: datetime) -> None:
    """Write down that a mail could not be understood, and why."""
    db.conn.execute(
        "INSERT INTO reply_failures (inbound_id, error, tries, failed_at) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (inbound_id) DO UPDATE SET error = excluded.error, tries = tries + 1,"
        " failed_at = excluded.failed_at",
        [inbound_id, error, utc_text(now)],
    )


def forget(db: Database, inbound_id: int) -> None:
    """Take a mail out of those that wait: it is understood now."""
    db.conn.execute("DELETE FROM reply_failures WHERE inbound_id = ?", [inbound_id])


def list_failed(db: Database) -> list[FailedMail]:
    """List the mails that could not be understood, oldest first."""
    rows = db.conn.execute(
        "SELECT inbound_id, received_at, source, error, tries, failed_at FROM reply_failures"
        " JOIN inbound USING (inbound_id) ORDER BY received_at, inbound_id"
    ).fetchall()
    return [
        FailedMail(number, received_at, source, _sender(db, number), error, tries, failed_at)
        for number, received_at, source, error, tries, failed_at in rows
    ]


def _sender(db: Database, inbound_id: int) -> str:
    return headers_of(raw_mail(db, inbound_id)).get("from")[:200]
