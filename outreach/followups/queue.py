"""The queue of people who wrote back. Writes: followups, followup_replies, followup_history.

One follow-up for each person and campaign. Every change of a field is one row of
followup_history, which is only ever added to. `version` counts the changes, so that two people who
change one follow-up at once don't undo each other. All functions that write run inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups.stages import DONE, MOVES
from outreach.model import CloseReason, Stage
from outreach.store import Database, utc_text

#: who made a change that nobody asked for by name: a mail came in
BY_MAIL: Final = "mail"
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that somebody must look at."""

    inbound_id: int
    #: normalised, or '': whom the mail is from, which tells people apart
    from_address: str
    campaign_id: int | None
    delivery_id: int | None
    #: None where the person is not certain
    supporter_id: int | None
    name: str
    #: where to write to
    email: str
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of an arrival."""

    followup_id: int
    #: False: the mail joined one that was there
    opened: bool
    #: it was done, and is new again
    reopened: bool = False


def open_or_join(db: Database, arrival: Arrival, now: datetime) -> Queued:
    """Put a mail into the queue: it joins the person's follow-up for the campaign, or opens one.

    What was empty is filled from the mail; what stands there is never overwritten. A mail that is
    in the queue already stays where it is.
    """
    joined = db.conn.execute(
        "SELECT followup_id FROM followup_replies WHERE inbound_id = ?", [arrival.inbound_id]
    ).fetchone()
    if joined is not None:
        return Queued(joined[0], opened=False)
    followup_id = _standing(db, arrival)
    if followup_id is None:
        followup_id = _open(db, arrival, now)
        _attach(db, followup_id, arrival.inbound_id)
        return Queued(followup_id, opened=True)
    _attach(db, followup_id, arrival.inbound_id)
    _change(db, followup_id, {"mail": ("", str(arrival.inbound_id))}, BY_MAIL, now)
    _fill(db, followup_id, arrival, now)
    return Queued(followup_id, opened=False, reopened=_reopen(db, followup_id, now))


#: the person's follow-up: of the certain supporter, else of the address that the mails came from.
#: The address that a mail states is no proof: anybody may state anybody's.
_STANDING: Final = """
    SELECT f.followup_id FROM followups AS f
     WHERE f.campaign_id IS :campaign_id
       AND (f.supporter_id = :supporter_id
            OR (:from_address <> '' AND EXISTS (
                SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
                 WHERE m.followup_id = f.followup_id AND r.from_address = :from_address)))
     ORDER BY f.supporter_id IS :supporter_id DESC, f.followup_id LIMIT 1
