"""What staff did at the desk, and tried to. Writes: acts, asked_once.

Rows are added and never changed: the table itself refuses. An act is written down before it is
begun, as `asked`, and again with what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from outreach.staff.people import Person
from outreach.store import Database, utc_text

_COLUMNS: Final = "act_id, at, who, what, subject, outcome, detail, coalesce(asked_id, 0)"
#: of what goes wrong the first words tell enough
_LONGEST: Final = 500


class ActOutcome(StrEnum):
    """What became of an act."""

    #: it was begun; without a row that names it, it is not known how it ended
    ASKED = "asked"
    DONE = "done"
    #: it can't be done as things stand
    REFUSED = "refused"
    #: their role does not allow it
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Act:
    """One row."""

    act_id: int
    #: UTC
    at: str
    who: str
    #: `approve`, `sign in`
    what: str
    #: `campaign spring`
    subject: str
    outcome: ActOutcome
    detail: str
    #: the row in which it was asked for; 0 where there is none
    asked_id: int


def note(
    db: Database,
    person: Person | None,
    what: str,
    subject: str,
    outcome: ActOutcome,
    *,
    detail: str = "",
    asked_id: int = 0,
    now: datetime,
) -> int:
    """Write down an act; give its number. Without a person it was nobody that we know."""
    number = db.conn.execute(
        "INSERT INTO acts (at, staff_id, who, what, subject, outcome, detail, asked_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
        [
            utc_text(now),
            person.staff_id if person else None,
            person.name if person else "",
            what,
            subject,
            outcome,
            detail[:_LONGEST],
            asked_id,
        ],
    ).lastrowid
    return int(number or 0)


def take_form(db: Database, form: str, act_id: int) -> None:
    """Use up a form for an act."""
    db.conn.execute("INSERT INTO asked_once (form, act_id) VALUES (?, ?)", [form, act_id])


def form_used(db: Database, form: str) -> int:
    """Give the act that a form was used for; 0 where it was not."""
    row = db.conn.execute("SELECT act_id FROM asked_once WHERE form = ?", [form]).fetchone()
    return 0 if row is None else int(row[0])


def give_form_back(db: Database, form: str) -> None:
    """Let a form be sent again: nothing came of it."""
    db.conn.execute("DELETE FROM asked_once WHERE form = ?", [form])


def any_forms(db: Database, before: datetime) -> bool:
    """Whether some were used before a moment, and that could be forgotten."""
    query = f"SELECT EXISTS (SELECT 1 FROM asked_once WHERE act_id <= {_LAST_BEFORE})"
    (found,) = db.conn.execute(query, [utc_text(before)]).fetchone()
    return bool(found)


def forget_forms(db: Database, before: datetime) -> int:
    """Delete what tells that forms were used before a moment; give how many there were.

    Until then nobody may still have a page with one of them.
    """
    query = f"DELETE FROM asked_once WHERE act_id <= {_LAST_BEFORE}"
    return db.conn.execute(query, [utc_text(before)]).rowcount


#: NULL, and so behind none, where there was no act yet
_LAST_BEFORE: Final = "(SELECT act_id FROM acts WHERE at <= ? ORDER BY act_id DESC LIMIT 1)"


def result_of(db: Database, act_id: int, person: Person) -> Act | None:
    """Give what came of an act that this person asked for; where that isn't known, the asking."""
    row = db.conn.execute(
        f"SELECT {_COLUMNS} FROM acts WHERE (act_id = ?1 OR asked_id = ?1) AND staff_id = ?2"
        " ORDER BY act_id DESC LIMIT 1",
        [act_id, person.staff_id],
    ).fetchone()
    return None if row is None else _act(row)


def latest(db: Database, *, before: int = 0, most: int = 100) -> list[Act]:
    """List acts, the newest first; with `before` those older than that one.

    Of an act whose outcome is known, that is listed and not that it was asked for.
    """
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM acts AS a WHERE act_id < ? AND NOT (outcome = 'asked' AND EXISTS"
        " (SELECT 1 FROM acts AS o WHERE o.asked_id = a.act_id)) ORDER BY act_id DESC LIMIT ?",
        [before or 2**62, most],
    )
    return [_act(row) for row in rows]


def _act(row: tuple[int, str, str, str, str, str, str, int]) -> Act:
    act_id, at, who, what, subject, outcome, detail, asked_id = row
    return Act(act_id, at, who, what, subject, ActOutcome(outcome), detail, asked_id)
