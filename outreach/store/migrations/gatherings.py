"""The tables of the events that volunteers put on, and of what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0014_gatherings")
def gatherings(db: Database) -> None:
    """followups.gatherings: gathering_photos, gathering_history, gathering_letters;
    followups.results: gathering_results, gathering_counts; followups.safetytalks: safety_talks.

    The table gatherings itself is written by followups.gatherings too, `gathering_id` of actions by
    facts.actions.
    """
    run(
        db,
        # what it is known by in other places: calendars, files
        "ALTER TABLE gatherings ADD COLUMN uid TEXT NOT NULL DEFAULT ''",
        "CREATE UNIQUE INDEX gatherings_uid ON gatherings (uid) WHERE uid <> ''",
        # the key of the campaign for which its letters count, as in actions
        "ALTER TABLE gatherings ADD COLUMN campaign TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN organiser TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN email TEXT NOT NULL DEFAULT '' COLLATE NOCASE",
        "ALTER TABLE gatherings ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN state TEXT NOT NULL DEFAULT 'planned'"
        " CHECK (state = 'planned' OR state = 'held' OR state = 'cancelled')",
        # wall-clock times of `zone`, HH:MM
        "ALTER TABLE gatherings ADD COLUMN begins TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN minutes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE gatherings ADD COLUMN zone TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN cases TEXT NOT NULL DEFAULT '[]'",
        # people; NULL: nobody said
        "ALTER TABLE gatherings ADD COLUMN expected INTEGER",
        "ALTER TABLE gatherings ADD COLUMN public INTEGER NOT NULL DEFAULT 0"
        " CHECK (public IN (0, 1))",
        "ALTER TABLE gatherings ADD COLUMN quote TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN quote_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE gatherings ADD COLUMN quote_allowed INTEGER NOT NULL DEFAULT 0"
        " CHECK (quote_allowed IN (0, 1))",
        "ALTER TABLE gatherings ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE gatherings ADD COLUMN changed_at TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX gatherings_followup ON gatherings (followup_id)",
        "CREATE INDEX gatherings_supporter ON gatherings (supporter_id)",
        "CREATE INDEX gatherings_email ON gatherings (email) WHERE email <> ''",
        "CREATE INDEX gatherings_held ON gatherings (held_on)",
        """
        CREATE TABLE gathering_photos (
            gathering_id INTEGER NOT NULL REFERENCES gatherings,
            url TEXT NOT NULL,
            allowed INTEGER NOT NULL CHECK (allowed IN (0, 1)),
            PRIMARY KEY (gathering_id, url)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE gathering_history (
            history_id INTEGER PRIMARY KEY,
            gathering_id INTEGER NOT NULL REFERENCES gatherings,
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX gathering_history_gathering ON gathering_history (gathering_id)",
        # what we wrote to the organiser of our own accord, each once: `what` is reminder or
        # results; or that it failed, which is told once
        """
        CREATE TABLE gathering_letters (
            gathering_id INTEGER NOT NULL REFERENCES gatherings,
            what TEXT NOT NULL,
            letter_id INTEGER REFERENCES letters ON DELETE SET NULL,
            written_at TEXT NOT NULL,
            PRIMARY KEY (gathering_id, what)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE INDEX gathering_letters_letter ON gathering_letters (letter_id)
            WHERE letter_id IS NOT NULL
        """,
        # each word on how a gathering went, kept as it came; `events` and `attended` are NULL where
        # it says nothing of them, `why` says what staff have to find out
        """
        CREATE TABLE gathering_results (
            result_id INTEGER PRIMARY KEY,
            gathering_id INTEGER NOT NULL REFERENCES gatherings,
            state TEXT NOT NULL CHECK (state = 'unclear' OR state = 'reported' OR state = 'checked'
                OR state = 'superseded' OR state = 'dismissed'),
            inbound_id INTEGER REFERENCES inbound,
            said TEXT NOT NULL DEFAULT '',
            why TEXT NOT NULL DEFAULT '',
            about INTEGER NOT NULL DEFAULT 0 CHECK (about IN (0, 1)),
            events INTEGER CHECK (events >= 0),
            attended INTEGER CHECK (attended >= 0),
            reported_by TEXT NOT NULL,
            reported_at TEXT NOT NULL,
            checked_by TEXT NOT NULL DEFAULT '',
            checked_at TEXT NOT NULL DEFAULT '',
            ended_by TEXT NOT NULL DEFAULT '',
            ended_at TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX gathering_results_gathering ON gathering_results (gathering_id)",
        # no gathering is ever counted twice, and no mail heard twice
        """
        CREATE UNIQUE INDEX gathering_results_counted ON gathering_results (gathering_id)
            WHERE state = 'checked'
        """,
        """
        CREATE UNIQUE INDEX gathering_results_mail ON gathering_results (inbound_id)
            WHERE inbound_id IS NOT NULL
        """,
        """
        CREATE INDEX gathering_results_waiting ON gathering_results (reported_at)
            WHERE state IN ('unclear', 'reported')
        """,
        """
        CREATE TABLE gathering_counts (
            result_id INTEGER NOT NULL REFERENCES gathering_results,
            kind TEXT NOT NULL,
            case_key TEXT NOT NULL DEFAULT '',
            quantity INTEGER NOT NULL CHECK (quantity > 0),
            PRIMARY KEY (result_id, kind, case_key)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE safety_talks (
            talk_id INTEGER PRIMARY KEY,
            followup_id INTEGER NOT NULL REFERENCES followups,
            held_at TEXT NOT NULL,
            held_by TEXT NOT NULL,
            note TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX safety_talks_followup ON safety_talks (followup_id)",
        # the gathering whose counted results these are; they go when it is corrected or cancelled
        "ALTER TABLE actions ADD COLUMN gathering_id INTEGER REFERENCES gatherings",
        """
        CREATE INDEX actions_gathering ON actions (gathering_id) WHERE gathering_id IS NOT NULL
        """,
    )


@migrations(name="0015_reports")
def reports(db: Database) -> None:
    """What the reports look things up by; there is no new table."""
    run(
        db,
        # of a delivery, whether its provider says that it arrived
        """
        CREATE INDEX provider_events_delivered ON provider_events (delivery_id, occurred_at)
            WHERE kind = 'delivered'
        """,
        "CREATE INDEX followups_campaign ON followups (campaign_id)",
        """
        CREATE INDEX followup_history_stage ON followup_history (followup_id, changed_at)
            WHERE field = 'stage'
        """,
    )
