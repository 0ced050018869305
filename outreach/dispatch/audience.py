"""The audience of a campaign, person by person, and how it would be another by now. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from outreach.dispatch.campaigns import Campaign
from outreach.model import DeliveryState
from outreach.store import Database
from outreach.supporters.consent import Cap, exclusion_names, exclusion_sql

_LISTED: Final = """
    SELECT d.supporter_id, s.email, d.state, d.reason,
        CASE d.state WHEN 'planned' THEN d.not_before ELSE '' END, d.changed_at
    FROM deliveries AS d CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.campaign_id = :campaign_id AND (NOT :left_out OR d.state IN ({left_out}))
    ORDER BY d.delivery_id
"""
#: those whom nothing reaches, with a reason
_LEFT_OUT: Final = (DeliveryState.EXCLUDED, DeliveryState.WITHDRAWN, DeliveryState.CANCELLED)

#: in the words of the index that knows them
_PAGE: Final = """
    SELECT d.supporter_id, s.email, d.state, d.reason, '', d.changed_at
    FROM deliveries AS d INDEXED BY deliveries_left_out
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.campaign_id = :campaign_id AND d.state IN ('excluded', 'withdrawn', 'cancelled')
        AND d.supporter_id {past} :bound
    ORDER BY d.supporter_id {order} LIMIT :most
"""

_WOULD: Final = """
    WITH would AS (
        SELECT s.supporter_id FROM temp.audience AS a
        CROSS JOIN main.supporters AS s ON s.supporter_id = a.supporter_id
        LEFT JOIN main.suppressions AS x ON x.email = s.email
        WHERE {exclusion} = ''
    ),
    ours AS (
        SELECT supporter_id, state FROM deliveries
        WHERE campaign_id = :campaign_id AND state <> 'excluded'
    )
    SELECT (SELECT count(*) FROM would),
        (SELECT count(*) FROM would WHERE supporter_id NOT IN (SELECT supporter_id FROM ours)),
        (SELECT count(*) FROM ours
            WHERE state = 'planned' AND supporter_id NOT IN (SELECT supporter_id FROM would))
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a campaign's audience."""

    supporter_id: int
    email: str
    state: str
    #: `Exclusion` or `Refusal`; '' where there is none
    reason: str
    #: UTC, before which it may not leave; '' where it may at once, or is no longer planned
    not_before: str
    #: UTC
    changed_at: str


@dataclass(frozen=True, slots=True)
class Drift:
    """How an audience would differ if it were planned now, in people."""

    #: of the segment, then and now
    audience: int
    audience_now: int
    would_be_planned: int
    #: would be planned, and are not
    added: int
    #: are still planned, and would not be
    dropped: int


def members(db: Database, campaign: Campaign, *, left_out: bool = False) -> Iterator[Member]:
    """Give everybody of the audience, or only who was left out, one after another from the disk."""
    words = ", ".join(f"'{state}'" for state in _LEFT_OUT)
    rows = db.conn.execute(
        _LISTED.format(left_out=words),
        {"campaign_id": campaign.campaign_id, "left_out": left_out},
    )
    return (Member(*row) for row in rows)


def left_out(
    db: Database, campaign: Campaign, *, after: int = 0, before: int = 0, most: int
) -> list[Member]:
    """Give those whom nothing reaches, by number: the first `after` one, or the last `before` one.

    At most so many, and as fast at the end of a long list as at its beginning.
    """
    query = _PAGE.format(past="<" if before else ">", order="DESC" if before else "ASC")
    names = {"campaign_id": campaign.campaign_id, "bound": before or after, "most": most}
    found = [Member(*row) for row in db.conn.execute(query, names)]
    return found[::-1] if before else found


def drift(
    db: Database, campaign: Campaign, *, discreet_version: bool, kind: str = "", cap: Cap | None
) -> Drift:
    """Compare the ledger with `temp.audience`, which the caller has filled with the segment."""
    (audience,) = db.conn.execute("SELECT count(*) FROM temp.audience").fetchone()
    found = db.conn.execute(
        _WOULD.format(exclusion=exclusion_sql(cap)),
        {
            "campaign_id": campaign.campaign_id,
            **exclusion_names(cap, discreet_version=discreet_version, kind=kind),
        },
    ).fetchone()
    return Drift(campaign.audience, audience, *found)
