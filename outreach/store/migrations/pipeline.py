"""The tables of the pipeline: supporters, actions, deliveries, replies, follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0001_supporters")
def supporters(db: Database) -> None:
    """store.keys: signing_keys; supporters.roll and supporters.staging: supporters;
    supporters.staging: imports; supporters.consent: suppressions.
    """
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
