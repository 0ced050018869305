"""The tables of mails that come in by several ways, and of what is put right about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0008_replies")
def sources(db: Database) -> None:
    """replies.cursors: imap_cursors, imap_skipped; replies.failed: reply_failures;
    replies.corrections: reply_corrections.
    """
    run(
        db,
        # SHA-256 of the bytes with LF line ends: knows a mail again without reading it, also when
        # what is read of it has changed
        "ALTER TABLE inbound ADD COLUMN bytes_key BLOB NOT NULL DEFAULT x''",
        "CREATE INDEX inbound_bytes ON inbound (bytes_key) WHERE bytes_key <> x''",
        "ALTER TABLE inbound ADD COLUMN message_id TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX inbound_message_id ON inbound (message_id) WHERE message_id <> ''",
        # bytes of a mail of which only the beginning is kept; 0: all is kept
        "ALTER TABLE inbound ADD COLUMN whole_size INTEGER NOT NULL DEFAULT 0",
        # what the server that took the mail in says of it: JSON, see replies.envelope
        "ALTER TABLE inbound ADD COLUMN envelope TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX inbound_received ON inbound (received_at)",
        "ALTER TABLE replies ADD COLUMN phone TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE replies ADD COLUMN return_date TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX replies_supporter ON replies (supporter_id, kind)",
        # what stands in the way of understanding a mail: it waits for `replies reprocess`
        """
        CREATE TABLE reply_failures (
            inbound_id INTEGER PRIMARY KEY REFERENCES inbound,
            error TEXT NOT NULL,
            tries INTEGER NOT NULL,
            failed_at TEXT NOT NULL
        ) STRICT
        """,
        # what a person put right of what was understood: it is never overwritten
        """
        CREATE TABLE reply_corrections (
            correction_id INTEGER PRIMARY KEY,
            inbound_id INTEGER NOT NULL REFERENCES inbound,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            corrected_by TEXT NOT NULL,
            corrected_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX reply_corrections_mail ON reply_corrections (inbound_id)",
        # all up to `last_uid` is stored here; what the settings want done in the mailbox is done
        # up to `settled_uid`
        """
        CREATE TABLE imap_cursors (
            mailbox TEXT NOT NULL,
            folder TEXT NOT NULL,
            uidvalidity INTEGER NOT NULL,
            last_uid INTEGER NOT NULL,
            settled_uid INTEGER NOT NULL,
            changed_at TEXT NOT NULL,
            PRIMARY KEY (mailbox, folder)
        ) STRICT, WITHOUT ROWID
        """,
        # mails that the server did not give
        """
        CREATE TABLE imap_skipped (
            mailbox TEXT NOT NULL,
            folder TEXT NOT NULL,
            uid INTEGER NOT NULL,
            reason TEXT NOT NULL,
            tries INTEGER NOT NULL,
            skipped_at TEXT NOT NULL,
            PRIMARY KEY (mailbox, folder, uid)
        ) STRICT, WITHOUT ROWID
        """,
        # a follow-up waits for nothing before this day; '': it is not asleep
        "ALTER TABLE followups ADD COLUMN snoozed_until TEXT NOT NULL DEFAULT ''",
    )
