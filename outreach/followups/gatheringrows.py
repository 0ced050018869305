"""What the words of a form or of a file's row say of a gathering. Pure.

Each field is read strictly: what can't be understood is a problem with a name, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from outreach.addresses import normalise
from outreach.errors import harmless
from outreach.facts.action_rows import key
from outreach.followups.gatherings import Particulars, Photo
from outreach.followups.gatheringstates import GatheringKind, GatheringState
from outreach.followups.results import MOST, Count, Report
from outreach.model import ActionKind
from outreach.places import country_code, is_timezone, language_tag, timezone_of
from outreach.supporters.days import day_of
from outreach.supporters.statuses import NO, NONE, YES


class GatheringProblem(StrEnum):
    """Why a gathering can't be taken as it is written."""

    NO_COUNTRY = "no_country"
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_KIND = "unknown_kind"
    #: not a day of the calendar, or one that may be two
    BAD_DATE = "bad_date"
    #: no hour of a day, or one that the clocks of the place jump over; or without a day
    BAD_TIME = "bad_time"
    BAD_ZONE = "bad_zone"
    #: an hour, and the country has several zones
    NO_ZONE = "no_zone"
    BAD_ADDRESS = "bad_address"
    UNKNOWN_LANGUAGE = "unknown_language"
    #: not a whole number from nought in plain digits
    BAD_NUMBER = "bad_number"
    #: not a web address
    BAD_LINK = "bad_link"
    #: neither yes nor no
    BAD_YES_OR_NO = "bad_yes_or_no"
    #: hosting is dangerous there, so it can't be public
    PUBLIC_WHERE_DANGEROUS = "public_where_dangerous"
    UNKNOWN_STATE = "unknown_state"
    #: it is held, or has results, and its day is still to come
    STILL_TO_COME = "still_to_come"
    #: something was collected, and nothing says for which campaign
    NO_CAMPAIGN = "no_campaign"
    #: not `case kind number; ...`
    BAD_CASES = "bad_cases"
    BAD_UID = "bad_uid"
    #: not a moment with its time zone
    BAD_MOMENT = "bad_moment"
    TOO_LONG = "too_long"
    #: it goes over several lines, as a stray quotation mark makes it, and may hold other rows
    LINE_BREAK = "line_break"


class Unusable(Exception):
    """A field that can't be understood."""

    def __init__(self, problem: GatheringProblem, value: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.value = value


@dataclass(frozen=True, slots=True)
class GatheringRow:
    """What a good row says."""

    #: '' where the row has none
    uid: str
    state: GatheringState
    known: Particulars
    #: None where nothing is said of what came of it
    report: Report | None
    #: UTC; None where the row doesn't say
    reported_at: datetime | None
    #: '' where nobody has checked the results, or where they are not named, for safety
    checked_by: str
    #: None where nobody has checked them, or nobody knows when
    checked_at: datetime | None


#: the columns of kinds: how many, for no case in particular
KIND_COLUMNS: Final[Mapping[str, ActionKind]] = {
    "letters": ActionKind.LETTER,
    "emails": ActionKind.EMAIL,
    "sms": ActionKind.SMS,
    "faxes": ActionKind.FAX,
    "tweets": ActionKind.TWEET,
    "signatures": ActionKind.PETITION_SIGNATURE,
}
#: all fields, in the order in which a file has them
FIELDS: Final = (
    "uid", "state", "organiser", "email", "language", "campaign", "country", "place", "date",
    "begins", "minutes", "zone", "kind", "cases", "expected", "public", "quote", "quote_by",
    "quote_permission", "photos", "photos_without_permission", "attended", "events",
    *KIND_COLUMNS, "by_case", "estimated", "said", "reported_by", "reported_at", "checked_by",
    "checked_at",
)  # fmt: skip

#: what people write for a kind, besides our own words
_KINDS: Final[Mapping[str, GatheringKind]] = {
    "letter writing evening": GatheringKind.LETTER_WRITING,
    "letter writing": GatheringKind.LETTER_WRITING,
    "letter evening": GatheringKind.LETTER_WRITING,
    "writing evening": GatheringKind.LETTER_WRITING,
    "write for rights": GatheringKind.LETTER_WRITING,
    "discussion": GatheringKind.DEBATE,
    "panel": GatheringKind.DEBATE,
    "talk": GatheringKind.DEBATE,
    "gig": GatheringKind.CONCERT,
    "letter marathon": GatheringKind.MARATHON,
    "letter writing marathon": GatheringKind.MARATHON,
    "film": GatheringKind.SCREENING,
    "film screening": GatheringKind.SCREENING,
    "class": GatheringKind.WORKSHOP,
    "information stall": GatheringKind.STALL,
    "stand": GatheringKind.STALL,
    **{kind.replace("_", " "): kind for kind in GatheringKind},
}
_HOUR: Final = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)", re.ASCII)
_UID: Final = re.compile(r"[\w.@:{}-]{1,200}", re.ASCII)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST: Final = 200
_LONGEST_QUOTE: Final = 5_000
_LONGEST_LINK: Final = 2_000
_MOST_MINUTES: Final = 60 * 24 * 14


