"""People who were erased, known again by nothing but a keyed hash. Writes: erased and
erased_people.

It stands for their mailbox, so that another spelling of the address is known as well. The key is
in the database: whoever has the file can try an address that they know already, and learns none
that they don't. It is made with the oldest key, so that a new key forgets nobody.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zlib import crc32

from outreach import addresses
from outreach.errors import IllegalMove
from outreach.store import Database, signing_keys, stored_keys, utc_text
from outreach.tokens import SigningKey

_PURPOSE: Final = b"who was erased"
#: of the mailbox; most addresses have none that stands here, and needn't be hashed
_HINT: Final = 0xFFFF
#: whose mailbox may be another address: all others need only be put in lower case
_OTHER: Final = re.compile(r"\+|@(?:gmail|googlemail)\.com$", re.ASCII).search


@dataclass(frozen=True, slots=True)
class Tombstones:
    """All that stand at one moment, and how to know whose they are."""

    secret: bytes
    hashes: frozenset[bytes]
    hints: frozenset[int]

    def met(self, emails: Sequence[str]) -> list[int]:
        """Give the places of those normalised addresses whose mailbox was erased."""
        if not self.hashes:
            return []
        # all at once where nothing speaks against it, as it is done for each row of a list
        mailboxes = "\n".join(emails).lower()
        if "+" in mailboxes or "mail.com" in mailboxes:
            mailboxes = "\n".join(
                addresses.mailbox(email) if _OTHER(email) else email
                for email in mailboxes.split("\n")
            )
        return [
            place
            for place, mailbox in enumerate(mailboxes.encode().split(b"\n"))
            if crc32(mailbox) & _HINT in self.hints and _hash(self.secret, mailbox) in self.hashes
        ]


#: nobody was erased
NOBODY: Final = Tombstones(b"", frozenset(), frozenset())


def standing(db: Database) -> Tombstones:
    """Read all."""
    rows = db.conn.execute("SELECT mailbox_hash, hint FROM erased").fetchall()
    keys = stored_keys(db)
    if not rows or not keys:
        return NOBODY
    return Tombstones(_secret(keys), *map(frozenset, zip(*rows, strict=True)))


def is_erased(db: Database, email: str) -> bool:
    """Whether the owner of this normalised address was erased, and has not come back."""
    return bool(standing(db).met([email]))


def bury(db: Database, email: str, now: datetime, numbers: Sequence[int] = ()) -> None:
    """Write down that the owner of this normalised address was erased.

    `numbers` are those that they had on the list. Runs inside the caller's transaction. Safe to
    call again.
    """
    mailbox, secret = addresses.mailbox(email).encode(), _secret(signing_keys(db, now)[1])
    db.conn.execute(
        "INSERT INTO erased (mailbox_hash, hint, erased_at) VALUES (?, ?, ?)"
        " ON CONFLICT (mailbox_hash) DO NOTHING",
        [_hash(secret, mailbox), crc32(mailbox) & _HINT, utc_text(now)],
    )
    db.conn.executemany(
        "INSERT INTO erased_people (supporter_id, mailbox_hash) VALUES (?, ?)"
        " ON CONFLICT (supporter_id) DO NOTHING",
        [(number, _hash(secret, mailbox)) for number in numbers],
    )


def was(db: Database, supporter_id: int, emails: Iterable[str]) -> str:
    """Give the one of these normalised addresses whose owner had a number, before; '' for none."""
    row = db.conn.execute(
        "SELECT mailbox_hash FROM erased_people WHERE supporter_id = ?", [supporter_id]
    ).fetchone()
    keys = stored_keys(db)
    if row is None or not keys:
        return ""
    secret = _secret(keys)
    theirs = (one for one in emails if _hash(secret, addresses.mailbox(one).encode()) == row[0])
    return next(theirs, "")


def lift(db: Database, email: str) -> bool:
    """Let the owner of this normalised address come back, who has just asked for it.

    Runs inside the caller's transaction. Safe to call again. Gives whether they had been erased.
    """
    keys = stored_keys(db)
    if not keys:
        return False
    buried = _hash(_secret(keys), addresses.mailbox(email).encode())
    return db.conn.execute("DELETE FROM erased WHERE mailbox_hash = ?", [buried]).rowcount > 0


def refuse(db: Database, email: str) -> None:
    """See that a normalised address is of nobody who was erased.

    Raises:
        IllegalMove: it is.
    """
    if is_erased(db, email):
        raise IllegalMove(
            "whoever has this address asked to be erased, and is not to be put back",
            next_step="only they themselves can come back, by the page to subscribe",
        )


def _secret(keys: Mapping[int, SigningKey]) -> bytes:
    return hmac.digest(keys[min(keys)].secret, _PURPOSE, "sha256")


def _hash(secret: bytes, mailbox: bytes) -> bytes:
    return hmac.digest(secret, mailbox, "sha256")
