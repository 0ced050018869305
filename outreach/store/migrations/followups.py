"""The tables of the queue as staff work it: whose turn it is, who has what open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0012_queue")
def queue(db: Database) -> None:
    """followups.changes: followups, followup_history (more columns);
    followups.claims: followup_claims.
    """
    run(
        db,
        # UTC; the oldest mail that nobody has answered, and when its answer is due; '': the person
        # waits for nothing, we wait for them
        "ALTER TABLE followups ADD COLUMN waiting_since TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE followups ADD COLUMN due_at TEXT NOT NULL DEFAULT ''",
        # UTC; the first answer since opened_at; '': there was none yet
        "ALTER TABLE followups ADD COLUMN answered_at TEXT NOT NULL DEFAULT ''",
        # a JSON list of words
        "ALTER TABLE followups ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
        # of what was inferred, the least certain: 0 to 1
        "ALTER TABLE followups ADD COLUMN certainty REAL NOT NULL DEFAULT 1.0",
        # JSON: field -> [mail | list, certainty]
        "ALTER TABLE followups ADD COLUMN inferred TEXT NOT NULL DEFAULT '{}'",
        # it was found to be the same person's: all of it is there
        "ALTER TABLE followups ADD COLUMN merged_into INTEGER REFERENCES followups",
        # the follow-up's version that the change made; 0: it was changed before this was kept
        "ALTER TABLE followup_history ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
        # what waits already has been waiting since it was opened; a day is about what it had
        """
        UPDATE followups SET waiting_since = opened_at,
            due_at = strftime('%Y-%m-%dT%H:%M:%SZ', opened_at, '+1 day') WHERE stage = 'new'
        """,
        """
        UPDATE followups SET certainty = coalesce((
            SELECT max(r.certainty) FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
             WHERE m.followup_id = followups.followup_id), 1.0)
        """,
        "CREATE INDEX followups_email ON followups (email)",
        "CREATE INDEX followups_merged ON followups (merged_into) WHERE merged_into IS NOT NULL",
        "CREATE INDEX followup_history_followup ON followup_history (followup_id)",
        # who was given something when, for whose turn it is
        """
        CREATE INDEX followup_history_assignee ON followup_history (new, history_id)
            WHERE field = 'assignee'
        """,
        # who has a follow-up before them now; it is a notice, not a lock
        """
        CREATE TABLE followup_claims (
            followup_id INTEGER PRIMARY KEY REFERENCES followups,
            who TEXT NOT NULL,
            since TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT
        """,
    )
