"""What was seen of a message's shapes: how many, which are slow, and what makes them so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from outreach.compose.comparing import Difference

VALUE_COST: Final = "a shape of its own for each different value"
SLOW_COST: Final = "each person's page is inlined by itself, some hundred times slower"
TEXT_COST: Final = "each person's text part is laid out by itself, some twenty times slower"
AGAIN_COST: Final = "what comes up again is inlined again, or made the slow way"
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


@dataclass(slots=True)
class Seen:
    """What is seen while messages are made; its size has a limit, however many they are."""

    made: int = 0
    slow: int = 0
    people_fast: int = 0
    people_slow: int = 0
    compared: int = 0
    _differed: int = 0
    _first_difference: Difference | None = None
    _constructs: set[Construct] = field(default_factory=set)
    _left_out: int = 0

    def note(self, construct: Construct) -> None:
        """Remember what makes this message slow to make."""
        if construct in self._constructs or len(self._constructs) < MOST_CONSTRUCTS:
            self._constructs.add(construct)
        else:
            self._left_out += 1

    def differ(self, found: Difference) -> None:
        """Remember that the fast way gave something else than the slow one."""
        self._differed += 1
        self._first_difference = self._first_difference or found

    def report(self, kept: int) -> ShapeReport:
        """Give all that was seen so far; `kept` shapes are kept."""
        return ShapeReport(
            made=self.made,
            kept=kept,
            slow=self.slow,
            people_fast=self.people_fast,
            people_slow=self.people_slow,
            compared=self.compared,
            differed=self._differed,
            first_difference=self._first_difference,
            constructs=tuple(sorted(self._constructs)),
            constructs_left_out=self._left_out,
        )
