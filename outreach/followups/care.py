"""Whether the person of a follow-up must be written to discreetly. Writes nothing.

Nobody knows for certain who sits behind a mail. So the care that anybody needs who has to do with a
follow-up is kept for all of it: its supporter, whoever got what its mails answer (a friend may
answer in their place), and whoever was merged into it, as two entries of a list may be one person.
"""

from __future__ import annotations

from typing import Final

from outreach.model import Safety
from outreach.store import Database

#: a condition in SQL; `{id}` is the number of the follow-up
_NEEDED: Final = f"""EXISTS (
    SELECT 1 FROM supporters AS p WHERE p.safety <> '{Safety.STANDARD}' AND p.supporter_id IN (
        SELECT o.supporter_id FROM followups AS o
         WHERE o.followup_id = {{id}} OR o.merged_into = {{id}}
        UNION ALL
        SELECT d.supporter_id FROM followups AS o JOIN deliveries AS d USING (delivery_id)
         WHERE o.followup_id = {{id}} OR o.merged_into = {{id}}
        UNION ALL
        SELECT r.supporter_id FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
         WHERE m.followup_id = {{id}}
        UNION ALL
        SELECT d.supporter_id FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
          JOIN deliveries AS d ON d.delivery_id = r.delivery_id
         WHERE m.followup_id = {{id}}
        UNION ALL
        SELECT q.supporter_id FROM followups AS o JOIN supporters AS q ON q.email = o.email
         WHERE o.followup_id = {{id}} OR o.merged_into = {{id}}))"""


#: the country of anybody and of anything that a follow-up has to do with
_COUNTRIES: Final = """
    WITH these AS (
        SELECT followup_id, supporter_id, delivery_id, country, email FROM followups
         WHERE followup_id = :id OR merged_into = :id)
    SELECT country FROM these
    UNION SELECT g.country FROM these JOIN gatherings AS g USING (followup_id)
    UNION SELECT r.country FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
     WHERE m.followup_id = :id
    UNION SELECT p.country FROM supporters AS p WHERE p.supporter_id IN (
        SELECT supporter_id FROM these
        UNION ALL SELECT d.supporter_id FROM these JOIN deliveries AS d USING (delivery_id)
        UNION ALL SELECT r.supporter_id FROM followup_replies AS m JOIN replies AS r
             USING (inbound_id) WHERE m.followup_id = :id
        UNION ALL SELECT q.supporter_id FROM these JOIN supporters AS q ON q.email = these.email)
"""


def countries(db: Database, followup_id: int) -> frozenset[str]:
    """Give each country that a follow-up may have to do with, but for those not known.

    Its own, what its mails and the list say, and where its gatherings are.
    """
    rows = db.conn.execute(_COUNTRIES, {"id": followup_id})
    return frozenset(country for (country,) in rows if country)


def needed(followup_id: str) -> str:
    """Give the condition in SQL; `followup_id` is a column or a named value, perhaps NULL."""
    return _NEEDED.format(id=followup_id)


def is_needed(db: Database, followup_id: int) -> bool:
    """Whether whoever is behind a follow-up must be written to discreetly."""
    (found,) = db.conn.execute(f"SELECT {needed(':id')}", {"id": followup_id}).fetchone()
    return bool(found)
