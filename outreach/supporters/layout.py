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
from outreach.supporters.formats import (
    ABOUT,
    ABOUT_ANY,
    ABOUT_DISCRETION,
    ABOUT_OTHERS,
    AGAINST,
    DISCRETION,
    FORMATS,
    LONE_NAME,
    SPREADSHEET,
    STATUSES,
    Field,
    Format,
    Role,
)
from outreach.supporters.statuses import OPT_IN, OPT_OUT, Words

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
    #: all other columns
    attributes: Sequence[int]
    #: those of them that by their names may speak of consent, which we don't understand
    doubtful: Sequence[int]
    #: and those that may say who must get discreet messages only
    maybe_discreet: Sequence[int]
    #: place -> header, or what stands for it where it is empty or there twice
    names: Mapping[int, str]

    @property
    def meanings(self) -> dict[str, tuple[str, ...]]:
        """Say of each column what it was taken for, as `--columns` would."""
        taken: dict[str, tuple[str, ...]] = {}
        for place, name in self.names.items():
            fields = [field.value for field, its_place in self.fields.items() if its_place == place]
            kinds = [self.statuses[place].kind] if place in self.statuses else []
            taken[name] = (*fields, *kinds) or (Role.ATTRIBUTE.value,)
        return taken


@dataclass(frozen=True, slots=True)
class Header:
    """A file's header row, with where it stands, for messages."""

    path: Path
    line: int
    cells: Sequence[str]

    def trouble(self, problem: str, value: object, next_step: str) -> InputError:
        """Make the error that says what is wrong with this header."""
        return InputError(problem, file=self.path, line=self.line, value=value, next_step=next_step)


def layout_of(header: Header, stated: Sequence[tuple[str, str]] = ()) -> Layout:
    """Say what a file's columns mean; `stated` are pairs of a field or role, and the header or the
    number from 1 of its column.

    Raises:
        InputError: no column holds the addresses, or more than one might; a column that is needed
            stands twice; a quotation mark of the header is not closed; or `stated` names what
            there is not, or a column for what it can't be.
    """
    for cell in header.cells:
        if "@" in cell and not cell.isprintable():
            raise header.trouble(
                "a row seems to have got into the header: is a quotation mark not closed?",
                cell,
                "mend the header",
            )
    known = _recognised(header.cells)
    fields, roles = _stated(header, stated)
    if Field.EMAIL not in fields:
        fields[Field.EMAIL] = _email_place(header, known)
    for field, headers in {**known.fields, Field.SAFETY: DISCRETION}.items():
        if field not in fields:
            fields.update(_recognised_place(header, field, headers, fields, roles))
    statuses = _statuses(header, known, roles)
    names = _names(header.cells)
    attributes = [place for place in names if place not in {*fields.values(), *statuses}]
    unknown = [place for place in attributes if place not in roles]
    doubtful = [place for place in unknown if _may_be_consent(header.cells[place])]
    discreet = [place for place in unknown if _may_mean(header.cells[place], ABOUT_DISCRETION)]
    ground = f"{known.title}: opted in" if known.title else ""
    return Layout(known.name, ground, fields, statuses, attributes, doubtful, discreet, names)


def refuse_doubts(header: Header, layout: Layout) -> None:
    """See that no column may say no where all who say nothing are to be taken for a yes.

    Raises:
        InputError: one may.
    """
    for place in layout.doubtful:
        raise header.trouble(
            "this column may say who must not be written to, so --consent can't be used",
            header.cells[place],
            f"say what it is: --columns opt_out={place + 1} or consent={place + 1},"
            f" or attribute={place + 1} if it is not about writing to people",
        )


