"""The words of gatherings: their kinds, their states and those of their results. Pure."""

from __future__ import annotations

from enum import StrEnum


class GatheringKind(StrEnum):
    """What sort of event a volunteer puts on."""

    DEBATE = "debate"
    CONCERT = "concert"
    MARATHON = "marathon"
    LETTER_WRITING = "letter_writing"
    SCREENING = "screening"
    EXHIBITION = "exhibition"
    WORKSHOP = "workshop"
    VIGIL = "vigil"
    STALL = "stall"
    OTHER = "other"


class GatheringState(StrEnum):
    """Where a gathering stands; the legal moves are `followups.gatherings.MOVES`."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class ResultState(StrEnum):
    """Where a word on a gathering's results stands; the legal moves are `results.MOVES`."""

    #: staff have to find out what was meant
    UNCLEAR = "unclear"
    #: plain, and nobody has checked it
    REPORTED = "reported"
    #: the one that counts
    CHECKED = "checked"
    #: a later word stands in its place
    SUPERSEDED = "superseded"
    #: it says nothing that counts
    DISMISSED = "dismissed"
