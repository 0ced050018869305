"""The tables of the queue. Writes: followups, followup_replies, followup_history.

Every change of a field is one row of followup_history, which is only ever added to. `version`
counts the changes, so that two people who change one follow-up at once don't undo each other. All
functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from outreach.errors import IllegalMove, NotFound
from outreach.store import Database, utc_text

#: who made a change that nobody asked for by name: a mail came in
BY_MAIL: Final = "mail"

#: who made a change that follows from the settings
BY_RULE: Final = "rule"

#: the columns that change, but for version
_COLUMNS: Final = (
    "stage",
    "close_reason",
    "opened_at",
    "snoozed_until",
    "assignee",
    "due_at",
    "tags",
    "name",
    "email",
    "country",
    "language",
    "merged_into",
)
#: those that follow from what the history tells already
_UNTOLD: Final = ("waiting_since", "answered_at", "certainty", "inferred")

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


def read(
    db: Database, followup_id: int, version: int | None = None, *, wanted: str = ""
) -> dict[str, Any]:
    """Read the columns of a follow-up; with `version`, only if nobody changed it since.

    `wanted` says what was to be done, to stand beside what somebody else did.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`; the sentence says what by whom.
    """
    cursor = db.conn.execute("SELECT * FROM followups WHERE followup_id = ?", [followup_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound(
            "there is no follow-up with this id",
            value=followup_id,
            next_step="see `outreach followups list --all`",
            at_desk="look at the list of follow-ups",
        )
    standing = dict(zip((column[0] for column in cursor.description), row, strict=True))
    if version is not None and standing["version"] != version:
        done = "; ".join(_since(db, followup_id, version)) or "it was changed"
        asked = f", and you wanted {wanted}" if wanted else ""
        raise IllegalMove(
            f"follow-up {followup_id} was changed by somebody else meanwhile ({done}){asked}",
            next_step="read it again, then decide",
        )
    return standing


def standing_for(db: Database, followup_id: int) -> int:
    """Give the follow-up in which all of this one is now: itself, unless it was merged."""
    row = db.conn.execute(
        "SELECT coalesce(merged_into, followup_id) FROM followups WHERE followup_id = ?",
        [followup_id],
    ).fetchone()
    return int(row[0]) if row else followup_id


def _since(db: Database, followup_id: int, version: int) -> list[str]:
    """Say what was done to a follow-up after a version."""
    rows = db.conn.execute(
        "SELECT changed_by, substr(changed_at, 12, 5), group_concat(field || ' '"
        "       || iif(old = '', '', old || ' ') || '→ ' || iif(new = '', '-', new), ', ')"
        " FROM followup_history WHERE followup_id = ? AND version > ?"
        " GROUP BY version ORDER BY version",
        [followup_id, version],
    )
    return [f"{by} at {at} UTC: {what}" for by, at, what in rows]


def insert(db: Database, values: Mapping[str, object], now: datetime, *, by: str = BY_MAIL) -> int:
    """Open a follow-up with these columns and give its id."""
    places = ", ".join(f":{column}" for column in values)
    (followup_id,) = db.conn.execute(
        f"INSERT INTO followups ({', '.join(values)}) VALUES ({places}) RETURNING followup_id",
        values,
    ).fetchone()
    _log(db, followup_id, 1, {"stage": ("", str(values["stage"]))}, by, now)
    return int(followup_id)


def belong(
    db: Database,
    followup_id: int,
    *,
    supporter_id: int | None,
    campaign_id: int | None,
    delivery_id: int | None,
) -> None:
    """Say whose a follow-up is and what it answers, as somebody found out."""
    db.conn.execute(
        "UPDATE followups SET supporter_id = ?, campaign_id = ?, delivery_id = ?"
        " WHERE followup_id = ?",
        [supporter_id, campaign_id, delivery_id, followup_id],
    )


def move_mail(db: Database, inbound_id: int, followup_id: int) -> None:
    """Put a mail of one follow-up under another."""
    db.conn.execute(
        "UPDATE followup_replies SET followup_id = ? WHERE inbound_id = ?",
        [followup_id, inbound_id],
    )


def attach(db: Database, followup_id: int, inbound_id: int) -> None:
    """Put a mail under a follow-up."""
    db.conn.execute(
        "INSERT INTO followup_replies (inbound_id, followup_id) VALUES (?, ?)",
        [inbound_id, followup_id],
    )


def change(
    db: Database,
    followup_id: int,
    changes: Mapping[str, tuple[str, str]],
    by: str,
    now: datetime,
    *,
    untold: Mapping[str, object] = NOTHING,
) -> None:
    """Change columns, each from what it is to what it shall be, and write down who did it.

    What is no column (a mail that joined, a note) is one of the history alone. `untold` are columns
    that change along, of which the history doesn't speak.
    """
    values: dict[str, object] = {c: changes[c][1] for c in _COLUMNS if c in changes}
    values |= {column: untold[column] for column in _UNTOLD if column in untold}
    sets = "".join(f"{column} = ?, " for column in values)
    (version,) = db.conn.execute(
        f"UPDATE followups SET {sets}version = version + 1 WHERE followup_id = ? RETURNING version",
        [*values.values(), followup_id],
    ).fetchone()
    _log(db, followup_id, version, changes, by, now)


def fields_changed_by_people(db: Database, followup_id: int) -> frozenset[str]:
    """Give the fields of a follow-up that somebody changed by hand."""
    rows = db.conn.execute(
        "SELECT DISTINCT field FROM followup_history"
        " WHERE followup_id = ? AND changed_by NOT IN (?, ?)",
        [followup_id, BY_MAIL, BY_RULE],
    )
    return frozenset(field for (field,) in rows)


def _log(
    db: Database,
    followup_id: int,
    version: int,
    changes: Mapping[str, tuple[str, str]],
    by: str,
    now: datetime,
) -> None:
    db.conn.executemany(
        "INSERT INTO followup_history (followup_id, version, changed_at, changed_by, field, old,"
        " new) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (followup_id, version, utc_text(now), by, column, old, new)
            for column, (old, new) in changes.items()
        ],
    )
