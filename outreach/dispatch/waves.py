"""Waves: who of a scheduled campaign is written to when, by the clocks on their own walls.

Writes: deliveries, and of these only the moment before which a planned one may not leave (`plan`
and `ledger` write the rest). So whoever sends need not know that there is a schedule: what is not
due is not sent, from the crontab or by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.wallclock import Oddity, moment_of, wall_of
from outreach.places import is_timezone, likely_timezone_of
from outreach.store import Database, utc_text

#: comes after every moment
_EVER: Final = "9999"

_ALL: Final = """
    SELECT count(*), coalesce(min(nullif(not_before, '')), '') FROM deliveries
    WHERE campaign_id = :campaign_id AND state = 'planned' AND not_before <= :due_by
"""
_BY_PLACE: Final = """
    SELECT s.timezone, s.country, count(*), coalesce(min(nullif(d.not_before, '')), '')
    FROM deliveries AS d CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.campaign_id = :campaign_id AND d.state = 'planned' AND d.not_before <= :due_by
    GROUP BY s.timezone, s.country
"""
_WRITTEN: Final = """
    SELECT d.not_before, s.timezone, s.country, count(*)
    FROM deliveries AS d CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.campaign_id = :campaign_id AND d.state = 'planned' AND d.not_before <> ''
        AND d.deferrals = 0
    GROUP BY d.not_before, s.timezone, s.country
"""
_SET_ALL: Final = """
    UPDATE deliveries SET not_before = :moment
    WHERE campaign_id = :campaign_id AND state = 'planned' AND not_before <= :due_by
"""
_SET_BY_PLACE: Final = """
    UPDATE deliveries SET not_before = m.moment
    FROM supporters AS s CROSS JOIN temp.moments AS m
    WHERE deliveries.campaign_id = :campaign_id AND deliveries.state = 'planned'
        AND deliveries.not_before <= :due_by AND s.supporter_id = deliveries.supporter_id
        AND m.timezone = s.timezone AND m.country = s.country
"""


@dataclass(frozen=True, slots=True)
class Readers:
    """Those of a campaign who go by the clocks of one zone, as far as they are planned."""

    zone: str
    people: int
    #: UTC: when the first of them is or was due; '' where it is not known
    first_due: str
    #: (time zone, country) as the roll has them; () where it was not asked
    places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wave:
    """People whose letters may leave from the same moment on."""

    #: UTC
    at: datetime
    people: int
    #: those with the most people first
    zones: tuple[str, ...]
    #: zones whose clocks are put forward over the wall time that was asked for, or back over it
    never_comes: tuple[str, ...] = ()
    comes_twice: tuple[str, ...] = ()
    #: what the clocks of each of `zones` show then
    walls: tuple[datetime, ...] = ()


def readers(
    db: Database, campaign: Campaign, schedule: Schedule, *, due_by: datetime | None = None
) -> list[Readers]:
    """Give whose letters are planned, by zone, those with the most people first.

    Only what is due by a moment, where one is given.
    """
    names = {"campaign_id": campaign.campaign_id, "due_by": _due_by(due_by)}
    if not schedule.local:
        people, first = db.conn.execute(_ALL, names).fetchone()
        return [Readers(schedule.zone, people, first)] if people else []
    found: dict[str, list[tuple[str, str, int, str]]] = {}
    for row in db.conn.execute(_BY_PLACE, names):
        found.setdefault(zone_of(row[0], row[1]) or schedule.zone, []).append(row)
    groups = (
        Readers(
            zone,
            sum(people for _, _, people, _ in rows),
            min((first for *_, first in rows if first), default=""),
            tuple((timezone, country) for timezone, country, *_ in rows),
        )
        for zone, rows in found.items()
    )
    return sorted(groups, key=lambda group: (-group.people, group.zone))


def zone_of(timezone: str, country: str) -> str:
    """Give somebody's zone, else that of most people in their country; '' where none is known."""
    return timezone if is_timezone(timezone) else likely_timezone_of(country)


