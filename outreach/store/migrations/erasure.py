"""The table by which people who were erased are known again, and never written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database

#: one spelling of a mailbox, and what its owner said under another one; the strongest first. Who
#: said yes themself since then came back, and a spelling that was left suppressed says nothing of
#: that; a complaint is never taken back. Being imported again is no word of theirs
_LATER_SPELLINGS: Final = """
    WITH back AS MATERIALIZED (
        SELECT lower(o.mailbox) AS mailbox, max(c.chosen_at) AS at
        FROM choices AS c JOIN supporters AS o USING (supporter_id)
        WHERE c.field = 'letters' AND c.new = 'yes' GROUP BY lower(o.mailbox)
    )
    INSERT INTO suppressions (email, reason, source, suppressed_at)
    SELECT s.email, x.reason, x.source, x.suppressed_at
    FROM suppressions AS x CROSS JOIN supporters AS s ON s.email <> x.email AND (
        s.email = x.mailbox OR (s.mailbox = x.mailbox AND s.mailbox <> s.email))
    WHERE x.reason IN ('complaint', 'unsubscribed') AND NOT (x.reason = 'unsubscribed' AND EXISTS
        (SELECT 1 FROM back AS b WHERE b.mailbox = lower(x.mailbox) AND b.at >= x.suppressed_at))
    ORDER BY x.reason = 'unsubscribed', x.suppressed_at
    ON CONFLICT (email) DO UPDATE SET reason = excluded.reason, source = excluded.source,
        suppressed_at = excluded.suppressed_at
    WHERE suppressions.reason IN ('dead_address', 'staff')
        OR (suppressions.reason = 'unsubscribed' AND excluded.reason = 'complaint')
"""


@migrations(name="0019_erased")
def erased(db: Database) -> None:
    """supporters.tombstones: erased, erased_people.

    Who left is suppressed under the spellings of their address that came later, too.
    """
    run(
        db,
        # `mailbox_hash` is keyed: nobody finds an address by it who doesn't know one to try.
        # `hint` is of 16 bits; most addresses that are imported need no more to be told apart
        """
        CREATE TABLE erased (
            mailbox_hash BLOB PRIMARY KEY,
            hint INTEGER NOT NULL,
            erased_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # by which a link in an old letter is known as theirs, should they come back
        """
        CREATE TABLE erased_people (
            supporter_id INTEGER PRIMARY KEY REFERENCES supporters,
            mailbox_hash BLOB NOT NULL
        ) STRICT
        """,
        _LATER_SPELLINGS,
    )
