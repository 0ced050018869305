"""What was said under one spelling of an address counts for those that come later.

Whoever leaves is suppressed under all spellings of their mailbox that are on the list then
(`consent.suppress`). Here it is made good for spellings that enter the list afterwards: a complaint
and an opt-out are taken over with their reason, source and moment, so that whoever takes theirs
back takes back all of them; and a mailbox whose owner said no to us does not say yes by being
imported again. Whether an address is dead is asked of each spelling alone. Writes: suppressions and
the consent of supporters, with `consent` and `roll`.

Nearly every address is its own mailbox, and two spellings of one can't both be. So only the partial
indexes of those that aren't are gone through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from outreach import addresses
from outreach.model import Consent
from outreach.store import Database
from outreach.supporters.consent import SAID, of_mailbox_sql, take_over

_SAID: Final = ", ".join(f"'{reason}'" for reason in sorted(SAID))
#: people who are new, beside all rows of a table that has addresses, of the same mailbox
_PAIRS: Final = """
    SELECT s.supporter_id, s.email, {told} FROM supporters AS s INDEXED BY supporters_mailbox
    CROSS JOIN {table} AS x ON x.email = s.mailbox
    WHERE s.mailbox <> s.email AND s.supporter_id > :after AND {holds}
    UNION ALL
    SELECT s.supporter_id, s.email, {told} FROM supporters AS s INDEXED BY supporters_mailbox
    CROSS JOIN {table} AS x INDEXED BY {table}_mailbox
        ON x.mailbox = s.mailbox AND x.mailbox <> x.email
    WHERE s.mailbox <> s.email AND s.supporter_id > :after AND x.email <> s.email AND {holds}
    UNION ALL
    SELECT s.supporter_id, s.email, {told} FROM {table} AS x INDEXED BY {table}_mailbox
    CROSS JOIN supporters AS s ON s.email = x.mailbox
    WHERE x.mailbox <> x.email AND s.supporter_id > :after AND {holds}
"""
_SUPPRESSED: Final = _PAIRS.format(
    table="suppressions", told="x.reason, x.source, x.suppressed_at", holds=f"x.reason IN ({_SAID})"
)
_DENIED: Final = f"""
    SELECT DISTINCT supporter_id FROM ({
    _PAIRS.format(
        table="supporters",
        told="0",
        holds=f"x.consent = '{Consent.DENIED}' AND s.consent <> '{Consent.DENIED}'",
    )
})
"""
_OTHERS: Final = f"""
    SELECT :supporter_id, :email, x.reason, x.source, x.suppressed_at FROM suppressions AS x
    WHERE {of_mailbox_sql("x", ":mailbox")} AND x.email <> :email AND x.reason IN ({_SAID})
"""
_SAID_NO: Final = f"""
    SELECT 1 FROM supporters AS s WHERE {of_mailbox_sql("s", ":mailbox")}
    AND s.supporter_id <> :supporter_id AND s.consent = '{Consent.DENIED}'
"""
_DENY: Final = f"""
    UPDATE supporters SET consent = '{Consent.DENIED}',
        consent_ground = 'they said no under another spelling of their address'
    WHERE supporter_id = ? AND consent <> '{Consent.DENIED}'
"""


def cover_new(db: Database, after: int) -> int:
    """Let what mailboxes said count for all people whose ids are above `after`.

    Runs inside the caller's transaction. Safe to call again. Gives how many may not be written to
    because of it, of those about whom nothing as strong was known.
    """
    names = {"after": after}
    covered = _take_over(db, db.conn.execute(_SUPPRESSED, names).fetchall())
    denied = {number for (number,) in db.conn.execute(_DENIED, names).fetchall()}
    db.conn.executemany(_DENY, [(number,) for number in sorted(denied)])
    return len(covered | denied)


def cover(db: Database, supporter_id: int, email: str, *, own_word: bool = False) -> bool:
    """Let what a mailbox said count for one of its addresses, which is new on the list.

    With `own_word` its owner has just said yes: a no that was only said before is none any more.
    Runs inside the caller's transaction. Safe to call again. Gives whether anything stands against
    writing to them that didn't before.
    """
    names = {
        "supporter_id": supporter_id,
        "email": email,
        "mailbox": addresses.mailbox(email),
    }
    covered = bool(_take_over(db, db.conn.execute(_OTHERS, names).fetchall()))
    if not own_word and db.conn.execute(_SAID_NO, names).fetchone():
        covered |= db.conn.execute(_DENY, [supporter_id]).rowcount > 0
    return covered


def _take_over(db: Database, found: Iterable[tuple[int, str, str, str, str]]) -> set[int]:
    return {number for number, *said in found if take_over(db, *said)}
