"""The tables of what providers tell: the migrations that go on from `store.migrations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations import migrations as migrations

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0007_tracking")
def tracking(db: Database) -> None:
    """tracking.journal: provider_bodies, provider_events. `raw` is compressed by zlib."""
    for statement in (
        # as it came, less the opens and clicks of people who didn't say that they may be tracked;
        # `body_key` is SHA-256 of all that came
        """
        CREATE TABLE provider_bodies (
            body_id INTEGER PRIMARY KEY,
            body_key BLOB NOT NULL UNIQUE,
            provider TEXT NOT NULL,
            source TEXT NOT NULL,
            signed INTEGER NOT NULL CHECK (signed IN (0, 1)),
            received_at TEXT NOT NULL,
            understood_at TEXT NOT NULL DEFAULT '',
            raw BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE INDEX provider_bodies_waiting ON provider_bodies (body_id)
            WHERE understood_at = ''
        """,
        # `attempt` is the number of a delivery's attempt, 0 where nothing proves which
        """
        CREATE TABLE provider_events (
            event_id INTEGER PRIMARY KEY,
            event_key TEXT NOT NULL UNIQUE,
            body_id INTEGER NOT NULL REFERENCES provider_bodies,
            provider TEXT NOT NULL,
            kind TEXT NOT NULL,
            bounce TEXT NOT NULL DEFAULT '',
            refusal TEXT NOT NULL DEFAULT '',
            delivery_id INTEGER REFERENCES deliveries ON DELETE SET NULL,
            attempt INTEGER NOT NULL DEFAULT 0,
            supporter_id INTEGER REFERENCES supporters ON DELETE SET NULL,
            provider_id TEXT NOT NULL DEFAULT '',
            occurred_at TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX provider_events_delivery ON provider_events (delivery_id)",
        "CREATE INDEX provider_events_supporter ON provider_events (supporter_id)",
        "CREATE INDEX provider_events_body ON provider_events (body_id)",
    ):
        db.conn.execute(statement)
