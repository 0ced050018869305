"""The tables of the desk: who works there, how they get in, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0017_staff")
def staff(db: Database) -> None:
    """staff.people: staff; staff.links: login_links; staff.sessions: sessions."""
    run(
        db,
        # `name_key` is the name as it is compared; who was removed stays, for what they did
        """
        CREATE TABLE staff (
            staff_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL CHECK (role = 'viewer' OR role = 'author' OR role = 'approver'
                OR role = 'follow-up' OR role = 'admin'),
            email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
            added_at TEXT NOT NULL,
            removed_at TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE UNIQUE INDEX staff_email ON staff (email) WHERE email <> '' AND removed_at = ''",
        # whoever reads this file can't sign in by what stands in it: only hashes do
        """
        CREATE TABLE login_links (
            link_hash TEXT PRIMARY KEY,
            staff_id INTEGER NOT NULL REFERENCES staff,
            ends_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE sessions (
            session_id INTEGER PRIMARY KEY,
            secret_hash TEXT NOT NULL,
            staff_id INTEGER NOT NULL REFERENCES staff,
            began_at TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            ended_at TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        "CREATE INDEX sessions_staff ON sessions (staff_id) WHERE ended_at = ''",
    )


@migrations(name="0018_acts")
def acts(db: Database) -> None:
    """staff.acts: acts, asked_once."""
    run(
        db,
        # an act that was asked for and what came of it are two rows, the second naming the first
        """
        CREATE TABLE acts (
            act_id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            staff_id INTEGER REFERENCES staff,
            who TEXT NOT NULL,
            what TEXT NOT NULL,
            subject TEXT NOT NULL DEFAULT '',
            outcome TEXT NOT NULL CHECK (outcome = 'asked' OR outcome = 'done'
                OR outcome = 'refused' OR outcome = 'denied'),
            detail TEXT NOT NULL DEFAULT '',
            asked_id INTEGER REFERENCES acts
        ) STRICT
        """,
        "CREATE INDEX acts_asked ON acts (asked_id) WHERE asked_id IS NOT NULL",
        """
        CREATE TRIGGER acts_stay BEFORE DELETE ON acts
        BEGIN SELECT RAISE(ABORT, 'what was done is not deleted'); END
        """,
        """
        CREATE TRIGGER acts_stay_as_they_are BEFORE UPDATE ON acts
        BEGIN SELECT RAISE(ABORT, 'what was done is not changed'); END
        """,
        # each form can be sent once; one that was refused can be sent again
        """
        CREATE TABLE asked_once (
            form TEXT PRIMARY KEY,
            act_id INTEGER NOT NULL REFERENCES acts
        ) STRICT, WITHOUT ROWID
        """,
    )
