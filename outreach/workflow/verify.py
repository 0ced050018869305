"""Compose a message both ways for many people, fast and slow, and compare. Changes no table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from outreach.compose import Composer
from outreach.compose.comparing import Difference, message_difference
from outreach.compose.lint.telling import telling_readers
from outreach.compose.shapereport import ShapeReport
from outreach.errors import InputError, TemplateError
from outreach.model import Message, Progress, Reader, no_progress
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.freezing import freeze_message
from outreach.workflow.survey import NO_TOKEN, fill

#: people compared where nothing else is said: some seconds
SAMPLE: Final = 300
_BATCH: Final = 500
_Compose: TypeAlias = Callable[[Reader, datetime], Message]
#: every so many-th person of the audience
_SPREAD: Final = """
    SELECT supporter_id FROM (
        SELECT supporter_id, row_number() OVER (ORDER BY supporter_id) - 1 AS place
        FROM temp.audience
    ) WHERE place % :step = 0 ORDER BY supporter_id LIMIT :sample
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of composing a message both ways."""

    message: str
    #: '' where made-up readers took the place of a segment
    segment: str
    day: date
    #: people composed both ways
    people: int
    #: those for whom the two ways differ
    differing: int
    #: whom the first difference concerns, in words
    whom: str
    first_difference: Difference | None
    #: people for whom there is no message, and the first of the reasons
    not_composable: int
    first_problem: str
    shapes: ShapeReport

    @property
    def equal(self) -> bool:
        """Whether fast and slow gave the same throughout; not where nobody was compared."""
        return self.people > 0 and not self.differing and not self.shapes.differed


def verify_message(
    db: Database,
    settings: Settings,
    name: str,
    *,
    segment: str = "",
    sample: int = SAMPLE,
    day: date | None = None,
    now: datetime,
    progress: Progress = no_progress,
) -> Verified:
    """Compose the message `name` both ways for at most `sample` people spread over `segment`.

    Without a segment, made-up readers stand for it: all languages, and names that try to be
    something else. `day` decides which facts are true; without it, that of `now` (UTC).

    Raises:
        NotFound: there is no such message or segment.
        TemplateError: the message can't be used.
        SegmentError: the segment can't be used, or takes too long.
        InputError: nobody is in the segment.
    """
    day = day or now.date()
    frozen = freeze_message(db, settings, name, day=day)
    composer = Composer(frozen, day)
    if segment:
        readers = list(_spread(db, settings, segment, sample))
    else:
        readers = list(telling_readers(frozen, composer))
    seen = _Seen()
    for done, (whom, reader) in enumerate(readers, 1):
        seen.compare(composer, whom, reader, now)
        progress(done, len(readers))
    return Verified(
        message=name,
        segment=segment,
        day=day,
        people=seen.people,
        differing=seen.differing,
        whom=seen.whom,
        first_difference=seen.first_difference or composer.shapes.first_difference,
        not_composable=seen.not_composable,
        first_problem=seen.first_problem,
        shapes=composer.shapes,
    )


@dataclass
class _Seen:
    """What was seen so far."""

    people: int = 0
    differing: int = 0
    whom: str = ""
    first_difference: Difference | None = None
    not_composable: int = 0
    first_problem: str = ""

    def compare(self, composer: Composer, whom: str, reader: Reader, now: datetime) -> None:
        """Compose a reader's message both ways."""
        fast, problem = _composed(composer.compose, reader, now)
        slow, other = _composed(composer.compose_slowly, reader, now)
        if fast is None and slow is None:
            self.not_composable += 1
            self.first_problem = self.first_problem or problem
            return
        self.people += 1
        if fast is None or slow is None:
            found: Difference | None = Difference("whether there is one", problem, other)
        else:
            found = message_difference(fast, slow)
        if found is not None:
            self.differing += 1
            self.whom = self.whom or whom
            self.first_difference = self.first_difference or found


def _composed(compose: _Compose, reader: Reader, now: datetime) -> tuple[Message | None, str]:
    try:
        return compose(reader, now), ""
    except TemplateError as error:
        return None, str(error)


def _spread(
    db: Database, settings: Settings, segment: str, sample: int
) -> Iterator[tuple[str, Reader]]:
    """Give people spread evenly over a segment."""
    audience = fill(db, settings, segment)
    if not audience:
        raise InputError(
            "nobody is in this segment",
            value=segment,
            next_step=f"see `outreach segments show {segment}`",
        )
    rows = db.conn.execute(_SPREAD, {"step": max(audience // sample, 1), "sample": sample})
    ids = [int(row[0]) for row in rows]
    for start in range(0, len(ids), _BATCH):
        for number, supporter in sorted(roll.fetch(db, ids[start : start + _BATCH]).items()):
            yield f"supporter {number}", Reader(supporter, NO_TOKEN, NO_TOKEN)
