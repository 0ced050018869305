"""What is known of a form of the public pages: whose mailbox it names, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database

#: as `addresses.mailbox` has it, but for case, which the collation looks through
_MAILBOX: Final = """
    CASE WHEN substr(email, instr(email, '@')) COLLATE NOCASE IN ('@gmail.com', '@googlemail.com')
    THEN replace(
        substr(email, 1, instr(substr(replace(email, '@', '+@'), 2), '+')), '.', ''
    ) || '@gmail.com'
    ELSE substr(email, 1, instr(substr(replace(email, '@', '+@'), 2), '+'))
        || substr(email, instr(email, '@')) END
"""


@migrations(name="0023_forms")
def forms(db: Database) -> None:
    """What is known of a form; supporters.signups writes it. The mailbox is computed."""
    run(
        db,
        "ALTER TABLE signups ADD COLUMN mailbox TEXT COLLATE NOCASE"
        f" GENERATED ALWAYS AS ({_MAILBOX}) VIRTUAL",
        # '' while nobody looked at it
        "ALTER TABLE signups ADD COLUMN looked_at TEXT NOT NULL DEFAULT ''",
        # '' where no letter asks for it: one that does may be out already
        "ALTER TABLE signups ADD COLUMN written_at TEXT NOT NULL DEFAULT ''",
        """
        UPDATE signups SET looked_at = asked_at, written_at = asked_at
        WHERE confirmed_at <> '' OR EXISTS (SELECT 1 FROM letters
            WHERE once <> '' AND once = 'confirmation of signup ' || signup_id)
        """,
        "CREATE INDEX signups_mailbox ON signups (mailbox, purpose)",
        "CREATE INDEX signups_new ON signups (signup_id) WHERE looked_at = ''",
    )
