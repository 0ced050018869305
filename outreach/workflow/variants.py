"""Every distinct version of a message that a segment would get. Changes no table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from outreach import addresses
from outreach.compose import Composer
from outreach.compose.differences import differences
from outreach.compose.ways import Way, Ways, Wording
from outreach.model import Progress, Reader, no_progress
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.freezing import freeze_message
from outreach.workflow.preview import planned_message
from outreach.workflow.survey import NO_TOKEN, Question, Survey, survey


@dataclass(frozen=True, slots=True)
class Variant:
    """One version: one way through the message's ifs and loops, in one language."""

    people: int
    language: str
    discreet: bool
    #: one who gets it, and their address, masked
    supporter_id: int
    example: str
    #: what it says otherwise than the commonest version of its language; None for that one itself
    differences: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Variants:
    """The versions of a message for a segment, on one day."""

    message: str
    segment: str
    day: date
    #: people of the segment, and those of them who would get the message
    audience: int
    people: int
    #: those left out, by `Exclusion`
    excluded: dict[str, int]
    #: those for whom there is no message, and the first of the reasons
    not_composable: int
    first_problem: str
    #: the commonest first
    versions: tuple[Variant, ...]
    #: people who get yet other versions: there are too many to tell apart
    beyond: int


def variants(
    db: Database,
    settings: Settings,
    name: str,
    *,
    segment: str,
    campaign: str = "",
    day: date | None = None,
    now: datetime,
    progress: Progress = no_progress,
) -> Variants:
    """List the versions of the message `name` that the people of `segment` would get.

    `day` decides which facts are true; without it, that of `now` (UTC). With a `campaign` it is its
    message as planned. Who may not be written to at this moment is counted with the reason.

    Raises:
        NotFound: there is no such message, segment or campaign, or the campaign sends another
            message.
        IllegalMove: the campaign is not planned yet.
        TemplateError: the message can't be used.
        SegmentError: the segment can't be used, or takes too long.
        InputError: nobody is in the segment, or nobody of it may be written to.
    """
    if campaign:
        frozen, day = planned_message(db, campaign, name)
    else:
        day = day or now.date()
        frozen = freeze_message(db, settings, name, day=day)
    composer = Composer(frozen, day)
    ways = Ways(composer)
    seen = survey(db, settings, Question(segment), composer, ways, progress=progress)
    return Variants(
        message=name,
        segment=segment,
        day=day,
        audience=seen.audience,
        people=seen.people,
        excluded=dict(sorted(seen.excluded.items())),
        not_composable=seen.not_composable,
        first_problem=seen.first_problem,
        versions=tuple(variant for _, variant in versions(db, seen, ways)),
        beyond=seen.beyond,
    )


def versions(
    db: Database, seen: Survey, ways: Ways, language: str = "", most: int | None = None
) -> Iterator[tuple[Way, Variant]]:
    """Give the versions that were seen, the commonest first, with what is different about each.

    `language` stands for the one that each asked for, as in the survey. At most `most` are given.
    """
    usual: dict[tuple[str, bool], Wording] = {}
    for way in commonest(seen)[:most]:
        takers = seen.ways[way]
        supporter = roll.get(db, takers.supporter_id)
        asked = replace(supporter, language=language) if language else supporter
        reader = Reader(asked, NO_TOKEN, NO_TOKEN)
        own = ways.wording(reader)
        first = usual.setdefault((way.language, way.discreet), own)
        yield (
            way,
            Variant(
                people=takers.people,
                language=way.language,
                discreet=way.discreet,
                supporter_id=supporter.supporter_id,
                example=addresses.masked(supporter.email),
                differences=None if first is own else differences(first, own),
            ),
        )


def commonest(seen: Survey) -> list[Way]:
    """Give the ways that were seen, the commonest first."""
    return sorted(seen.ways, key=lambda way: (-seen.ways[way].people, seen.ways[way].supporter_id))
