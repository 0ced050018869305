"""What is known of the person behind a follow-up besides what they wrote. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from outreach.store import Database

#: of what we sent, so many of the latest are told
_LATEST: Final = 10


@dataclass(frozen=True, slots=True)
class Done:
    """What a supporter did for one campaign."""

    campaign: str
    kind: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Got:
    """A message of a campaign that a supporter was to get."""

    campaign: str
    state: str
    #: UTC
    at: str


@dataclass(frozen=True, slots=True)
class Past:
    """A supporter as the list knows them, and what happened before."""

    supporter_id: int
    name: str
    email: str
    country: str
    #: YYYY-MM-DD; '' where unknown
    joined: str
    tags: str
    consent: str
    #: discreet: nothing that names us or a case goes to them
    safety: str
    #: why nothing may be sent to their address; ''
    suppressed: str
    actions: tuple[Done, ...]
    #: the latest first
    letters: tuple[Got, ...]
    #: their other follow-ups
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A letter of ours to the person of a follow-up."""

    letter_id: int
    #: UTC
    created_at: str
    #: a word of `LetterPurpose`
    purpose: str
    #: the message folder
    template: str
    subject: str
    #: a word of `DeliveryState`
    state: str
    #: what came back; ''
    returned: str
    created_by: str


def past_of(db: Database, followup_id: int) -> Past | None:
    """Give what is known of a follow-up's supporter; None where it is of a new contact."""
    row = db.conn.execute(
        "SELECT s.supporter_id, trim(s.given_name || ' ' || s.family_name), s.email, s.country,"
        " s.joined, s.tags, s.consent, s.safety, coalesce(x.reason, '')"
        " FROM followups AS f JOIN supporters AS s USING (supporter_id)"
        " LEFT JOIN suppressions AS x ON x.email = s.email WHERE f.followup_id = ?",
        [followup_id],
    ).fetchone()
    if row is None:
        return None
    supporter_id = row[0]
    actions = db.conn.execute(
        "SELECT campaign, kind, sum(quantity) FROM actions WHERE supporter_id = ?"
        " GROUP BY campaign, kind ORDER BY max(done_on) DESC, campaign, kind",
        [supporter_id],
    )
    letters = db.conn.execute(
        "SELECT c.name, d.state, d.changed_at FROM campaigns AS c CROSS JOIN deliveries AS d"
        " ON d.campaign_id = c.campaign_id AND d.supporter_id = ?"
        " ORDER BY d.changed_at DESC, d.delivery_id DESC LIMIT ?",
        [supporter_id, _LATEST],
    )
    others = db.conn.execute(
        "SELECT followup_id FROM followups WHERE supporter_id = ? AND followup_id <> ?"
        " AND merged_into IS NULL ORDER BY followup_id",
        [supporter_id, followup_id],
    )
    values: list[Any] = [*row, tuple(Done(*action) for action in actions)]
    values += [tuple(Got(*letter) for letter in letters), tuple(other for (other,) in others)]
    return Past(*values)


#: of this one, and of those that were merged into it
_LETTERS: Final = """
    SELECT letter_id, created_at, purpose, template, subject, state, returned, created_by
      FROM letters WHERE followup_id = :id
        OR followup_id IN (SELECT followup_id FROM followups WHERE merged_into = :id)
     ORDER BY letter_id
"""


def letters_of(db: Database, followup_id: int) -> tuple[Written, ...]:
    """Give what was written to the person of a follow-up from here, oldest first."""
    return tuple(Written(*row) for row in db.conn.execute(_LETTERS, {"id": followup_id}))