def particulars(said: Mapping[str, str], dangers: Set[str]) -> Particulars:
    """Read what a form says; a field that is not there is empty.

    `dangers` are the countries where nothing is public. Without a zone, an hour is by the clocks of
    the country, where it has but one.

    Raises:
        Unusable: a field can't be understood.
    """
    country = _country(said.get("country", ""))
    public = _yes(said.get("public", ""))
    if public and country in dangers:
        raise Unusable(GatheringProblem.PUBLIC_WHERE_DANGEROUS, country)
    held_on = day(said.get("date", ""))
    begins, zone = _hour(said.get("begins", ""), said.get("zone", ""), country, held_on)
    return Particulars(
        organiser=line(said.get("organiser", "")),
        email=_known(GatheringProblem.BAD_ADDRESS, normalise, said.get("email", "")),
        language=_known(GatheringProblem.UNKNOWN_LANGUAGE, language_tag, said.get("language", "")),
        campaign=_key(said.get("campaign", "")),
        country=country,
        place=line(said.get("place", "")),
        held_on=held_on,
        begins=begins,
        minutes=number(said.get("minutes", ""), most=_MOST_MINUTES) or 0,
        zone=zone,
        kind=kind(said.get("kind", "")),
        cases=_cases(said.get("cases", "")),
        expected=number(said.get("expected", "")),
        public=public,
        quote=line(said.get("quote", ""), _LONGEST_QUOTE),
        quote_by=line(said.get("quote_by", "")),
        quote_allowed=_yes(said.get("quote_permission", "")),
        photos=_photos(said.get("photos", ""), said.get("photos_without_permission", "")),
    )


def row(said: Mapping[str, str], dangers: Set[str], today: date, by: str) -> GatheringRow:
    """Read a row of a file; `by` reported what it says nobody else did.

    Raises:
        Unusable: a field can't be understood.
    """
    known = particulars(said, dangers)
    uid = said.get("uid", "").strip()
    if uid and not _UID.fullmatch(uid):
        raise Unusable(GatheringProblem.BAD_UID, uid)
    reported_by = line(said.get("reported_by", ""))
    found = replace(outcome(said), reported_by=reported_by or by)
    report = found if _says_something(found) else None
    stated = _plain(said.get("state", ""))
    default = GatheringState.HELD if report else GatheringState.PLANNED
    try:
        state = GatheringState(stated) if stated else default
    except ValueError:
        raise Unusable(GatheringProblem.UNKNOWN_STATE, stated) from None
    if (report or state is GatheringState.HELD) and is_to_come(known.held_on, today):
        raise Unusable(GatheringProblem.STILL_TO_COME, known.held_on)
    return GatheringRow(
        uid=uid,
        state=state,
        known=known,
        report=report,
        reported_at=_moment(said.get("reported_at", "")),
        checked_by=line(said.get("checked_by", "")) if report else "",
        checked_at=_moment(said.get("checked_at", "")) if report else None,
    )


def outcome(said: Mapping[str, str]) -> Report:
    """Read what is said of a gathering's results.

    Raises:
        Unusable: a field can't be understood.
    """
    counts = {
        (kind, ""): quantity
        for column, kind in KIND_COLUMNS.items()
        if (quantity := number(said.get(column, ""))) is not None
    }
    for part in filter(str.strip, said.get("by_case", "").split(";")):
        words = part.split()
        kind = _action_kind(words[1]) if len(words) == 3 else None
        if kind is None or (kind, key(words[0])) in counts:
            raise Unusable(GatheringProblem.BAD_CASES, part.strip())
        counts[kind, key(words[0])] = number(words[2]) or 0
    return Report(
        reported_by="",
        counts=tuple(Count(kind, quantity, case) for (kind, case), quantity in counts.items()),
        events=number(said.get("events", "")),
        attended=number(said.get("attended", "")),
        about=_yes(said.get("estimated", "")),
        said=line(said.get("said", ""), _LONGEST_QUOTE),
    )


