"""The table by which a database that was put back from a backup is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0009_marks")
def marks(db: Database) -> None:
    """dispatch.mark: newest_claim. It has one row."""
    run(
        db,
        """
        CREATE TABLE newest_claim (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            number INTEGER NOT NULL,
            claimed_at TEXT NOT NULL
        ) STRICT
        """,
        "INSERT INTO newest_claim VALUES (1, 0, '')",
    )
