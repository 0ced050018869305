"""Recognise whose export a file is, by its header row, and which column means what. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outreach.csvfiles import MARKS
from outreach.errors import InputError, shown
from outreach.supporters.formats import FORMATS, LONE_NAME, SPREADSHEET, Field, Format
from outreach.supporters.statuses import OPT_IN, Words

_PUNCTUATION: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of one file mean, by their places."""

    format: str
    #: the ground of a consent that the file states without one; '' in our own files
    ground: str
    fields: Mapping[Field, int]
    #: place -> how its cells speak of consent
    statuses: Mapping[int, Words]
    #: place -> name, of all other columns
    attributes: Mapping[int, str]
    header: Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """A file's header row, with where it stands, for messages."""

    path: Path
    line: int
    cells: Sequence[str]

    def trouble(self, problem: str, value: object, next_step: str) -> InputError:
        """Make the error that says what is wrong with this header."""
        return InputError(problem, file=self.path, line=self.line, value=value, next_step=next_step)


def layout_of(header: Header, stated: Mapping[str, str]) -> Layout:
    """Say what a file's columns mean; `stated` is field -> header, or column number from 1.

    Raises:
        InputError: no column holds the addresses, or more than one might; a column that is needed
            stands twice; or `stated` names a field or a column that there is not.
    """
    known = _recognised(header.cells)
    fields = {field: _stated_place(header, column) for field, column in _fields(stated).items()}
    statuses: dict[int, Words] = {}
    if Field.CONSENT in fields:
        statuses[fields.pop(Field.CONSENT)] = OPT_IN
    if Field.EMAIL not in fields:
        fields[Field.EMAIL] = _email_place(header, known)
    for field, names in known.fields.items():
        if field not in fields:
            fields.update(_recognised_place(header, field, names, fields))
    for name, words in known.statuses.items():
        statuses.update((place, words) for place in _places(header, name) if place not in statuses)
    used = {*fields.values(), *statuses}
    ground = f"{known.title}: opted in" if known.title else ""
    attributes = _attributes(header, used)
    return Layout(known.name, ground, fields, statuses, attributes, header.cells)


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """Read `email=E-Mail,given_name=Vorname`; a header with a comma in it goes in an own text.

    Raises:
        InputError: a part has no `=`.
    """
    stated: dict[str, str] = {}
    for text in texts:
        for part in re.split(r",(?=\s*\w+\s*=)", text):
            field, equals, column = part.partition("=")
            if not equals or not column.strip():
                raise InputError(
                    "--columns wants FIELD=HEADER", value=part, next_step="as in email=E-Mail"
                )
            stated[field.strip()] = column.strip()
    return stated


def _recognised(cells: Sequence[str]) -> Format:
    names = [cell.strip().casefold() for cell in cells]
    for known in FORMATS:
        for mark in known.marks:
            beginning = mark.casefold().rstrip("*")
            if any(n.startswith(beginning) if "*" in mark else n == beginning for n in names):
                return known
    return SPREADSHEET


def _fields(stated: Mapping[str, str]) -> dict[Field, str]:
    words = [field.value for field in Field]
    for name in stated:
        if name not in words:
            raise InputError(
                "there is no such field", value=name, next_step=_nearest(name, words, "fields")
            )
    return {Field(name): column for name, column in stated.items()}


def _stated_place(header: Header, column: str) -> int:
    places = [p for p, cell in enumerate(header.cells) if cell == column]
    places = places or _places(header, column)
    if not places and column.isascii() and column.isdigit():
        places = [int(column) - 1] if 1 <= int(column) <= len(header.cells) else []
    if not places:
        raise header.trouble(
            "the file has no such column", column, _nearest(column, header.cells, "columns")
        )
    if len(places) > 1:
        raise _stands_twice(header, "FIELD", places)
    return places[0]


def _email_place(header: Header, known: Format) -> int:
    usual = SPREADSHEET.fields[Field.EMAIL]
    places = sorted({place for name in usual for place in _places(header, name)})
    if len(places) > 1:
        raise _stands_twice(header, Field.EMAIL, places)
    for name in (*known.fields[Field.EMAIL], *usual):
        for place in _one_place(header, Field.EMAIL, name):
            return place
    raise header.trouble(
        "no column holds email addresses",
        ", ".join(header.cells),
        "name it: --columns email=HEADER",
    )


def _recognised_place(
    header: Header, field: Field, names: Sequence[str], fields: Mapping[Field, int]
) -> dict[Field, int]:
    for name in names:
        for place in _one_place(header, field, name):
            # "name" is a family name only beside a column for the given name
            whole_name = name == LONE_NAME and Field.GIVEN_NAME not in fields
            if place not in fields.values() and not whole_name:
                return {field: place}
    return {}


def _one_place(header: Header, field: Field, name: str) -> list[int]:
    places = _places(header, name)
    if len(places) > 1:
        raise _stands_twice(header, field, places)
    return places


def _places(header: Header, name: str) -> list[int]:
    wanted = _squeezed(name)
    return [p for p, cell in enumerate(header.cells) if wanted and _squeezed(cell) == wanted]


def _stands_twice(header: Header, field: str, places: Sequence[int]) -> InputError:
    which = ", ".join(f"{header.cells[place]} (column {place + 1})" for place in places)
    return header.trouble(
        "more than one column may be meant",
        which,
        f"say which by its number, as in --columns {field}={places[0] + 1}",
    )


def _attributes(header: Header, used: set[int]) -> dict[int, str]:
    first = len(MARKS) if tuple(header.cells[: len(MARKS)]) == MARKS else 0
    names: dict[int, str] = {}
    for place in range(first, len(header.cells)):
        if place in used:
            continue
        name = header.cells[place] or f"column {place + 1}"
        names[place] = f"{name} ({place + 1})" if name in names.values() else name
    return names


def _squeezed(name: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", name).casefold())


def _nearest(name: str, words: Sequence[str], what: str) -> str:
    near = difflib.get_close_matches(name, words, 1, 0.5)
    return f"perhaps it is {shown(near[0])}" if near else f"the {what} are: {', '.join(words)}"
