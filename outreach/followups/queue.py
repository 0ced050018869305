"""What staff do in the queue: give a follow-up to somebody, move it on, let it sleep, close it.

Writes through `changes`, inside the caller's transaction. With `version`, each only if nobody
changed the follow-up since that version was read.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

from outreach.errors import IllegalMove, InputError
from outreach.followups import changes
from outreach.followups.staff import checked_name
from outreach.followups.stages import DONE, MOVES
from outreach.model import CloseReason, Stage
from outreach.store import Database, utc_text

#: of a note, in characters
_LONGEST_NOTE: Final = 4_000
#: nobody who is put off for longer is ever seen again
_FARTHEST: Final = timedelta(days=400)


def assign(
    db: Database, followup_id: int, who: str, by: str, now: datetime, *, version: int | None = None
) -> bool:
    """Give a follow-up to somebody; '' takes it from whoever has it.

    Returns:
        False if they had it already.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed, or was changed since `version`.
        InputError: the name holds control characters or is longer than 100.
    """
    who = checked_name(who)
    wanted = f"assignee → {who or '-'}"
    standing = still_open(db, followup_id, version, wanted, "assigned", {Stage.CLOSED})
    if standing["assignee"] == who:
        return False
    news = {"assignee": (standing["assignee"], who)}
    changes.change(db, followup_id, news, checked_name(by), now)
    return True


def close(
    db: Database,
    followup_id: int,
    reason: CloseReason,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Close a follow-up.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed already, its stage can't be closed, or it was changed since
            `version`.
    """
    move(db, followup_id, Stage.CLOSED, by, now, version=version, reason=reason)


def move(
    db: Database,
    followup_id: int,
    stage: Stage,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
    reason: CloseReason | None = None,
    answers: bool = True,
) -> None:
    """Move a follow-up to another stage, as `stages.MOVES` allows.

    A move is what follows an answer, so the person waits for nothing afterwards; `answers` is False
    where no member of staff did anything. What was done and is new again is due at once.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: the move is none of the legal ones, or it was changed since `version`.
        InputError: it is to be closed without a reason.
    """
    wanted = f"stage → {stage}" + (f" ({reason})" if reason else "")
    standing = changes.read(db, followup_id, version, wanted=wanted)
    present = Stage(standing["stage"])
    _refuse_illegal(followup_id, standing, present, stage)
    if stage is Stage.CLOSED and reason is None:
        reasons = ", ".join(CloseReason)
        raise InputError(f"closing needs a reason: {reasons}", next_step="close it with one")
    news = {"stage": (present.value, stage.value)}
    if reason is not None or standing["close_reason"]:
        news["close_reason"] = (standing["close_reason"], reason or "")
    untold: dict[str, object] = {}
    moment = utc_text(now)
    if present in DONE:
        news |= {"opened_at": (standing["opened_at"], moment), "due_at": ("", moment)}
        untold = {"waiting_since": moment, "answered_at": ""}
    elif answers or stage in DONE:
        untold = _rest(standing, news, now, answered=stage is not Stage.CLOSED)
    if stage in DONE and standing["snoozed_until"]:
        news["snoozed_until"] = (standing["snoozed_until"], "")
    changes.change(db, followup_id, news, checked_name(by), now, untold=untold)