def waves(schedule: Schedule, groups: Iterable[Readers]) -> list[Wave]:
    """Say when each of the groups may be written to, the first wave first. Pure.

    Where the sending window is shut at the moment that was asked for, a wave waits until it opens.
    """
    at: dict[datetime, list[tuple[Readers, Oddity]]] = {}
    for group in groups:
        meant = moment_of(schedule.begins_at, group.zone)
        at.setdefault(_opened(schedule, meant.at, group.zone), []).append((group, meant.oddity))
    return [
        Wave(
            moment,
            sum(group.people for group, _ in of_wave),
            tuple(group.zone for group, _ in of_wave),
            never_comes=tuple(g.zone for g, odd in of_wave if odd is Oddity.NEVER_COMES),
            comes_twice=tuple(g.zone for g, odd in of_wave if odd is Oddity.COMES_TWICE),
            walls=tuple(wall_of(moment, group.zone) for group, _ in of_wave),
        )
        for moment, of_wave in sorted(at.items(), key=lambda item: item[0])
    ]


def still_to_go(db: Database, campaign: Campaign, schedule: Schedule) -> list[Wave]:
    """Give the waves as they were written down, as far as they are planned and were not put off."""
    at: dict[str, dict[str, int]] = {}
    names = {"campaign_id": campaign.campaign_id}
    for moment, timezone, country, people in db.conn.execute(_WRITTEN, names):
        zone = (zone_of(timezone, country) if schedule.local else "") or schedule.zone
        of_wave = at.setdefault(moment, {})
        of_wave[zone] = of_wave.get(zone, 0) + people
    return [_wave(datetime.fromisoformat(moment), people) for moment, people in sorted(at.items())]


def _wave(moment: datetime, people: Mapping[str, int]) -> Wave:
    zones = tuple(sorted(people, key=lambda zone: (-people[zone], zone)))
    walls = tuple(wall_of(moment, zone) for zone in zones)
    return Wave(moment, sum(people.values()), zones, walls=walls)


def begin(db: Database, campaign: Campaign, schedule: Schedule) -> list[Wave]:
    """Let no planned letter leave before the moment of its wave, and give the waves."""
    groups = readers(db, campaign, schedule)
    moments = [
        (group, _opened(schedule, moment_of(schedule.begins_at, group.zone).at, group.zone))
        for group in groups
    ]
    _set(db, campaign, moments, due_by=None)
    return waves(schedule, groups)


def let_go(db: Database, campaign: Campaign) -> None:
    """Let every planned letter leave at once."""
    names = {"moment": "", "campaign_id": campaign.campaign_id, "due_by": _EVER}
    db.conn.execute(_SET_ALL, names)


def put_off_shut(
    db: Database, campaign: Campaign, schedule: Schedule, due: Sequence[Readers], now: datetime
) -> datetime | None:
    """Put off those of the `due` whose sending window is shut at `now` until it opens.

    Gives the moment at which the first window of the others shuts; None where none does. `due` is
    what `readers` gave of those due by `now`, in this transaction.
    """
    window = schedule.window
    if window is None:
        return None
    shut = [group for group in due if not window.is_open(now, group.zone)]
    moments = [(group, window.next_open(now, group.zone)) for group in shut]
    _set(db, campaign, moments, due_by=now)
    return min(
        (window.next_shut(now, group.zone) for group in due if group not in shut), default=None
    )


def _opened(schedule: Schedule, moment: datetime, zone: str) -> datetime:
    return moment if schedule.window is None else schedule.window.next_open(moment, zone)


def _due_by(moment: datetime | None) -> str:
    return _EVER if moment is None else utc_text(moment)


def _set(
    db: Database,
    campaign: Campaign,
    moments: Sequence[tuple[Readers, datetime]],
    *,
    due_by: datetime | None,
) -> None:
    """Give a moment to the planned letters of each group, as far as they are due by a moment."""
    names = {"campaign_id": campaign.campaign_id, "due_by": _due_by(due_by)}
    if not moments:
        return
    if not moments[0][0].places:
        db.conn.execute(_SET_ALL, {**names, "moment": utc_text(moments[0][1])})
        return
    db.conn.execute("DROP TABLE IF EXISTS temp.moments")
    db.conn.execute(
        "CREATE TEMP TABLE moments (timezone TEXT, country TEXT, moment TEXT,"
        " PRIMARY KEY (timezone, country)) WITHOUT ROWID"
    )
    db.conn.executemany(
        "INSERT INTO temp.moments VALUES (?, ?, ?)",
        [
            (*place, utc_text(moment.astimezone(UTC)))
            for group, moment in moments
            for place in group.places
        ],
    )
    db.conn.execute(_SET_BY_PLACE, names)
    db.conn.execute("DROP TABLE temp.moments")
