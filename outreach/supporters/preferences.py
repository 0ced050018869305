"""What people choose to get, and how often. Writes: preferences, unwanted_kinds, choices.

Language and tracking stand with the person and are written through `roll`. Each choice is one row
of `choices`, which is only ever added to: when, what before, what now, and which words asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from outreach.model import Consent, MessageKind, Supporter
from outreach.store import Database, utc_text
from outreach.supporters import roll

_READ: Final = """
    SELECT coalesce((SELECT often FROM preferences WHERE supporter_id = :id), 'always'),
        (SELECT group_concat(kind) FROM unwanted_kinds WHERE supporter_id = :id)
"""


class Often(StrEnum):
    """How often a person wants letters at most."""

    ALWAYS = "always"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person wants."""

    #: BCP 47; '' where they never said
    language: str
    often: Often
    unwanted: frozenset[MessageKind]
    tracking: Consent


def preferences_of(db: Database, person: Supporter) -> Preferences:
    """Read what a person chose; who never chose gets everything."""
    often, unwanted = db.conn.execute(_READ, {"id": person.supporter_id}).fetchone()
    known = {kind.value: kind for kind in MessageKind}
    kinds = frozenset(known[word] for word in (unwanted or "").split(",") if word in known)
    return Preferences(person.language, Often(often), kinds, person.tracking)


def choose(
    db: Database, person: Supporter, wanted: Preferences, asked_by: str, now: datetime
) -> None:
    """Write down what a person chose; `asked_by` names the words that asked them.

    Only what differs is written. Runs inside the caller's transaction.
    """
    before = preferences_of(db, person)
    number = person.supporter_id
    if wanted.often is not before.often:
        db.conn.execute(
            "INSERT INTO preferences (supporter_id, often) VALUES (?, ?)"
            " ON CONFLICT (supporter_id) DO UPDATE SET often = excluded.often",
            [number, wanted.often],
        )
    if wanted.unwanted != before.unwanted:
        db.conn.execute("DELETE FROM unwanted_kinds WHERE supporter_id = ?", [number])
        db.conn.executemany(
            "INSERT INTO unwanted_kinds (supporter_id, kind) VALUES (?, ?)",
            [(number, kind) for kind in sorted(wanted.unwanted)],
        )
    if wanted.language != before.language:
        roll.amend(db, number, language=wanted.language)
    if wanted.tracking is not before.tracking:
        roll.amend(db, number, tracking=wanted.tracking)
    for field, old, new in zip(_FIELDS, _texts(before), _texts(wanted), strict=True):
        if old != new:
            note(db, number, field, old, new, asked_by, now)


def note(
    db: Database, supporter_id: int, field: str, old: str, new: str, asked_by: str, now: datetime
) -> None:
    """Write down one choice of a person. Runs inside the caller's transaction."""
    db.conn.execute(
        "INSERT INTO choices (supporter_id, chosen_at, field, old, new, asked_by)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [supporter_id, utc_text(now), field, old, new, asked_by],
    )


_FIELDS: Final = ("language", "often", "unwanted", "tracking")


def _texts(said: Preferences) -> tuple[str, str, str, str]:
    return said.language, said.often, " ".join(sorted(said.unwanted)), said.tracking