"""


def _standing(db: Database, arrival: Arrival) -> int | None:
    row = db.conn.execute(
        _STANDING,
        {
            "campaign_id": arrival.campaign_id,
            "supporter_id": arrival.supporter_id,
            "from_address": arrival.from_address,
        },
    ).fetchone()
    return None if row is None else int(row[0])


def _open(db: Database, arrival: Arrival, now: datetime) -> int:
    (followup_id,) = db.conn.execute(
        "INSERT INTO followups (campaign_id, delivery_id, supporter_id, name, email, country,"
        " language, stage, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING followup_id",
        [
            arrival.campaign_id,
            arrival.delivery_id,
            arrival.supporter_id,
            arrival.name,
            arrival.email,
            arrival.country,
            arrival.language,
            Stage.NEW,
            utc_text(now),
        ],
    ).fetchone()
    _log(db, followup_id, {"stage": ("", Stage.NEW)}, BY_MAIL, now)
    return int(followup_id)


def _attach(db: Database, followup_id: int, inbound_id: int) -> None:
    db.conn.execute(
        "INSERT INTO followup_replies (inbound_id, followup_id) VALUES (?, ?)",
        [inbound_id, followup_id],
    )


def _fill(db: Database, followup_id: int, arrival: Arrival, now: datetime) -> None:
    standing = _row(db, followup_id)
    news = {"name": arrival.name, "email": arrival.email, "country": arrival.country}
    news["language"] = arrival.language
    changes = {
        column: ("", value) for column, value in news.items() if value and not standing[column]
    }
    if changes:
        _change(db, followup_id, changes, BY_MAIL, now)


def _reopen(db: Database, followup_id: int, now: datetime) -> bool:
    standing = _row(db, followup_id)
    stage, reason = Stage(standing["stage"]), standing["close_reason"]
    if stage not in DONE or reason == CloseReason.SPAM:
        return False
    changes = {"stage": (stage, Stage.NEW), "close_reason": (reason, "")}
    changes["opened_at"] = (standing["opened_at"], utc_text(now))
    _change(db, followup_id, changes, BY_MAIL, now)
    return True


def assign(
    db: Database, followup_id: int, who: str, by: str, now: datetime, *, version: int | None = None
) -> bool:
    """Give a follow-up to somebody; '' takes it from whoever has it.

    With `version`, only if nobody changed it since that version was read.

    Returns:
        False if they had it already.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is closed, or was changed since `version`.
        InputError: the name holds control characters or is longer than 100.
    """
    who = _checked_name(who)
    standing = _row(db, followup_id, version)
    if standing["stage"] == Stage.CLOSED:
        raise IllegalMove(
            f"follow-up {followup_id} is closed and can't be assigned",
            next_step="it opens again when the person writes",
        )
    if standing["assignee"] == who:
        return False
    changes = {"assignee": (standing["assignee"], who)}
    _change(db, followup_id, changes, _checked_name(by), now)
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
) -> None:
    """Move a follow-up to another stage, as `stages.MOVES` allows.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: the move is none of the legal ones, or it was changed since `version`.
    """
    standing = _row(db, followup_id, version)
    present = Stage(standing["stage"])
    if present is stage:
        why = f" ({standing['close_reason']})" if standing["close_reason"] else ""
        raise IllegalMove(f"follow-up {followup_id} is {stage} already{why}", next_step="")
    if stage not in MOVES[present]:
        legal = ", ".join(sorted(MOVES[present]))
        raise IllegalMove(
            f"follow-up {followup_id} is {present} and can't become {stage}",
            next_step=f"from there it can become {legal}",
        )
    changes = {"stage": (present.value, stage.value)}
    if reason is not None or standing["close_reason"]:
        changes["close_reason"] = (standing["close_reason"], reason or "")
    _change(db, followup_id, changes, _checked_name(by), now)


def _row(db: Database, followup_id: int, version: int | None = None) -> dict[str, str]:
    cursor = db.conn.execute("SELECT * FROM followups WHERE followup_id = ?", [followup_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound(
            "there is no follow-up with this id",
            value=followup_id,
            next_step="see `outreach followups list --all`",
        )
    standing = dict(zip((column[0] for column in cursor.description), row, strict=True))
    if version is not None and standing["version"] != version:
        raise IllegalMove(
            f"follow-up {followup_id} was changed by somebody else meanwhile",
            next_step="read it again, then decide",
        )
    return standing


#: the columns that change; `mail` is no column: a mail joined
_COLUMNS: Final = (
    "stage",
    "close_reason",
    "opened_at",
    "assignee",
    "name",
    "email",
    "country",
    "language",
)


def _change(
    db: Database, followup_id: int, changes: Mapping[str, tuple[str, str]], by: str, now: datetime
) -> None:
    columns = [column for column in _COLUMNS if column in changes]
    sets = "".join(f"{column} = ?, " for column in columns)
    db.conn.execute(
        f"UPDATE followups SET {sets}version = version + 1 WHERE followup_id = ?",
        [*(changes[column][1] for column in columns), followup_id],
    )
    _log(db, followup_id, changes, by, now)


def _log(
    db: Database, followup_id: int, changes: Mapping[str, tuple[str, str]], by: str, now: datetime
) -> None:
    db.conn.executemany(
        "INSERT INTO followup_history (followup_id, changed_at, changed_by, field, old, new)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (followup_id, utc_text(now), by, column, old, new)
            for column, (old, new) in changes.items()
        ],
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"a name has at most {_LONGEST_NAME} characters, and none that controls a screen",
            value=name,
        )
    return name
