"""Whether a plan holds for any value: filled with some that try to break out of their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from outreach.compose.comparing import difference
from outreach.compose.plan import Plan, page_of, page_source
from outreach.compose.slots import Unfillable
from outreach.errors import TemplateError

_PROBE: Final = " \n'{}' \"<b>&amp;é\xa0/?=%;&{{}}\t[x]\\ — .\n "


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of probing a plan."""

    holds: bool
    #: the values that break out of their places by themselves; they may also do so together only
    guilty: tuple[int, ...] = ()


def probed(made: Plan, most: int) -> Probed:
    """Fill a plan with values that try to break out; it has `most` values, but for the tokens."""
    own = [part for part in made.source if isinstance(part, int) and part >= 0]
    if not own or _holds(made, own, most):
        return Probed(holds=True)
    guilty = tuple(index for index in own if not _holds(made, [index], most))
    return Probed(holds=False, guilty=guilty)


def _holds(made: Plan, indexes: Sequence[int], most: int) -> bool:
    """Whether values that try to break out, and such as are empty, give the same both ways."""
    odd = {index: _PROBE.format(index) for index in indexes}
    # what is blank in its place is a part of the shape already
    blank = dict.fromkeys(set(indexes) - made.alone, "")
    return _same(made, odd, most) and (not blank or _same(made, blank, most))


def _same(made: Plan, chosen: Mapping[int, str], most: int) -> bool:
    """Whether these values, with plain ones in all other places, give the same both ways."""
    values = ["x"] * most + [letter * 24 for letter in "cvlr"]
    for index, value in chosen.items():
        values[index] = value
    try:
        slow = page_of(page_source(made.source, values), None)
        return difference(made.filled(values, None), slow) is None
    except (TemplateError, Unfillable):
        return False
