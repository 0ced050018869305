"""A whole segment looked through: who would get a message, and which way each takes through it.

Nothing is composed, so a list of a million takes tens of seconds. People are read in batches; what
is remembered does not grow with their number. Writes the temporary table `audience` and no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from outreach import segments
from outreach.compose import Composer
from outreach.compose.ways import Way, Ways
from outreach.errors import InputError, TemplateError
from outreach.model import Progress, Reader, Supporter, no_progress
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import consent, roll

#: ways that are told apart; people who take yet others are counted together
MOST_WAYS: Final = 1000
#: stands for a token: as long as one, and no reader accepts it
NO_TOKEN: Final = "a" * 24


@dataclass(slots=True)
class Takers:
    """Those who take one way."""

    people: int
    #: the first of them
    supporter_id: int


@dataclass(slots=True)
class Survey:
    """What was seen of a segment and a message."""

    #: people of the segment
    audience: int
    #: those left out, by `Exclusion`
    excluded: Counter[str] = field(default_factory=Counter)
    ways: dict[Way, Takers] = field(default_factory=dict)
    #: people whose way is none of `ways`
    beyond: int = 0
    #: people for whom there is no message, the first of them, and why
    not_composable: int = 0
    first_failed: int = 0
    first_problem: str = ""

    @property
    def people(self) -> int:
        """How many would get the message."""
        return sum(takers.people for takers in self.ways.values()) + self.beyond


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to look through, and as what."""

    segment: str
    #: stands for the language that each asked for; '' leaves it
    language: str = ""


def fill(db: Database, settings: Settings, segment: str) -> int:
    """Fill `audience` with a segment's people and give their number; it needs no write lock.

    Raises:
        NotFound: there is no such segment.
        SegmentError: it can't be used, or takes too long.
    """
    folder, seconds = settings.segments_dir, settings.segments.time_limit
    return segments.fill_audience(db, folder, segment, time_limit=seconds)


def is_in(db: Database, settings: Settings, segment: str, supporter_id: int) -> bool:
    """Whether a supporter is in a segment; errors as for `fill`."""
    fill(db, settings, segment)
    query = "SELECT EXISTS (SELECT 1 FROM temp.audience WHERE supporter_id = ?)"
    return bool(db.conn.execute(query, [supporter_id]).fetchone()[0])


def survey(
    db: Database,
    settings: Settings,
    question: Question,
    composer: Composer,
    ways: Ways,
    *,
    see: Callable[[Supporter, Way], None] = lambda _supporter, _way: None,
    progress: Progress = no_progress,
) -> Survey:
    """Ask of everybody in the segment whether they would get the message, and which.

    `see` is told of everybody who would.

    Raises:
        NotFound: there is no such segment.
        SegmentError: it can't be used, or takes too long.
        InputError: nobody is in it, or nobody of it may be written to.
    """
    seen = Survey(fill(db, settings, question.segment))
    if not seen.audience:
        raise InputError(
            "nobody is in this segment",
            value=question.segment,
            next_step=f"see `outreach segments show {question.segment}`",
        )
    for supporter in _recipients(db, seen, message=composer, progress=progress):
        asked = replace(supporter, language=question.language) if question.language else supporter
        try:
            way = ways.way(Reader(asked, NO_TOKEN, NO_TOKEN))
        except TemplateError as error:
            seen.not_composable += 1
            seen.first_failed = seen.first_failed or supporter.supporter_id
            seen.first_problem = seen.first_problem or str(error)
            continue
        takers = seen.ways.get(way)
        if takers is not None:
            takers.people += 1
        elif len(seen.ways) < MOST_WAYS:
            seen.ways[way] = Takers(1, supporter.supporter_id)
        else:
            seen.beyond += 1
        see(asked, way)
    if seen.excluded.total() == seen.audience:
        raise InputError(
            f"nobody of this segment may be written to: {in_words(seen.excluded)}",
            value=question.segment,
            next_step="name somebody with --as to see their message all the same",
        )
    return seen


def in_words(excluded: Mapping[str, int]) -> str:
    """Say how many are left out, and why."""
    return ", ".join(
        f"{number:,} {reason.replace('_', ' ')}" for reason, number in sorted(excluded.items())
    )


def _recipients(
    db: Database, seen: Survey, *, message: Composer, progress: Progress
) -> Iterator[Supporter]:
    last = done = 0
    while True:
        ids = [
            supporter_id
            for (supporter_id,) in db.conn.execute(
                "SELECT supporter_id FROM temp.audience WHERE supporter_id > ?"
                " ORDER BY supporter_id LIMIT ?",
                [last, roll.BATCH],
            )
        ]
        if not ids:
            return
        shut = consent.excluded_now(db, ids, discreet_version=message.discreet, kind=message.kind)
        seen.excluded.update(str(reason) for reason in shut.values())
        people = roll.fetch(db, [i for i in ids if i not in shut])
        yield from (people[i] for i in ids if i in people)
        last, done = ids[-1], done + len(ids)
        progress(done, seen.audience)
