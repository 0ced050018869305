"""Planning: everybody of a segment gets a row in the ledger. Writes: deliveries (as they begin).

The people stand in TEMP TABLE audience (supporter_id), where the segment put them. One statement
asks for each whether they may be written to and writes the answer down, for those left out too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from outreach.dispatch import lease
from outreach.dispatch.campaigns import Campaign
from outreach.errors import IllegalMove
from outreach.facts.problems import Problem
from outreach.store import Database, utc_text
from outreach.supporters.consent import Cap, exclusion_names, exclusion_sql

#: Suppressions are few and looked up once each, rather than once for each person of the audience.
_BARRED: Final = """
    INSERT INTO temp.barred SELECT s.supporter_id, s.email
    FROM main.suppressions AS b CROSS JOIN main.supporters AS s ON s.email = b.email
"""

# CROSS JOIN has SQLite go through the audience and look each person up, also where it is small.
_FILL: Final = """
    INSERT INTO deliveries (campaign_id, supporter_id, state, reason, changed_at)
    SELECT :campaign_id, supporter_id, CASE reason WHEN '' THEN 'planned' ELSE 'excluded' END,
        reason, :now
    FROM (
        SELECT a.supporter_id AS supporter_id, {exclusion} AS reason
        FROM temp.audience AS a
        CROSS JOIN main.supporters AS s ON s.supporter_id = a.supporter_id
        LEFT JOIN temp.barred AS x ON x.supporter_id = s.supporter_id
    )
    ORDER BY supporter_id
"""

#: new rows have the highest numbers, so that they alone are read
_REASONS: Final = """
    SELECT reason, count(*) FROM deliveries WHERE delivery_id > ? AND state = 'excluded'
    GROUP BY reason ORDER BY count(*) DESC, reason
"""

#: a row in one of these may have reached its reader
_LEFT_US: Final = "'claimed', 'accepted', 'refused', 'in_doubt'"

#: read along the index of what is planned
_PLANNED: Final = (
    "FROM deliveries WHERE campaign_id = :campaign_id AND state = 'planned' AND not_before = ''"
)


@dataclass(frozen=True, slots=True)
class Changed:
    """How a plan differs from the one that it replaced, in people."""

    planned_before: int
    #: planned now and not before
    added: int
    #: planned before and not now
    dropped: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan holds."""

    campaign: str
    audience: int
    planned: int
    #: left out, by `Exclusion`
    excluded: dict[str, int]
    #: None where this is the first plan
    changed: Changed | None
    #: the message states what was true on it
    day: date | None = None
    #: languages whose files are older than that of the default language
    older: tuple[str, ...] = ()
    #: what is doubtful about the facts that the message states
    doubts: tuple[Problem, ...] = ()
    #: people whose message was made to see whether it can be
    sampled: int = 0
    #: those of them for whom it can't, and the first of the reasons
    not_composable: int = 0
    first_problem: str = ""
    #: why an approval counts no more; '' where none did
    approval_voided: str = ""


def clear(db: Database, campaign: Campaign, now: datetime) -> None:
    """Take away an earlier plan, keeping who was in it for `fill` to compare with.

    Called before the segment runs, so that a segment about deliveries never sees this campaign's
    own plan.

    Raises:
        IllegalMove: something has left us already, or may have.
        LeaseHeld: a dispatcher is at work on this campaign.
    """
    lease.refuse_if_held(db, lease_name(campaign), now)
    names = {"campaign_id": campaign.campaign_id}
    if has_left(db, campaign):
        raise IllegalMove(
            f"messages of {campaign.name} have left already, so its plan stands",
            next_step="make a new campaign for further people, with a segment that leaves out"
            " those of this one",
        )
    db.conn.execute("DROP TABLE IF EXISTS temp.planned_before")
    db.conn.execute(
        "CREATE TEMP TABLE planned_before AS SELECT supporter_id FROM deliveries"
        " WHERE campaign_id = :campaign_id AND state = 'planned'",
        names,
    )
    db.conn.execute("DELETE FROM deliveries WHERE campaign_id = :campaign_id", names)


