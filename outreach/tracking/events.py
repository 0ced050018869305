"""What a provider can tell of a letter, in our words."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from outreach.model import Refusal, Suppression


class EventKind(StrEnum):
    """What happened to a letter."""

    #: the provider has it and will try to deliver it
    PROCESSED = "processed"
    #: it took it and will not try
    DROPPED = "dropped"
    #: the reader's server asked it to come again
    DEFERRED = "deferred"
    #: the reader's server took it
    DELIVERED = "delivered"
    #: the reader's server would not have it, at once or later
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    #: wants letters of a group again: shown, and never obeyed
    RESUBSCRIBED = "resubscribed"
    #: what we don't know yet; kept as it came, and may be understood again
    UNKNOWN = "unknown"


class Bounce(StrEnum):
    """What a bounce or a drop says of the address."""

    #: there is no such mailbox: never write to it again
    HARD = "hard"
    #: full, blocked or too much of it: the address stands
    SOFT = "soft"
    NONE = ""


#: are recorded only of people who said that they may be tracked
TRACKS: frozenset[EventKind] = frozenset({EventKind.OPENED, EventKind.CLICKED})


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event, as its provider told it."""

    #: the same for the same event, however often it comes
    event_key: str
    provider: str
    kind: EventKind
    #: what we gave as the id of the attempt; '' where it did not come back
    attempt_id: str
    #: the provider's own id of the message
    provider_id: str
    #: normalised; '' where it is none
    email: str
    #: UTC
    occurred_at: str
    #: for people to read: holds no address
    detail: str = ""
    bounce: Bounce = Bounce.NONE
    #: why it dropped the letter; None where it did not
    refusal: Refusal | None = None
    #: why the address must not be written to; None where the event says nothing against it
    suppression: Suppression | None = None
