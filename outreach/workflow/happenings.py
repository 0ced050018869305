"""What happens in a run of `outreach cron`, as it is told. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outreach.dispatch.results import Dispatched
from outreach.errors import OutreachError


class Level(StrEnum):
    """How much an event matters."""

    INFO = "info"
    #: somebody should look at the campaign
    WARNING = "warning"
    #: something didn't work
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a campaign in a run."""

    at: datetime
    level: Level
    #: sent, busy, waits_for_approval, missed, held, in_vain, nowhere, failed
    what: str
    #: '' for single letters, which belong to none
    campaign: str
    detail: str = ""
    #: of what was sent, in letters
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CronRun:
    """What a run came to."""

    events: tuple[Event, ...]
    #: what ended it before its time, for all campaigns alike; None where nothing did
    failure: OutreachError | None

    @property
    def to_look_at(self) -> bool:
        """Whether somebody should look at a campaign."""
        return any(event.level is not Level.INFO for event in self.events)


def numbers_of(sent: Dispatched) -> dict[str, int]:
    """Count what a run did; what is in doubt of it only as far as no event has told of it."""
    return {
        "accepted": sent.accepted,
        "refused": sum(sent.refused.values()),
        "in_doubt": max(0, sent.in_doubt + sent.abandoned - sent.told),
        "put_off": sent.put_off,
        "withdrawn": sum(sent.withdrawn.values()),
    }
