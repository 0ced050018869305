"""The tables of the public pages: what readers choose there, and what is counted of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0016_public")
def public(db: Database) -> None:
    """supporters.preferences: preferences, unwanted_kinds, choices; supporters.signups: signups;
    tracking.counted: counted.
    """
    run(
        db,
        # at most so many letters to a person; without a row as many as there are
        """
        CREATE TABLE preferences (
            supporter_id INTEGER PRIMARY KEY REFERENCES supporters,
            often TEXT NOT NULL CHECK (often = 'always' OR often = 'weekly' OR often = 'monthly')
        ) STRICT
        """,
        """
        CREATE TABLE unwanted_kinds (
            supporter_id INTEGER NOT NULL REFERENCES supporters,
            kind TEXT NOT NULL,
            PRIMARY KEY (supporter_id, kind)
        ) STRICT, WITHOUT ROWID
        """,
        # what a person chose, and by which words they were asked: the proof of a consent
        """
        CREATE TABLE choices (
            choice_id INTEGER PRIMARY KEY,
            supporter_id INTEGER NOT NULL REFERENCES supporters,
            chosen_at TEXT NOT NULL,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            asked_by TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX choices_supporter ON choices (supporter_id)",
        # what waits for its address to be confirmed by a letter, and what was confirmed
        """
        CREATE TABLE signups (
            signup_id INTEGER PRIMARY KEY,
            purpose TEXT NOT NULL CHECK (purpose = 'subscribe' OR purpose = 'take_part'),
            email TEXT NOT NULL COLLATE NOCASE,
            name TEXT NOT NULL DEFAULT '',
            country TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            words TEXT NOT NULL DEFAULT '',
            delivery_id INTEGER REFERENCES deliveries,
            asked_at TEXT NOT NULL,
            confirmed_at TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX signups_email ON signups (email, asked_at)",
        # the first opening of a letter, and the first visit to each of its links
        """
        CREATE TABLE counted (
            delivery_id INTEGER NOT NULL REFERENCES deliveries,
            what TEXT NOT NULL CHECK (what = 'opened' OR what = 'clicked'),
            target TEXT NOT NULL,
            first_at TEXT NOT NULL,
            PRIMARY KEY (delivery_id, what, target)
        ) STRICT, WITHOUT ROWID
        """,
    )