def parse_columns(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read `email=E-Mail,given_name=Vorname`; a header with a comma in it goes in an own text.

    Raises:
        InputError: a part has no `=`.
    """
    stated: list[tuple[str, str]] = []
    for text in texts:
        for part in re.split(r",(?=\s*\w+\s*=)", text):
            field, equals, column = part.partition("=")
            if not equals or not column.strip():
                raise InputError(
                    "--columns wants FIELD=HEADER", value=part, next_step="as in email=E-Mail"
                )
            stated.append((field.strip(), column.strip()))
    return tuple(stated)


def _recognised(cells: Sequence[str]) -> Format:
    names = [cell.strip().casefold() for cell in cells]
    for known in FORMATS:
        for mark in known.marks:
            beginning = mark.casefold().rstrip("*")
            if any(n.startswith(beginning) if "*" in mark else n == beginning for n in names):
                return known
    return SPREADSHEET


def _stated(
    header: Header, stated: Sequence[tuple[str, str]]
) -> tuple[dict[Field, int], dict[int, Role]]:
    fields: dict[Field, int] = {}
    roles: dict[int, Role] = {}
    words = [*Field, *Role]
    for name, column in stated:
        if name not in words:
            near = _nearest(name, words, "fields")
            raise InputError("there is no such field", value=name, next_step=near)
        place = _stated_place(header, column)
        if name in list(Role):
            roles[place] = Role(name)
        elif Field(name) in fields:
            raise InputError("--columns names this field twice", value=name)
        else:
            fields[Field(name)] = place
    return fields, roles


def _statuses(header: Header, known: Format, roles: Mapping[int, Role]) -> dict[int, Words]:
    statuses: dict[int, Words] = {}
    for name, words in (*known.statuses.items(), *STATUSES.items()):
        statuses.update((place, words) for place in _places(header, name) if place not in statuses)
    for place, role in roles.items():
        recognised = statuses.pop(place, None)
        if role is not Role.ATTRIBUTE:
            _refuse_opposite(header, place, role, recognised)
            statuses[place] = recognised or (OPT_OUT if role is Role.OPT_OUT else OPT_IN)
    return statuses


def _refuse_opposite(header: Header, place: int, role: Role, recognised: Words | None) -> None:
    says_no = _may_mean(header.cells[place], AGAINST)
    if recognised is not None:
        says_no = recognised.kind != Role.CONSENT
    if role is Role.CONSENT and says_no:
        raise header.trouble(
            "this column says who must not be written to: a yes in it is a no",
            header.cells[place],
            f"say --columns opt_out={place + 1}",
        )
    if role is Role.OPT_OUT and recognised is not None and not says_no:
        raise header.trouble(
            "this column says who may be written to: a yes in it is a yes",
            header.cells[place],
            f"say --columns consent={place + 1}",
        )


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
    header: Header,
    field: Field,
    names: Sequence[str],
    fields: Mapping[Field, int],
    roles: Mapping[int, Role],
) -> dict[Field, int]:
    used = {*fields.values(), *roles}
    # "name" is a family name only beside a column for the given name
    words = [name for name in names if name != LONE_NAME or Field.GIVEN_NAME in fields]
    found = (p for name in words for p in _one_place(header, field, name) if p not in used)
    place = next(found, None)
    if place is None:
        return {}
    # an attribute that says who must be written to discreetly would be a danger to them
    others = list(found) if field is Field.SAFETY else []
    if others:
        raise _stands_twice(header, field, [place, *others])
    return {field: place}


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


def _names(cells: Sequence[str]) -> dict[int, str]:
    """Name all columns, but for those that a rejects file has in front."""
    names: dict[int, str] = {}
    marks = tuple(cell.casefold() for cell in cells[: len(MARKS)])
    first = len(MARKS) if marks == MARKS else 0
    for place in range(first, len(cells)):
        name = cells[place] or f"column {place + 1}"
        names[place] = f"{name} ({place + 1})" if name in names.values() else name
    return names


def _may_be_consent(name: str) -> bool:
    if _may_mean(name, ABOUT):
        return True
    return _may_mean(name, ABOUT_ANY) and not _may_mean(name, ABOUT_OTHERS)


def _may_mean(name: str, parts: Sequence[str]) -> bool:
    squeezed = _squeezed(name)
    return any(part in squeezed for part in parts)


def _squeezed(name: str) -> str:
    """Take a name without case, accents, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return _PUNCTUATION.sub("", "".join(c for c in letters if not unicodedata.combining(c)))


def _nearest(name: str, words: Sequence[str], what: str) -> str:
    near = difflib.get_close_matches(name, words, 1, 0.5)
    return f"perhaps it is {shown(near[0])}" if near else f"the {what} are: {', '.join(words)}"
