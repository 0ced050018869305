"""When an answer is due, counted in the working hours of the volunteer's own week. Writes nothing.

Weekends are Unicode CLDR's, by country, where the settings say no other: Friday and Saturday in
Egypt, Friday alone in Iran. Public holidays count as working days: what is due on one is answered
a day early at worst.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError

from outreach.places import is_timezone, likely_timezone_of
from outreach.settings import Settings

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY_AND_SUNDAY: Final = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class Week:
    """One place's working week."""

    zone: ZoneInfo
    opens: time
    closes: time
    #: days as `datetime.weekday` counts them
    weekend: frozenset[int]

    def after(self, since: datetime, hours: int) -> datetime:
        """Give the moment (UTC) at which `hours` of work have passed since an aware moment.

        Hours in which the clocks go forward or back are as long as they really are. A week without
        a working day has no end, so its days all count.
        """
        left = timedelta(hours=hours)
        day = since.astimezone(self.zone).date()
        rests = self.weekend if len(self.weekend) < len(_DAYS) else frozenset()
        while True:
            if day.weekday() not in rests:
                begin = max(self._moment(datetime.combine(day, self.opens)), since)
                end = self._moment(datetime.combine(day, self.closes))
                if end - begin >= left:
                    return (begin + left).astimezone(UTC)
                left -= max(end - begin, timedelta())
            day += timedelta(days=1)

    def _moment(self, clock: datetime) -> datetime:
        return clock.replace(tzinfo=self.zone).astimezone(UTC)


def week_of(settings: Settings, country: str, timezone: str = "") -> Week:
    """Give the working week of a country (ISO code, or ''), or of a zone where that is known.

    Without either it is by the clock of [schedule] zone.
    """
    wanted = timezone if is_timezone(timezone) else likely_timezone_of(country)
    opens, _, closes = settings.followups.working_hours.partition("-")
    stated = _stated(settings.followups.weekends)
    return Week(
        ZoneInfo(wanted or settings.schedule.zone),
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        stated.get(country) or weekend_of(country),
    )


def due_at(settings: Settings, since: datetime, country: str, timezone: str = "") -> datetime:
    """Give when an answer is due to somebody of a country who waits since an aware moment, UTC."""
    hours = settings.followups.answer_within
    return week_of(settings, country, timezone).after(since, hours)


@lru_cache(maxsize=512)
def weekend_of(country: str) -> frozenset[int]:
    """Give the days of a country's weekend by CLDR, Monday being 0."""
    if not country:
        return _SATURDAY_AND_SUNDAY
    try:
        locale = Locale.parse(f"und_{country}")
    except (UnknownLocaleError, ValueError):
        return _SATURDAY_AND_SUNDAY
    start, end = locale.weekend_start, locale.weekend_end
    return frozenset((start + n) % 7 for n in range((end - start) % 7 + 1))


@lru_cache(maxsize=8)
def _stated(weekends: str) -> dict[str, frozenset[int]]:
    found = {}
    for word in weekends.split():
        country, _, days = word.partition("=")
        found[country] = frozenset(_DAYS.index(day) for day in days.split(","))
    return found