def fill(
    db: Database,
    campaign: Campaign,
    *,
    discreet_version: bool,
    kind: str = "",
    cap: Cap | None = None,
    now: datetime,
) -> Planned:
    """Write a row for everybody in temp.audience: planned, or excluded with the reason.

    `discreet_version`: whether the message may go to people who need a discreet one. Who has had
    as many letters of other campaigns as `cap` allows is left out. Runs inside the caller's
    transaction, after `clear`.
    """
    (audience,) = db.conn.execute("SELECT count(*) FROM temp.audience").fetchone()
    (last,) = db.conn.execute("SELECT coalesce(max(delivery_id), 0) FROM deliveries").fetchone()
    db.conn.execute("DROP TABLE IF EXISTS temp.barred")
    db.conn.execute("CREATE TEMP TABLE barred (supporter_id INTEGER PRIMARY KEY, email TEXT)")
    db.conn.execute(_BARRED)
    names = {
        "campaign_id": campaign.campaign_id,
        "now": utc_text(now),
        **exclusion_names(cap, discreet_version=discreet_version, kind=kind),
    }
    rows = db.conn.execute(_FILL.format(exclusion=exclusion_sql(cap)), names).rowcount
    excluded: dict[str, int] = dict(db.conn.execute(_REASONS, [last]))
    changed = _compared(db, campaign) if campaign.planned_at else None
    db.conn.execute("DROP TABLE temp.barred")
    db.conn.execute("DROP TABLE temp.planned_before")
    planned = rows - sum(excluded.values())
    return Planned(campaign.name, audience, planned, excluded, changed)


def has_left(db: Database, campaign: Campaign) -> bool:
    """Whether a message of the campaign has left us, or may have."""
    (found,) = db.conn.execute(
        f"SELECT EXISTS (SELECT 1 FROM deliveries WHERE campaign_id = ? AND state IN ({_LEFT_US}))",
        [campaign.campaign_id],
    ).fetchone()
    return bool(found)


_FIRST_AND_LAST: Final = f"""
    SELECT coalesce((SELECT min(delivery_id) {_PLANNED}), 0),
        coalesce((SELECT max(delivery_id) {_PLANNED}), -1)
"""
_FROM: Final = f"""
    SELECT supporter_id {_PLANNED} AND delivery_id >= :number ORDER BY delivery_id LIMIT 1
"""


def spread(db: Database, campaign: Campaign, most: int) -> list[int]:
    """Give the supporter ids of at most `most` planned people, from all over the plan."""
    names = {"campaign_id": campaign.campaign_id}
    first, last = db.conn.execute(_FIRST_AND_LAST, names).fetchone()
    step = max((last - first) / max(most - 1, 1), 1)
    numbers = (int(first + step * n) for n in range(min(most, last - first + 1)))
    found = (db.conn.execute(_FROM, {**names, "number": n}).fetchone() for n in numbers)
    return list(dict.fromkeys(row[0] for row in found if row))


def lease_name(campaign: Campaign) -> str:
    """Name the lease that a dispatcher of this campaign holds."""
    return f"dispatch of {campaign.name}"


_ADDED: Final = """
    SELECT count(*) FROM deliveries WHERE campaign_id = ? AND state = 'planned'
    AND supporter_id NOT IN (SELECT supporter_id FROM temp.planned_before)
"""
_DROPPED: Final = """
    SELECT count(*) FROM temp.planned_before WHERE supporter_id NOT IN
    (SELECT supporter_id FROM deliveries WHERE campaign_id = ? AND state = 'planned')
"""


def _compared(db: Database, campaign: Campaign) -> Changed:
    (before,) = db.conn.execute("SELECT count(*) FROM temp.planned_before").fetchone()
    (added,) = db.conn.execute(_ADDED, [campaign.campaign_id]).fetchone()
    (dropped,) = db.conn.execute(_DROPPED, [campaign.campaign_id]).fetchone()
    return Changed(before, added, dropped)
