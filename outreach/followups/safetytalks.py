"""Where hosting is dangerous, and whether it was talked over. Writes: safety_talks.

A gathering is guarded where its country is one of the dangerous ones of the settings, or where its
organiser must be written to discreetly (see `care`). Whether a follow-up needs a talk is worked out
anew each time: countries are mended, and settings change.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups import care
from outreach.followups.gatherings import checked_name
from outreach.model import Stage
from outreach.store import Database, utc_text

#: where somebody has said yes: not before the talk
_AFTER_THE_TALK: Final = frozenset({Stage.CONFIRMED, Stage.GATHERING_PLANNED, Stage.GATHERING_HELD})

#: the countries that a follow-up has to do with, and whether its person is to be written to
#: discreetly
_CONCERNS: Final = f"""
    SELECT f.country, coalesce(s.country, ''), {care.needed(":id")},
        (SELECT group_concat(g.country, ' ') FROM gatherings AS g
            WHERE g.followup_id = f.followup_id AND g.state <> 'cancelled'),
        EXISTS (SELECT 1 FROM safety_talks AS t WHERE t.followup_id = f.followup_id
            OR t.followup_id IN (SELECT m.followup_id FROM followups AS m
                WHERE m.merged_into = f.followup_id))
      FROM followups AS f LEFT JOIN supporters AS s ON s.supporter_id = f.supporter_id
     WHERE f.followup_id = :id
"""


@dataclass(frozen=True, slots=True)
class SafetyTalk:
    """Somebody of the staff talked the risks over with a volunteer."""

    #: UTC
    held_at: str
    held_by: str
    note: str


def needs_talk(db: Database, dangers: Set[str], followup_id: int) -> bool:
    """Whether the risks have to be talked over with this person before they are confirmed.

    `dangers` are the dangerous countries. The follow-up's country counts, that of its person and
    those of its gatherings. False for an id that is none.
    """
    row = db.conn.execute(_CONCERNS, {"id": followup_id}).fetchone()
    if row is None or row[4]:
        return False
    countries = {row[0], row[1], *(row[3] or "").split()}
    return bool(row[2]) or not countries.isdisjoint(dangers)


def require_talk(db: Database, dangers: Set[str], followup_id: int, stage: Stage) -> None:
    """Refuse a move to `stage` where a talk is needed first and none is written down.

    Raises:
        IllegalMove: it is needed.
    """
    if stage in _AFTER_THE_TALK and needs_talk(db, dangers, followup_id):
        raise IllegalMove(
            f"hosting is dangerous for the person of follow-up {followup_id}, and nobody has"
            f" talked it over with them: it can't become {stage}",
            next_step=f"talk with them, then `outreach gatherings safety-talk {followup_id}"
            " --note TEXT`",
            at_desk="talk with them, then write the talk down",
        )


def record_talk(db: Database, followup_id: int, note: str, by: str, now: datetime) -> None:
    """Write down that the risks were talked over, inside the caller's transaction.

    Raises:
        NotFound: there is no such follow-up.
        InputError: `by` is no name, or nothing is said of what was agreed.
    """
    if not note.strip():
        raise InputError(
            "a talk of which nothing is written down can't be told from one that never was",
            next_step="say in a few words what was agreed, without names",
        )
    asked = "SELECT 1 FROM followups WHERE followup_id = ?"
    if db.conn.execute(asked, [followup_id]).fetchone() is None:
        raise NotFound(
            "there is no follow-up with this id",
            value=followup_id,
            next_step="see `outreach followups list --all`",
            at_desk="look at the list of follow-ups",
        )
    db.conn.execute(
        "INSERT INTO safety_talks (followup_id, held_at, held_by, note) VALUES (?, ?, ?, ?)",
        [followup_id, utc_text(now), checked_name(by), note.strip()],
    )


def talks(db: Database, followup_id: int) -> tuple[SafetyTalk, ...]:
    """Give the talks of a follow-up, the oldest first."""
    rows = db.conn.execute(
        "SELECT held_at, held_by, note FROM safety_talks WHERE followup_id = ? ORDER BY talk_id",
        [followup_id],
    )
    return tuple(SafetyTalk(*row) for row in rows)
