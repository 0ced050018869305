"""Sourced, dated figures, read from the texts of `templates/facts/*.toml`. Pure; writes no table.

    [[w4r-2013.actions]]
    value = 2_300_000
    true_on = 2014-02-26
    source = "supporter email, 2014-02-26"

A key may be given many times: the same figure grows. A message of a certain day states the newest
figure that was true on it. `true_on` is a day; a month ("2013-12") or a year ("2008") counts from
its last day, since only then is it certain that what was said of the whole period held.
"""

from __future__ import annotations

import calendar
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from outreach.errors import TemplateError, shown

_KEYS: Final = {"value", "true_on", "source", "note"}
_PERIOD: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class Figure:
    """One statement, true from a day on. As text it is its bare value."""

    key: str
    value: int | str
    #: the first day on which a message may state it
    true_on: date
    #: who published it, for people to look up
    source: str
    note: str = ""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All figures, by key, each key's oldest first."""

    figures: Mapping[str, tuple[Figure, ...]]

    def latest(self, key: str, day: date) -> Figure:
        """Give the newest figure under `key` that was true on `day`.

        Raises:
            TemplateError: there is no such key, or nothing under it was true yet. It names no
                file: the caller knows which message asked.
        """
        if key not in self.figures:
            near = difflib.get_close_matches(key, self.figures, 1, 0.5)
            meant = f", did you mean {shown(near[0])}" if near else ""
            raise TemplateError(f"the facts sheets have no such fact{meant}", value=key)
        dated = self.figures[key]
        known = [figure for figure in dated if figure.true_on <= day]
        if not known:
            raise TemplateError(
                f"on {day} this fact was not true yet: it counts from {dated[0].true_on}",
                value=key,
                next_step="write of a later day, or leave the fact out",
            )
        return known[-1]


def parse(texts: Mapping[str, str]) -> Sheet:
    """Read facts sheets, file name -> text, into one sheet.

    Raises:
        TemplateError: a text is not TOML, a fact lacks something or is of a wrong type, or two
            figures of a key are of the same day.
    """
    found: dict[str, list[Figure]] = {}
    for file, text in sorted(texts.items()):
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"line (\d+)", str(error))
            raise TemplateError(
                f"not TOML: {error}", file=file, line=int(at[1]) if at else None
            ) from error
        _collect(data, "", file, text, found)
    for figures in found.values():
        figures.sort(key=lambda figure: figure.true_on)
    return Sheet({key: tuple(figures) for key, figures in found.items()})


def _collect(
    data: Mapping[str, Any], prefix: str, file: str, text: str, found: dict[str, list[Figure]]
) -> None:
    for name, value in data.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            _collect(value, f"{key}.", file, text, found)
            continue
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise TemplateError(
                f"a fact is written under a header of its own, [[{prefix.rstrip('.') or 'key'}]]",
                file=file,
                line=_line(text, prefix.rstrip("."), 0, name),
                value=key,
            )
        for number, entry in enumerate(value):
            figure = _figure(key, entry, file, text, number)
            if any(figure.true_on == other.true_on for other in found.get(key, [])):
                raise TemplateError(
                    f"a second figure for {figure.true_on}",
                    file=file,
                    line=_line(text, key, number),
                    value=key,
                )
            found.setdefault(key, []).append(figure)


def _figure(key: str, entry: Mapping[str, Any], file: str, text: str, number: int) -> Figure:
    def wrong(problem: str, value: object, name: str = "") -> TemplateError:
        line = _line(text, key, number, name)
        return TemplateError(problem, file=file, line=line, value=value)

    for name in entry:
        if name not in _KEYS:
            raise wrong("a fact has only value, true_on, source and note", name, name)
    value, source, note = entry.get("value"), entry.get("source"), entry.get("note", "")
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise wrong("a fact needs a value: a whole number or a text", value, "value")
    if not isinstance(source, str) or not source.strip():
        raise wrong("a fact needs a source: who published it", key, "source")
    if not isinstance(note, str):
        raise wrong("a note is a text", note, "note")
    day = _first_day(entry.get("true_on"))
    if day is None:
        raise wrong(
            'a fact needs true_on: a day (2014-02-26), or a month ("2014-02") or year in quotes',
            entry.get("true_on"),
            "true_on",
        )
    return Figure(key, value, day, source.strip(), note.strip())


def _first_day(written: object) -> date | None:
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    period = _PERIOD.fullmatch(written) if isinstance(written, str) else None
    if period is None:
        return None
    year, month = int(period[1]), int(period[2] or 12)
    if year == 0 or not 1 <= month <= 12:
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def _line(text: str, key: str, number: int, name: str = "") -> int | None:
    """Where the `number`th [[key]] stands, or `name` in it; TOML parsers don't say."""
    seen, header_line = -1, None if key else 0
    for at, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            if header_line is not None:
                break
            if header[1].replace('"', "").replace("'", "") == key:
                seen += 1
                header_line = at if seen == number else None
        elif name and header_line is not None and re.match(rf"\s*{re.escape(name)}\s*=", line):
            return at
    return header_line or None
