"""From the audience to the letters that were collected, and what silence costs. Reads only.

Added up of `cells` by country, language, arm and week. A week is that in which a thing happened:
letters that were collected in December stand in December, though the message went in November.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final

from outreach.dispatch import campaigns
from outreach.reports.cells import Cell, cells
from outreach.reports.figures import UNNAMED, too_few
from outreach.store import Database, snapshot


class Dimension(StrEnum):
    """What the steps are counted by."""

    COUNTRY = "country"
    LANGUAGE = "language"
    ARM = "arm"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The steps, of all or of one country, language, arm or week."""

    #: ISO code; BCP 47 tag of the message; name of the arm; ISO week as 2014-W09. '' where it is
    #: not known, `figures.NO_MESSAGE` for those who had no message, UNNAMED, or '' for all
    key: str = ""
    audience: int = 0
    accepted: int = 0
    #: readers' servers that took it; None where no provider tells
    delivered: int | None = 0
    #: people who wrote back, once for a campaign
    replied: int = 0
    #: people who offered to put on an event
    volunteered: int = 0
    #: volunteers who had an answer from staff
    contacted: int = 0
    #: between their first mail and that answer; None: nobody had one
    median_hours: float | None = None
    #: volunteers who said that they will
    confirmed: int = 0
    #: gatherings that took place
    held: int = 0
    #: letters that came of them, as far as they were checked
    letters: int = 0
    #: letters, signatures and messages of all kinds
    collected: int = 0
    #: volunteers who wait for a word from us now
    waiting: int = 0
    median_wait_hours: float | None = None
    longest_wait_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Volunteers who wait for a word from us, by how long."""

    #: less than a day, one to three days, three to seven, more than seven
    waiting: tuple[int, int, int, int]
    median_hours: float | None
    longest_hours: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The whole report over one or more campaigns."""

    #: names; empty: all there are, with what answers none of them
    campaigns: tuple[str, ...]
    #: the moment at which it was counted, UTC
    at: datetime
    total: Row
    parts: Mapping[Dimension, tuple[Row, ...]]
    silence: Silence


#: the steps in which people are counted: of a dangerous country none is shown that stands for few
_PEOPLE: Final = (
    *("audience", "accepted", "delivered", "replied", "volunteered", "contacted", "confirmed"),
    *("held", "waiting"),
)
#: hours after which silence costs a volunteer
_DAYS: Final = (24.0, 72.0, 168.0)


def funnel(
    db: Database,
    names: Sequence[str],
    now: datetime,
    *,
    by: Sequence[Dimension] = tuple(Dimension),
    dangers: Set[str] = frozenset(),
    least: int = 1,
) -> Funnel:
    """Count the funnel of these campaigns; of all there are, where none is named.

    Of a country of `dangers`, and of a language that is mostly of people there, no row is shown
    with a number of people below `least`: such ones are one row together. All is read at one
    moment.

    Raises:
        NotFound: there is no such campaign.
    """
    with snapshot(db):
        found = [campaigns.get(db, name) for name in dict.fromkeys(names)]
        asked = json.dumps([each.campaign_id for each in found]) if found else None
        counted = list(cells(db, asked, now))
    is_told = any(cell.step == "delivered" for cell in counted)
    parts = {dimension: _rows(counted, dimension, is_told) for dimension in by}
    for dimension in _GUARDED & parts.keys():
        parts[dimension] = _guarded(counted, dimension, parts[dimension], dangers, least, is_told)
    return Funnel(
        tuple(each.name for each in found),
        now,
        _row("", counted, is_told),
        parts,
        _silence([cell.hours for cell in counted if cell.step == "waiting"]),
    )


#: a language may stand for a country
_GUARDED: Final = frozenset({Dimension.COUNTRY, Dimension.LANGUAGE})

_KEYS: Final[Mapping[Dimension, Callable[[Cell], str]]] = {
    Dimension.COUNTRY: lambda cell: cell.country,
    Dimension.LANGUAGE: lambda cell: cell.language,
    Dimension.ARM: lambda cell: cell.arm,
    Dimension.WEEK: lambda cell: week_of(cell.day),
}


def week_of(day: str) -> str:
    """Give the ISO week of a day, YYYY-MM-DD, as 2014-W09; '' for ''."""
    if not day:
        return ""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


def _rows(counted: Sequence[Cell], dimension: Dimension, is_told: bool) -> tuple[Row, ...]:
    """Add up by a dimension: weeks in their order, of the others the largest first."""
    key = _KEYS[dimension]
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in counted:
        groups[key(cell)].append(cell)
    rows = [_row(name, group, is_told) for name, group in groups.items()]
    if dimension is Dimension.WEEK:
        return tuple(sorted(rows, key=lambda row: (row.key == "", row.key)))
    return tuple(sorted(rows, key=lambda row: (-row.audience, -row.volunteered, row.key)))


def _guarded(
    counted: Sequence[Cell],
    dimension: Dimension,
    rows: Sequence[Row],
    dangers: Set[str],
    least: int,
    is_told: bool,
) -> tuple[Row, ...]:
    """Put the rows that stand for few people in danger into one without a name, the last."""
    key = _KEYS[dimension]
    there: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in counted:
        if cell.country in dangers:
            there[key(cell)][cell.step] += cell.number
    hidden = {
        row.key
        for row in rows
        for step in _PEOPLE
        if too_few(getattr(row, step), least) and there[row.key][step] * 2 > getattr(row, step)
    }
    if not hidden:
        return tuple(rows)
    together = _row(UNNAMED, [cell for cell in counted if key(cell) in hidden], is_told)
    return (*(row for row in rows if row.key not in hidden), together)


def _row(key: str, counted: Sequence[Cell], is_told: bool) -> Row:
    sums: dict[str, int] = defaultdict(int)
    hours: dict[str, list[float]] = defaultdict(list)
    for cell in counted:
        sums[cell.step] += cell.number
        if cell.step in ("contacted", "waiting"):
            hours[cell.step].append(cell.hours)
    row = Row(
        key=key,
        median_hours=_median(hours["contacted"]),
        median_wait_hours=_median(hours["waiting"]),
        longest_wait_hours=round(max(hours["waiting"]), 1) if hours["waiting"] else None,
        **{name: sums[name] for name in STEPS},
    )
    return row if is_told else replace(row, delivered=None)


#: the steps in their order
STEPS: Final = tuple(f.name for f in fields(Row) if f.name != "key" and "hours" not in f.name)


def _silence(hours: Sequence[float]) -> Silence:
    bounds = (0.0, *_DAYS, float("inf"))
    day, days, week, longer = (
        sum(low <= h < high for h in hours) for low, high in pairwise(bounds)
    )
    return Silence(
        (day, days, week, longer),
        _median(hours),
        round(max(hours), 1) if hours else None,
    )


def _median(hours: Sequence[float]) -> float | None:
    return round(median(hours), 1) if hours else None
