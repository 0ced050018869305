"""When a mail came: its own moment, whenever its file is read. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from outreach.replies.headers import Headers
from outreach.replies.mime import headers_of

#: no mail to us is older; a clock that says so is wrong
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


def moment_of(raw: bytes, now: datetime) -> datetime:
    """Give what `moment_in` gives for a mail's headers. Takes any bytes and never raises."""
    return moment_in(headers_of(raw), now)


def moment_in(headers: Headers, now: datetime) -> datetime:
    """Give the moment (UTC) at which a mail came, not before EARLIEST and not after `now`.

    It is that of the top Received line, which our own server wrote; without one that of Date, by
    the sender's clock; without either `now`. Never raises.
    """
    found = next(_moments(headers), now)
    return min(max(found, EARLIEST), now).astimezone(UTC)


def _moments(headers: Headers) -> Iterator[datetime]:
    for text in (headers.get("received").rpartition(";")[2], headers.get("date")):
        try:
            moment = parsedate_to_datetime(text)
        # the standard reader raises these and more on hostile dates
        except Exception:  # noqa: S112
            continue
        # RFC 5322 writes -0000 where the zone is not known but the time is UTC
        yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)
