"""Answers that did not arrive, or perhaps: the person waits on. Reads letters; writes through
`changes`. The letters of what was merged into a follow-up are its letters. What asks whether a wish
to get no more was meant is an answer too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach.dispatch.purposes import LetterPurpose
from outreach.followups import changes
from outreach.followups.changes import BY_RULE
from outreach.followups.namedviews import OPEN
from outreach.followups.unproven import STANDS
from outreach.model import DeliveryState
from outreach.store import Database, utc_text

#: nobody knows whether it left, until somebody settles that
_DOUBTED: Final = f"l.state = '{DeliveryState.IN_DOUBT}'"
#: it came back for good, or never left
_CAME_BACK: Final = f"""(l.returned IN ('dead_address', 'policy', 'complaint')
    OR l.state IN ('{DeliveryState.REFUSED}', '{DeliveryState.WITHDRAWN}',
                   '{DeliveryState.CANCELLED}'))"""
_FAILED: Final = f"({_CAME_BACK} OR {_DOUBTED})"
_OF_IT: Final = """(
    SELECT followup_id FROM followups
     WHERE followup_id = f.followup_id OR merged_into = f.followup_id)"""


#: what somebody wrote them from the queue
_WRITTEN: Final = f"purpose IN ('{LetterPurpose.ANSWER}', '{LetterPurpose.OPT_OUT_CHECK}')"
#: whether a wish was meant has to be asked only as long as it stands and nothing proves it
_WANTED: Final = f"(l.purpose = '{LetterPurpose.ANSWER}' OR {STANDS})"


def _last_answer(holds: str) -> str:
    return f"""coalesce((
    SELECT {holds} AND {_WANTED} FROM letters AS l
     WHERE l.followup_id IN {_OF_IT} AND l.{_WRITTEN}
     ORDER BY l.letter_id DESC LIMIT 1), 0)"""


#: of `followups AS f`: whether our last answer did not arrive
NOT_ARRIVED: Final = _last_answer(_CAME_BACK)
#: and whether nobody knows
IN_DOUBT: Final = _last_answer(_DOUBTED)

#: of each open follow-up the last answer, where it did not arrive and the history doesn't say so
_NEWS: Final = f"""
    SELECT f.followup_id, f.due_at, f.waiting_since, f.snoozed_until, l.letter_id,
           iif(l.returned <> '', l.returned, l.state) AS why
      FROM letters AS l JOIN followups AS o USING (followup_id)
      JOIN followups AS f ON f.followup_id = coalesce(o.merged_into, o.followup_id)
     WHERE l.{_WRITTEN} AND {_FAILED} AND {_WANTED} AND {OPEN}
       AND l.letter_id = (SELECT max(x.letter_id) FROM letters AS x
            WHERE x.followup_id IN {_OF_IT} AND x.{_WRITTEN})
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
    for followup_id, due, waiting, asleep, letter_id, why in found:
        news = {"not_arrived": ("", f"{letter_id}: {why}")}
        if not due:
            news["due_at"] = ("", moment)
        if asleep:
            # it slept because they had our answer
            news["snoozed_until"] = (asleep, "")
        untold = {"waiting_since": waiting or moment}
        changes.change(db, followup_id, news, BY_RULE, now, untold=untold)
    return len(found)
