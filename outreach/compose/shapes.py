"""The shapes of a message: each inlined once, filled many times, and never trusted unseen.

A shape is one way through a message's ifs and loops. The first two people of each are composed both
ways and compared, byte by byte; the second time also with values that try to break out of their
places. What differs sends the shape the slow way, or makes the value a part of the shape where that
is enough. So fast and slow give the same bytes, and it doesn't matter which it was.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import escape

from outreach.compose import probe
from outreach.compose.comparing import Difference, difference, first_other
from outreach.compose.manifest import shown_path
from outreach.compose.pages import Page, PlainText
from outreach.compose.plan import Plan, Unfit, plan
from outreach.compose.projection import Html, Key, Slot
from outreach.compose.selectors import Undecidable
from outreach.compose.shapereport import (
    SLOW_COST,
    TEXT_COST,
    VALUE_COST,
    Construct,
    Seen,
    ShapeReport,
)
from outreach.compose.slots import Unfillable
from outreach.compose.standins import Standins
from outreach.errors import TemplateError

#: shapes kept at a time; each takes some 60 KB
KEPT: Final = 256
#: people of a shape who are composed both ways
CHECKED: Final = 2
#: after so many shapes it is asked whether people share them at all
_TRIED: Final = 64
#: keys seen while hardly anybody shares a shape
_REMEMBERED: Final = 4096
#: times that a shape may turn out otherwise than it seemed
_TRIES: Final = 6
#: more values than that are a table, not a letter
_MOST_VALUES: Final = 2000
#: pieces of a page; a loop over a longer list makes a shape that nobody shares
_LONGEST_KEY: Final = 5000

_DIFFERS: Final = "the fast way gave something else than the slow one"

#: a page before it is inlined: text, and each slot with its value
Source = Sequence[str | tuple[Slot, str]]


@dataclass(slots=True)
class _Shape:
    """One way through the ifs and loops."""

    #: that it goes through, as people find it
    file: str
    source: tuple[str | int, ...]
    slots: tuple[Slot, ...]
    #: values that are part of the shape
    fixed: set[int] = field(default_factory=set)
    #: values that are, when they are blank
    alone: set[int] = field(default_factory=set)
    watched: tuple[int, ...] = ()
    slow: bool = False

    def watch(self) -> None:
        self.watched = tuple(sorted(self.fixed | self.alone))

    def place(self, indexes: Sequence[int]) -> tuple[str, int]:
        """Say where a template prints the first of these values; '' where there is none."""
        slot = self.slots[indexes[0]] if indexes else None
        return (slot.file, slot.line) if slot else ("", 0)

    def chosen(self, values: Sequence[str]) -> Key:
        """Give the values that are part of the shape, with their places."""
        return tuple(
            (index, values[index])
            for index in self.watched
            if index in self.fixed or not values[index].strip()
        )

    def with_values(self, chosen: Key) -> tuple[str | int, ...]:
        """Give the source with these values written out."""
        known = {index: str(escape(value)) for index, value in chosen}
        return _joined(
            [known.get(part, part) if isinstance(part, int) else part for part in self.source]
        )


@dataclass(slots=True)
class _Kept:
    """A plan, for the very shape that it was made for.

    A shape that was let go and met again is learnt and checked anew, and so are its plans: what
    was found out about it (values that are a part of it, that it is slow) is gone with it.
    """

    plan: Plan
    shape: _Shape
    checked: int = 0


class Shapes:
    """The shapes of one message in all its versions; at most `KEPT` are kept."""

    def __init__(
        self, standins: Standins | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        """Take the message's files, path -> text, to name the lines of style rules."""
        self.standins = standins
        self._files = files or {}
        self._shapes: OrderedDict[Key, _Shape] = OrderedDict()
        self._plans: OrderedDict[Key, _Kept] = OrderedDict()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._told = Seen()
        self._counts = self._told.counts

    @property
    def report(self) -> ShapeReport:
        """What was seen so far."""
        return self._told.report(len(self._plans))

    def page(
        self,
        key: Key,
        values: Sequence[str],
        source: Callable[[], Source],
        slow: Callable[[], Page],
        written_text: PlainText | None,
    ) -> Page:
        """Make a person's page, the fast way where that gives the same as `slow`.

        `values` ends with the person's two tokens.

        Raises:
            TemplateError: what `slow` raises.
        """
        found = self._ready(key, values, source)
        if found is None:
            return self.slowly(slow)
        shape, kept = found
        try:
            page = kept.plan.filled(values, written_text)
        except Unfillable:
            return self.slowly(slow)
        if kept.checked < CHECKED:
            return self._compared(shape, kept, values, page, slow())
        self._counts["people_fast"] += 1
        return page

    def html(
        self,
        key: Key,
        values: Sequence[str],
        source: Callable[[], Source],
        slow: Callable[[], Page],
    ) -> str:
        """Make a person's page as `page` does, without its text and its encoded form.

        Raises:
            TemplateError: what `slow` raises.
        """
        found = self._ready(key, values, source)
        if found is None or found[1].checked < CHECKED:
            return self.page(key, values, source, slow, None).html
        try:
            html = found[1].plan.html(values)
        except Unfillable:
            return self.slowly(slow).html
        self._counts["people_fast"] += 1
        return html

    def _ready(
        self, key: Key, values: Sequence[str], source: Callable[[], Source]
    ) -> tuple[_Shape, _Kept] | None:
        """Find or make the plan of a person's shape; None where there is only the slow way."""
        if len(key) > _LONGEST_KEY:
            return None
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._learn(key, source())
        else:
            self._shapes.move_to_end(key)
        for _ in range(_TRIES):
            if shape.slow:
                return None
            chosen = shape.chosen(values) if shape.watched else ()
            name = (key, chosen)
            kept = self._plans.get(name)
            if kept is not None and kept.shape is shape:
                self._plans.move_to_end(name)
                return shape, kept
            if self._hardly_shared() and not self._seen_before(name):
                return None
            try:
                # blank values may only now turn out to be a part of the shape
                self._make(shape, name)
            except Unfit as unfit:
                self._fix(shape, unfit)
        self._give_up(shape, "its values can't be told from the page")
        return None

    def slowly(self, slow: Callable[[], Page]) -> Page:
        """Make a person's page the slow way, and count it."""
        self._counts["people_slow"] += 1
        return slow()

    def note(self, construct: Construct) -> None:
        """Remember what makes this message slow to make."""
        self._told.note(construct)

    def differed(self, path: str, found: Difference) -> None:
        """Remember that a file gave something else than the slow way, and is left to it."""
        self._told.differed(found)
        self.note(Construct(shown_path(path), 0, _DIFFERS, SLOW_COST))

    def _learn(self, key: Key, source: Source) -> _Shape:
        parts: list[str | int] = []
        slots: list[Slot] = []
        for part in source:
            if not isinstance(part, tuple):
                parts.append(part)
            elif isinstance(part[1], Html):
                parts.append(part[1])
                self.note(Construct(part[0].file, part[0].line, "HTML from a value", VALUE_COST))
            else:
                parts.append(len(slots))
                slots.append(part[0])
        shape = _Shape(shown_path(str(key[0])), _joined(parts), tuple(slots))
        if len(slots) > _MOST_VALUES:
            self._give_up(shape, f"more than {_MOST_VALUES:,} values in one page")
        self._shapes[key] = shape
        if len(self._shapes) > KEPT:
            self._shapes.popitem(last=False)
        return shape

    def _make(self, shape: _Shape, name: Key) -> None:
        """Inline a shape.

        Raises:
            Unfit: some of its values are to be a part of it.
        """
        self._counts["made"] += 1
        try:
            kept = _Kept(plan(shape.with_values(name[1]), self.standins), shape)
        except Undecidable as found:
            self._give_up(shape, _hanging(found), *self._place_of(found.selector.written))
            return
        except TemplateError:
            # the slow way may well make it, or say what is wrong; the error may hold a value
            self._give_up(shape, "its styles can't be inlined")
            return
        if not kept.plan.alone <= shape.alone:
            shape.alone |= kept.plan.alone
            shape.watch()
        if kept.plan.why_no_outline:
            self._note_values(shape, kept.plan.undecided, kept.plan.why_no_outline, TEXT_COST)
        self._plans[name] = kept
        if len(self._plans) > KEPT:
            self._plans.popitem(last=False)

    def _seen_before(self, name: Key) -> bool:
        seen = name in self._seen
        self._seen[name] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return seen

    def _hardly_shared(self) -> bool:
        counts = self._counts
        return counts["made"] >= _TRIED and counts["people_fast"] < counts["made"]

    def _fix(self, shape: _Shape, unfit: Unfit) -> None:
        """Make values a part of the shape."""
        if shape.fixed >= set(unfit.values):
            self._give_up(shape, str(unfit), *shape.place(sorted(unfit.values)))
            return
        for index, why in unfit.values.items():
            self._note_values(shape, (index,), why, VALUE_COST)
        shape.fixed |= set(unfit.values)
        shape.watch()

    def _compared(
        self, shape: _Shape, kept: _Kept, values: Sequence[str], page: Page, slow: Page
    ) -> Page:
        self._counts["compared"] += 1
        kept.checked += 1
        found = difference(page, slow)
        if found is None and kept.checked < CHECKED:
            return page
        guilty = probe.guilty(kept.plan, len(shape.slots))
        if guilty:
            why = "a value that changes the page around it"
            self._fix(shape, Unfit(dict.fromkeys(guilty, why)))
        elif found is not None:
            self._told.differed(found)
            there = kept.plan.values_at(values, first_other(page.html, slow.html))
            self._give_up(shape, _DIFFERS, *shape.place(there))
        elif guilty is not None:
            self._give_up(shape, "values that change the page around them")
        else:
            return page
        return slow

    def _give_up(self, shape: _Shape, why: str, file: str = "", line: int = 0) -> None:
        """Leave a shape to the slow way; without a place where there is none to blame."""
        shape.slow = True
        self._counts["slow"] += 1
        self.note(Construct(file or shape.file, line, why, SLOW_COST))

    def _place_of(self, written: str) -> tuple[str, int]:
        """Say where a style rule stands; '' where it was put together."""
        for path in sorted(self._files, key=lambda path: (not path.endswith(".css"), path)):
            before, there, _ = self._files[path].partition(written)
            if there:
                return shown_path(path), before.count("\n") + 1
        return "", 0

    def _note_values(self, shape: _Shape, indexes: Sequence[int], why: str, cost: str) -> None:
        for index in indexes:
            slot = shape.slots[index]
            self.note(Construct(slot.file, slot.line, why, cost))


def _hanging(found: Undecidable) -> str:
    return (
        f"a style rule that looks at a link of the reader's own, {found.selector.written} "
        f'at {found.name}="{found.written}"'
    )


def _joined(parts: Sequence[str | int]) -> tuple[str | int, ...]:
    """Put texts that follow each other together."""
    return tuple(_runs(parts))


def _runs(parts: Sequence[str | int]) -> Iterator[str | int]:
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