def is_to_come(held_on: str, today: date) -> bool:
    """Whether a day is still to come: tomorrow has begun in some countries."""
    return held_on > (today + timedelta(days=1)).isoformat()


def line(cell: str, longest: int = _LONGEST) -> str:
    """Read words in one line.

    Raises:
        Unusable: they are longer than `longest`.
    """
    words = _CONTROLS.sub(" ", cell).strip()
    if len(words) > longest:
        raise Unusable(GatheringProblem.TOO_LONG, words)
    return words


def day(cell: str) -> str:
    """Read a day as YYYY-MM-DD; '' where none is given.

    Raises:
        Unusable: it is none, or may be two.
    """
    return _known(GatheringProblem.BAD_DATE, day_of, cell)


def kind(cell: str) -> GatheringKind:
    """Read a kind.

    Raises:
        Unusable: it is none that we know.
    """
    found = _KINDS.get(_plain(cell).replace("_", " ").replace("-", " "))
    if found is None:
        raise Unusable(GatheringProblem.UNKNOWN_KIND, cell.strip())
    return found


def number(cell: str, most: int = MOST) -> int | None:
    """Read a whole number in plain digits: `1,200` and `1.200` are not guessed at; None for none.

    Raises:
        Unusable: it is no such number.
    """
    text = cell.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise Unusable(GatheringProblem.BAD_NUMBER, text)
    return int(text)


def _says_something(report: Report) -> bool:
    return bool(report.counts) or report.events is not None or report.attended is not None


def _plain(cell: str) -> str:
    return " ".join(cell[:_LONGEST].casefold().split())


def _country(cell: str) -> str:
    if not cell.strip():
        raise Unusable(GatheringProblem.NO_COUNTRY, "")
    return _known(GatheringProblem.UNKNOWN_COUNTRY, country_code, cell)


def _known(problem: GatheringProblem, reader: Callable[[str], str], cell: str) -> str:
    word = cell.strip()
    meaning = reader(word) if word and len(word) <= 2 * _LONGEST else ""
    if word and not meaning:
        raise Unusable(problem, word)
    return meaning


def _yes(cell: str) -> bool:
    word = _plain(cell)
    if word in YES:
        return True
    if not word or word in NO or word in NONE:
        return False
    raise Unusable(GatheringProblem.BAD_YES_OR_NO, cell.strip())


def _key(cell: str) -> str:
    return key(line(cell))


def _cases(cell: str) -> tuple[str, ...]:
    found = [key(line(part)) for part in re.split("[;,]", line(cell, _LONGEST_QUOTE))]
    return tuple(dict.fromkeys(filter(None, found)))


def _hour(cell: str, zone: str, country: str, held_on: str) -> tuple[str, str]:
    """Read the hour and the zone that it is of."""
    zone = _known(
        GatheringProblem.BAD_ZONE, lambda name: name if is_timezone(name) else "", zone
    ) or timezone_of(country)
    hour = cell.strip()
    if not hour:
        return "", zone
    found = _HOUR.fullmatch(hour)
    if found is None or not held_on:
        raise Unusable(GatheringProblem.BAD_TIME, hour)
    if not zone:
        raise Unusable(GatheringProblem.NO_ZONE, country)
    begins = time(int(found[1]), int(found[2]))
    wall = datetime.combine(date.fromisoformat(held_on), begins)
    there = wall.replace(tzinfo=ZoneInfo(zone))
    if there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None) != wall:
        raise Unusable(GatheringProblem.BAD_TIME, hour)
    return begins.isoformat("minutes"), zone


def _photos(allowed: str, others: str) -> tuple[Photo, ...]:
    found = dict.fromkeys(others.split(), False) | dict.fromkeys(allowed.split(), True)
    for link in found:
        if not _is_link(link):
            raise Unusable(GatheringProblem.BAD_LINK, link)
    return tuple(Photo(link, is_allowed) for link, is_allowed in sorted(found.items()))


def _is_link(text: str) -> bool:
    if len(text) > _LONGEST_LINK or harmless(text) != text or set(text) & set("<>\"'`\\"):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _action_kind(word: str) -> ActionKind | None:
    try:
        return ActionKind(word.casefold())
    except ValueError:
        return KIND_COLUMNS.get(word.casefold())


def _moment(cell: str) -> datetime | None:
    text = cell.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unusable(GatheringProblem.BAD_MOMENT, text)
    return moment.astimezone(UTC)
