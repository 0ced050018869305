"""The mails that came in, and what was understood of them. Writes: inbound, replies.

Raw first: a mail is stored and committed before anybody tries to read it. What is stored and not
yet understood is `pending`, so a crash in between loses nothing and a repeat changes nothing.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from outreach.errors import NotFound
from outreach.model import ReplyKind
from outreach.replies.dedupe import dedupe_key
from outreach.replies.match import Match
from outreach.replies.moments import moment_of
from outreach.replies.understand import Understanding
from outreach.store import Database, utc_text


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One reply as a listing shows it."""

    inbound_id: int
    received_at: str
    kind: str
    certainty: float
    #: the campaign's name; '' where the mail answers none
    campaign: str
    from_name: str
    from_address: str
    subject: str
    name: str
    email: str
    country: str
    matched_by: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply whole, but for the raw mail."""

    line: ReplyLine
    source: str
    delivery_id: int | None
    supporter_id: int | None
    country_text: str
    language: str
    bounce_class: str
    reply: str
    quoted: str
    signature: str


def store(db: Database, raw: bytes, source: str, now: datetime) -> int | None:
    """Store a mail as it came; `source` says where from. Runs inside the caller's transaction.

    It is stored as received at its own moment, which is not after `now`.

    Returns:
        its inbound_id, or None if the same mail was stored before, by whatever way it came then.
    """
    # a file's name need not be text
    source = source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    cursor = db.conn.execute(
        "INSERT OR IGNORE INTO inbound (dedupe_key, source, received_at, raw) VALUES (?, ?, ?, ?)",
        [dedupe_key(raw), source, utc_text(moment_of(raw, now)), zlib.compress(raw)],
    )
    return cursor.lastrowid if cursor.rowcount else None


def raw_mail(db: Database, inbound_id: int) -> bytes:
    """Give a stored mail's bytes as they came.

    Raises:
        NotFound: there is no such mail.
    """
    row = db.conn.execute("SELECT raw FROM inbound WHERE inbound_id = ?", [inbound_id]).fetchone()
    if row is None:
        raise NotFound("there is no mail with this id", value=inbound_id)
    return zlib.decompress(row[0])


def pending(db: Database) -> list[int]:
    """Give the ids of the mails that are stored and not yet understood, oldest first."""
    rows = db.conn.execute(
        "SELECT inbound_id FROM inbound"
        " WHERE inbound_id NOT IN (SELECT inbound_id FROM replies) ORDER BY inbound_id"
    )
    return [inbound_id for (inbound_id,) in rows]


def waiting_since(db: Database, inbound_id: int) -> datetime | None:
    """Give the moment (UTC) at which a stored mail came; None where it is understood already."""
    row = db.conn.execute(
        "SELECT received_at FROM inbound WHERE inbound_id = :id"
        " AND NOT EXISTS (SELECT 1 FROM replies WHERE inbound_id = :id)",
        {"id": inbound_id},
    ).fetchone()
    return None if row is None else datetime.fromisoformat(row[0])


def record(
    db: Database, inbound_id: int, mail: Understanding, found: Match, now: datetime
) -> ReplyKind:
    """Write what was understood of a stored mail, once. Runs inside the caller's transaction.

    Returns:
        the kind that was written: OWN where the mail is one of ours.
    """
    kind = ReplyKind.OWN if found.own else mail.kind
    values = {
        "inbound_id": inbound_id,
        "kind": kind,
        "certainty": 1.0 if found.own else mail.certainty,
        "why": json.dumps([*(() if found.own else mail.why), *found.notes], ensure_ascii=False),
        "campaign_id": found.campaign_id,
        "delivery_id": found.delivery_id,
        "supporter_id": found.supporter_id,
        "matched_by": found.matched_by,
        "from_name": mail.from_name,
        "from_address": mail.from_address,
        "subject": mail.subject,
        "reply": mail.reply,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "name": mail.name,
        "email": mail.email,
        "country": mail.country,
        "country_text": mail.country_text,
        "language": mail.language,
        "bounce_class": mail.bounce.bounce_class if mail.bounce else "",
        "understood_at": utc_text(now),
    }
    places = ", ".join(f":{name}" for name in values)
    db.conn.execute(f"INSERT INTO replies ({', '.join(values)}) VALUES ({places})", values)
    return kind


_LINE: Final = """
    SELECT r.inbound_id, i.received_at, r.kind, r.certainty, coalesce(c.name, ''), r.from_name,
           r.from_address, r.subject, r.name, r.email, r.country, r.matched_by, r.why
      FROM replies AS r
      JOIN inbound AS i USING (inbound_id)
      LEFT JOIN campaigns AS c USING (campaign_id)
"""


def list_replies(db: Database, *, campaign: str = "", kind: str = "") -> list[ReplyLine]:
    """List replies, oldest first; '' asks for all campaigns or kinds."""
    rows = db.conn.execute(
        f"{_LINE} WHERE (:campaign = '' OR c.name = :campaign) AND (:kind = '' OR r.kind = :kind)"
        " ORDER BY i.received_at, r.inbound_id",
        {"campaign": campaign, "kind": kind},
    )
    return [_line(row) for row in rows]


def _line(row: tuple[Any, ...]) -> ReplyLine:
    values = list(row)
    values[-1] = tuple(json.loads(values[-1]))
    return ReplyLine(*values)


def get_reply(db: Database, inbound_id: int) -> Reply:
    """Read one reply.

    Raises:
        NotFound: there is no such reply.
    """
    row = db.conn.execute(f"{_LINE} WHERE r.inbound_id = ?", [inbound_id]).fetchone()
    if row is None:
        raise NotFound("there is no reply with this id", value=inbound_id)
    columns = [f.name for f in fields(Reply) if f.name != "line"]
    rest = db.conn.execute(
        f"SELECT {', '.join(columns)} FROM replies JOIN inbound USING (inbound_id)"
        " WHERE inbound_id = ?",
        [inbound_id],
    ).fetchone()
    return Reply(_line(row), *rest)
