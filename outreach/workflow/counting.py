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
from outreach.workflow.bearers import delivery_of

#: what follows may hold what a page knows of its visitor
_ENDS_A_TARGET: Final = "?#"


def follow_link(
    db: Database, delivery_id: int, target: str, seal: str, now: datetime, *, count: bool
) -> str:
    """Give where a link of `dispatch.orders.sealed_link` leads, and count the visit.

    Only where `count` and, at this moment, the person allow it.

    One transaction where there is something to count, else none.

    Raises:
        NotFound: we never wrote that link into that letter.
    """
    if not tokens.is_sealed(stored_keys(db), Purpose.LINK, f"{delivery_id} {target}", seal):
        raise NotFound("no such link was ever sent")
    if count and counted.may_count(db, delivery_id):
        page = target
        for mark in _ENDS_A_TARGET:
            page = page.partition(mark)[0]
        with atomic(db):
            counted.count(db, delivery_id, Counted.CLICKED, page, now)
    return target


def note_opening(db: Database, token: str, now: datetime) -> bool:
    """Count that a letter was opened, where its person allows it; give whether it is new.

    One transaction where there is something to count, else none.

    Raises:
        NotFound: it is no token of ours.
    """
    delivery_id = delivery_of(db, Purpose.OPEN, token)
    if not counted.may_count(db, delivery_id):
        return False
    with atomic(db):
        return counted.count(db, delivery_id, Counted.OPENED, "", now)