def answered(
    db: Database,
    followup_id: int,
    how: str,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> bool:
    """Write down that the person has their answer: they wait for nothing until they write again.

    `how` says by which way, in a few words.

    Returns:
        False where they waited for nothing.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
        InputError: a text can't be used.
    """
    standing = still_open(db, followup_id, version, f"answered {how}", "answered", DONE)
    waited = bool(standing["waiting_since"])
    news = {"answer": ("", checked_note(how))}
    untold = _rest(standing, news, now, answered=True)
    changes.change(db, followup_id, news, checked_name(by), now, untold=untold)
    return waited


def snooze(
    db: Database,
    followup_id: int,
    until: date | None,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Let a follow-up sleep until the begin of a day (UTC), or until they write; None wakes it.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
        InputError: the day is not after today, or more than 400 days away.
    """
    day = until.isoformat() if until else ""
    standing = still_open(db, followup_id, version, f"snoozed until {day or '-'}", "snoozed", DONE)
    if until is not None and until <= now.date():
        raise InputError(
            "a follow-up sleeps until a day that is still to come", value=day, next_step="name one"
        )
    if until is not None:
        _refuse_too_far(until, now)
    if standing["snoozed_until"] != day:
        news = {"snoozed_until": (standing["snoozed_until"], day)}
        changes.change(db, followup_id, news, checked_name(by), now)


def set_due(
    db: Database,
    followup_id: int,
    due: datetime,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Set when an answer is due, whatever the settings say; one that sleeps for longer wakes.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
        InputError: it is more than 400 days away.
    """
    moment = utc_text(due)
    standing = still_open(db, followup_id, version, f"due_at → {moment}", "made due", DONE)
    _refuse_too_far(due.date(), now)
    untold = {} if standing["waiting_since"] else {"waiting_since": utc_text(now)}
    news: dict[str, tuple[str, str]] = {}
    if standing["due_at"] != moment:
        news["due_at"] = (standing["due_at"], moment)
    if standing["snoozed_until"] > moment:
        # who sleeps for longer would be seen by nobody when it is due
        news["snoozed_until"] = (standing["snoozed_until"], "")
    if news:
        changes.change(db, followup_id, news, checked_name(by), now, untold=untold)


def tag(
    db: Database,
    followup_id: int,
    add: Collection[str],
    remove: Collection[str],
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> tuple[str, ...]:
    """Put words on a follow-up and take others off; gives all that it has then, sorted.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a word is empty, too long, or holds what no screen shows.
    """
    standing = changes.read(db, followup_id, version, wanted=f"tags {' '.join(add)}")
    words = {checked_name(word) for word in add} - {""}
    tags = ({*json.loads(standing["tags"])} | words) - {word.strip() for word in remove}
    return _put_tags(db, followup_id, standing["tags"], tags, by, now)


def set_tags(
    db: Database,
    followup_id: int,
    tags: Collection[str],
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> tuple[str, ...]:
    """Put these words on a follow-up in place of those that it has; gives them, sorted.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a word is too long, or holds what no screen shows.
    """
    standing = changes.read(db, followup_id, version, wanted=f"tags {' '.join(tags)}")
    words = {checked_name(word) for word in tags} - {""}
    return _put_tags(db, followup_id, standing["tags"], words, by, now)


def _put_tags(
    db: Database, followup_id: int, before: str, words: Collection[str], by: str, now: datetime
) -> tuple[str, ...]:
    tags = sorted(words)
    text = json.dumps(tags, ensure_ascii=False)
    if text != before:
        changes.change(db, followup_id, {"tags": (before, text)}, checked_name(by), now)
    return tuple(tags)


def note(db: Database, followup_id: int, text: str, by: str, now: datetime) -> None:
    """Write a remark into the history; only staff see it.

    Raises:
        NotFound: there is no such follow-up.
        InputError: it is empty or too long.
    """
    changes.read(db, followup_id)
    changes.change(db, followup_id, {"note": ("", checked_note(text))}, checked_name(by), now)


def checked_note(text: str) -> str:
    """Give a text that may stand in the history.

    Raises:
        InputError: it is empty, or longer than 4,000 characters.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST_NOTE:
        raise InputError(f"a note has 1 to {_LONGEST_NOTE} characters", value=text)
    return text


def _refuse_too_far(day: date, now: datetime) -> None:
    latest = now.date() + _FARTHEST
    if day > latest:
        raise InputError(
            f"a follow-up can be put off for {_FARTHEST.days} days at most, until {latest}",
            value=day,
            next_step="name an earlier day, or close it",
        )


def _rest(
    standing: dict[str, Any], news: dict[str, tuple[str, str]], now: datetime, *, answered: bool
) -> dict[str, object]:
    """Let the person wait for nothing: adds to `news`, and gives what changes untold."""
    if standing["due_at"]:
        news["due_at"] = (standing["due_at"], "")
    first = answered and not standing["answered_at"]
    return {"waiting_since": "", **({"answered_at": utc_text(now)} if first else {})}


def still_open(
    db: Database,
    followup_id: int,
    version: int | None,
    wanted: str,
    what: str,
    never: Collection[Stage] = DONE,
) -> dict[str, Any]:
    """Read a follow-up that is in none of the stages `never`, and was not merged.

    `what` stands in the refusal: it can't be answered.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is in one of them, was merged into another, or changed since `version`.
    """
    standing = changes.read(db, followup_id, version, wanted=wanted)
    if standing["merged_into"] is not None:
        raise IllegalMove(
            f"follow-up {followup_id} was merged into {standing['merged_into']}",
            next_step="do it there",
        )
    if standing["stage"] in never:
        raise IllegalMove(
            f"follow-up {followup_id} is {standing['stage']} and can't be {what}",
            next_step="it opens again when the person writes, or with"
            f" `outreach followups move {followup_id} new`",
        )
    return standing


def _refuse_illegal(
    followup_id: int, standing: dict[str, Any], present: Stage, stage: Stage
) -> None:
    if standing["merged_into"] is not None:
        raise IllegalMove(
            f"follow-up {followup_id} was merged into {standing['merged_into']}",
            next_step="do it there",
        )
    legal = ", ".join(sorted(MOVES[present] - {Stage.CLOSED}))
    next_step = f"from there it can become {legal}"
    if Stage.CLOSED in MOVES[present]:
        next_step += ", or be closed"
    if present is stage:
        why = f" ({standing['close_reason']})" if standing["close_reason"] else ""
        raise IllegalMove(f"follow-up {followup_id} is {stage} already{why}", next_step=next_step)
    if stage not in MOVES[present]:
        problem = f"follow-up {followup_id} is {present} and can't become {stage}"
        raise IllegalMove(problem, next_step=next_step)
