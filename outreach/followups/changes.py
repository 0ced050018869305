"""The tables of the queue. Writes: followups, followup_replies, followup_history.

Every change of a field is one row of followup_history, which is only ever added to. `version`
counts the changes, so that two people who change one follow-up at once don't undo each other. All
functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from outreach.errors import IllegalMove, NotFound
from outreach.store import Database, utc_text

#: who made a change that nobody asked for by name: a mail came in
BY_MAIL: Final = "mail"

#: the columns that change, but for version
_COLUMNS: Final = (
    "stage",
    "close_reason",
    "opened_at",
    "snoozed_until",
    "assignee",
    "name",
    "email",
    "country",
    "language",
)


def read(db: Database, followup_id: int, version: int | None = None) -> dict[str, Any]:
    """Read the columns of a follow-up; with `version`, only if nobody changed it since.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
    """
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


def insert(db: Database, values: Mapping[str, object], now: datetime) -> int:
    """Open a follow-up with these columns and give its id."""
    places = ", ".join(f":{column}" for column in values)
    (followup_id,) = db.conn.execute(
        f"INSERT INTO followups ({', '.join(values)}) VALUES ({places}) RETURNING followup_id",
        values,
    ).fetchone()
    _log(db, followup_id, {"stage": ("", str(values["stage"]))}, BY_MAIL, now)
    return int(followup_id)


def attach(db: Database, followup_id: int, inbound_id: int) -> None:
    """Put a mail under a follow-up."""
    db.conn.execute(
        "INSERT INTO followup_replies (inbound_id, followup_id) VALUES (?, ?)",
        [inbound_id, followup_id],
    )


def change(
    db: Database, followup_id: int, changes: Mapping[str, tuple[str, str]], by: str, now: datetime
) -> None:
    """Change columns, each from what it is to what it shall be, and write down who did it.

    A change of `mail` is one of the history alone: a mail joined.
    """
    columns = [column for column in _COLUMNS if column in changes]
    sets = "".join(f"{column} = ?, " for column in columns)
    db.conn.execute(
        f"UPDATE followups SET {sets}version = version + 1 WHERE followup_id = ?",
        [*(changes[column][1] for column in columns), followup_id],
    )
    _log(db, followup_id, changes, by, now)


def fields_changed_by_people(db: Database, followup_id: int) -> frozenset[str]:
    """Give the fields of a follow-up that somebody changed by hand."""
    rows = db.conn.execute(
        "SELECT DISTINCT field FROM followup_history WHERE followup_id = ? AND changed_by <> ?",
        [followup_id, BY_MAIL],
    )
    return frozenset(field for (field,) in rows)


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
