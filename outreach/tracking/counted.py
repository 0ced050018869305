"""Openings and visits that our own pages counted. Writes: counted.

Only of people who say, at that very moment, that they may be tracked: one who has withdrawn is
counted no more, also for letters that they already have. The first time alone is kept.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from outreach.store import Database, utc_text
from outreach.supporters.consent import MAY_BE_TRACKED

_COUNT: Final = f"""
    INSERT INTO counted (delivery_id, what, target, first_at)
    SELECT d.delivery_id, :what, :target, :now
    FROM deliveries AS d JOIN supporters AS s USING (supporter_id)
    WHERE d.delivery_id = :delivery_id AND {MAY_BE_TRACKED}
        AND d.state IN ('claimed', 'accepted', 'in_doubt')
    ON CONFLICT DO NOTHING
"""


class Counted(StrEnum):
    """What can be counted."""

    OPENED = "opened"
    CLICKED = "clicked"


def may_count(db: Database, delivery_id: int) -> bool:
    """Whether the person of a delivery may be tracked at this moment; takes no lock."""
    return bool(
        db.conn.execute(
            "SELECT 1 FROM deliveries AS d JOIN supporters AS s USING (supporter_id)"
            f" WHERE d.delivery_id = ? AND {MAY_BE_TRACKED}",
            [delivery_id],
        ).fetchone()
    )


def count(db: Database, delivery_id: int, what: Counted, target: str, now: datetime) -> bool:
    """Count an opening, or a visit to `target`, if the person may be tracked.

    Runs inside the caller's transaction. Safe to call again. Gives whether it was the first.
    """
    names = {"delivery_id": delivery_id, "what": what, "target": target, "now": utc_text(now)}
    return db.conn.execute(_COUNT, names).rowcount > 0
