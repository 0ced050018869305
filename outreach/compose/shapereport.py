"""What was seen of a message's shapes: how many, which are slow, and what makes them so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from outreach.compose.comparing import Difference

VALUE_COST: Final = "a shape of its own for each different value"
SLOW_COST: Final = "each person's page is inlined by itself, some hundred times slower"
TEXT_COST: Final = "each person's text part is laid out by itself, some twenty times slower"
#: places remembered; HTML from values could name ever new ones
MOST_CONSTRUCTS: Final = 500


@dataclass(frozen=True, slots=True, order=True)
class Construct:
    """A place in a template that makes messages slower to make."""

    #: as people find it; '' where it can't be said
    file: str
    line: int
    what: str
    cost: str


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """What was seen of a message's shapes so far."""

    #: shapes inlined, and those of them kept now
    made: int
    kept: int
    #: shapes composed the slow way
    slow: int
    people_fast: int
    people_slow: int
    #: times that both ways were compared, and differed
    compared: int
    differed: int
    #: the first time
    first_difference: Difference | None
    constructs: tuple[Construct, ...]
    #: times that a further one was met, when there were `MOST_CONSTRUCTS`
    constructs_left_out: int


class Seen:
    """What is seen while messages are made; its size has a limit, however many they are."""

    def __init__(self) -> None:
        #: by the names that `ShapeReport` has for them
        self.counts: Counter[str] = Counter()
        self._first_difference: Difference | None = None
        self._constructs: set[Construct] = set()

    def note(self, construct: Construct) -> None:
        """Remember what makes this message slow to make."""
        if construct in self._constructs or len(self._constructs) < MOST_CONSTRUCTS:
            self._constructs.add(construct)
        else:
            self.counts["constructs_left_out"] += 1

    def differed(self, found: Difference) -> None:
        """Remember that the fast way gave something else than the slow one."""
        self.counts["differed"] += 1
        self._first_difference = self._first_difference or found

    def report(self, kept: int) -> ShapeReport:
        """Give all that was seen so far; `kept` shapes are kept."""
        counts = self.counts
        return ShapeReport(
            made=counts["made"],
            kept=kept,
            slow=counts["slow"],
            people_fast=counts["people_fast"],
            people_slow=counts["people_slow"],
            compared=counts["compared"],
            differed=counts["differed"],
            first_difference=self._first_difference,
            constructs=tuple(sorted(self._constructs)),
            constructs_left_out=counts["constructs_left_out"],
        )
