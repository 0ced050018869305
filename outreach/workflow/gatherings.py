"""Plan the events of volunteers: add them, change them, show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach.errors import IllegalMove, InputError
from outreach.followups import care, changes, gatherings, gatheringview, safetytalks
from outreach.followups.gatheringrows import Unusable, particulars
from outreach.followups.gatherings import Particulars
from outreach.followups.gatheringstates import GatheringState
from outreach.followups.gatheringview import Filter, Gathering, Whole
from outreach.followups.gatheringwriting import as_said
from outreach.model import Safety, Stage
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.supporters import roll
from outreach.workflow.gatheringeffects import (
    Changed,
    explained,
    let_count,
    moved_on,
    one,
    refuse_future,
)


def list_gatherings(db: Database, settings: Settings, asked: Filter) -> list[Gathering]:
    """List gatherings by day, those without one last; cancelled ones only where asked for."""
    return gatheringview.list_gatherings(db, settings.gatherings.dangers, asked)


def show_gathering(db: Database, settings: Settings, gathering_id: int) -> Whole:
    """Read one gathering with all its results and its history.

    Raises:
        NotFound: there is no such gathering.
    """
    return gatheringview.get_gathering(db, settings.gatherings.dangers, gathering_id)


def add_gathering(
    db: Database,
    settings: Settings,
    said: Mapping[str, str],
    *,
    by: str,
    now: datetime,
    followup_id: int | None = None,
    supporter: str = "",
) -> Changed:
    """Write down a gathering. One transaction.

    `said` is what a form says, by the names of `gatheringrows.FIELDS`. What it leaves out is taken
    from the follow-up, or from the supporter (an address or an id). The follow-up becomes
    gathering_planned, if it can.

    Raises:
        InputError: a field can't be used, or nobody puts it on.
        NotFound: there is no such follow-up or supporter.
        IllegalMove: the follow-up is closed. One that was merged stands for that with all of it.
        AlreadyExists: there is one of the same organiser, place, day, hour and kind.
    """
    with atomic(db):
        who = _organiser(db, followup_id, supporter)
        filled = {**who.said, **_filled(said)}
        filled.setdefault("campaign", settings.gatherings.campaign)
        known = replace(
            _read(filled, settings), followup_id=who.followup_id, supporter_id=who.supporter_id
        )
        if not (known.organiser or known.email or known.followup_id or known.supporter_id):
            raise InputError(
                "somebody has to put it on",
                next_step="name a follow-up, a supporter, or an organiser and an address",
            )
        _refuse_danger(db, known)
        gathering_id = gatherings.add(db, known, by, now)
        return moved_on(db, settings, gathering_id, Stage.GATHERING_PLANNED, by, now)


def change_gathering(
    db: Database,
    settings: Settings,
    gathering_id: int,
    said: Mapping[str, str],
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> Changed:
    """Change what is known of a gathering: the fields that are in `said`; '' empties one.

    One transaction. What counts already counts from now on for the new country, day and campaign.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: it was changed since `version`.
        InputError: a field can't be used.
    """
    with atomic(db):
        before = gatherings.read(db, gathering_id, version).known
        if "country" in said:
            # its hour is by the clocks of the new one
            said = {"zone": "", **said}
        known = replace(
            _read({**as_said(before), **said}, settings),
            followup_id=before.followup_id,
            supporter_id=before.supporter_id,
        )
        _refuse_danger(db, known)
        gatherings.change(db, gathering_id, known, by, now)
        let_count(db, gathering_id)
        return Changed(one(db, settings, gathering_id))


def move_gathering(
    db: Database,
    settings: Settings,
    gathering_id: int,
    state: GatheringState,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> Changed:
    """Say that a gathering was held, is cancelled, or is planned after all. One transaction.

    What was collected at a cancelled one counts no more; it is kept, and counts again if the
    gathering comes back.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: it can't become that, or it was changed since `version`.
        InputError: it is to be held, and its day is still to come.
    """
    with atomic(db):
        if state is GatheringState.HELD:
            refuse_future(gatherings.read(db, gathering_id).known, now)
        gatherings.move(db, gathering_id, state, by, now, version=version)
        let_count(db, gathering_id)
        if state is GatheringState.HELD:
            return moved_on(db, settings, gathering_id, Stage.GATHERING_HELD, by, now)
        return Changed(one(db, settings, gathering_id))


#: the stage of a follow-up whose gathering is in a state
_STAGES: Final[Mapping[GatheringState, Stage]] = {
    GatheringState.PLANNED: Stage.GATHERING_PLANNED,
    GatheringState.HELD: Stage.GATHERING_HELD,
}


def give_gathering(
    db: Database,
    settings: Settings,
    gathering_id: int,
    followup_id: int,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> Changed:
    """Give a gathering to the follow-up of whoever really puts it on. One transaction.

    What it had of the follow-up before (name, address, language) it then has of this one, which
    becomes gathering_planned or gathering_held, if it can. The other stays where it is.

    Raises:
        NotFound: there is no such gathering or follow-up.
        IllegalMove: the follow-up is closed, or the gathering was changed since `version`.
    """
    with atomic(db):
        before = gatherings.read(db, gathering_id, version)
        who, known = _organiser(db, followup_id, ""), before.known
        old = {} if known.followup_id is None else changes.read(db, known.followup_id)

        def theirs(name: str, standing: str, column: str = "") -> str:
            was_taken = standing in ("", old.get(column or name, ""))
            return who.said.get(name, "") if was_taken else standing

        known = replace(
            known,
            followup_id=who.followup_id,
            supporter_id=who.supporter_id,
            organiser=theirs("organiser", known.organiser, "name"),
            email=theirs("email", known.email),
            language=theirs("language", known.language),
        )
        known = replace(known, public=known.public and not _needs_care(db, known))
        gatherings.change(db, gathering_id, known, by, now)
        if before.state not in _STAGES:
            return Changed(one(db, settings, gathering_id))
        return moved_on(db, settings, gathering_id, _STAGES[before.state], by, now)


def record_safety_talk(
    db: Database, followup_id: int, *, note: str, by: str, now: datetime
) -> tuple[safetytalks.SafetyTalk, ...]:
    """Write down that the risks were talked over with a volunteer. One transaction.

    Raises:
        NotFound: there is no such follow-up.
        InputError: `by` is no name, or `note` says nothing.
    """
    with atomic(db):
        safetytalks.record_talk(db, followup_id, note, by, now)
        return safetytalks.talks(db, followup_id)


@dataclass(frozen=True, slots=True)
class _Organiser:
    """Who puts a gathering on: what we know of them, as a form says it, and who they are to us."""

    said: Mapping[str, str]
    followup_id: int | None = None
    supporter_id: int | None = None


def _organiser(db: Database, followup_id: int | None, supporter: str) -> _Organiser:
    if followup_id is not None:
        followup_id = changes.standing_for(db, followup_id)
        row = changes.read(db, followup_id)
        if row["stage"] == Stage.CLOSED:
            why = row["close_reason"].replace("_", " ")
            raise IllegalMove(
                f"follow-up {followup_id} is closed ({why}): nothing is planned with them",
                next_step=f"`outreach followups move {followup_id} new` first, if that has changed",
                at_desk="move the follow-up to new first, if that has changed",
            )
        said = {name: row[name] for name in ("email", "language", "country")}
        said["organiser"] = row["name"]
        return _Organiser(_filled(said), followup_id, row["supporter_id"])
    if supporter:
        person = roll.named(db, supporter)
        said = {
            "organiser": " ".join(filter(None, [person.given_name, person.family_name])),
            "email": person.email,
            "language": person.language,
            "country": person.country,
        }
        return _Organiser(_filled(said), supporter_id=person.supporter_id)
    return _Organiser({})


def _filled(said: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in said.items() if text.strip()}


def _read(said: Mapping[str, str], settings: Settings) -> Particulars:
    try:
        return particulars(said, settings.gatherings.dangers)
    except Unusable as problem:
        raise explained(problem) from problem


def _refuse_danger(db: Database, known: Particulars) -> None:
    """Refuse what would put an organiser in danger who must be written to discreetly."""
    if known.public and _needs_care(db, known):
        raise InputError(
            "its organiser is to be written to discreetly: it can't be public",
            next_step="leave --public out",
            at_desk="leave the box for the public empty",
        )


def _needs_care(db: Database, known: Particulars) -> bool:
    return (
        known.supporter_id is not None
        and roll.get(db, known.supporter_id).safety is not Safety.STANDARD
    ) or (known.followup_id is not None and care.is_needed(db, known.followup_id))
