"""Sessions: who is signed in, since when, till when. Writes: sessions.

A cookie names its row and holds a secret of which the row has the hash: whoever reads the file
can't make one, and a row that has ended lets nobody in. The seal around both lets a made-up cookie
be told without a look at the table.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from outreach import tokens
from outreach.staff import people
from outreach.staff.people import Person
from outreach.store import Database, utc_text
from outreach.tokens import Purpose, SigningKey

#: without a request, and at most: a working day with its breaks, and a week
IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
#: a session is not written down as seen more often than that
SEEN_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one person."""

    session_id: int
    person: Person
    #: UTC
    began_at: str
    seen_at: str
    ends_at: str


def begin(db: Database, person: Person, key: SigningKey, now: datetime) -> str:
    """Begin a session and give its cookie."""
    secret = secrets.token_urlsafe(24)
    number = db.conn.execute(
        "INSERT INTO sessions (secret_hash, staff_id, began_at, seen_at, ends_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [_hash(secret), person.staff_id, *[utc_text(now)] * 2, utc_text(now + LONGEST)],
    ).lastrowid
    value = f"{number}.{secret}"
    return f"{value}.{tokens.seal(key, Purpose.SESSION, value)}"


def find(
    db: Database, keys: Mapping[int, SigningKey], cookie: str, now: datetime
) -> Session | None:
    """Give the session of a cookie; None where it has ended, or there never was one."""
    number, secret = _read(keys, cookie)
    if not secret:
        return None
    row = db.conn.execute(
        "SELECT secret_hash, staff_id, began_at, seen_at, ends_at FROM sessions"
        " WHERE session_id = ? AND ended_at = '' AND ends_at > ? AND seen_at > ?",
        [number, utc_text(now), utc_text(now - IDLE)],
    ).fetchone()
    if row is None or not hmac.compare_digest(row[0], _hash(secret)):
        return None
    person = people.by_id(db, row[1])
    if person is None or person.removed_at:
        return None
    return Session(number, person, *row[2:])


def _read(keys: Mapping[int, SigningKey], cookie: str) -> tuple[int, str]:
    """Give the row that a cookie names and its secret; '' where the cookie is none of ours."""
    value, _, sealed = cookie.rpartition(".")
    if not tokens.is_sealed(keys, Purpose.SESSION, value, sealed):
        return 0, ""
    number, _, secret = value.partition(".")
    return int(number), secret


def why_over(db: Database, keys: Mapping[int, SigningKey], cookie: str) -> str:
    """Say why the session of a cookie is over: its person was removed, it was ended, or its time
    was. '' where nobody knows.
    """
    number, secret = _read(keys, cookie)
    row = db.conn.execute(
        "SELECT secret_hash, removed_at, ended_at FROM sessions JOIN staff USING (staff_id)"
        " WHERE session_id = ?",
        [number],
    ).fetchone()
    if not secret or row is None or not hmac.compare_digest(row[0], _hash(secret)):
        return ""
    return "removed" if row[1] else "ended" if row[2] else "over"


def is_stale(session: Session, now: datetime) -> bool:
    """Whether it is time to write down that it was seen."""
    seen = datetime.strptime(session.seen_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return now - seen > SEEN_EVERY


def see(db: Database, session: Session, now: datetime) -> None:
    """Write down that it was seen."""
    db.conn.execute(
        "UPDATE sessions SET seen_at = ? WHERE session_id = ?", [utc_text(now), session.session_id]
    )


def end(db: Database, session: Session, now: datetime) -> None:
    """End one session."""
    db.conn.execute(
        "UPDATE sessions SET ended_at = ? WHERE session_id = ? AND ended_at = ''",
        [utc_text(now), session.session_id],
    )


def end_all(db: Database, person: Person, now: datetime) -> int:
    """End every session of a person, and give how many there were."""
    return db.conn.execute(
        "UPDATE sessions SET ended_at = ? WHERE staff_id = ? AND ended_at = ''",
        [utc_text(now), person.staff_id],
    ).rowcount


def any_over(db: Database, since: datetime) -> bool:
    """Whether there are some that let nobody in since then, and could be forgotten."""
    (found,) = db.conn.execute(f"SELECT EXISTS ({_OVER.format('1')})", _over_at(since)).fetchone()
    return bool(found)


def forget_over(db: Database, now: datetime) -> int:
    """Delete those that let nobody in any more; give how many there were."""
    query = f"DELETE FROM sessions WHERE session_id IN ({_OVER.format('session_id')})"
    return db.conn.execute(query, _over_at(now)).rowcount


#: but not the newest: its number must not be given again, as the seals of its forms bear it
_OVER: Final = """
    SELECT {} FROM sessions
    WHERE (ended_at BETWEEN '0' AND :at OR ends_at <= :at OR seen_at <= :seen)
        AND session_id < (SELECT max(session_id) FROM sessions)
"""


def _over_at(moment: datetime) -> dict[str, str]:
    return {"at": utc_text(moment), "seen": utc_text(moment - IDLE)}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
