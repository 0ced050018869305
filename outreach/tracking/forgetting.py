"""Cut the events of one person out of what providers posted. Writes: provider_bodies (`raw`).

The other events of a body stay in their own bytes, and can be understood again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeAlias

from outreach.errors import InputError
from outreach.store import Database
from outreach.tracking import journal, sendgrid
from outreach.tracking.events import Event

#: whether an event is about somebody
About: TypeAlias = Callable[[Event], bool]


def pieces_about(db: Database, body_id: int, about: About) -> list[bytes]:
    """Give the events of a body that are about somebody, as they came."""
    return _others(journal.raw_body(db, body_id), about)[1]


def events_about(db: Database, body_id: int, about: About) -> list[str]:
    """Give the keys of a body's events that are about somebody."""
    return [sendgrid.understand(piece).event_key for piece in pieces_about(db, body_id, about)]


def cut_out(db: Database, body_id: int, about: About) -> int:
    """Keep of a body what is not about somebody; give how many events were.

    Runs inside the caller's transaction. Safe to call again.
    """
    kept, cut = _others(journal.raw_body(db, body_id), about)
    if cut:
        raw = zlib.compress(sendgrid.joined(kept), 1)
        db.conn.execute("UPDATE provider_bodies SET raw = ? WHERE body_id = ?", [raw, body_id])
    return len(cut)


def _others(raw: bytes, about: About) -> tuple[list[bytes], list[bytes]]:
    """Part the events of a body into others' and theirs; what is no body is all others'."""
    try:
        found = list(zip(sendgrid.pieces(raw), sendgrid.understand_all(raw), strict=True))
    except InputError:
        return [raw], []
    parted: tuple[list[bytes], list[bytes]] = ([], [])
    for piece, event in found:
        parted[about(event)].append(piece)
    return parted
