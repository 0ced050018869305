"""The shapes of a message: each inlined once, filled many times, and never trusted unseen.

A shape is one way through a message's ifs and loops. The first two people of each are composed both
ways and compared, byte by byte; the second time also with values that try to break out of their
places. What differs sends the shape the slow way, or makes the value a part of the shape where that
is enough. So fast and slow give the same bytes, and it doesn't matter which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from outreach.compose import probe
from outreach.compose.comparing import Difference, difference, first_other
from outreach.compose.keeping import Keeping, Kept, Name
from outreach.compose.manifest import shown_path
from outreach.compose.pages import Page, PlainText
from outreach.compose.plan import Unfit, plan
from outreach.compose.projection import Key
from outreach.compose.selectors import Undecidable
from outreach.compose.shape import Shape, Source, learn, with_values
from outreach.compose.shapereport import (
    AGAIN_COST,
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

#: people of a shape who are composed both ways
CHECKED: Final = 2
#: times that a shape may turn out otherwise than it seemed
_TRIES: Final = 6
#: more values than that are a table, not a letter
_MOST_VALUES: Final = 2000
#: pieces of a page; a loop over a longer list makes a shape that nobody shares
_LONGEST_KEY: Final = 5000
#: people left to the slow way because hardly anybody shares a shape, before that is told
_MANY: Final = 256

_DIFFERS: Final = "the fast way gave something else than the slow one"


class Shapes:
    """The shapes of one message in all its versions."""

    def __init__(
        self, standins: Standins | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        """Take the message's files, path -> text, to name the lines of style rules."""
        self.standins = standins
        self._files = files or {}
        self._keeping = Keeping()
        self._told = Seen()
        #: people whose shape was not worth it
        self._passed_over = 0

    @property
    def report(self) -> ShapeReport:
        """What was seen so far."""
        return self._told.report(len(self._keeping))

    def page(
        self,
        key: Key,
        values: Sequence[str],
        source: Callable[[], Source],
        slow: Callable[[], Page],
        written_text: PlainText | None,
    ) -> Page:
        """Make a person's page, the fast way where that gives the same as `slow`.

        `key` begins with the path of the file, and `values` ends with the person's tokens.

        Raises:
            TemplateError: what `slow` raises.
        """
        kept = self._ready(key, values, source)
        return self._page(kept, values, slow, written_text)

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
        kept = self._ready(key, values, source)
        if kept is None or kept.checked < CHECKED:
            return self._page(kept, values, slow, None).html
        try:
            html = kept.plan.html(values)
        except Unfillable:
            return self.slowly(slow).html
        self._told.people_fast += 1
        return html

    def _page(
        self,
        kept: Kept | None,
        values: Sequence[str],
        slow: Callable[[], Page],
        written_text: PlainText | None,
    ) -> Page:
        if kept is None:
            return self.slowly(slow)
        try:
            page = kept.plan.filled(values, written_text)
        except Unfillable:
            return self.slowly(slow)
        if kept.checked < CHECKED:
            return self._compared(kept, values, page, slow())
        self._told.people_fast += 1
        return page

    def _ready(self, key: Key, values: Sequence[str], source: Callable[[], Source]) -> Kept | None:
        """Find or make the plan of a person's shape; None where there is only the slow way."""
        if len(key) > _LONGEST_KEY:
            return None
        shape = self._keeping.shape(key) or self._learn(key, source())
        for _ in range(_TRIES):
            if shape.slow:
                return None
            name = (key, shape.chosen(values))
            kept = self._keeping.plan(name, shape)
            if kept is not None:
                return kept
            if not self._keeping.is_worth_it(name, self._told.people_fast):
                self._pass_over(shape)
                return None
            try:
                # blank values may only now turn out to be a part of the shape
                self._make(shape, name, source())
            except Unfit as unfit:
                self._fix(shape, unfit)
        self._give_up(shape, "its values can't be told from the page")
        return None

    def slowly(self, slow: Callable[[], Page]) -> Page:
        """Make a person's page the slow way, and count it."""
        self._told.people_slow += 1
        return slow()

    def note(self, construct: Construct) -> None:
        """Remember what makes this message slow to make."""
        self._told.note(construct)

    def differed(self, path: str, found: Difference) -> None:
        """Remember that a file gave something else than the slow way, and is left to it."""
        self._told.differ(found)
        self.note(Construct(shown_path(path), 0, _DIFFERS, SLOW_COST))

    def _learn(self, key: Key, source: Source) -> Shape:
        learnt = learn(key, source)
        for slot in learnt.html:
            self.note(Construct(slot.file, slot.line, "HTML from a value", VALUE_COST))
        if len(learnt.shape.slots) > _MOST_VALUES:
            self._give_up(learnt.shape, f"more than {_MOST_VALUES:,} values in one page")
        self._keeping.remember(key, learnt.shape)
        return learnt.shape

    def _make(self, shape: Shape, name: Name, source: Source) -> None:
        """Inline a shape.

        Raises:
            Unfit: some of its values are to be a part of it.
        """
        self._told.made += 1
        try:
            made = plan(with_values(source, name[1]), self.standins)
        except Undecidable as found:
            self._give_up(shape, _hanging(found), *self._place_of(found.selector.written))
            return
        except TemplateError:
            # the slow way may well make it, or say what is wrong; the error may hold a value
            self._give_up(shape, "its styles can't be inlined")
            return
        shape.fix_blank(made.alone)
        if made.why_no_outline:
            self._note_values(shape, made.undecided, made.why_no_outline, TEXT_COST)
        self._keeping.keep(name, made, shape, CHECKED)

    def _pass_over(self, shape: Shape) -> None:
        """Say why a shape is not made, where that goes on."""
        self._passed_over += 1
        if self._keeping.is_full:
            why = f"more ways through this message than the {len(self._keeping):,} that are kept"
            self.note(Construct(shape.file, 0, why, AGAIN_COST))
        elif self._passed_over >= _MANY:
            self.note(Construct(shape.file, 0, "hardly two people get the same shape", SLOW_COST))

    def _fix(self, shape: Shape, unfit: Unfit) -> None:
        """Make values a part of the shape."""
        if not shape.fix(unfit.values):
            self._give_up(shape, str(unfit), *shape.place(sorted(unfit.values)))
            return
        for index, why in unfit.values.items():
            self._note_values(shape, (index,), why, VALUE_COST)

    def _compared(self, kept: Kept, values: Sequence[str], page: Page, slow: Page) -> Page:
        self._told.compared += 1
        kept.checked += 1
        shape, found = kept.shape, difference(page, slow)
        if found is None and kept.checked < CHECKED:
            return page
        probed = probe.probed(kept.plan, len(shape.slots))
        if probed.guilty:
            why = "a value that changes the page around it"
            self._fix(shape, Unfit(dict.fromkeys(probed.guilty, why)))
        elif found is not None:
            self._told.differ(found)
            there = kept.plan.values_at(values, first_other(page.html, slow.html))
            self._give_up(shape, _DIFFERS, *shape.place(there))
        elif not probed.holds:
            self._give_up(shape, "values that change the page around them")
        else:
            self._keeping.passed(kept)
            return page
        return slow

    def _give_up(self, shape: Shape, why: str, file: str = "", line: int = 0) -> None:
        """Leave a shape to the slow way; without a place where there is none to blame."""
        shape.slow = True
        self._told.slow += 1
        self.note(Construct(file or shape.file, line, why, SLOW_COST))

    def _place_of(self, written: str) -> tuple[str, int]:
        """Say where a style rule stands; '' where it was put together."""
        for path in sorted(self._files, key=lambda path: (not path.endswith(".css"), path)):
            before, there, _ = self._files[path].partition(written)
            if there:
                return shown_path(path), before.count("\n") + 1
        return "", 0

    def _note_values(self, shape: Shape, indexes: Sequence[int], why: str, cost: str) -> None:
        for index in indexes:
            slot = shape.slots[index]
            self.note(Construct(slot.file, slot.line, why, cost))


def _hanging(found: Undecidable) -> str:
    return (
        f"a style rule that looks at a link of the reader's own, {found.selector.written} "
        f'at {found.name}="{found.written}"'
    )
