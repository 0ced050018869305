"""Read the queue: its list, and one follow-up with its mails and its history. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from outreach.errors import NotFound
from outreach.followups.stages import DONE
from outreach.model import ReplyKind
from outreach.store import Database

#: below that, staff should read the mail before they answer it
UNSURE: Final = 0.6


@dataclass(frozen=True, slots=True)
class FollowupLine:
    """One follow-up as a listing shows it."""

    followup_id: int
    stage: str
    name: str
    email: str
    #: ISO code; '' where unknown
    country: str
    language: str
    #: the campaign's name; '' where the mails answer none
    campaign: str
    #: UTC; when it was opened, or opened again
    waiting_since: str
    assignee: str
    close_reason: str
    mails: int
    #: 0 to 1, of the mail that is most certain
    certainty: float
    #: what to look at before answering: another sender (than the one we wrote to), no campaign,
    #: wants out, other address (stated than written from), no name, no country, unsure
    flags: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class FollowupMail:
    """One mail of a follow-up."""

    inbound_id: int
    received_at: str
    kind: str
    from_name: str
    from_address: str
    subject: str
    reply: str
    signature: str
    #: as written in this mail; may differ from what the follow-up says
    name: str
    email: str
    country_text: str
    #: the reasons for the kind
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history."""

    changed_at: str
    changed_by: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Followup:
    """One follow-up whole."""

    line: FollowupLine
    supporter_id: int | None
    delivery_id: int | None
    mails: tuple[FollowupMail, ...]
    history: tuple[Change, ...]


_LINES: Final = """
    SELECT f.followup_id, f.stage, f.name, f.email, f.country, f.language, coalesce(c.name, ''),
           f.opened_at, f.assignee, f.close_reason, count(r.inbound_id),
           coalesce(max(r.certainty), 0.0),
           f.delivery_id IS NOT NULL AND f.supporter_id IS NULL,
           f.campaign_id IS NULL,
           coalesce(max(r.kind = :unsubscribe), 0),
           coalesce(max(r.email <> '' AND r.email <> r.from_address), 0),
           f.version
      FROM followups AS f
      LEFT JOIN campaigns AS c USING (campaign_id)
      LEFT JOIN followup_replies AS m ON m.followup_id = f.followup_id
      LEFT JOIN replies AS r ON r.inbound_id = m.inbound_id
"""


def list_followups(
    db: Database,
    *,
    campaign: str = "",
    stage: str = "",
    assignee: str = "",
    include_done: bool = False,
) -> list[FollowupLine]:
    """List follow-ups, those that wait longest first; '' asks nothing.

    Those that are done (thanked or closed) are left out unless asked for, also by their `stage`.
    """
    done = ", ".join(f"'{stage}'" for stage in sorted(DONE))
    where = f"""
        WHERE (:campaign = '' OR c.name = :campaign)
          AND (:assignee = '' OR f.assignee = :assignee)
          AND (:stage = '' OR f.stage = :stage)
          AND (:all OR :stage <> '' OR f.stage NOT IN ({done}))
        GROUP BY f.followup_id ORDER BY f.opened_at, f.followup_id
    """
    asked = {"campaign": campaign, "assignee": assignee, "stage": stage, "all": include_done}
    return list(_lines(db, where, asked))


def get_followup(db: Database, followup_id: int) -> Followup:
    """Read one follow-up with its mails and history, both oldest first.

    Raises:
        NotFound: there is no such follow-up.
    """
    asked: dict[str, object] = {"id": followup_id}
    for line in _lines(db, "WHERE f.followup_id = :id GROUP BY f.followup_id", asked):
        supporter_id, delivery_id = db.conn.execute(
            "SELECT supporter_id, delivery_id FROM followups WHERE followup_id = :id", asked
        ).fetchone()
        mails = db.conn.execute(
            "SELECT inbound_id, received_at, kind, from_name, from_address, subject, reply,"
            " signature, name, email, country_text, why FROM followup_replies"
            " JOIN replies USING (inbound_id) JOIN inbound USING (inbound_id)"
            " WHERE followup_id = :id ORDER BY received_at, inbound_id",
            asked,
        )
        history = db.conn.execute(
            "SELECT changed_at, changed_by, field, old, new FROM followup_history"
            " WHERE followup_id = :id ORDER BY history_id",
            asked,
        )
        return Followup(
            line,
            supporter_id,
            delivery_id,
            tuple(_mail(mail) for mail in mails),
            tuple(Change(*change) for change in history),
        )
    raise NotFound(
        "there is no follow-up with this id",
        value=followup_id,
        next_step="see `outreach followups list --all`",
    )


def _mail(row: tuple[Any, ...]) -> FollowupMail:
    values = list(row)
    values[-1] = tuple(json.loads(values[-1]))
    return FollowupMail(*values)


def _lines(db: Database, where: str, asked: dict[str, object]) -> Iterator[FollowupLine]:
    rows = db.conn.execute(_LINES + where, {"unsubscribe": ReplyKind.UNSUBSCRIBE, **asked})
    for row in rows:
        *shared, certainty, stranger, unmatched, opt_out, other_address, version = row
        marks = {
            "another sender": stranger,
            "no campaign": unmatched,
            "wants out": opt_out,
            "other address": other_address,
            "no name": not shared[2],
            "no country": not shared[4],
            "unsure": certainty < UNSURE,
        }
        flags = tuple(flag for flag, holds in marks.items() if holds)
        values: list[Any] = [*shared, certainty, flags, version]
        yield FollowupLine(*values)
