"""The mails that came in, and what was understood of them. Writes: inbound, replies.

Raw first: a mail is stored and committed before anybody tries to read it. What is stored and not
yet understood is `pending`, so a crash in between loses nothing and a repeat changes nothing.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from outreach.errors import NotFound
from outreach.model import ReplyKind
from outreach.replies.dedupe import bytes_key
from outreach.replies.envelope import NOTHING, Envelope, read_envelope
from outreach.replies.match import Match
from outreach.replies.mime import Parsed
from outreach.replies.ranking import DECIDES
from outreach.replies.readymails import ReadyMail, make_ready
from outreach.replies.understand import Understanding
from outreach.store import Database, utc_text

#: SQL for what is left of a mail that was erased: nothing, compressed as no mail that comes is
EMPTIED: Final = "x'789c030000000001'"


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
    #: the letter to one person that it answers, or that a report is about
    letter_id: int | None
    supporter_id: int | None
    country_text: str
    #: 0 to 1, by how the country was named
    country_certainty: float
    language: str
    #: as the person wrote it
    phone: str
    #: YYYY-MM-DD, of an automatic answer
    return_date: str
    bounce_class: str
    reply: str
    quoted: str
    signature: str


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A stored mail that is to be understood."""

    raw: bytes
    #: UTC
    received_at: datetime
    envelope: Envelope
    #: what staff should know of how it is stored, in words without personal data
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of a reply that another understanding gives another value."""

    field: str
    old: str
    new: str


def store(
    db: Database,
    raw: bytes,
    source: str,
    now: datetime,
    *,
    envelope: Envelope = NOTHING,
    whole_size: int = 0,
    keep: Callable[[int, Parsed], None] = lambda _number, _parsed: None,
) -> int | None:
    """Store a mail as it came; `source` says where from. Runs inside the caller's transaction.

    It is stored as received at its own moment, which is not after `now`. `whole_size` is the bytes
    of a mail of which `raw` is only the beginning. `keep` gets what was parsed of a new one.

    Returns:
        its inbound_id, or None if the same mail was stored before, by whatever way it came then.
    """
    if _is_here(db, bytes_key(raw)):
        return None
    ready = make_ready(raw, source, now, envelope=envelope, whole_size=whole_size)
    inbound_id = put(db, ready)
    if inbound_id is not None and ready.parsed is not None:
        keep(inbound_id, ready.parsed)
    return inbound_id


def put(db: Database, ready: ReadyMail) -> int | None:
    """Store a mail that was made ready, as `store` does. Runs inside the caller's transaction."""
    if _is_here(db, ready.same_bytes):
        return None
    cursor = db.conn.execute(
        "INSERT OR IGNORE INTO inbound (dedupe_key, bytes_key, message_id, source, received_at,"
        " whole_size, envelope, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ready.values,
    )
    return cursor.lastrowid if cursor.rowcount else None


def _is_here(db: Database, same_bytes: bytes) -> bool:
    found = db.conn.execute("SELECT 1 FROM inbound WHERE bytes_key = ?", [same_bytes])
    return found.fetchone() is not None


def stored_mail(db: Database, inbound_id: int) -> StoredMail:
    """Give a stored mail with all that is kept of how it came.

    Raises:
        NotFound: there is no such mail.
    """
    row = db.conn.execute(
        "SELECT raw, received_at, envelope, whole_size, message_id <> '' AND EXISTS ("
        " SELECT 1 FROM inbound AS o WHERE o.message_id = i.message_id"
        " AND o.inbound_id <> i.inbound_id) FROM inbound AS i WHERE inbound_id = ?",
        [inbound_id],
    ).fetchone()
    if row is None:
        raise _no_mail(inbound_id)
    raw, received_at, envelope, whole_size, shared_id = row
    notes = []
    if shared_id:
        notes.append("another mail has the same Message-ID")
    if whole_size:
        notes.append(f"only the beginning of its {whole_size:,} bytes is kept")
    moment = datetime.fromisoformat(received_at)
    return StoredMail(zlib.decompress(raw), moment, read_envelope(envelope), tuple(notes))


def raw_mail(db: Database, inbound_id: int) -> bytes:
    """Give a stored mail's bytes as they came.

    Raises:
        NotFound: there is no such mail.
    """
    row = db.conn.execute("SELECT raw FROM inbound WHERE inbound_id = ?", [inbound_id]).fetchone()
    if row is None:
        raise _no_mail(inbound_id)
    return zlib.decompress(row[0])


def _no_mail(inbound_id: int) -> NotFound:
    return NotFound("there is no mail with this id", value=inbound_id)


def pending(db: Database) -> list[int]:
    """Give the ids of the mails that nobody tried to understand yet, oldest first."""
    rows = db.conn.execute(
        "SELECT inbound_id FROM inbound"
        " WHERE inbound_id NOT IN (SELECT inbound_id FROM replies)"
        " AND inbound_id NOT IN (SELECT inbound_id FROM reply_failures)"
        f" AND raw <> {EMPTIED} ORDER BY inbound_id"
    )
    return [inbound_id for (inbound_id,) in rows]


def received_since(db: Database, since: str) -> list[int]:
    """Give the ids of the mails that came at or after a moment (UTC text; '': all).

    Those that were erased are left out: nothing of them can be understood any more.
    """
    rows = db.conn.execute(
        f"SELECT inbound_id FROM inbound WHERE received_at >= ? AND raw <> {EMPTIED}"
        " ORDER BY inbound_id",
        [since],
    )
    return [inbound_id for (inbound_id,) in rows]


def is_understood(db: Database, inbound_id: int) -> bool:
    """Whether what a mail means is written."""
    asked = "SELECT 1 FROM replies WHERE inbound_id = ?"
    return db.conn.execute(asked, [inbound_id]).fetchone() is not None


