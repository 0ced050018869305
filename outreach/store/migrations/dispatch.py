"""The tables of dispatching at scale, and of what providers tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0006_dispatch")
def dispatch(db: Database) -> None:
    """dispatch.campaigns: campaign_history; dispatch.approvals: approvals, test_sends;
    dispatch.schedule: schedules; dispatch.pacing: paces; dispatch.learnt: learnt.

    Of deliveries, dispatch.waves writes `not_before` too.
    """
    run(
        db,
        # who made it, what it was planned with, and why nothing of it may leave now
        "ALTER TABLE campaigns ADD COLUMN created_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE campaigns ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE campaigns ADD COLUMN held_at TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE campaigns ADD COLUMN held_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE campaigns ADD COLUMN held_why TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE campaign_history (
            history_id INTEGER PRIMARY KEY,
            campaign_id INTEGER NOT NULL REFERENCES campaigns,
            happened_at TEXT NOT NULL,
            done_by TEXT NOT NULL,
            what TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX campaign_history_campaign ON campaign_history (campaign_id)",
        """
        CREATE TABLE approvals (
            approval_id INTEGER PRIMARY KEY,
            campaign_id INTEGER NOT NULL REFERENCES campaigns,
            content_hash TEXT NOT NULL,
            planned_at TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            approved_at TEXT NOT NULL,
            voided_at TEXT NOT NULL DEFAULT '',
            voided_why TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX approvals_campaign ON approvals (campaign_id)",
        """
        CREATE TABLE test_sends (
            content_hash TEXT NOT NULL,
            day TEXT NOT NULL,
            sent_at TEXT NOT NULL,
            PRIMARY KEY (content_hash, day, sent_at)
        ) STRICT, WITHOUT ROWID
        """,
        # `begins_at` and the window are wall-clock times, of `zone` or of each reader's own zone
        """
        CREATE TABLE schedules (
            campaign_id INTEGER PRIMARY KEY REFERENCES campaigns,
            begins_at TEXT NOT NULL,
            zone TEXT NOT NULL,
            each_readers_zone INTEGER NOT NULL CHECK (each_readers_zone IN (0, 1)),
            window_from TEXT NOT NULL DEFAULT '',
            window_to TEXT NOT NULL DEFAULT '',
            finish_by TEXT NOT NULL DEFAULT '',
            lateness INTEGER NOT NULL,
            scheduled_by TEXT NOT NULL,
            scheduled_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        """
        CREATE TABLE paces (
            scope TEXT NOT NULL,
            slot TEXT NOT NULL,
            used INTEGER NOT NULL,
            PRIMARY KEY (scope, slot)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE learnt (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            learnt_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # of the attempt that left last: its Date, its shape, and the digest of what it said;
        # `address_hash` stands for the address of somebody whose record was erased
        "ALTER TABLE deliveries ADD COLUMN composed_at TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE deliveries ADD COLUMN shape TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE deliveries ADD COLUMN digest BLOB NOT NULL DEFAULT x''",
        "ALTER TABLE deliveries ADD COLUMN address_hash BLOB NOT NULL DEFAULT x''",
        # what may have reached a person lately, and what became of a campaign's last letters;
        # SQLite uses them where these words stand in a WHERE
        """
        CREATE INDEX deliveries_reached ON deliveries (supporter_id, changed_at)
            WHERE state IN ('claimed', 'accepted', 'in_doubt')
        """,
        """
        CREATE INDEX deliveries_handled ON deliveries (campaign_id, changed_at)
            WHERE state IN ('accepted', 'refused')
        """,
        "CREATE INDEX deliveries_in_doubt ON deliveries (campaign_id) WHERE state = 'in_doubt'",
    )


@migrations(name="0007_tracking")
def tracking(db: Database) -> None:
    """tracking.journal: provider_bodies, provider_events. `raw` is compressed by zlib."""
    run(
        db,
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
    )
