"""Times as they stand on the wall of some place, and the moments that they mean. Pure.

Where clocks are put forward some wall times never come: they mean the first moment after the gap.
Where clocks are put back some come twice: they mean the first of the two.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from outreach.errors import InputError, shown
from outreach.places.zones import is_timezone, zone_names

#: beyond it nobody means what they wrote
LAST_YEAR: Final = 2100
_FORMS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_SECOND: Final = timedelta(seconds=1)
_HOURS: Final = re.compile(r"\d")


class Oddity(StrEnum):
    """What is odd about a wall time."""

    NONE = ""
    #: clocks are put forward over it
    NEVER_COMES = "never_comes"
    #: clocks are put back over it
    COMES_TWICE = "comes_twice"


@dataclass(frozen=True, slots=True)
class Meant:
    """The moment that a wall time means."""

    #: UTC
    at: datetime
    oddity: Oddity = Oddity.NONE


def wall_time(text: str) -> datetime:
    """Read a wall time such as `2014-02-26 09:00`, without a zone.

    Raises:
        InputError: it is none, or its year is beyond all planning.
    """
    for form in _FORMS:
        try:
            wall = datetime.strptime(text.strip(), form)  # noqa: DTZ007 -- a wall has no zone
        except ValueError:
            continue
        if not 1970 <= wall.year <= LAST_YEAR:
            raise InputError(f"the year must be one from 1970 to {LAST_YEAR}", value=text)
        return wall
    raise InputError(
        "this is no day and time", value=text, next_step='write it as "2014-02-26 09:00"'
    )


def zone_named(name: str) -> str:
    """Give the IANA zone that somebody named.

    Raises:
        InputError: there is none of that name.
    """
    if is_timezone(name):
        return name
    # Etc/GMT+1 is an hour behind GMT and not before it, so it is never what somebody meant
    known = {zone.lower(): zone for zone in zone_names() if not zone.startswith("Etc/")}
    cities = {zone.rpartition("/")[2]: zone for zone in reversed(known)}
    asked = name.strip().lower().replace(" ", "_")
    found = known.get(asked) or known.get(cities.get(asked, ""))
    # nor is GMT what GMT+1 means: hours beside a clock are those of no one place
    if found is None and not _HOURS.search(asked):
        near = difflib.get_close_matches(asked, [*known, *cities], 1, 0.7)
        found = known.get(near[0]) or known[cities[near[0]]] if near else None
    meant = f", did you mean {shown(found)}" if found else ""
    raise InputError(
        f"there is no time zone of that name{meant}",
        value=name,
        next_step="name a city, such as Europe/Paris or America/Sao_Paulo",
    )


def moment_of(wall: datetime, zone: str) -> Meant:
    """Give the moment at which the clocks of `zone` show `wall`, or the one that stands for it."""
    clock = ZoneInfo(zone)
    # fold 0 counts with the clock before a change and fold 1 with the one after it
    first = wall.replace(tzinfo=clock, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=clock, fold=1).astimezone(UTC)
    if first == second:
        return Meant(first)
    if first < second:
        return Meant(first, Oddity.COMES_TWICE)
    return Meant(_change(clock, second, first), Oddity.NEVER_COMES)


def wall_of(moment: datetime, zone: str) -> datetime:
    """Give what the clocks of `zone` show at a moment, without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def changes(zone: str, begin: datetime, end: datetime) -> list[datetime]:
    """Give the moments (UTC) between `begin` and `end` at which the clocks of `zone` are put."""
    clock, found = ZoneInfo(zone), []
    before = begin.astimezone(UTC)
    while before < end:
        after = min(before + timedelta(hours=6), end)
        if before.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
            found.append(_change(clock, before, after))
        before = after
    return found


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Give the first moment, to the second, with the offset of `after` and not that of `before`."""
    old = before.astimezone(clock).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle <= before:
            break
        if middle.astimezone(clock).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
