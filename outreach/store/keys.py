"""The keys that sign tokens. Writes the table `signing_keys`.

They are made with the workspace and live in its database, because links in sent messages must
work for years, also after a move to another machine, and whoever can read this file can already
read what the tokens protect.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from outreach.store.clock import utc_text
from outreach.store.database import atomic
from outreach.tokens import SigningKey


def signing_keys(db: Database, now: datetime) -> tuple[SigningKey, Mapping[int, SigningKey]]:
    """Give the key to sign with (the newest) and all keys to read with; make the first if none."""
    keys = stored_keys(db)
    if not keys:
        with atomic(db):
            db.conn.execute(
                "INSERT OR IGNORE INTO signing_keys (key_id, secret, created_at) VALUES (1, ?, ?)",
                [secrets.token_bytes(32), utc_text(now)],
            )
        keys = stored_keys(db)
    return keys[max(keys)], keys


def stored_keys(db: Database) -> Mapping[int, SigningKey]:
    """Give all keys to read with, by their id; none where none was needed yet."""
    rows = db.conn.execute("SELECT key_id, secret FROM signing_keys")
    return {key_id: SigningKey(key_id, secret) for key_id, secret in rows}
