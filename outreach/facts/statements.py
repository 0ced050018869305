"""What a facts sheet holds: figures, and cases with their outcomes, each statement with its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Rounding(StrEnum):
    """Which way a figure may be rounded in copy."""

    #: so that "more than" stays true
    DOWN = "down"
    #: so that "fewer than" and "almost" stay true
    UP = "up"
    #: for "about"
    NEAREST = "nearest"
    #: not at all
    EXACT = "exact"


class Bound(StrEnum):
    """What the source says of the true number."""

    #: it is this one
    EXACT = "exact"
    #: more than this
    AT_LEAST = "at_least"
    #: fewer than this, or almost this
    AT_MOST = "at_most"


class CaseKind(StrEnum):
    """Whom a case is about."""

    PERSON = "person"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something said of a day, and on whose word."""

    key: str
    #: the first day on which a message may state it
    true_on: date
    #: who published it, for people to look up; '' where nobody wrote that down
    source: str = ""
    #: who in the organisation said that it may be used; '' where nobody did
    approved_by: str = ""
    #: the last day on which it may be taken as still good without another look
    review_on: date | None = None
    note: str = ""
    #: where it stands
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Statement):
    """A number or a text, true from a day on. As text it is its bare value."""

    value: int | str
    bound: Bound = Bound.EXACT
    rounding: Rounding = Rounding.DOWN
    #: how many digits after the point a short form may have (2.3 million: 1); None: as it likes
    decimals: int | None = None
    #: whether it may be lower than the one before it
    may_fall: bool = False

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Statement):
    """How a case stood from a day on."""

    #: one word, as in imprisoned, released
    status: str
    #: what happened, in a sentence of the sheet's own language
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A person or a community for whom people act."""

    key: str
    name: str
    #: ISO 3166-1 alpha-2
    country: str
    kind: CaseKind
    #: how it stands, for people who read the sheet; must be that of the last outcome
    status: str
    #: the oldest first; at least one
    outcomes: tuple[Outcome, ...]
    #: the name as other languages write it, by BCP 47 tag
    names: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOnDay:
    """A case as it stood on a message's day. As text it is its name."""

    key: str
    name: str
    country: str
    kind: CaseKind
    status: str
    #: since when it stands so
    since: date
    #: what happened on that day; may be empty
    outcome: str
    source: str
    note: str

    def __str__(self) -> str:
        return self.name