def record(
    db: Database, inbound_id: int, mail: Understanding, found: Match, now: datetime
) -> ReplyKind:
    """Write what was understood of a stored mail, once. Runs inside the caller's transaction.

    Returns:
        the kind that was written: OWN where the mail is one of ours.
    """
    values = {"inbound_id": inbound_id, **_values(mail, found), "understood_at": utc_text(now)}
    places = ", ".join(f":{name}" for name in values)
    db.conn.execute(f"INSERT INTO replies ({', '.join(values)}) VALUES ({places})", values)
    return ReplyKind(str(values["kind"]))


def amend(
    db: Database,
    inbound_id: int,
    mail: Understanding,
    found: Match,
    kept: Collection[str],
    now: datetime,
) -> tuple[Changed, ...]:
    """Write what is now understood of a mail over what was, but for the fields `kept`.

    Runs inside the caller's transaction. Gives what changed, of the fields that somebody reads.
    """
    kept = {*kept, *(["country_certainty"] if "country" in kept else [])}
    values = {name: value for name, value in _values(mail, found).items() if name not in kept}
    row = db.conn.execute(
        f"SELECT {', '.join(values)} FROM replies WHERE inbound_id = ?", [inbound_id]
    ).fetchone()
    old = dict(zip(values, row, strict=True))
    changed = {name: value for name, value in values.items() if old[name] != value}
    if not changed:
        return ()
    sets = ", ".join(f"{name} = :{name}" for name in changed)
    db.conn.execute(
        f"UPDATE replies SET {sets}, understood_at = :understood_at WHERE inbound_id = :inbound_id",
        {**changed, "understood_at": utc_text(now), "inbound_id": inbound_id},
    )
    return tuple(
        Changed(name, _said(old[name]), _said(value))
        for name, value in changed.items()
        # goes with the country, and mails of older versions have none
        if name != "country_certainty"
    )


def put_right(db: Database, inbound_id: int, field: str, value: str) -> str:
    """Set a field of a reply to what a person says; give what stood there.

    Runs inside the caller's transaction.

    Raises:
        NotFound: there is no such reply.
    """
    row = db.conn.execute(
        f"SELECT {field} FROM replies WHERE inbound_id = ?", [inbound_id]
    ).fetchone()
    if row is None:
        raise NotFound("there is no reply with this id", value=inbound_id)
    sure = ", country_certainty = 1.0" if field == "country" else ""
    db.conn.execute(
        f"UPDATE replies SET {field} = ?{sure} WHERE inbound_id = ?", [value, inbound_id]
    )
    return str(row[0])


def link(db: Database, inbound_id: int, known: Mapping[str, int | None]) -> dict[str, int]:
    """Say whose a reply is and what it answers, where nothing says otherwise; give what was filled.

    `known` holds supporter_id, campaign_id and delivery_id. Runs inside the caller's transaction.
    """
    row = db.conn.execute(
        f"SELECT {', '.join(known)} FROM replies WHERE inbound_id = ?", [inbound_id]
    ).fetchone()
    standing = dict(zip(known, row, strict=True))
    said = {column: number for column, number in known.items() if number is not None}
    if any(standing[column] not in (None, number) for column, number in said.items()):
        return {}
    filled = {column: number for column, number in said.items() if standing[column] is None}
    for column, number in filled.items():
        db.conn.execute(
            f"UPDATE replies SET {column} = ? WHERE inbound_id = ?", [number, inbound_id]
        )
    return filled


def unlink(db: Database, inbound_id: int, column: str) -> str:
    """Forget what `link` filled into a column of a reply; give what stood there, '' for nothing.

    Runs inside the caller's transaction.
    """
    (number,) = db.conn.execute(
        f"SELECT {column} FROM replies WHERE inbound_id = ?", [inbound_id]
    ).fetchone()
    db.conn.execute(f"UPDATE replies SET {column} = NULL WHERE inbound_id = ?", [inbound_id])
    return _said(number)


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _values(mail: Understanding, found: Match) -> dict[str, object]:
    """The columns of a reply; of our own mail nothing is believed but that it is ours."""
    return {
        "kind": (ReplyKind.OWN if found.own else mail.kind).value,
        "certainty": 1.0 if found.own else mail.certainty,
        "why": json.dumps([*(() if found.own else mail.why), *found.notes], ensure_ascii=False),
        "campaign_id": found.campaign_id,
        "delivery_id": found.delivery_id,
        "supporter_id": found.supporter_id,
        "letter_id": found.letter_id,
        "matched_by": found.matched_by.value,
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
        "country_certainty": mail.country_certainty,
        "language": mail.language,
        "phone": mail.phone,
        "return_date": mail.return_date,
        "bounce_class": mail.bounce.bounce_class.value if mail.bounce else "",
    }


_LINE: Final = """
    SELECT r.inbound_id, i.received_at, r.kind, r.certainty, coalesce(c.name, ''), r.from_name,
           r.from_address, r.subject, r.name, r.email, r.country, r.matched_by, r.why
      FROM replies AS r
      JOIN inbound AS i USING (inbound_id)
      LEFT JOIN campaigns AS c USING (campaign_id)
"""


def list_replies(
    db: Database, *, campaign: str = "", kind: str = "", deciding: bool = False
) -> list[ReplyLine]:
    """List replies, oldest first; '' asks for all campaigns or kinds.

    `deciding`: of a person's answers to one letter only the one that counts.
    """
    rows = db.conn.execute(
        f"{_LINE} WHERE (:campaign = '' OR c.name = :campaign) AND (:kind = '' OR r.kind = :kind)"
        f" AND {DECIDES if deciding else 'true'}"
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
