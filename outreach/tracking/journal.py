"""What providers posted, and the events in it. Writes: provider_bodies, provider_events.

Raw first: a body is stored and committed before anything follows from it. Opens and clicks of
people who didn't say that they may be tracked are taken out before that and never reach the disk.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Final

from outreach.addresses import masked
from outreach.store import Database, utc_text
from outreach.tracking import forgotten
from outreach.tracking.events import Event
from outreach.tracking.subjects import Subject


@dataclass(frozen=True, slots=True)
class Body:
    """One body, as it came to us. Making it packs what is kept, so `store` need not."""

    provider: str
    #: where from, for people
    source: str
    #: whether the provider's signature was on it
    signed: bool
    #: SHA-256 of all that came
    body_key: bytes
    #: what of it is kept
    raw: bytes
    packed: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # little, as whoever posted it waits
        object.__setattr__(self, "packed", zlib.compress(self.raw, 1))


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as a listing shows it."""

    #: UTC
    occurred_at: str
    provider: str
    kind: str
    #: hard or soft; '' where it is no bounce
    bounce: str
    #: '' where it is about no delivery of ours
    campaign: str
    delivery_id: int | None
    #: of the delivery; 0 where nothing proves which
    attempt: int
    #: masked; '' where nobody on the list is meant
    address: str
    provider_id: str
    detail: str


_STORE: Final = """
    INSERT OR IGNORE INTO provider_bodies (body_key, provider, source, signed, received_at, raw)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_FIELDS: Final = (
    "provider, kind, bounce, refusal, delivery_id, attempt, supporter_id, letter_id, provider_id,"
    " occurred_at, detail"
)
_NEWEST: Final = "SELECT coalesce(max(event_id), 0) FROM provider_events"
_INSERT: Final = f"INSERT INTO provider_events (event_key, body_id, {_FIELDS}) VALUES"
_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_IF_NEW: Final = "ON CONFLICT (event_key) DO NOTHING"
#: Rows of one statement, for as long as there are so many. Python waits for its turn after each
#: statement wherever another thread is busy; and of many small ones SQLite notes each time how to
#: undo it.
_AT_ONCE: Final = (500, 50, 1)
_RECORD: Final = {n: f"{_INSERT} {', '.join([_ROW] * n)} {_IF_NEW}" for n in _AT_ONCE}
_RECORDED: Final = "SELECT event_key FROM provider_events WHERE event_id > ?"
_RECORD_AGAIN: Final = f"""
    UPDATE provider_events SET ({_FIELDS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    WHERE event_key = ? AND body_id = ?
"""
_LINES: Final = """
    SELECT e.occurred_at, e.provider, e.kind, e.bounce, coalesce(c.name, ''), e.delivery_id,
        e.attempt, coalesce(s.email, ''), e.provider_id, e.detail
    FROM provider_events AS e
    LEFT JOIN deliveries AS d USING (delivery_id)
    LEFT JOIN campaigns AS c USING (campaign_id)
    LEFT JOIN supporters AS s ON s.supporter_id = e.supporter_id
    WHERE :campaign = '' OR c.name = :campaign
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT :limit
"""
#: place of the address in _LINES
_ADDRESS: Final = 7


def store(db: Database, body: Body, now: datetime) -> int | None:
    """Store a body as it is kept. Runs inside the caller's transaction.

    Returns:
        its id, or None if the same was stored before.
    """
    cursor = db.conn.execute(
        _STORE,
        [
            *(body.body_key, body.provider, body.source, body.signed),
            *(utc_text(now), body.packed),
        ],
    )
    return cursor.lastrowid if cursor.rowcount else None


def waiting(db: Database) -> list[int]:
    """Give the bodies that are stored and not yet understood, oldest first."""
    rows = db.conn.execute(
        "SELECT body_id FROM provider_bodies WHERE understood_at = '' ORDER BY body_id"
    )
    return [body_id for (body_id,) in rows]


def everything(db: Database) -> list[int]:
    """Give all bodies, oldest first."""
    rows = db.conn.execute("SELECT body_id FROM provider_bodies ORDER BY body_id")
    return [body_id for (body_id,) in rows]


def raw_body(db: Database, body_id: int) -> bytes:
    """Give what was kept of a body."""
    (raw,) = db.conn.execute(
        "SELECT raw FROM provider_bodies WHERE body_id = ?", [body_id]
    ).fetchone()
    return zlib.decompress(raw)


def record(
    db: Database, body_id: int, events: Sequence[Event], subjects: Sequence[Subject]
) -> list[bool]:
    """Write down what was understood of the events of a body, and whom each is about.

    The same event in a later body changes nothing, also after its person was erased; in the same
    body it is understood anew. Runs inside the caller's transaction. Gives, in step with the
    events, whether each is new.
    """
    rows = [
        (
            event.event_key,
            body_id,
            event.provider,
            # SQLite takes three times as long over what is not quite a str
            str(event.kind),
            str(event.bounce),
            str(event.refusal or ""),
            subject.delivery_id,
            subject.attempt,
            subject.supporter_id,
            subject.letter_id,
            event.provider_id,
            event.occurred_at,
            event.detail,
        )
        for event, subject in zip(events, subjects, strict=True)
    ]
    gone = forgotten.met(db, [event.event_key for event in events])
    (newest,) = db.conn.execute(_NEWEST).fetchone()
    if _insert(db, [row for row in rows if row[0] not in gone]) == len(rows):
        return [True] * len(rows)
    recorded = {key for (key,) in db.conn.execute(_RECORDED, [newest])}
    fresh, again = [], []
    for key, _, *values in rows:
        fresh.append(key in recorded)
        if key in recorded:
            # once more in this body, it is not new
            recorded.remove(key)
        elif key not in gone:
            again.append([*values, key, body_id])
    db.conn.executemany(_RECORD_AGAIN, again)
    return fresh


def _insert(db: Database, rows: Sequence[tuple[object, ...]]) -> int:
    """Insert the rows whose events are not known, and give how many these were."""
    inserted = start = 0
    for number in _AT_ONCE:
        while len(rows) - start >= number:
            values = list(chain.from_iterable(rows[start : start + number]))
            inserted += db.conn.execute(_RECORD[number], values).rowcount
            start += number
    return inserted


def understood(db: Database, body_id: int, now: datetime) -> None:
    """Note that all of a body was understood, and that all is done that follows from it."""
    db.conn.execute(
        "UPDATE provider_bodies SET understood_at = ? WHERE body_id = ?", [utc_text(now), body_id]
    )


def list_events(db: Database, *, campaign: str = "", limit: int = 100) -> list[EventLine]:
    """List the last events, the newest first; '' asks for all campaigns."""
    rows = db.conn.execute(_LINES, {"campaign": campaign, "limit": limit})
    return [_line(row) for row in rows]


def _line(row: tuple[Any, ...]) -> EventLine:
    values = list(row)
    values[_ADDRESS] = masked(values[_ADDRESS]) if values[_ADDRESS] else ""
    return EventLine(*values)
