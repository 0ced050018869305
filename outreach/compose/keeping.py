"""Which plans are kept and which shapes are worth one: memory is bounded, and so is the work.

To inline a shape, to compare it and to probe it takes as long as some five people composed the slow
way. So where people hardly share shapes, or more shapes are in use than are kept, one has to come
up more than once before it is made.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from outreach.compose.plan import Plan
from outreach.compose.projection import Key
from outreach.compose.shape import Chosen, Shape
from outreach.compose.sightings import Digest, Sightings, digest

#: plans kept at a time; each takes some 60 KB
KEPT: Final = 256
#: shapes of which is remembered what was found out about them
_LEARNT: Final = 1024
#: plans that passed their checks and need no other when they are made again
_PASSED: Final = 16_384
#: names sighted that are not made yet
_SIGHTED: Final = 4096
#: so many more shapes may be made than people were served by them, of late
_CREDIT: Final = 64
#: sightings wanted while people hardly share shapes, and while no room is left
_TWICE: Final = 2
_OFTEN: Final = 4

#: a shape's key, and the values that are part of it
Name = tuple[Key, Chosen]


@dataclass(slots=True)
class Kept:
    """A plan, for the very shape that it was made for: what is found out later is told to that."""

    plan: Plan
    shape: Shape
    name: Digest
    #: people composed both ways
    checked: int = 0


class Keeping:
    """The plans that are kept, and the memory of those that are not."""

    def __init__(self, kept: int = KEPT) -> None:
        self._most = kept
        self._plans: OrderedDict[Name, Kept] = OrderedDict()
        #: shapes by their whole keys, which is quick, and all that are known by less
        self._shapes: OrderedDict[Key, Shape] = OrderedDict()
        self._learnt: OrderedDict[Digest, Shape] = OrderedDict()
        self._passed = Sightings(_PASSED)
        self._sighted = Sightings(_SIGHTED)
        self._credit = _CREDIT
        self._served = 0

    def __len__(self) -> int:
        return len(self._plans)

    @property
    def is_full(self) -> bool:
        """Whether one plan has to go for another."""
        return len(self._plans) >= self._most

    def shape(self, key: Key) -> Shape | None:
        """Find a shape."""
        found = self._shapes.get(key)
        if found is not None:
            self._shapes.move_to_end(key)
            return found
        found = self._learnt.get(digest(key))
        if found is not None:
            self.remember(key, found)
        return found

    def remember(self, key: Key, shape: Shape) -> None:
        """Keep what is found out about a shape."""
        _put(self._shapes, key, shape, self._most)
        _put(self._learnt, digest(key), shape, _LEARNT)

    def plan(self, name: Name, shape: Shape) -> Kept | None:
        """Find a plan."""
        found = self._plans.get(name)
        if found is None or found.shape is not shape:
            return None
        self._plans.move_to_end(name)
        return found

    def is_worth_it(self, name: Name, served: int) -> bool:
        """Whether to make a plan now; each time that this is asked is a sighting.

        `served` is the number of people who were served by plans so far.
        """
        self._credit = min(self._credit + served - self._served, _CREDIT)
        self._served = served
        short = digest(name)
        wanted = _OFTEN if self.is_full else _TWICE if self._credit <= 0 else 1
        if self._sighted.met(short) < wanted:
            return False
        self._sighted.forget(short)
        if not self._passed.count(short):
            self._credit -= 1
        return True

    def keep(self, name: Name, plan: Plan, shape: Shape, checked: int) -> None:
        """Keep a plan; one that passed its checks before counts as `checked`."""
        short = digest(name)
        passed = self._passed.count(short)
        _put(self._plans, name, Kept(plan, shape, short, checked if passed else 0), self._most)

    def passed(self, kept: Kept) -> None:
        """Remember that a plan held."""
        self._passed.met(kept.name)


def _put(memory: OrderedDict, key: object, value: object, most: int) -> None:  # type: ignore[type-arg]
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > most:
        memory.popitem(last=False)
