"""What people put right of what was understood of a mail. Writes: reply_corrections.

A field that was put right once is never overwritten by a later understanding of the same mail.
"""

from __future__ import annotations

from datetime import datetime

from outreach.store import Database, utc_text


def note(
    db: Database, inbound_id: int, field: str, old: str, new: str, by: str, now: datetime
) -> None:
    """Write down who put what right. Runs inside the caller's transaction."""
    db.conn.execute(
        "INSERT INTO reply_corrections (inbound_id, field, old, new, corrected_by, corrected_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [inbound_id, field, old, new, by, utc_text(now)],
    )


def fields_of(db: Database, inbound_id: int) -> frozenset[str]:
    """Give the fields of a mail that somebody put right."""
    rows = db.conn.execute(
        "SELECT DISTINCT field FROM reply_corrections WHERE inbound_id = ?", [inbound_id]
    )
    return frozenset(field for (field,) in rows)
