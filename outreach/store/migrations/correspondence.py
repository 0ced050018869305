"""The tables of single letters: those to one person that belong to no campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0010_letters")
def letters(db: Database) -> None:
    """dispatch.correspondence and dispatch.lettermoves: letters;
    dispatch.correspondence: letter_files, letter_attachments.

    `html` is compressed by zlib. A letter is kept as it leaves: only its Date, `composed_at`, is
    that of the attempt.
    """
    run(
        db,
        # `once`: a second letter with the same words there is not written; '': there may be many.
        # `delivery_id` is the one whose token its answers bear
        """
        CREATE TABLE letters (
            letter_id INTEGER PRIMARY KEY,
            purpose TEXT NOT NULL,
            once TEXT NOT NULL DEFAULT '',
            inbound_id INTEGER REFERENCES inbound ON DELETE SET NULL,
            followup_id INTEGER REFERENCES followups ON DELETE SET NULL,
            delivery_id INTEGER REFERENCES deliveries ON DELETE SET NULL,
            campaign_id INTEGER REFERENCES campaigns ON DELETE SET NULL,
            supporter_id INTEGER REFERENCES supporters ON DELETE SET NULL,
            email TEXT NOT NULL COLLATE NOCASE,
            name TEXT NOT NULL DEFAULT '',
            language TEXT NOT NULL DEFAULT '',
            template TEXT NOT NULL DEFAULT '',
            discreet INTEGER NOT NULL DEFAULT 0 CHECK (discreet IN (0, 1)),
            subject TEXT NOT NULL,
            text TEXT NOT NULL,
            html BLOB NOT NULL,
            sender_name TEXT NOT NULL,
            sender_email TEXT NOT NULL,
            reply_to TEXT NOT NULL,
            message_id TEXT NOT NULL UNIQUE,
            in_reply_to TEXT NOT NULL DEFAULT '',
            thread TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL CHECK (state = 'planned' OR state = 'excluded' OR state = 'claimed'
                OR state = 'accepted' OR state = 'refused' OR state = 'in_doubt'
                OR state = 'withdrawn' OR state = 'cancelled'),
            reason TEXT NOT NULL DEFAULT '',
            attempts INTEGER NOT NULL DEFAULT 0,
            deferrals INTEGER NOT NULL DEFAULT 0,
            holder TEXT NOT NULL DEFAULT '',
            not_before TEXT NOT NULL DEFAULT '',
            not_after TEXT NOT NULL DEFAULT '',
            provider TEXT NOT NULL DEFAULT '',
            provider_id TEXT NOT NULL DEFAULT '',
            detail TEXT NOT NULL DEFAULT '',
            composed_at TEXT NOT NULL DEFAULT '',
            digest BLOB NOT NULL DEFAULT x'',
            returned TEXT NOT NULL DEFAULT '',
            returned_at TEXT NOT NULL DEFAULT '',
            created_by TEXT NOT NULL,
            created_at TEXT NOT NULL,
            changed_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX letters_once ON letters (once) WHERE once <> ''",
        "CREATE INDEX letters_planned ON letters (letter_id) WHERE state = 'planned'",
        "CREATE INDEX letters_claimed ON letters (letter_id) WHERE state = 'claimed'",
        "CREATE INDEX letters_in_doubt ON letters (letter_id) WHERE state = 'in_doubt'",
        "CREATE INDEX letters_email ON letters (email, created_at)",
        "CREATE INDEX letters_purpose ON letters (purpose, changed_at)",
        # whoever deletes what they refer to must not go through all letters
        "CREATE INDEX letters_followup ON letters (followup_id)",
        "CREATE INDEX letters_inbound ON letters (inbound_id)",
        "CREATE INDEX letters_delivery ON letters (delivery_id)",
        "CREATE INDEX letters_supporter ON letters (supporter_id)",
        # each file once, however many letters it goes with; `file_key` is SHA-256 of the content
        """
        CREATE TABLE letter_files (
            file_key BLOB PRIMARY KEY,
            content BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE letter_attachments (
            letter_id INTEGER NOT NULL REFERENCES letters,
            place INTEGER NOT NULL,
            name TEXT NOT NULL,
            content_type TEXT NOT NULL,
            file_key BLOB NOT NULL REFERENCES letter_files,
            PRIMARY KEY (letter_id, place)
        ) STRICT, WITHOUT ROWID
        """,
        # what a provider told of a single letter, and what came back from its reader
        "ALTER TABLE provider_events ADD COLUMN letter_id INTEGER REFERENCES letters"
        " ON DELETE SET NULL",
        """
        CREATE INDEX provider_events_letter ON provider_events (letter_id)
            WHERE letter_id IS NOT NULL
        """,
        "ALTER TABLE replies ADD COLUMN letter_id INTEGER REFERENCES letters ON DELETE SET NULL",
        "CREATE INDEX replies_letter ON replies (letter_id) WHERE letter_id IS NOT NULL",
        # 0 to 1, by how the country was named
        "ALTER TABLE replies ADD COLUMN country_certainty REAL NOT NULL DEFAULT 0.0",
    )


@migrations(name="0011_answers")
def answers(db: Database) -> None:
    """Indexes by which a mail finds its person's follow-up, however many there are."""
    run(
        db,
        "CREATE INDEX replies_from ON replies (from_address) WHERE from_address <> ''",
        "CREATE INDEX followups_supporter ON followups (supporter_id)",
    )


#: as `addresses.mailbox` has it, but for case, which the collation looks through
_MAILBOX: Final = """
    CASE WHEN substr(email, instr(email, '@')) COLLATE NOCASE IN ('@gmail.com', '@googlemail.com')
    THEN replace(
        substr(email, 1, instr(substr(replace(email, '@', '+@'), 2), '+')), '.', ''
    ) || '@gmail.com'
    ELSE substr(email, 1, instr(substr(replace(email, '@', '+@'), 2), '+'))
        || substr(email, instr(email, '@')) END
"""


@migrations(name="0011_mailboxes")
def mailboxes(db: Database) -> None:
    """The mailbox to which mail to an address comes, computed; nobody writes it.

    Most people's is their address, which has an index already.
    """
    for table in ("supporters", "suppressions", "letters"):
        run(
            db,
            f"ALTER TABLE {table} ADD COLUMN mailbox TEXT COLLATE NOCASE"
            f" GENERATED ALWAYS AS ({_MAILBOX}) VIRTUAL",
        )
    run(
        db,
        "CREATE INDEX supporters_mailbox ON supporters (mailbox) WHERE mailbox <> email",
        "CREATE INDEX suppressions_mailbox ON suppressions (mailbox) WHERE mailbox <> email",
        "CREATE INDEX letters_mailbox ON letters (mailbox, created_at)",
    )
