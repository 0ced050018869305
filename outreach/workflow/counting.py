"""Count openings and visits, where a person agreed to it, and lead on to where a link leads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach import tokens
from outreach.errors import NotFound
from outreach.store import Database, atomic, stored_keys
from outreach.tokens import Purpose
from outreach.tracking import counted
from outreach.tracking.counted import Counted

#: what follows may hold what a page knows of its visitor
_ENDS_A_TARGET: Final = "?#"


def may_follow(db: Database, delivery_id: int, target: str, seal: str) -> bool:
    """Prove a link of `dispatch.orders.sealed_link`; give whether the visit may be counted now.

    Writes nothing and takes no lock: a link has to lead on whoever writes.

    Raises:
        NotFound: we never wrote that link into that letter.
    """
    if not tokens.is_sealed(stored_keys(db), Purpose.LINK, f"{delivery_id} {target}", seal):
        raise NotFound("no such link was ever sent")
    return counted.may_count(db, delivery_id)


def note_visit(db: Database, delivery_id: int, target: str, now: datetime) -> bool:
    """Count a visit that `may_follow` proved, where its person still allows it.

    One transaction. Gives whether it is new.
    """
    page = target
    for mark in _ENDS_A_TARGET:
        page = page.partition(mark)[0]
    with atomic(db):
        return counted.count(db, delivery_id, Counted.CLICKED, page, now)


def may_note_opening(db: Database, token: str) -> int | None:
    """Give the letter that a picture stands in, if that it was opened may be counted now.

    Writes nothing and takes no lock. None also where it is no token of ours.
    """
    number = tokens.read(stored_keys(db), Purpose.OPEN, token)
    return number if number is not None and counted.may_count(db, number) else None


def note_opening(db: Database, delivery_id: int, now: datetime) -> bool:
    """Count that a letter was opened, where its person still allows it.

    One transaction. Gives whether it is new.
    """
    with atomic(db):
        return counted.count(db, delivery_id, Counted.OPENED, "", now)
