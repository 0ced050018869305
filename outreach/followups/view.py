"""Read the queue: its list, and one follow-up with its mails and its history. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from outreach.errors import NotFound
from outreach.followups import away, inferences, unproven
from outreach.followups.inferences import Inference
from outreach.followups.namedviews import OPEN, UNSURE, VIEWS, View
from outreach.followups.unarrived import IN_DOUBT, NOT_ARRIVED
from outreach.model import CloseReason, ReplyKind
from outreach.store import Database, utc_text


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
    opened_at: str
    #: UTC; the oldest mail without an answer; '': the person waits for nothing
    waiting_since: str
    #: UTC; when the answer is due; '' where none is
    due_at: str
    #: UTC; the first answer since opened_at; '': none yet
    answered_at: str
    #: a day (UTC), which may be over; ''
    snoozed_until: str
    assignee: str
    close_reason: str
    tags: tuple[str, ...]
    mails: int
    #: 0 to 1, of the least certain of what was inferred
    certainty: float
    #: what to look at before answering: was closed for safety, another sender (than the one we
    #: wrote to), no campaign, away until (a day), wants out (or so it says: unproven), other
    #: address (stated than written from), letter came back or in doubt (our last answer), no name,
    #: no country, unsure
    flags: tuple[str, ...]
    version: int
    #: the follow-up in which all of it is now
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class FollowupMail:
    """One mail of a follow-up."""

    inbound_id: int
    received_at: str
    kind: str
    #: 0 to 1, of the kind
    certainty: float
    from_name: str
    from_address: str
    subject: str
    reply: str
    signature: str
    #: as written in this mail; may differ from what the follow-up says
    name: str
    email: str
    country_text: str
    phone: str
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
    #: field -> where its value comes from; what a person said is not in it
    inferred: Mapping[str, Inference]
    mails: tuple[FollowupMail, ...]
    history: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which follow-ups a list shall hold; '' and None ask nothing."""

    view: View | None = None
    #: whose the view `mine` is
    me: str = ""
    campaign: str = ""
    stage: str = ""
    assignee: str = ""
    country: str = ""
    language: str = ""
    tag: str = ""
    #: part of a name or an address, in any case
    search: str = ""
    #: those that are done, too
    include_done: bool = False
    #: at most so many; 0: all
    limit: int = 0


_LINES: Final = f"""
    SELECT f.followup_id, f.stage, f.name, f.email, f.country, f.language, coalesce(c.name, ''),
           f.opened_at, f.waiting_since, f.due_at, f.answered_at, f.snoozed_until, f.assignee,
           f.close_reason, f.tags, f.certainty, f.version, f.merged_into,
           (SELECT count(*) FROM followup_replies AS m WHERE m.followup_id = f.followup_id),
           f.delivery_id IS NOT NULL AND f.supporter_id IS NULL,
           f.campaign_id IS NULL,
           {away.SAID},
           EXISTS (SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
                    WHERE m.followup_id = f.followup_id AND r.kind = '{ReplyKind.UNSUBSCRIBE}'
                      AND NOT {unproven.UNDONE}),
           {unproven.STANDS},
           EXISTS (SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
                    WHERE m.followup_id = f.followup_id
                      AND r.email <> '' AND r.email <> r.from_address),
           {NOT_ARRIVED},
           {IN_DOUBT},
           EXISTS (SELECT 1 FROM followups AS o JOIN followup_history AS h USING (followup_id)
                    WHERE (o.followup_id = f.followup_id OR o.merged_into = f.followup_id)
                      AND h.field = 'close_reason' AND h.new = '{CloseReason.SAFETY}')
      FROM followups AS f
      LEFT JOIN campaigns AS c USING (campaign_id)
"""
#: overdue first, then what is due next; who waits for nothing, and what sleeps, at the end
_ORDER: Final = """
    ORDER BY f.due_at = '' OR f.snoozed_until > :today, f.due_at, f.waiting_since, f.opened_at,
             f.followup_id
"""
_FILTERS: Final = """
    (:campaign = '' OR c.name = :campaign)
    AND (:assignee = '' OR f.assignee = :assignee COLLATE NOCASE)
    AND (:stage = '' OR f.stage = :stage) AND (:country = '' OR f.country = :country)
    AND (:language = '' OR f.language = :language OR f.language LIKE :language || '-%')
    AND (:tag = '' OR EXISTS (SELECT 1 FROM json_each(f.tags) AS t WHERE t.value = :tag))
    AND (:search = '' OR instr(lower(f.name), lower(:search))
         OR instr(lower(f.email), lower(:search)))
"""


