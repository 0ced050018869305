"""Wishes to get no more mail of which nothing shows whose they are. Writes nothing.

They are granted at once, as an ignored one harms more, and staff may ask the person.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from outreach.model import ReplyKind
from outreach.store import Database
from outreach.supporters.consent import UNPROVEN

#: how the history calls it that somebody took one back
FIELD: Final = "wish_undone"
#: of replies AS r of followups AS f: what its mail suppressed, and nothing proved since
_SUPPRESSED: Final = f"""x.source = 'mail ' || r.inbound_id || '{UNPROVEN}'
       AND x.email IN (r.from_address, f.email,
            (SELECT s.email FROM supporters AS s WHERE s.supporter_id = r.supporter_id))"""
#: of followups AS f: whether such a wish stands
STANDS: Final = f"""EXISTS (
    SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
      JOIN suppressions AS x ON {_SUPPRESSED}
     WHERE m.followup_id = f.followup_id AND r.kind = '{ReplyKind.UNSUBSCRIBE}')"""
#: of followups AS f and replies AS r: whether somebody took back what the mail wishes
UNDONE: Final = f"""EXISTS (
    SELECT 1 FROM followup_history AS h WHERE h.followup_id = f.followup_id
       AND h.field = '{FIELD}' AND h.old = r.inbound_id)"""
_WISHES: Final = f"""
    SELECT r.inbound_id, x.email, x.source FROM followups AS f
      JOIN followup_replies AS m USING (followup_id) JOIN replies AS r USING (inbound_id)
      JOIN suppressions AS x ON {_SUPPRESSED}
     WHERE f.followup_id = ? AND r.kind = '{ReplyKind.UNSUBSCRIBE}'
     ORDER BY r.inbound_id, x.email <> f.email, x.email <> r.from_address, x.email
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """One that stands."""

    #: the mail that says so
    inbound_id: int
    #: to which nothing is sent since
    email: str
    #: of the suppression
    source: str


def wishes(db: Database, followup_id: int) -> list[Wish]:
    """Give those of a follow-up that stand; of each mail the address to write to comes first."""
    return [Wish(*row) for row in db.conn.execute(_WISHES, [followup_id])]


#: every mail that wishes so from an address, or of its supporter, and that nobody took back
_WISHED: Final = f"""
    SELECT r.inbound_id, s.value, 'mail ' || r.inbound_id || '{UNPROVEN}'
      FROM json_each(:emails) AS s
      JOIN replies AS r ON r.from_address <> '' AND (
           r.from_address = s.value COLLATE NOCASE OR r.supporter_id IN (
               SELECT p.supporter_id FROM supporters AS p WHERE p.email = s.value))
      JOIN followup_replies AS m USING (inbound_id) JOIN followups AS f USING (followup_id)
     WHERE r.kind = '{ReplyKind.UNSUBSCRIBE}' AND NOT EXISTS (
           SELECT 1 FROM followup_history AS h
            WHERE h.field = '{FIELD}' AND h.old = CAST(r.inbound_id AS TEXT))
     ORDER BY r.inbound_id
"""


def wished(db: Database, emails: Collection[str]) -> list[Wish]:
    """Give the wishes for addresses that nobody took back, with the source each would have had."""
    rows = db.conn.execute(_WISHED, {"emails": json.dumps(list(emails))})
    return [Wish(*row) for row in rows]
