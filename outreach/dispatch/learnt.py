"""What was learnt of providers, remembered over runs. The only writer of the table learnt.

Runs inside the transaction of whoever calls it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from outreach.store import Database, utc_text

#: the most bytes of substitutions for each person that SendGrid said it takes of us
SUBSTITUTION_BYTES: Final = "sendgrid.substitution_bytes"
#: for so long a number is believed; then the provider is asked anew, by doing without it
BELIEVED_FOR: Final = timedelta(days=30)


def number(db: Database, key: str, now: datetime, *, least: int = 0) -> int | None:
    """Give a number that was learnt, `least` or more; None where none was, or long ago."""
    row = db.conn.execute(
        "SELECT value FROM learnt WHERE key = ? AND learnt_at > ?",
        [key, utc_text(now - BELIEVED_FOR)],
    ).fetchone()
    if row is None or not (row[0].isascii() and row[0].isdigit()):
        return None
    return found if (found := int(row[0])) >= least else None


def remember(db: Database, key: str, value: int, now: datetime) -> None:
    """Remember a number in place of the one that was learnt before."""
    db.conn.execute(
        "INSERT INTO learnt (key, value, learnt_at) VALUES (?, ?, ?) ON CONFLICT (key)"
        " DO UPDATE SET value = excluded.value, learnt_at = excluded.learnt_at",
        [key, str(value), utc_text(now)],
    )
