"""Answers that did not arrive: the person waits on. Reads letters; writes through `changes`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach.dispatch.purposes import LetterPurpose
from outreach.followups import changes
from outreach.followups.changes import BY_RULE
from outreach.followups.namedviews import OPEN
from outreach.model import DeliveryState
from outreach.store import Database, utc_text

#: it came back for good, or never left; what is in doubt, somebody settles
_FAILED: Final = f"""(l.returned IN ('dead_address', 'policy', 'complaint')
    OR l.state IN ('{DeliveryState.REFUSED}', '{DeliveryState.WITHDRAWN}',
                   '{DeliveryState.CANCELLED}'))"""

#: of `followups AS f`: whether our last answer did not arrive
NOT_ARRIVED: Final = f"""coalesce((
    SELECT {_FAILED} FROM letters AS l
     WHERE l.followup_id = f.followup_id AND l.purpose = '{LetterPurpose.ANSWER}'
     ORDER BY l.letter_id DESC LIMIT 1), 0)"""

#: of each open follow-up the last answer, where it did not arrive and the history doesn't say so
_NEWS: Final = f"""
    SELECT f.followup_id, f.due_at, f.waiting_since, l.letter_id,
           iif(l.returned <> '', l.returned, l.state) AS why
      FROM letters AS l JOIN followups AS f USING (followup_id)
     WHERE l.purpose = '{LetterPurpose.ANSWER}' AND {_FAILED} AND {OPEN}
       AND l.letter_id = (SELECT max(o.letter_id) FROM letters AS o
            WHERE o.followup_id = f.followup_id AND o.purpose = l.purpose)
       AND NOT EXISTS (SELECT 1 FROM followup_history AS h
            WHERE h.followup_id = f.followup_id AND h.field = 'not_arrived'
              AND h.new = l.letter_id || ': ' || iif(l.returned <> '', l.returned, l.state))
"""


def is_any(db: Database) -> bool:
    """Whether an answer did not arrive, and its follow-up doesn't know; needs no lock."""
    return db.conn.execute(_NEWS).fetchone() is not None


def put_back(db: Database, now: datetime) -> int:
    """Let whoever has no answer, as our letter did not arrive, need one again, at once.

    Runs inside the caller's transaction. Safe to call again. Gives how many there were.
    """
    found = db.conn.execute(_NEWS).fetchall()
    moment = utc_text(now)
    for followup_id, due, waiting, letter_id, why in found:
        news = {"not_arrived": ("", f"{letter_id}: {why}")}
        if not due:
            news["due_at"] = ("", moment)
        untold = {"waiting_since": waiting or moment}
        changes.change(db, followup_id, news, BY_RULE, now, untold=untold)
    return len(found)
