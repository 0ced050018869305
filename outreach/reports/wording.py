"""How the figures of a report are called and written, for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outreach.places import country_name
from outreach.reports.figures import NO_MESSAGE, UNNAMED
from outreach.reports.funnel import Dimension, Row

#: the field of a row -> its heading, and what it says
STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "audience": ("audience", "people of the campaign's segment"),
    "accepted": ("accepted", "messages that the mail service took"),
    "delivered": ("delivered", "messages that readers' servers took, where a provider tells"),
    "replied": ("replied", "people who wrote back"),
    "volunteered": ("volunteered", "people who offered to put on an event"),
    "contacted": ("contacted", "volunteers who had an answer from staff"),
    "median_hours": ("hours", "median time to that first answer, in hours"),
    "confirmed": ("confirmed", "volunteers who said that they will"),
    "held": ("held", "gatherings that took place"),
    "letters": ("letters", "letters that were collected there, as far as checked"),
    "collected": ("in all", "letters, signatures and messages that were collected there"),
    "waiting": ("waiting", "volunteers who wait for a word now"),
    "median_wait_hours": ("waited", "median time that they have waited, in hours"),
    "longest_wait_hours": ("longest", "longest time that one has waited, in hours"),
}
TITLES: Final[Mapping[Dimension, str]] = {
    Dimension.COUNTRY: "country",
    Dimension.LANGUAGE: "language of the message",
    Dimension.ARM: "arm",
    Dimension.WEEK: "week",
}
#: how long volunteers have waited, as `funnel.Silence` counts them
WAITS: Final = ("less than a day", "one to three days", "three to seven days", "over seven days")


def named(dimension: Dimension, key: str) -> str:
    """Name a row for people."""
    if key == UNNAMED:
        return "not named, for safety"
    if key == NO_MESSAGE:
        return "no message"
    if not key:
        return "the only one" if dimension is Dimension.ARM else "unknown"
    if dimension is Dimension.COUNTRY:
        return f"{key} {country_name(key, 'en')}"
    return key


def cell(row: Row, field: str) -> str:
    """Write a number for people; '' where there is none."""
    number: int | float | None = getattr(row, field)
    if number is None:
        return ""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def rate(row: Row, field: str, of: str) -> str:
    """Write how many of a step came to another, in per cent; '' where it says nothing."""
    part, whole = getattr(row, field), getattr(row, of)
    if not whole or part is None:
        return ""
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 10 else f"{share:.2g}%"
