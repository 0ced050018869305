"""How often an address failed lately without being called dead. Reads: replies, inbound."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Final

from outreach.model import BounceClass, ReplyKind
from outreach.replies.verdict import BY_PEOPLE
from outreach.store import Database, utc_text

#: those after the last mail of the person themselves: then the address was alive
_BOUNCES: Final = f"""
    SELECT i.received_at FROM replies AS r JOIN inbound AS i USING (inbound_id)
     WHERE r.supporter_id = :supporter_id AND r.kind = '{ReplyKind.BOUNCE}'
       AND r.bounce_class = '{BounceClass.TEMPORARY}'
       AND i.received_at BETWEEN :since AND :until
       AND i.received_at >= coalesce((
            SELECT max(i.received_at) FROM replies AS r JOIN inbound AS i USING (inbound_id)
             WHERE r.supporter_id = :supporter_id
               AND r.kind IN ({", ".join(f"'{kind}'" for kind in sorted(BY_PEOPLE))})), '')
     ORDER BY i.received_at
"""


def most_temporary_bounces(
    db: Database, supporter_id: int, around: datetime, window: timedelta
) -> int:
    """Give the most temporary failures of a person's address within any `window` around a moment.

    Mails don't come in order, so those after the moment count too. A policy's refusal is none of
    them: it says nothing of the person.
    """
    rows = db.conn.execute(
        _BOUNCES,
        {
            "supporter_id": supporter_id,
            "since": utc_text(around - window),
            "until": utc_text(around + window),
        },
    )
    moments = [datetime.fromisoformat(moment) for (moment,) in rows]
    return max(
        (bisect_right(moments, m + window) - place for place, m in enumerate(moments)), default=0
    )
