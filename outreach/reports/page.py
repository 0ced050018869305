"""The report as one HTML file: nothing is loaded, every chart stands beside its table.

It is read on a screen, on paper, and by a screen reader. Every value is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from outreach.reports import charts
from outreach.reports.funnel import Dimension, Funnel, Row, week_of
from outreach.reports.wording import STEPS, TITLES, WAITS, cell, named, rate
from outreach.store import utc_text

#: rows that a chart has room for; the table has them all
_DRAWN: Final = 12
#: weeks of a chart, the last ones
_WEEKS: Final = 26
#: the steps that are compared with each other; the audience is a thousand times as large
_COMPARED: Final = ("replied", "volunteered", "contacted", "confirmed", "held")
#: and those of one country, language, arm or week
_SERIES: Final = ("volunteered", "contacted", "confirmed")


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the table of steps."""

    name: str
    number: str
    #: of the step before, in per cent
    share: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """One dimension: its chart and its table."""

    name: str
    title: str
    chart: Markup
    headings: tuple[str, ...]
    #: name and cells
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    #: how many rows the chart leaves out
    undrawn: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a report: tables, and charts as SVG."""

    steps: tuple[Step, ...]
    steps_chart: Markup
    #: how long, and how many volunteers wait that long
    silence: tuple[tuple[str, int], ...]
    silence_told: str
    #: '' where nobody waits
    silence_chart: Markup
    sections: tuple[Section, ...]


def page(funnel: Funnel, organisation: str) -> str:
    """Write the report as a whole HTML page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = resources.files("outreach.reports").joinpath("page.html").read_text("utf-8")
    names = ", ".join(funnel.campaigns) or "all campaigns"
    return environment.from_string(text).render(
        title=f"Report: {names}",
        names=names,
        organisation=organisation,
        at=utc_text(funnel.at).replace("T", " ").removesuffix("Z"),
        contents=contents(funnel),
        meanings=STEPS.values(),
    )


def contents(funnel: Funnel) -> Contents:
    """Give what stands in the report."""
    return Contents(
        steps=tuple(_steps(funnel.total)),
        steps_chart=_steps_chart(funnel.total),
        silence=tuple(zip(WAITS, funnel.silence.waiting, strict=True)),
        silence_told=_silence_told(funnel),
        silence_chart=_silence_chart(funnel),
        sections=tuple(
            _section(dimension, rows)
            for dimension, rows in funnel.parts.items()
            # where nothing was tried out there is one arm, which is all
            if dimension is not Dimension.ARM or any(row.key for row in rows)
        ),
    )


_BEFORE: Final[Mapping[str, str]] = {
    "accepted": "audience",
    "delivered": "accepted",
    "replied": "accepted",
    "volunteered": "replied",
    "contacted": "volunteered",
    "confirmed": "volunteered",
}


def _steps(total: Row) -> list[Step]:
    return [
        Step(
            heading,
            cell(total, field) or "not known",
            f"{share} of {STEPS[before][0]}"
            if (before := _BEFORE.get(field, "")) and (share := rate(total, field, before))
            else "",
            meaning,
        )
        for field, (heading, meaning) in STEPS.items()
        if "wait" not in field
    ]


def _steps_chart(total: Row) -> Markup:
    numbers = [getattr(total, field) for field in _COMPARED]
    labels = [STEPS[field][0] for field in _COMPARED]
    told = "; ".join(f"{label}: {number:,}" for label, number in zip(labels, numbers, strict=True))
    title = "People who wrote back, and what came of it"
    return _markup(charts.bars("steps", title, told, labels, {"people": numbers}))


def _silence_told(funnel: Funnel) -> str:
    waiting = sum(funnel.silence.waiting)
    if not waiting:
        return "No volunteer waits for an answer."
    longest = _long(funnel.silence.longest_hours)
    if waiting == 1:
        return f"1 volunteer has waited for an answer for {longest}."
    if (funnel.silence.longest_hours or 0) < 1:
        return f"{waiting:,} volunteers wait for an answer, none of them for an hour yet."
    half = funnel.silence.median_hours or 0
    told = f"more than {_long(half)}" if half >= 1 else "less than an hour"
    return f"{waiting:,} volunteers wait for an answer: half of them for {told}, one for {longest}."


def _long(hours: float | None) -> str:
    hours = hours or 0.0
    if hours < 1:
        return "less than an hour"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def _silence_chart(funnel: Funnel) -> Markup:
    if not any(funnel.silence.waiting):
        return Markup()
    numbers = list(funnel.silence.waiting)
    told = "; ".join(f"{wait}: {number:,}" for wait, number in zip(WAITS, numbers, strict=True))
    title = "Volunteers who wait for an answer, by how long"
    return _markup(charts.bars("silence", title, told, WAITS, {"volunteers": numbers}))


def _section(dimension: Dimension, rows: Sequence[Row]) -> Section:
    in_time = dimension is Dimension.WEEK
    eventful = [row for row in rows if any(getattr(row, field) for field in _SERIES)]
    drawn = _weeks(eventful) if in_time else eventful[:_DRAWN]
    fields = [field for field in STEPS if any(getattr(row, field) is not None for row in rows)]
    return Section(
        name=dimension,
        title=TITLES[dimension],
        chart=_chart(dimension, drawn) if drawn else Markup(),
        headings=tuple(STEPS[field][0] for field in fields),
        rows=tuple(
            (named(dimension, row.key), tuple(cell(row, field) for field in fields)) for row in rows
        ),
        undrawn=len({row.key for row in eventful} - {row.key for row in drawn}),
    )


def _monday(week: str) -> date:
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _weeks(rows: Sequence[Row]) -> list[Row]:
    """Give the last weeks in which something happened, with those between in which nothing did."""
    known = {row.key: row for row in rows if row.key}
    if not known:
        return []
    monday, last = (_monday(key) for key in (min(known), max(known)))
    keys = []
    while monday <= last:
        keys.append(week_of(monday.isoformat()))
        monday += timedelta(weeks=1)
    return [known.get(key, Row(key=key)) for key in keys[-_WEEKS:]]


def _chart(dimension: Dimension, drawn: Sequence[Row]) -> Markup:
    labels = [named(dimension, row.key) for row in drawn]
    series = {STEPS[field][0]: [getattr(row, field) for row in drawn] for field in _SERIES}
    told = "; ".join(
        f"{label}: " + ", ".join(f"{name} {numbers[place]:,}" for name, numbers in series.items())
        for place, label in enumerate(labels)
    )
    draw = charts.columns if dimension is Dimension.WEEK else charts.bars
    title = f"Volunteers by {TITLES[dimension]}"
    return _markup(draw(f"by-{dimension}", title, told, labels, series))


def _markup(svg: str) -> Markup:
    # made by lxml, which has escaped what stands in it
    return Markup(svg)  # noqa: S704
