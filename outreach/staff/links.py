"""Links that let somebody in once. Writes: login_links.

Of a link only the hash is kept. Looking at it uses nothing up, as mail scanners look at all links.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from outreach.staff import people
from outreach.staff.people import Person
from outreach.store import Database, utc_text

LIVES: Final = timedelta(minutes=15)


def make(db: Database, person: Person, now: datetime) -> str:
    """Make the secret part of a link for somebody; their earlier links are worth nothing then."""
    secret = secrets.token_urlsafe(32)
    void(db, person)
    db.conn.execute(
        "INSERT INTO login_links (link_hash, staff_id, ends_at) VALUES (?, ?, ?)",
        [_hash(secret), person.staff_id, utc_text(now + LIVES)],
    )
    return secret


def look(db: Database, secret: str, now: datetime) -> Person | None:
    """Say whom a link lets in; None where it is too old, used, or none of ours."""
    row = db.conn.execute(
        "SELECT staff_id FROM login_links WHERE link_hash = ? AND ends_at > ?",
        [_hash(secret), utc_text(now)],
    ).fetchone()
    found = None if row is None else people.by_id(db, row[0])
    return None if found is None or found.removed_at else found


def void(db: Database, person: Person) -> None:
    """Let no link of somebody's work any more."""
    db.conn.execute("DELETE FROM login_links WHERE staff_id = ?", [person.staff_id])


def any_over(db: Database, since: datetime) -> bool:
    """Whether there are some that were too old then."""
    query = "SELECT EXISTS (SELECT 1 FROM login_links WHERE ends_at <= ?)"
    (found,) = db.conn.execute(query, [utc_text(since)]).fetchone()
    return bool(found)


def forget_over(db: Database, now: datetime) -> int:
    """Delete those that are too old; give how many there were."""
    return db.conn.execute("DELETE FROM login_links WHERE ends_at <= ?", [utc_text(now)]).rowcount


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
