"""See the messages of the few people who tell most, before all are sent. Changes no table.

That is one person for each version, and those in whose message something is most likely to look
wrong: the longest names, the missing ones, those in other scripts.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach import addresses
from outreach.compose.lint.readers import made_up
from outreach.compose.used import trees, used_values
from outreach.compose.ways import Ways
from outreach.errors import TemplateError
from outreach.model import Progress, Supporter, no_progress
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.preview import Preview, Previewer, known_columns, previewer_of
from outreach.workflow.survey import Question, survey
from outreach.workflow.telling import Telling
from outreach.workflow.variants import Variant, versions

#: versions of which one person's is shown, the commonest; a list of more nobody reads
MOST_VERSIONS: Final = 30


@dataclass(frozen=True, slots=True)
class TellingPreview:
    """The message of one telling person, and what makes it worth a look."""

    #: 0 for a made-up reader
    supporter_id: int
    #: masked
    address: str
    reasons: tuple[str, ...]
    #: None where there is no message for this person, and then why
    preview: Preview | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Previews:
    """The messages of the telling people of a segment, or of made-up readers."""

    message: str
    #: '' where the readers are made up
    segment: str
    #: people of the segment, and those of them who would get the message
    audience: int
    people: int
    #: those left out, by `Exclusion`
    excluded: dict[str, int]
    #: those for whom there is no message; the first of them is among `telling`
    not_composable: int
    telling: tuple[TellingPreview, ...]
    #: versions of which nobody's is shown
    unshown: int

    @property
    def all_made(self) -> bool:
        """Whether there is a message for everybody, as far as was seen.

        What is wrong with a subject or with the finished page shows only where one is made.
        """
        return not self.not_composable and all(telling.preview for telling in self.telling)


def segment_previews(
    db: Database,
    settings: Settings,
    name: str,
    *,
    segment: str,
    language: str = "",
    campaign: str = "",
    day: date | None = None,
    now: datetime,
    progress: Progress = no_progress,
) -> Previews:
    """Give the messages of those in `segment` whose are worth a look, with the reasons.

    Only people who would get it at this moment are taken, and the first for whom it can't be made.
    `language` stands for the one that each asked for. `day` decides which facts are true; without
    it, that of `now` (UTC). With a `campaign` it is its message as planned; the people are those
    of the segment at this moment.

    Raises:
        NotFound: there is no such message, segment or campaign, the campaign sends another message,
            or it isn't written in that language.
        IllegalMove: the campaign is not planned yet.
        TemplateError: the message can't be used.
        SegmentError: the segment can't be used, or takes too long.
        InputError: nobody is in the segment, or nobody of it may be written to.
    """
    previewer = previewer_of(
        db, settings, name, campaign=campaign, language=language, day=day, now=now
    )
    ways = Ways(previewer.composer)
    telling = Telling(used_values(previewer.frozen))
    question = Question(segment, previewer.language)
    seen = survey(
        db, settings, question, previewer.composer, ways, see=telling.see, progress=progress
    )
    commonest = versions(db, seen, ways, previewer.language, MOST_VERSIONS)
    picks = telling.picks({way: (found.supporter_id, _words(found)) for way, found in commonest})
    if seen.first_failed:
        picks[seen.first_failed] = [f"1 of {seen.not_composable:,} for whom it can't be made"]
    people = roll.fetch(db, list(picks))
    return Previews(
        message=name,
        segment=segment,
        audience=seen.audience,
        people=seen.people,
        excluded=dict(sorted(seen.excluded.items())),
        not_composable=seen.not_composable,
        telling=tuple(
            _shown(previewer, people[number], reasons)
            for number, reasons in picks.items()
            if number in people
        ),
        unshown=max(0, len(seen.ways) - MOST_VERSIONS),
    )


def made_up_previews(
    db: Database,
    settings: Settings,
    name: str,
    *,
    language: str = "",
    campaign: str = "",
    day: date | None = None,
    now: datetime,
) -> Previews:
    """Give the messages of made-up readers: in every language a few who try the message's ifs.

    The rest is as for `segment_previews`.
    """
    previewer = previewer_of(
        db, settings, name, campaign=campaign, language=language, day=day, now=now
    )
    shown = tuple(
        _shown(previewer, supporter, [whom]) for whom, supporter in made_up_readers(db, previewer)
    )
    failed = sum(telling.preview is None for telling in shown)
    return Previews(name, "", len(shown), len(shown) - failed, {}, failed, shown, 0)


def made_up_readers(db: Database, previewer: Previewer) -> Iterator[tuple[str, Supporter]]:
    """Give made-up readers for a message, each with who it is in words."""
    columns = known_columns(db, previewer.frozen)
    parsed = list(trees(previewer.frozen))
    wanted = (previewer.language,) if previewer.language else previewer.composer.languages
    for discreet in (False, True)[: 1 + previewer.composer.discreet]:
        for reader in made_up(wanted, parsed, discreet=discreet):
            yield reader.whom, _with(columns, reader.reader.supporter)


def _with(columns: Container[str], supporter: Supporter) -> Supporter:
    """Leave a made-up reader the further columns that somebody on the list has."""
    own = {name: value for name, value in supporter.attributes.items() if name in columns}
    return replace(supporter, attributes=own)


def _shown(previewer: Previewer, supporter: Supporter, reasons: list[str]) -> TellingPreview:
    made, problem = None, ""
    try:
        made = previewer.of(supporter)
    except TemplateError as error:
        problem = str(error)
    return TellingPreview(
        supporter_id=supporter.supporter_id,
        address=addresses.masked(supporter.email),
        reasons=tuple(reasons),
        preview=made,
        problem=problem,
    )


def _words(found: Variant) -> str:
    version = f"1 of {found.people:,} who get this version"
    if found.differences:
        more = len(found.differences) - 1
        return f"{version}: {found.differences[0]}" + (f", and {more} more" if more else "")
    return version
