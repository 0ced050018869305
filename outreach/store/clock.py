"""The one way in which a moment is written into the database."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Write an aware `moment` as UTC text that sorts by time: `2014-02-26T09:00:00Z`.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone can't be stored")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
