"""Take in what came of a gathering, have it checked, and let it count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from outreach.errors import IllegalMove, InputError
from outreach.facts.action_rows import key
from outreach.followups import gatherings, results
from outreach.followups.gatheringrows import Unusable, outcome
from outreach.followups.gatheringstates import GatheringState
from outreach.followups.results import Result
from outreach.model import Stage
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.workflow.gatheringeffects import explained, let_count, moved_on, refuse_future


def report_result(
    db: Database,
    settings: Settings,
    gathering_id: int,
    said: Mapping[str, str],
    *,
    reported_by: str,
    by: str,
    now: datetime,
    checked: bool = False,
) -> Result:
    """Write down what came of a gathering; with `checked` it counts at once, by `by`'s word.

    One transaction. What counts takes the place of all that was said before.

    Raises:
        NotFound: there is no such gathering.
        IllegalMove: it is cancelled.
        InputError: a number can't be used, nothing is said, or the day is still to come.
    """
    with atomic(db):
        standing = gatherings.read(db, gathering_id)
        _refuse_cancelled(standing)
        refuse_future(standing.known, now)
        try:
            report = replace(outcome(said), reported_by=reported_by or by)
        except Unusable as problem:
            raise explained(problem) from problem
        result_id = results.report(db, gathering_id, report, now)
        if checked:
            _check(db, settings, result_id, by, now)
        return results.get_result(db, result_id)


def check_result(
    db: Database, settings: Settings, result_id: int, *, by: str, now: datetime
) -> Result:
    """Let a reported result count, in place of all that was said before. One transaction.

    The gathering is held then, and its follow-up too, if it can become that. Safe to call again.

    Raises:
        NotFound: there is no such result.
        IllegalMove: it is unclear, something stands in its place, or the gathering is cancelled.
        InputError: nothing says for which campaign it counts.
    """
    with atomic(db):
        return _check(db, settings, result_id, by, now)


def dismiss_result(db: Database, result_id: int, *, by: str, now: datetime) -> Result:
    """Say that a result says nothing that counts; one that counted counts no more.

    One transaction. Safe to call again.

    Raises:
        NotFound: there is no such result.
        IllegalMove: something else stands in its place already.
    """
    with atomic(db):
        result = results.dismiss(db, result_id, by, now)
        let_count(db, result.gathering_id)
        return result


def _check(db: Database, settings: Settings, result_id: int, by: str, now: datetime) -> Result:
    gathering_id = results.get_result(db, result_id).gathering_id
    standing = gatherings.read(db, gathering_id)
    _refuse_cancelled(standing)
    result = results.check(db, result_id, by, now)
    if not standing.known.campaign and result.counts:
        if not settings.gatherings.campaign:
            raise InputError(
                f"nothing says for which campaign the letters of gathering {gathering_id} count",
                next_step=f"`outreach gatherings change {gathering_id} --campaign KEY`, or set"
                " [gatherings] campaign",
                at_desk="choose Change it, and say for which campaign its letters count",
            )
        meant = replace(standing.known, campaign=key(settings.gatherings.campaign))
        gatherings.change(db, gathering_id, meant, by, now)
    if standing.state is GatheringState.PLANNED:
        gatherings.move(db, gathering_id, GatheringState.HELD, by, now)
    let_count(db, gathering_id)
    moved_on(db, settings, gathering_id, Stage.GATHERING_HELD, by, now)
    return result


def _refuse_cancelled(standing: gatherings.Standing) -> None:
    if standing.state is GatheringState.CANCELLED:
        raise IllegalMove(
            f"gathering {standing.gathering_id} is cancelled, and nothing of it counts",
            next_step=f"`outreach gatherings change {standing.gathering_id} --state planned` first",
            at_desk="say that it is planned after all first",
        )
