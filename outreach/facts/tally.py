"""The actions of campaigns, added up, as plain data that a campaign keeps. Pure.

A message says `tally("write-for-rights-2013", country=supporter.country)`. What it may ask is known
from its text before anybody's message is made, so just those sums are counted (`counting`), once,
when the campaign is planned; from then on the numbers don't move.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from outreach.errors import TemplateError, shown
from outreach.facts.action_rows import key
from outreach.model import ActionKind
from outreach.places import country_code

#: what actions can be counted by, in the order of the frozen numbers
DIMENSIONS: Final = ("kind", "country", "case", "year")
#: None is a value that is not known, and fits nothing
_NOT_GIVEN: Final = object()


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """What a message wants counted: one campaign's actions, by none or some of the dimensions."""

    campaign: str
    by: tuple[str, ...]
    #: where it asks, for errors
    file: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)
    #: whether the message says what it is where nothing was done for the campaign
    may_be_none: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """The answer: how many actions for each combination of values that occurs."""

    campaign: str
    by: tuple[str, ...]
    #: values in the order of `by` -> how many
    counts: Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a dimension, and how many actions it has."""

    value: str
    quantity: int

    def __str__(self) -> str:
        return self.value


class Tallies:
    """The tallies of one message, as its templates ask for them."""

    def __init__(self, tallies: Iterable[Tally]) -> None:
        self._counts = {(tally.campaign, tally.by): tally.counts for tally in tallies}
        self._lines: dict[tuple[str, str, tuple[str, ...]], tuple[Line, ...]] = {}

    def tally(
        self,
        campaign: str,
        *,
        by: str = "",
        kind: object = _NOT_GIVEN,
        country: object = _NOT_GIVEN,
        case: object = _NOT_GIVEN,
        year: object = _NOT_GIVEN,
        default: int | tuple[Line, ...] | None = None,
    ) -> int | tuple[Line, ...]:
        """Give the number of actions that fit, or with `by` a line for each value, the most first.

        An empty value, as the country of somebody whose country is not known, fits nothing. Lines
        leave out actions of which the value is not known. `default` is what it is where nothing was
        counted, as in a workspace that has no actions of the campaign.

        Raises:
            TemplateError: this was not counted and has no `default`, or a value can't be one of
                that dimension.
        """
        given = {"kind": kind, "country": country, "case": case, "year": year}
        fixed = {n: value_of(n, value) for n, value in given.items() if value is not _NOT_GIVEN}
        dimensions = in_order([*fixed, by] if by else fixed)
        counts = self._counts.get((key(campaign), dimensions))
        if not counts and default is not None:
            return default
        if counts is None:
            how = f" by {' and '.join(dimensions)}" if dimensions else ""
            raise TemplateError(
                f"the actions of this campaign were not counted{how}", value=campaign
            )
        if not by:
            wanted = tuple(fixed[name] for name in dimensions)
            return counts.get(wanted, 0) if all(wanted) else 0
        asked = (campaign, by, tuple(fixed.values()))
        if asked not in self._lines:
            self._lines[asked] = _lines(counts, dimensions, by, fixed)
        return self._lines[asked]


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Put names of dimensions in the order in which they are counted."""
    return tuple(sorted(set(names), key=DIMENSIONS.index))


def value_of(dimension: str, value: object) -> str:
    """Bring a value into the form in which actions have it.

    Raises:
        TemplateError: it can't be one of this dimension.
    """
    text = "" if value is None else str(value).strip()
    if dimension == "case":
        return key(text)
    if dimension == "country" and text and not (len(text) == 2 and text.isupper()):
        text = country_code(text) or _none("no country has this code or name", text, ())
    if dimension == "kind" and text and text not in list(ActionKind):
        _none("no action is of this kind", text, list(ActionKind))
    return text


def as_data(tallies: Iterable[Tally]) -> list[dict[str, Any]]:
    """Give tallies as plain data for JSON, their counts always in the same order."""
    return [
        {
            "campaign": tally.campaign,
            "by": list(tally.by),
            "counts": [[*values, quantity] for values, quantity in sorted(tally.counts.items())],
        }
        for tally in tallies
    ]


def from_data(data: Iterable[Mapping[str, Any]]) -> tuple[Tally, ...]:
    """Make tallies again of what `as_data` gave."""
    return tuple(
        Tally(
            str(tally["campaign"]),
            tuple(map(str, tally["by"])),
            MappingProxyType({tuple(line[:-1]): int(line[-1]) for line in tally["counts"]}),
        )
        for tally in data
    )


def _lines(
    counts: Mapping[tuple[str, ...], int],
    dimensions: tuple[str, ...],
    by: str,
    fixed: Mapping[str, str],
) -> tuple[Line, ...]:
    lines = []
    for values, quantity in counts.items():
        named = dict(zip(dimensions, values, strict=True))
        if named[by] and all(value and named[name] == value for name, value in fixed.items()):
            lines.append(Line(named[by], quantity))
    return tuple(sorted(lines, key=lambda line: (-line.quantity, line.value)))


def _none(problem: str, value: str, there_are: Iterable[str]) -> str:
    near = difflib.get_close_matches(value, list(there_are), 1, 0.5)
    meant = f", did you mean {shown(near[0])}" if near else ""
    raise TemplateError(f"{problem}{meant}", value=value)
