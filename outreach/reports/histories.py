"""All that is known of one supporter, over all rooms. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from outreach.store import Database

#: asked campaign by campaign, as the ledger is kept: few campaigns have millions of people
_THEIRS: Final = (
    "campaigns AS c CROSS JOIN deliveries AS d"
    " ON d.campaign_id = c.campaign_id AND d.supporter_id = :id"
)
#: name -> what of it, oldest first; each binds `:id` and `:email`
_PARTS: Final[Mapping[str, str]] = {
    "choices": "SELECT chosen_at AS at, field, old, new, asked_by FROM choices"
    " WHERE supporter_id = :id ORDER BY choice_id",
    "suppressions": "SELECT suppressed_at AS at, reason, source FROM suppressions"
    " WHERE email = :email",
    "signups": "SELECT asked_at AS at, purpose, name, country, language, words, confirmed_at"
    " FROM signups WHERE email = :email ORDER BY signup_id",
    "deliveries": "SELECT d.changed_at AS at, c.name AS campaign, d.state, d.reason, d.language"
    f" FROM {_THEIRS} ORDER BY d.changed_at, d.delivery_id",
    "events": "SELECT e.occurred_at AS at, coalesce(c.name, '') AS campaign, e.provider, e.kind,"
    " e.bounce, e.detail FROM provider_events AS e"
    " LEFT JOIN deliveries AS d USING (delivery_id) LEFT JOIN campaigns AS c USING (campaign_id)"
    " WHERE e.event_id IN (SELECT event_id FROM provider_events WHERE supporter_id = :id"
    " UNION SELECT event_id FROM provider_events"
    f" WHERE delivery_id IN (SELECT d.delivery_id FROM {_THEIRS}))"
    " ORDER BY e.occurred_at, e.event_id",
    "counted": "SELECT k.first_at AS at, c.name AS campaign, k.what, k.target"
    f" FROM {_THEIRS} CROSS JOIN counted AS k ON k.delivery_id = d.delivery_id"
    " ORDER BY k.first_at",
    "replies": "SELECT i.received_at AS at, coalesce(c.name, '') AS campaign, r.kind, r.subject,"
    " r.reply FROM replies AS r JOIN inbound AS i USING (inbound_id)"
    " LEFT JOIN campaigns AS c USING (campaign_id) WHERE r.supporter_id = :id"
    " ORDER BY i.received_at, r.inbound_id",
    "letters": "SELECT created_at AS at, purpose, template, subject, state, created_by"
    " FROM letters WHERE supporter_id = :id ORDER BY letter_id",
    "followups": "SELECT opened_at AS at, followup_id, stage, close_reason, assignee"
    " FROM followups WHERE supporter_id = :id ORDER BY followup_id",
    "gatherings": "SELECT held_on AS at, gathering_id, state, kind, country, place"
    " FROM gatherings WHERE supporter_id = :id ORDER BY gathering_id",
    "actions": "SELECT done_on AS at, campaign, case_key, kind, quantity FROM actions"
    " WHERE supporter_id = :id ORDER BY done_on, action_id",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One sort of thing that happened: `at` (UTC, or a day) and what else is known of each."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def history_of(db: Database, supporter_id: int, email: str) -> dict[str, Part]:
    """Give all that happened with a supporter by what it is, oldest first."""
    asked = {"id": supporter_id, "email": email}
    found = {}
    for name, sql in _PARTS.items():
        cursor = db.conn.execute(sql, asked)
        columns = tuple(str(column[0]) for column in cursor.description)
        found[name] = Part(columns, tuple(tuple(row) for row in cursor))
    return found
