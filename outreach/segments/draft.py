"""Write a segment's file for people who don't write SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outreach.errors import AlreadyExists, InputError, SegmentError
from outreach.segments.files import NAME_RULE, Segment, get_segment, is_name, segment_names
from outreach.segments.views import view_name


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is wanted: of each field that is given, one of its values must hold."""

    title: str = ""
    reason: str = ""
    #: ISO 3166-1 alpha-2
    countries: Sequence[str] = ()
    #: BCP 47; `fr` takes in `fr-CA`, but `fr-CA` not `fr`
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    #: campaign keys
    took_action: Sequence[str] = ()
    #: segments whose people are left out; unlike the others, all of them count
    not_in: Sequence[str] = ()


_DEFAULT_REASON: Final = "Put together by `outreach segments new`; say here why these people."


def write_segment(folder: Path, name: str, wish: Wish) -> Segment:
    """Write `NAME.sql` into `folder` and read it back. An existing file is never touched.

    Raises:
        InputError: no segment can have this name.
        AlreadyExists: there is a segment of this name, or one that goes by the same name in SQL.
        NotFound: a segment in `not_in` does not exist.
        SegmentError: the file can't be written.
    """
    if not is_name(name):
        raise InputError(NAME_RULE, value=name, next_step="choose another name")
    for other in segment_names(folder):
        if view_name(other) == view_name(name):
            raise AlreadyExists("there is a segment of that name", file=folder / f"{other}.sql")
    for other in wish.not_in:
        get_segment(folder, other)
    file = folder / f"{name}.sql"
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(drafted(name, wish))
    except FileExistsError:
        raise AlreadyExists("there is a segment of that name", file=file) from None
    except OSError as error:
        raise SegmentError(
            f"it can't be written: {error.strerror}", file=file, next_step="check the folder"
        ) from error
    return get_segment(folder, name)


def drafted(name: str, wish: Wish) -> str:
    """Give the text of the file: header and SELECT, one condition a line."""
    lines = [
        f"-- title: {_one_line(wish.title) or name}",
        f"-- reason: {_one_line(wish.reason) or _DEFAULT_REASON}",
        "",
        "SELECT supporter_id",
        "  FROM supporters",
    ]
    for place, condition in enumerate(_conditions(wish)):
        lines.append(f" {'WHERE' if place == 0 else '  AND'} {condition}")
    return "\n".join(lines) + ";\n"


def _conditions(wish: Wish) -> Iterator[str]:
    if wish.countries:
        yield f"country IN ({_values(wish.countries)})"
    if wish.languages:
        either = [f"language = {_value(tag)}" for tag in wish.languages]
        either += [f"language LIKE {_value(tag + '-%')}" for tag in wish.languages]
        yield f"({' OR '.join(either)})"
    if wish.tags:
        yield f"EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN ({_values(wish.tags)}))"
    if wish.took_action:
        yield (
            "supporter_id IN (SELECT supporter_id FROM actions"
            f" WHERE campaign IN ({_values(wish.took_action)}))"
        )
    for other in wish.not_in:
        yield f"supporter_id NOT IN (SELECT supporter_id FROM {view_name(other)})"


def _values(values: Sequence[str]) -> str:
    return ", ".join(map(_value, dict.fromkeys(values)))


def _value(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one_line(text: str) -> str:
    return " ".join(text.split())
