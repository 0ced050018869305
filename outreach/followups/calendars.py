"""Gatherings as calendars by RFC 5545. Pure.

Times carry the zone of the place with its rules, so that a phone shows the right hour whatever
the law makes of summer time later. A gathering has one UID for ever, and a SEQUENCE that grows with
each change, so that a calendar file sent again replaces what was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.prop import vText

from outreach.followups.gatheringnames import kind_name
from outreach.followups.gatherings import Particulars
from outreach.followups.gatheringstates import GatheringState
from outreach.followups.gatheringview import Gathering
from outreach.places import country_name

#: how long it takes where nobody said
_USUAL: Final = timedelta(hours=2)
_PRODUCT: Final = "-//outreach//gatherings//EN"


def calendar(gatherings: Sequence[Gathering], now: datetime, language: str = "en") -> bytes:
    """Write gatherings, each of which has a day, as one calendar file in a language, BCP 47.

    What stands in it is what the records say: mask them first where they leave the house. Lines are
    folded at 75 octets and end with CRLF.
    """
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for gathering in gatherings:
        made.add_component(_event(gathering, now, language))
    days = [date.fromisoformat(gathering.known.held_on) for gathering in gatherings]
    if days:
        year = timedelta(days=366)
        made.add_missing_timezones(first_date=min(days) - year, last_date=max(days) + year)
    written: bytes = made.to_ical()
    return written


def _event(gathering: Gathering, now: datetime, language: str) -> Event:
    known = gathering.known
    event = Event()
    event.add("uid", gathering.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", gathering.version - 1)
    if gathering.changed_at:
        event.add("last-modified", datetime.fromisoformat(gathering.changed_at))
    day = date.fromisoformat(known.held_on)
    begins = _begins(known)
    if begins is None:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    else:
        lasts = timedelta(minutes=known.minutes) if known.minutes else _USUAL
        event.add("dtstart", begins)
        # of the time that passes, not of the clocks: they may be put forward meanwhile
        event.add("dtend", (begins.astimezone(UTC) + lasts).astimezone(begins.tzinfo))
    country = country_name(known.country, language) or known.country
    event.add("summary", _one_line(_title(known, language)))
    event.add("location", _one_line(", ".join(filter(None, [known.place, country]))))
    if known.cases:
        event.add("categories", [_one_line(case) for case in known.cases])
    event.add("status", _STATUS[gathering.state])
    event.add("class", "PUBLIC" if gathering.public else "PRIVATE")
    event.add("transp", "OPAQUE")
    return event


_STATUS: Final = {
    GatheringState.PLANNED: "CONFIRMED",
    GatheringState.HELD: "CONFIRMED",
    GatheringState.CANCELLED: "CANCELLED",
}


def _begins(known: Particulars) -> datetime | None:
    if not (known.begins and known.zone):
        return None
    day, hour = date.fromisoformat(known.held_on), time.fromisoformat(known.begins)
    return datetime.combine(day, hour, ZoneInfo(known.zone))


def _title(known: Particulars, language: str) -> str:
    return ", ".join(filter(None, [kind_name(known.kind, language), known.place]))


def _one_line(text: str) -> vText:
    return vText(" ".join(text.split()))
