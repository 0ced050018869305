"""The tables, as migrations in order. A migration that has landed is never edited: add another.

Each says which module writes which of its tables; anyone may read. They go on in
`tracking_tables`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations: Final = Migrations("outreach")


@migrations(name="0001_supporters")
def supporters(db: Database) -> None:
    """store.keys: signing_keys; supporters.roll and supporters.staging: supporters;
    supporters.staging: imports; supporters.consent: suppressions.
    """
    _run(
        db,
        """
        CREATE TABLE signing_keys (
            key_id INTEGER PRIMARY KEY,
            secret BLOB NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE imports (
            import_id INTEGER PRIMARY KEY,
            file_name TEXT NOT NULL,
            source TEXT NOT NULL,
            imported_at TEXT NOT NULL
        ) STRICT
        """,
        # OR, not IN: SQLite looks up a list of three words or more in an index it makes of them,
        # which would cost an import a seventh of its time
        """
        CREATE TABLE supporters (
            supporter_id INTEGER PRIMARY KEY,
            email TEXT NOT NULL COLLATE NOCASE UNIQUE,
            given_name TEXT NOT NULL DEFAULT '',
            family_name TEXT NOT NULL DEFAULT '',
            country TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            timezone TEXT NOT NULL DEFAULT '',
            joined TEXT NOT NULL DEFAULT '',
            tags TEXT NOT NULL DEFAULT '[]',
            attributes TEXT NOT NULL DEFAULT '{}',
            consent TEXT NOT NULL DEFAULT 'unknown'
                CHECK (consent = 'granted' OR consent = 'denied' OR consent = 'unknown'),
            consent_ground TEXT NOT NULL DEFAULT '',
            consent_at TEXT NOT NULL DEFAULT '',
            tracking TEXT NOT NULL DEFAULT 'unknown'
                CHECK (tracking = 'unknown' OR tracking = 'granted' OR tracking = 'denied'),
            safety TEXT NOT NULL DEFAULT 'standard'
                CHECK (safety = 'standard' OR safety = 'discreet'),
            import_id INTEGER REFERENCES imports
        ) STRICT
        """,
        """
        CREATE TABLE suppressions (
            email TEXT PRIMARY KEY COLLATE NOCASE,
            reason TEXT NOT NULL,
            source TEXT NOT NULL,
            suppressed_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations(name="0002_actions")
def actions(db: Database) -> None:
    """facts.actions: actions. `row_key` makes a repeated import of the same row change nothing."""
    _run(
        db,
        """
        CREATE TABLE actions (
            action_id INTEGER PRIMARY KEY,
            supporter_id INTEGER REFERENCES supporters,
            campaign TEXT NOT NULL,
            case_key TEXT NOT NULL DEFAULT '',
            country TEXT NOT NULL DEFAULT '',
            kind TEXT NOT NULL,
            quantity INTEGER NOT NULL CHECK (quantity > 0),
            done_on TEXT NOT NULL DEFAULT '',
            row_key BLOB NOT NULL UNIQUE
        ) STRICT
        """,
        "CREATE INDEX actions_campaign ON actions (campaign, supporter_id)",
        "CREATE INDEX actions_supporter ON actions (supporter_id)",
    )


@migrations(name="0003_deliveries")
def deliveries(db: Database) -> None:
    """dispatch.campaigns: campaigns, frozen_messages; dispatch.lease: leases;
    dispatch.plan and dispatch.ledger: deliveries.
    """
    _run(
        db,
        """
        CREATE TABLE frozen_messages (
            content_hash TEXT PRIMARY KEY,
            content TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE campaigns (
            campaign_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            template TEXT NOT NULL,
            segment TEXT NOT NULL,
            created_at TEXT NOT NULL,
            day TEXT NOT NULL DEFAULT '',
            planned_at TEXT NOT NULL DEFAULT '',
            content_hash TEXT REFERENCES frozen_messages,
            audience INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE deliveries (
            delivery_id INTEGER PRIMARY KEY,
            campaign_id INTEGER NOT NULL REFERENCES campaigns,
            supporter_id INTEGER NOT NULL REFERENCES supporters,
            state TEXT NOT NULL CHECK (state = 'planned' OR state = 'excluded' OR state = 'claimed'
                OR state = 'accepted' OR state = 'refused' OR state = 'in_doubt'
                OR state = 'withdrawn' OR state = 'cancelled'),
            reason TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            attempts INTEGER NOT NULL DEFAULT 0,
            deferrals INTEGER NOT NULL DEFAULT 0,
            holder TEXT NOT NULL DEFAULT '',
            not_before TEXT NOT NULL DEFAULT '',
            provider TEXT NOT NULL DEFAULT '',
            provider_id TEXT NOT NULL DEFAULT '',
            detail TEXT NOT NULL DEFAULT '',
            changed_at TEXT NOT NULL,
            UNIQUE (campaign_id, supporter_id)
        ) STRICT
        """,
        """
        CREATE INDEX deliveries_planned ON deliveries (campaign_id, not_before)
            WHERE state = 'planned'
        """,
        "CREATE INDEX deliveries_claimed ON deliveries (campaign_id) WHERE state = 'claimed'",
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            expires_at TEXT NOT NULL
        ) STRICT
        """,
    )


@migrations(name="0004_replies")
def replies(db: Database) -> None:
    """replies.inbox: inbound, replies. `raw` is the mail as it came, compressed by zlib."""
    _run(
        db,
        """
        CREATE TABLE inbound (
            inbound_id INTEGER PRIMARY KEY,
            dedupe_key BLOB NOT NULL UNIQUE,
            source TEXT NOT NULL,
            received_at TEXT NOT NULL,
            raw BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE replies (
            inbound_id INTEGER PRIMARY KEY REFERENCES inbound,
            kind TEXT NOT NULL,
            certainty REAL NOT NULL,
            why TEXT NOT NULL DEFAULT '[]',
            campaign_id INTEGER REFERENCES campaigns,
            delivery_id INTEGER REFERENCES deliveries,
            supporter_id INTEGER REFERENCES supporters,
            matched_by TEXT NOT NULL DEFAULT '',
            from_name TEXT NOT NULL DEFAULT '',
            from_address TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
            subject TEXT NOT NULL DEFAULT '',
            reply TEXT NOT NULL DEFAULT '',
            quoted TEXT NOT NULL DEFAULT '',
            signature TEXT NOT NULL DEFAULT '',
            name TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
            country TEXT NOT NULL DEFAULT '',
            country_text TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            bounce_class TEXT NOT NULL DEFAULT '',
            understood_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX replies_campaign ON replies (campaign_id, kind)",
        "CREATE INDEX replies_delivery ON replies (delivery_id)",
    )


@migrations(name="0005_followups")
def followups(db: Database) -> None:
    """followups.changes: followups, followup_replies, followup_history; nobody yet: gatherings."""
    _run(
        db,
        """
        CREATE TABLE followups (
            followup_id INTEGER PRIMARY KEY,
            campaign_id INTEGER REFERENCES campaigns,
            delivery_id INTEGER REFERENCES deliveries,
            supporter_id INTEGER REFERENCES supporters,
            name TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
            country TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            stage TEXT NOT NULL,
            close_reason TEXT NOT NULL DEFAULT '',
            assignee TEXT NOT NULL DEFAULT '',
            opened_at TEXT NOT NULL,
            version INTEGER NOT NULL DEFAULT 1
        ) STRICT
        """,
        "CREATE INDEX followups_delivery ON followups (delivery_id)",
        """
        CREATE TABLE followup_replies (
            inbound_id INTEGER PRIMARY KEY REFERENCES inbound,
            followup_id INTEGER NOT NULL REFERENCES followups
        ) STRICT
        """,
        "CREATE INDEX followup_replies_followup ON followup_replies (followup_id)",
        """
        CREATE TABLE followup_history (
            history_id INTEGER PRIMARY KEY,
            followup_id INTEGER NOT NULL REFERENCES followups,
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE gatherings (
            gathering_id INTEGER PRIMARY KEY,
            followup_id INTEGER REFERENCES followups,
            supporter_id INTEGER REFERENCES supporters,
            country TEXT NOT NULL DEFAULT '',
            place TEXT NOT NULL DEFAULT '',
            held_on TEXT NOT NULL DEFAULT '',
            kind TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
    )


@migrations(name="0006_dispatch")
def dispatch(db: Database) -> None:
    """dispatch.campaigns: campaign_history; dispatch.approvals: approvals, test_sends;
    dispatch.schedule: schedules; dispatch.pacing: paces; dispatch.learnt: learnt.

    Of deliveries, dispatch.waves writes `not_before` too.
    """
    _run(
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


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.conn.execute(statement)
