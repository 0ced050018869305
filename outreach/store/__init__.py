"""The one SQLite file: open it, bring it up to date, and change it in whole transactions.

Every other room gets the open `Database` as an argument. Each table has one writer, named in its
room's docstring; anyone may read. All times in the database are UTC, ISO 8601 to the second.
"""

from outreach.store.clock import utc_text
from outreach.store.database import (
    Database,
    atomic,
    create_database,
    interruptible,
    open_database,
    small_cache,
    snapshot,
    waiting,
)
from outreach.store.keys import signing_keys, stored_keys

__all__ = [
    "Database",
    "atomic",
    "create_database",
    "interruptible",
    "open_database",
    "signing_keys",
    "small_cache",
    "snapshot",
    "stored_keys",
    "utc_text",
    "waiting",
]
