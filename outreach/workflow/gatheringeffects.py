"""What follows when a gathering changes: its letters count or don't, its follow-up moves on.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from outreach.errors import InputError
from outreach.facts import actions
from outreach.facts.action_rows import ActionRow
from outreach.followups import changes, gatherings, gatheringview, queue, results, safetytalks
from outreach.followups.gatheringrows import GatheringProblem, Unusable, is_to_come
from outreach.followups.gatherings import Particulars
from outreach.followups.gatheringstates import GatheringState
from outreach.followups.gatheringview import Gathering
from outreach.followups.stages import MOVES
from outreach.model import Stage
from outreach.settings import Settings
from outreach.store import Database

_SENTENCES: Final[Mapping[GatheringProblem, str]] = {
    GatheringProblem.NO_COUNTRY: "a gathering needs its country",
    GatheringProblem.UNKNOWN_COUNTRY: "no country has this code or name",
    GatheringProblem.UNKNOWN_KIND: "no gathering is of this kind",
    GatheringProblem.BAD_DATE: "this is no day of the calendar, written as 2014-12-10",
    GatheringProblem.BAD_TIME: "this is no hour of that day and place, written as 18:30",
    GatheringProblem.BAD_ZONE: "there is no such time zone; one is called Africa/Kinshasa",
    GatheringProblem.NO_ZONE: "people of this country live by several clocks: name the time zone",
    GatheringProblem.BAD_ADDRESS: "this is no address",
    GatheringProblem.UNKNOWN_LANGUAGE: "no language has this code or name",
    GatheringProblem.BAD_NUMBER: "this is no whole number from 0, in plain digits",
    GatheringProblem.BAD_LINK: "this is no web address",
    GatheringProblem.BAD_YES_OR_NO: "this is neither yes nor no",
    GatheringProblem.PUBLIC_WHERE_DANGEROUS: "hosting is dangerous there: it can't be public",
    GatheringProblem.BAD_CASES: "a number for a case is written as `yorm-bopha letter 300`",
    GatheringProblem.TOO_LONG: "this is too long",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a gathering, and of the follow-up that it belongs to."""

    gathering: Gathering
    #: the stage that the follow-up was moved to; '' where it stayed where it was
    stage: str = ""
    #: the risks have to be talked over before the follow-up goes on
    talk_needed: bool = False


def let_count(db: Database, gathering_id: int) -> None:
    """Make the actions of a gathering those of its checked result, or none. Safe to call again.

    Raises:
        InputError: something was collected, and the gathering names no campaign.
    """
    standing = gatherings.read(db, gathering_id)
    result = results.counted(db, gathering_id)
    counts = result.counts if result and standing.state is not GatheringState.CANCELLED else ()
    known = standing.known
    rows = [
        ActionRow(
            "", known.campaign, c.case_key, known.country, c.kind.value, c.quantity, known.held_on
        )
        for c in counts
    ]
    if rows and not known.campaign:
        raise InputError(
            f"what was collected at gathering {gathering_id} counts for a campaign",
            next_step="name another campaign rather than none",
        )
    actions.count_gathering(db, gathering_id, rows)


def moved_on(
    db: Database, settings: Settings, gathering_id: int, stage: Stage, by: str, now: datetime
) -> Changed:
    """Move the follow-up of a gathering to `stage`, where that is a legal move and safe."""
    gathering = one(db, settings, gathering_id)
    followup_id = gathering.known.followup_id
    if followup_id is None:
        return Changed(gathering)
    if safetytalks.needs_talk(db, settings.gatherings.dangers, followup_id):
        return Changed(gathering, talk_needed=True)
    present = Stage(changes.read(db, followup_id)["stage"])
    # whoever plans one with us has said yes, whatever was written down of that
    steps = (stage,) if stage in MOVES[present] else (Stage.CONFIRMED, stage)
    if not all(to in MOVES[at] for at, to in pairwise((present, *steps))):
        return Changed(gathering)
    for step in steps:
        # whoever told us what came of it may still wait for a word from us
        queue.move(db, followup_id, step, by, now, answers=False)
    return Changed(gathering, stage=stage)


def explained(problem: Unusable) -> InputError:
    """Say what is wrong with a field of a form."""
    sentence = _SENTENCES.get(problem.problem, problem.problem.replace("_", " "))
    return InputError(sentence, value=problem.value or None)


def refuse_future(known: Particulars, now: datetime) -> None:
    """Refuse to take a gathering for held whose day is still to come.

    Raises:
        InputError: it is.
    """
    if is_to_come(known.held_on, now.date()):
        raise InputError("its day is still to come", value=known.held_on)


def one(db: Database, settings: Settings, gathering_id: int) -> Gathering:
    """Read a gathering as the settings have it guarded.

    Raises:
        NotFound: there is no such gathering.
    """
    return gatheringview.get_gathering(db, settings.gatherings.dangers, gathering_id).gathering
