"""How long a letter waits that a transport put off, and when it has waited long enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=4)
#: 5, 10, 20, ... minutes, then every 4 hours: 30 of them are 4 days and 5 hours. RFC 5321 4.5.4.1
#: has a sender give up after 4 to 5 days.
MOST_DEFERRALS: Final = 30


def next_try(deferrals: int, now: datetime) -> datetime | None:
    """Say when to try again a letter that was put off `deferrals` times before; None: never."""
    if deferrals + 1 >= MOST_DEFERRALS:
        return None
    # doubled six times, the first wait is beyond the longest
    return now + min(FIRST_WAIT * (1 << min(deferrals, 6)), LONGEST_WAIT)
