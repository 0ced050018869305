"""What a segment may read: five views, each column documented, and every other segment.

A segment's SELECT runs with these in front of it, as one WITH clause; nothing is made in the
database. Every row of every view belongs to a supporter, so that `supporter_id NOT IN (SELECT
supporter_id FROM ...)`, which in SQL chooses nobody once there is one NULL, does what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class View:
    """One thing that segments may read."""

    name: str
    meaning: str
    #: each column and what it holds, in the view's order
    columns: Mapping[str, str]
    sql: str


SUPPORTERS: Final = View(
    "supporters",
    "everybody on the list, also those who may not be written to: planning leaves them out",
    {
        "supporter_id": "number of the supporter",
        "email": "address; compares without regard to case",
        "given_name": "as the person writes it",
        "family_name": "as the person writes it",
        "country": "ISO 3166-1 code of two letters, upper-case (`CD`); empty where unknown",
        "language": "as the person asked for it (`fr`, `pt-BR`); empty where they never said",
        "timezone": "IANA name (`Africa/Lome`)",
        "joined": "day, `YYYY-MM-DD`",
        "tags": "JSON list of words; look inside with `json_each(tags)`",
        "attributes": "JSON object of the list's further columns: `attributes ->> 'Shoe size'`",
        "consent": "to be written to: `granted`, `denied`, `unknown`",
        "tracking": "to be tracked: `granted`, `denied`, `unknown`",
        "safety": "`standard` or `discreet`",
    },
    """
    SELECT supporter_id, email, given_name, family_name, country, language, timezone, joined,
           tags, attributes, consent, tracking, safety
      FROM main.supporters
     WHERE instr(email, '@') > 0
    """,
)

ACTIONS: Final = View(
    "actions",
    "what supporters did; counts that belong to no person (a country's paper letters) are not here",
    {
        "action_id": "number of the action",
        "supporter_id": "who did it",
        "campaign": "the campaign's key (`write-for-rights-2013`)",
        "case_key": "the case's key (`yorm-bopha`); empty where not told",
        "country": "where it was done, ISO code; empty where unknown",
        "kind": "`letter`, `email`, `sms`, `fax`, `tweet`, `petition_signature`",
        "quantity": "how many",
        "done_on": "day, `YYYY-MM-DD`; empty where unknown",
    },
    """
    SELECT action_id, supporter_id, campaign, case_key, country, kind, quantity, done_on
      FROM main.actions
     WHERE supporter_id IS NOT NULL
    """,
)

DELIVERIES: Final = View(
    "deliveries",
    "one row for each campaign and each person of its audience, sent or not",
    {
        "delivery_id": "number of the delivery",
        "supporter_id": "to whom",
        "campaign": "the campaign's name",
        "state": "`planned`, `claimed`, `accepted`, `refused`, `in_doubt`, `withdrawn`, "
        "`cancelled`, `excluded`",
        "reason": "why refused, withdrawn or excluded; else empty",
        "language": "of the message; empty where none was chosen",
        "accepted_on": "day in UTC on which the mail service took it; empty unless accepted",
        "changed_at": "moment of its last change, UTC (`2014-02-26T09:00:00Z`)",
    },
    """
    SELECT d.delivery_id, d.supporter_id, c.name AS campaign, d.state, d.reason, d.language,
           CASE d.state WHEN 'accepted' THEN substr(d.changed_at, 1, 10) ELSE '' END AS accepted_on,
           d.changed_at
      FROM main.deliveries AS d
      JOIN main.campaigns AS c ON c.campaign_id = d.campaign_id
    """,
)

REPLIES: Final = View(
    "replies",
    "mails that came from supporters; those of strangers, and of friends to whom a message was "
    "forwarded, are not here",
    {
        "reply_id": "number of the mail",
        "supporter_id": "who wrote it",
        "campaign": "the campaign's name; empty where it answers none",
        "kind": "`volunteer`, `question`, `thanks`, `unsubscribe`, `decline`, `auto_reply`, "
        "`bounce`, `complaint`, `receipt`, `newsletter`, `spam`, `own`, `unknown`",
        "certainty": "of the kind, from 0 to 1",
        "country": "that the mail states, ISO code; empty where none",
        "language": "of the mail; empty where unknown",
        "received_at": "moment, UTC (`2014-02-26T09:00:00Z`)",
    },
    """
    SELECT r.inbound_id AS reply_id, r.supporter_id, coalesce(c.name, '') AS campaign, r.kind,
           r.certainty, r.country, r.language, i.received_at
      FROM main.replies AS r
      JOIN main.inbound AS i ON i.inbound_id = r.inbound_id
      LEFT JOIN main.campaigns AS c ON c.campaign_id = r.campaign_id
     WHERE r.supporter_id IS NOT NULL
    """,
)

GATHERINGS: Final = View(
    "gatherings",
    "the events that supporters put on",
    {
        "gathering_id": "number of the event",
        "supporter_id": "who put it on",
        "campaign": "the campaign in answer to which; empty where unknown",
        "country": "where, ISO code",
        "place": "where, in words",
        "held_on": "day, `YYYY-MM-DD`; empty where not fixed",
        "kind": "`debate`, `concert`, `marathon`, `letter_writing`, `screening`, `exhibition`, "
        "`workshop`, `vigil`, `stall`, `other`",
        "state": "`planned`, `held`, `cancelled`",
    },
    """
    SELECT g.gathering_id, coalesce(g.supporter_id, f.supporter_id) AS supporter_id,
           coalesce(c.name, '') AS campaign, g.country, g.place, g.held_on, g.kind, g.state
      FROM main.gatherings AS g
      LEFT JOIN main.followups AS f ON f.followup_id = g.followup_id
      LEFT JOIN main.campaigns AS c ON c.campaign_id = f.campaign_id
     WHERE coalesce(g.supporter_id, f.supporter_id) IS NOT NULL
    """,
)

VIEWS: Final = (SUPPORTERS, ACTIONS, DELIVERIES, REPLIES, GATHERINGS)

#: for messages: what a segment may read, in words
READABLE: Final = ", ".join(view.name for view in VIEWS) + " and segment_NAME"


def with_views(segments: Mapping[str, str] | None = None) -> str:
    """Write the WITH clause that goes before a segment's SELECT.

    `segments` are the SELECTs of the segments it builds on, by the names that they go by in SQL,
    each after those it builds on itself. NOT MATERIALIZED lets SQLite use the tables' indexes
    also where a view is named twice.
    """
    parts = [f"{view.name} AS NOT MATERIALIZED ({view.sql})" for view in VIEWS]
    parts += [f"{name} AS ({people(sql)})" for name, sql in (segments or {}).items()]
    return "WITH " + ",\n".join(parts)


def view_name(segment: str) -> str:
    """Give the name of a segment in SQL: `took-part` is read as `segment_took_part`."""
    return "segment_" + segment.replace("-", "_")


def people(sql: str) -> str:
    """Write the SELECT of a segment's ids; rows without an id name nobody and are left out."""
    return (
        f"SELECT chosen.supporter_id FROM (\n{sql}\n) AS chosen "
        "WHERE chosen.supporter_id IS NOT NULL"
    )
