"""A queue that was there before due times were kept: nobody in it is forgotten."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from outreach.store.migrations import migrations


def test_whoever_waited_goes_on_waiting() -> None:
    """What was new is due a day after it came; who had an answer waits for nothing."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    for migration in migrations._migrations:
        if migration.name == "0012_queue":
            db.conn.execute(
                "INSERT INTO followups (stage, opened_at) VALUES ('new', '2014-02-26T09:00:00Z'),"
                " ('contacted', '2014-02-26T09:00:00Z')"
            )
        migration.fn(db)
    rows = db.conn.execute("SELECT stage, waiting_since, due_at, certainty FROM followups")
    assert rows.fetchall() == [
        ("new", "2014-02-26T09:00:00Z", "2014-02-27T09:00:00Z", 1.0),
        ("contacted", "", "", 1.0),
    ]
    db.close()
