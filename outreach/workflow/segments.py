"""What a person can ask of the segments. Changes no table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from outreach import segments
from outreach.errors import InputError, SegmentError
from outreach.facts.action_rows import key
from outreach.places import country_code, language_tag
from outreach.segments import Explanation, Person, Segment, Wish
from outreach.settings import Settings
from outreach.store import Database


@dataclass(frozen=True, slots=True)
class Listed:
    """One segment in a list; one that can't be used has a problem instead of a count."""

    name: str
    title: str
    count: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A segment and how many supporters are in it."""

    name: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """All about one segment."""

    segment: Segment
    count: int
    #: the first few of its people
    sample: tuple[Person, ...]


def list_segments(db: Database, settings: Settings) -> tuple[Listed, ...]:
    """Count every segment of the workspace, in order of name; a broken one hides no other.

    Raises:
        SegmentError: the folder can't be read.
    """
    return tuple(
        _listed(db, settings, name) for name in segments.segment_names(settings.segments_dir)
    )


def list_names(settings: Settings) -> tuple[str, ...]:
    """Name every segment of the workspace without asking who is in it.

    Raises:
        SegmentError: the folder can't be read.
    """
    return tuple(segments.segment_names(settings.segments_dir))


def _listed(db: Database, settings: Settings, name: str) -> Listed:
    title = ""
    try:
        title = segments.get_segment(settings.segments_dir, name).title
        return Listed(name, title, count_segment(db, settings, name).count)
    except SegmentError as error:
        return Listed(name, title, None, str(error))


def count_segment(db: Database, settings: Settings, name: str) -> Counted:
    """Count the supporters of a segment, each once.

    Raises:
        NotFound: there is no segment of that name.
        SegmentError: it, or one that it builds on, can't be used, or takes too long.
    """
    folder = settings.segments_dir
    number = segments.count(db, folder, name, time_limit=settings.segments.time_limit)
    return Counted(name, segments.get_segment(folder, name).title, number)


def show_segment(db: Database, settings: Settings, name: str, *, limit: int = 5) -> Shown:
    """Give a segment's header, SQL and count, and the first `limit` of its people.

    Raises: as `count_segment`.
    """
    folder, seconds = settings.segments_dir, settings.segments.time_limit
    return Shown(
        segments.get_segment(folder, name),
        segments.count(db, folder, name, time_limit=seconds),
        segments.sample(db, folder, name, time_limit=seconds, limit=limit),
    )


def explain_segment(db: Database, settings: Settings, name: str) -> Explanation:
    """Tell how the database would answer a segment, without running it.

    Raises: as `count_segment`.
    """
    return segments.explain(
        db, settings.segments_dir, name, time_limit=settings.segments.time_limit
    )


def new_segment(db: Database, settings: Settings, name: str, wish: Wish) -> Counted:
    """Write a segment's file for `wish`, whose countries and languages may be names; count it.

    Raises:
        InputError: the name can't be one, or a country or language is not known.
        AlreadyExists: there is such a segment; it was not touched.
        NotFound: a segment to be left out does not exist.
    """
    wish = replace(
        wish,
        countries=[_country(text) for text in _split(wish.countries)],
        languages=[_language(text) for text in _split(wish.languages)],
        took_action=[key(text) for text in _split(wish.took_action)],
        not_in=list(_split(wish.not_in)),
    )
    segments.write_segment(settings.segments_dir, name, wish)
    return count_segment(db, settings, name)


def _split(values: Iterable[str]) -> Iterable[str]:
    """Take `CD,TG` apart; a value may also be given several times."""
    parts = (part.strip() for value in values for part in value.split(","))
    return (part for part in parts if part)


def _country(text: str) -> str:
    code = country_code(text)
    if not code:
        raise InputError(
            "no country is known by that name", value=text, next_step="give its code, such as CD"
        )
    return code


def _language(text: str) -> str:
    tag = language_tag(text)
    if not tag:
        raise InputError(
            "no language is known by that name", value=text, next_step="give its code, such as fr"
        )
    return tag