def list_followups(db: Database, asked: Asked, now: datetime) -> list[FollowupLine]:
    """List follow-ups: those overdue first, then by when their answer is due.

    Those that are done (thanked or closed) are left out unless asked for, also by their `stage`.
    """
    conditions = [_FILTERS]
    if not (asked.include_done or asked.stage):
        conditions.append(OPEN)
    if asked.view is not None:
        conditions.append(VIEWS[asked.view][1])
    where = f"WHERE {' AND '.join(conditions)} {_ORDER} LIMIT :limit"
    return list(_lines(db, where, {**parameters(asked.me, now), **_values(asked)}))


def count_views(db: Database, me: str, now: datetime) -> dict[View, int]:
    """Count what each view holds."""
    sums = ", ".join(f"coalesce(sum({condition}), 0)" for _, condition in VIEWS.values())
    asked = f"SELECT {sums} FROM followups AS f WHERE {OPEN}"
    row = db.conn.execute(asked, parameters(me, now)).fetchone()
    return dict(zip(VIEWS, row, strict=True))


def parameters(me: str, now: datetime) -> dict[str, object]:
    """Give what the views ask for."""
    return {"me": me, "now": utc_text(now), "today": utc_text(now)[:10]}


def _values(asked: Asked) -> dict[str, object]:
    values = {f.name: getattr(asked, f.name) for f in fields(asked) if f.name not in ("view", "me")}
    return {**values, "limit": asked.limit or -1}


def get_followup(db: Database, followup_id: int, now: datetime) -> Followup:
    """Read one follow-up with its mails and history, both oldest first.

    Raises:
        NotFound: there is no such follow-up.
    """
    asked = {"id": followup_id, **parameters("", now)}
    for line in _lines(db, "WHERE f.followup_id = :id", asked):
        supporter_id, delivery_id, inferred = db.conn.execute(
            "SELECT supporter_id, delivery_id, inferred FROM followups WHERE followup_id = ?",
            [followup_id],
        ).fetchone()
        return Followup(
            line,
            supporter_id,
            delivery_id,
            inferences.read(inferred),
            mails_of(db, followup_id),
            history_of(db, followup_id),
        )
    raise NotFound(
        "there is no follow-up with this id",
        value=followup_id,
        next_step="see `outreach followups list --all`",
        at_desk="look at the list of follow-ups",
    )


def mails_of(db: Database, followup_id: int) -> tuple[FollowupMail, ...]:
    """Read the mails of a follow-up, oldest first."""
    columns = ", ".join(f.name for f in fields(FollowupMail))
    rows = db.conn.execute(
        f"SELECT {columns} FROM followup_replies"
        " JOIN replies USING (inbound_id) JOIN inbound USING (inbound_id)"
        " WHERE followup_id = ? ORDER BY received_at, inbound_id",
        [followup_id],
    )
    mails: list[list[Any]] = [[*mail, tuple(json.loads(why))] for *mail, why in rows]
    return tuple(FollowupMail(*mail) for mail in mails)


def history_of(db: Database, followup_id: int) -> tuple[Change, ...]:
    """Read what was done with a follow-up, oldest first."""
    rows = db.conn.execute(
        "SELECT changed_at, changed_by, field, old, new FROM followup_history"
        " WHERE followup_id = ? ORDER BY history_id",
        [followup_id],
    )
    return tuple(Change(*change) for change in rows)


def _lines(db: Database, where: str, asked: Mapping[str, object]) -> Iterator[FollowupLine]:
    for row in db.conn.execute(_LINES + where, asked):
        *shared, tags, certainty, version, merged, mails = row[:-9]
        stranger, unmatched, away_until, wants_out, unproved, *rest = row[-9:]
        other_address, came_back, doubted, dangerous = rest
        marks = {
            "was closed for safety": dangerous,
            "another sender": stranger,
            "no campaign": unmatched,
            f"away until {away_until}": away_until > str(asked["today"]),
            "wants out": wants_out and not unproved,
            "wants out, unproven": unproved,
            "other address": other_address,
            "letter came back": came_back,
            "letter in doubt": doubted,
            "no name": not row[2],
            "no country": not row[4],
            "unsure": certainty < UNSURE,
        }
        flags = tuple(flag for flag, holds in marks.items() if holds)
        values: list[Any] = [*shared, tuple(json.loads(tags)), mails, certainty, flags]
        values += [version, merged]
        yield FollowupLine(*values)
