"""All that is known to have happened to a letter after it left. Reads only.

What its provider told, the mails that answer it or bounced, the follow-up that came of them, and
whether its reader's address was suppressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from outreach.store import Database


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened."""

    #: UTC; '' where nobody said
    happened_at: str
    #: event, mail, follow_up, suppression; page: counted by our own
    kind: str
    #: the attempt that an event is about (0 where unknown), or the number of the mail or follow-up
    number: int
    what: str
    detail: str


_OF_DELIVERY: Final = """
    WITH ours AS (SELECT d.delivery_id, s.email FROM deliveries AS d
        JOIN supporters AS s USING (supporter_id) WHERE d.delivery_id = ?)
    SELECT * FROM (
        SELECT e.occurred_at AS happened_at, 'event' AS kind, e.attempt AS number,
            trim(e.bounce || ' ' || e.kind) || ', says ' || e.provider AS what, e.detail AS detail
        FROM ours JOIN provider_events AS e USING (delivery_id)
        UNION ALL
        SELECT i.received_at, 'mail', r.inbound_id, r.kind, r.bounce_class
        FROM ours JOIN replies AS r USING (delivery_id) JOIN inbound AS i USING (inbound_id)
        UNION ALL
        SELECT f.opened_at, 'follow_up', f.followup_id, f.stage,
            trim(f.assignee || ' ' || f.close_reason)
        FROM followups AS f WHERE f.followup_id IN (
            SELECT o.followup_id FROM ours JOIN followups AS o USING (delivery_id)
            UNION SELECT m.followup_id FROM ours JOIN replies USING (delivery_id)
                JOIN followup_replies AS m USING (inbound_id))
        UNION ALL
        SELECT first_at, 'page', 0, what, target FROM ours JOIN counted USING (delivery_id)
        UNION ALL
        SELECT x.suppressed_at, 'suppression', 0, x.reason, x.source
        FROM ours JOIN suppressions AS x USING (email)
    ) ORDER BY happened_at, kind, number
"""


def in_words(one: Happening) -> str:
    """Tell of one thing in a line."""
    kind = "attempt" if one.kind == "event" else one.kind.replace("_", " ")
    number = f" {one.number}" if one.number else ""
    detail = f": {one.detail}" if one.detail else ""
    words = f"{kind}{number}: {one.what.replace('_', ' ')}{detail}"
    return f"{one.happened_at} {words}".strip()


def happenings(db: Database, delivery_id: int) -> tuple[Happening, ...]:
    """Tell what happened to a letter and its reader, the oldest first."""
    return tuple(Happening(*row) for row in db.conn.execute(_OF_DELIVERY, [delivery_id]))
