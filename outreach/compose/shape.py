"""One way through a message's ifs and loops, and what was found out about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from outreach.compose.manifest import shown_path
from outreach.compose.projection import Html, Key, Slot

#: a page before it is inlined: text, and each slot with its value
Source = Sequence[str | tuple[Slot, str]]
#: values that are part of a shape, with their places
Chosen = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A shape met for the first time."""

    shape: Shape
    #: places that print HTML from a value
    html: tuple[Slot, ...]


class Shape:
    """One way through the ifs and loops. Small: pages are kept elsewhere."""

    __slots__ = ("_alone", "_fixed", "_watched", "file", "slots", "slow")

    def __init__(self, file: str, slots: Sequence[Slot]) -> None:
        #: that it goes through, as people find it
        self.file = file
        self.slots = tuple(slots)
        self.slow = False
        #: values that are part of the shape
        self._fixed: frozenset[int] = frozenset()
        #: values that are, when they are blank
        self._alone: frozenset[int] = frozenset()
        self._watched: tuple[int, ...] = ()

    def fix(self, indexes: Iterable[int]) -> bool:
        """Make values a part of the shape; False where all of them were already."""
        fixed = self._fixed.union(indexes)
        if fixed == self._fixed:
            return False
        self._fixed = fixed
        self._watched = tuple(sorted(self._fixed | self._alone))
        return True

    def fix_blank(self, indexes: Iterable[int]) -> None:
        """Make values a part of the shape for those for whom they are blank."""
        self._alone = self._alone.union(indexes)
        self._watched = tuple(sorted(self._fixed | self._alone))

    def chosen(self, values: Sequence[str]) -> Chosen:
        """Give the values that are part of the shape."""
        if not self._watched:
            return ()
        chosen = [
            (index, values[index])
            for index in self._watched
            if index in self._fixed or not values[index].strip()
        ]
        return tuple(chosen)

    def place(self, indexes: Sequence[int]) -> tuple[str, int]:
        """Say where a template prints the first of these values; '' where there is none."""
        slot = self.slots[indexes[0]] if indexes else None
        return (slot.file, slot.line) if slot else ("", 0)


def learn(key: Key, source: Source) -> Learnt:
    """Take a shape apart; `key` begins with the path of its file."""
    values = [part for part in source if isinstance(part, tuple)]
    return Learnt(
        Shape(
            shown_path(str(key[0])), [slot for slot, text in values if not isinstance(text, Html)]
        ),
        tuple(slot for slot, text in values if isinstance(text, Html)),
    )


def with_values(source: Source, chosen: Chosen) -> tuple[str | int, ...]:
    """Give a page with these values written out, and numbers in place of the others.

    HTML from a value is no value: it is a part of the page.
    """
    return tuple(_runs(_parts(source, {index: str(escape(value)) for index, value in chosen})))


def _parts(source: Source, known: Mapping[int, Any]) -> Iterator[str | int]:
    number = 0
    for part in source:
        if not isinstance(part, tuple):
            yield part
        elif isinstance(part[1], Html):
            yield part[1]
        else:
            yield known.get(number, number)
            number += 1


def _runs(parts: Iterable[str | int]) -> Iterator[str | int]:
    """Put texts that follow each other together."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            yield "".join(texts)
            texts = []
        yield part
    yield "".join(texts)
