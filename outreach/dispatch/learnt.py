"""What was learnt of providers, remembered over runs. The only writer of the table learnt.

Runs inside the transaction of whoever calls it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach.store import Database, utc_text

#: the most bytes of substitutions for each person that SendGrid said it takes of us
SUBSTITUTION_BYTES: Final = "sendgrid.substitution_bytes"


def number(db: Database, key: str) -> int | None:
    """Give a number that was learnt; None where nothing was."""
    row = db.conn.execute("SELECT value FROM learnt WHERE key = ?", [key]).fetchone()
    return int(row[0]) if row and row[0].isascii() and row[0].isdigit() else None


def remember(db: Database, key: str, value: int, now: datetime) -> None:
    """Remember a number in place of the one that was learnt before."""
    db.conn.execute(
        "INSERT INTO learnt (key, value, learnt_at) VALUES (?, ?, ?) ON CONFLICT (key)"
        " DO UPDATE SET value = excluded.value, learnt_at = excluded.learnt_at",
        [key, str(value), utc_text(now)],
    )
