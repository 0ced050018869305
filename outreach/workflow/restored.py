"""Let campaigns leave from a database that was put back from a backup, by somebody's word.

It doesn't know who was written to since, and can't know of which campaigns. So until then nothing
of any leaves, also of those planned later: see `dispatch.mark`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.dispatch import campaigns, mark
from outreach.errors import IllegalMove
from outreach.store import Database, atomic
from outreach.workflow.approving import stated_name

#: campaigns of which something may leave yet
_OPEN: Final = """
    SELECT name FROM campaigns AS c WHERE planned_at = '' OR EXISTS (SELECT 1 FROM deliveries AS d
        WHERE d.campaign_id = c.campaign_id AND d.state IN ('planned', 'claimed'))
    ORDER BY campaign_id
"""


def older_database(db: Database) -> str:
    """Say that nothing leaves, as an older database was put back; '' where that isn't so."""
    older = mark.older(db)
    return str(older) if older else ""


@dataclass(frozen=True, slots=True)
class Believed:
    """That a database that was put back may be sent from again."""

    #: letters left until this moment at least, UTC, of which it doesn't know
    sent_until: str
    #: campaigns of which something may leave now
    open: tuple[str, ...]


def believe_restored(db: Database, *, by: str, now: datetime) -> Believed:
    """Let campaigns leave again, by the word of a person, whose name `by` is kept with each.

    Another that is put back later is noticed again, also the same one. One transaction.

    Raises:
        IllegalMove: the database isn't older than what was sent.
        InputError: `by` is empty.
    """
    by = stated_name(by)
    with atomic(db):
        found = mark.newer_than(db)
        if found is None:
            raise IllegalMove(
                "nothing is known to have left that this database doesn't know of", next_step=""
            )
        _, beside = found
        mark.believe(db, beside)
        names = tuple(name for (name,) in db.conn.execute(_OPEN))
        for name in names:
            campaigns.note(
                db,
                campaigns.get(db, name),
                by=by,
                what="may leave again",
                detail=f"from an older database; letters left until {beside.claimed_at} at least",
                now=now,
            )
    return Believed(beside.claimed_at, names)
