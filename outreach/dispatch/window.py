"""The sending window: the hours of the day at which letters may leave, by the clock on a wall.

Pure. Whether it is open is asked of the clock itself, so an hour that comes twice is open twice,
and one that never comes is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from outreach.dispatch.wallclock import changes, wall_of
from outreach.errors import InputError

_WINDOW: Final = re.compile(r"\s*(\d{1,2}):(\d\d)\s*(?:-|–|to)\s*(\d{1,2}):(\d\d)\s*")
#: a place may leave out a whole day, as Samoa did at the end of 2011
_FAR: Final = timedelta(days=3)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` until just before `closes`; where that is earlier, over midnight."""

    opens: time
    closes: time

    @classmethod
    def read(cls, text: str) -> Window | None:
        """Read `08:00-20:00`; None where it says the whole day (`00:00-24:00`) or nothing.

        Raises:
            InputError: it is no window, or an empty one.
        """
        if not text.strip():
            return None
        found = _WINDOW.fullmatch(text)
        numbers = [int(number) for number in found.groups()] if found else [99] * 4
        from_hour, from_minute, to_hour, to_minute = numbers
        if (to_hour, to_minute) == (24, 0):
            to_hour = 0
        try:
            window = cls(time(from_hour, from_minute), time(to_hour, to_minute))
        except ValueError:
            raise InputError(
                "this is no sending window", value=text, next_step="write it as 08:00-20:00"
            ) from None
        if window.opens != window.closes:
            return window
        if window.opens == time() and numbers[2] == 24:
            return None
        raise InputError(
            "this sending window is empty, as it closes when it opens",
            value=text,
            next_step="write it as 08:00-20:00, or leave it out to send at all hours",
        )

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def is_open(self, moment: datetime, zone: str) -> bool:
        """Whether letters to people in `zone` may leave at a moment."""
        shown = wall_of(moment, zone).time()
        if self.opens < self.closes:
            return self.opens <= shown < self.closes
        return shown >= self.opens or shown < self.closes

    def next_open(self, moment: datetime, zone: str) -> datetime:
        """Give the first moment from this one on (UTC) at which it is open."""
        if self.is_open(moment, zone):
            return moment.astimezone(UTC)
        edges = self._edges(moment, moment + _FAR, zone)
        return next(edge for edge in edges if edge > moment and self.is_open(edge, zone))

    def next_shut(self, moment: datetime, zone: str) -> datetime:
        """Give the first moment from this one on (UTC) at which it is shut."""
        if not self.is_open(moment, zone):
            return moment.astimezone(UTC)
        edges = self._edges(moment, moment + _FAR, zone)
        return next(edge for edge in edges if edge > moment and not self.is_open(edge, zone))

    def last_open(self, moment: datetime, zone: str) -> datetime:
        """Give the last moment up to this one (UTC) at which it was opened."""
        return self._last(moment, zone, opened=True)

    def last_shut(self, moment: datetime, zone: str) -> datetime:
        """Give the last moment up to this one (UTC) at which it was shut."""
        return self._last(moment, zone, opened=False)

    def _last(self, moment: datetime, zone: str, *, opened: bool) -> datetime:
        """Give the last moment at which it changed to open, or to shut."""
        edges = self._edges(moment - _FAR, moment, zone)
        return next(
            edge
            for edge in reversed(edges)
            if edge <= moment
            and self.is_open(edge, zone) is opened
            and self.is_open(edge - _SECOND, zone) is not opened
        )

    def _edges(self, begin: datetime, end: datetime, zone: str) -> list[datetime]:
        """Give in order the moments around which it may open or shut; some may do neither."""
        return sorted({*self._on_the_clock(begin, end, zone), *changes(zone, begin, end)})

    def _on_the_clock(self, begin: datetime, end: datetime, zone: str) -> Iterator[datetime]:
        clock = ZoneInfo(zone)
        day = wall_of(begin, zone).date() - timedelta(days=1)
        last = wall_of(end, zone).date() + timedelta(days=1)
        while day <= last:
            for edge in (self.opens, self.closes):
                for fold in (0, 1):
                    wall = datetime.combine(day, edge, clock).replace(fold=fold)
                    yield wall.astimezone(UTC)
            day += timedelta(days=1)
