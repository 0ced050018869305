"""Campaigns: which message goes to which segment. Writes: campaigns, campaign_history,
frozen_messages.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from outreach.errors import AlreadyExists, IllegalMove, InputError, NotFound
from outreach.store import Database, utc_text

#: who does what no person asked for
OURSELVES: Final = "outreach"

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")

_COLUMNS: Final = (
    "campaign_id, name, template, segment, created_at, day, planned_at,"
    " coalesce(content_hash, ''), audience, created_by, held_at, held_by, held_why"
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One message to one segment."""

    campaign_id: int
    name: str
    #: name of the folder under templates/
    template: str
    #: name of the file under segments/
    segment: str
    #: UTC
    created_at: str
    #: YYYY-MM-DD: the day as of which the message's facts are read; '' until planned
    day: str = ""
    #: UTC; '' until planned
    planned_at: str = ""
    #: names the frozen message; '' until planned
    content_hash: str = ""
    #: people of the segment when it was planned: what the ledger must add up to
    audience: int = 0
    #: '' where nobody said who made it
    created_by: str = ""
    #: UTC, since when nothing of it may leave; '' where it may
    held_at: str = ""
    held_by: str = ""
    held_why: str = ""


def create(
    db: Database, name: str, *, template: str, segment: str, by: str = "", now: datetime
) -> Campaign:
    """Write down a new campaign, made `by` whom ('' where nobody said).

    That its message and segment exist is for the caller to know.

    Raises:
        InputError: the name is not of the form that file names and links can bear.
        AlreadyExists: there is a campaign of that name.
    """
    if _NAME.fullmatch(name) is None:
        raise InputError(
            "a campaign's name is made of a to z, 0 to 9 and hyphens, at most 64", value=name
        )
    if db.conn.execute("SELECT 1 FROM campaigns WHERE name = ?", [name]).fetchone():
        raise AlreadyExists("there is a campaign of this name already", value=name)
    db.conn.execute(
        "INSERT INTO campaigns (name, template, segment, created_at, created_by)"
        " VALUES (?, ?, ?, ?, ?)",
        [name, template, segment, utc_text(now), by],
    )
    made = get(db, name)
    note(db, made, by=by, what="made", detail=f"{template} to {segment}", now=now)
    return made


def change(
    db: Database, campaign: Campaign, *, template: str, segment: str, by: str, now: datetime
) -> Campaign:
    """Give a campaign another message or segment; that it isn't planned is for the caller to see.

    Safe to call again.
    """
    if (template, segment) != (campaign.template, campaign.segment):
        db.conn.execute(
            "UPDATE campaigns SET template = ?, segment = ? WHERE campaign_id = ?",
            [template, segment, campaign.campaign_id],
        )
        detail = f"from {campaign.template} to {campaign.segment}: now {template} to {segment}"
        note(db, campaign, by=by, what="changed", detail=detail, now=now)
    return get(db, campaign.name)


def remove(db: Database, campaign: Campaign) -> None:
    """Delete a campaign of which nothing was ever planned, and its history.

    Raises:
        sqlite3.IntegrityError: something else names it.
    """
    for table in ("campaign_history", "campaigns"):
        db.conn.execute(f"DELETE FROM {table} WHERE campaign_id = ?", [campaign.campaign_id])


def get(db: Database, name: str) -> Campaign:
    """Read the campaign `name`.

    Raises:
        NotFound: there is none.
    """
    row = db.conn.execute(f"SELECT {_COLUMNS} FROM campaigns WHERE name = ?", [name]).fetchone()
    if row is None:
        raise NotFound(
            "there is no campaign of this name",
            value=name,
            next_step="see `outreach campaigns list`",
            at_desk="look at the list of campaigns",
        )
    return Campaign(*row)


def list_all(db: Database) -> list[Campaign]:
    """Read all campaigns, the newest first."""
    rows = db.conn.execute(f"SELECT {_COLUMNS} FROM campaigns ORDER BY campaign_id DESC")
    return [Campaign(*row) for row in rows]


def freeze(
    db: Database,
    campaign: Campaign,
    *,
    content_hash: str,
    content: str,
    day: date,
    audience: int,
    settings: str = "{}",
    now: datetime,
) -> None:
    """Give a campaign its message, as it will be sent, and the size of its audience.

    `settings` is JSON of what else it was planned with, to be shown and compared.

    The same content is stored once, however many campaigns send it; content that no campaign
    sends any more is taken away.
    """
    db.conn.execute(
        "INSERT OR IGNORE INTO frozen_messages (content_hash, content) VALUES (?, ?)",
        [content_hash, content],
    )
    db.conn.execute(
        "UPDATE campaigns SET content_hash = ?, day = ?, audience = ?, settings = ?, planned_at = ?"
        " WHERE campaign_id = ?",
        [content_hash, day.isoformat(), audience, settings, utc_text(now), campaign.campaign_id],
    )
    db.conn.execute(
        "DELETE FROM frozen_messages WHERE content_hash = ?"
        " AND content_hash NOT IN (SELECT content_hash FROM campaigns WHERE content_hash <> '')",
        [campaign.content_hash],
    )


def frozen_content(db: Database, campaign: Campaign) -> str:
    """Give the message of a planned campaign, as `freeze` was given it.

    Raises:
        IllegalMove: the campaign is not planned yet.
    """
    row = db.conn.execute(
        "SELECT content FROM frozen_messages WHERE content_hash = ?", [campaign.content_hash]
    ).fetchone()
    if row is None:
        raise IllegalMove(
            f"the campaign {campaign.name} is not planned yet",
            next_step=f"plan it with `outreach campaigns plan {campaign.name}`",
            at_desk="plan it on its page",
        )
    return str(row[0])


def plan_mark(db: Database, campaign: Campaign) -> str:
    """Name the plan of a campaign: another content, moment or audience has another name.

    So whoever looked at one can say which. Moments have whole seconds, so what tells two plans of
    one second apart is which of all its plans it is. '' where it is not planned.
    """
    if not campaign.planned_at:
        return ""
    (which,) = db.conn.execute(
        "SELECT count(*) FROM campaign_history WHERE campaign_id = ? AND what = 'planned'",
        [campaign.campaign_id],
    ).fetchone()
    said = f"{campaign.content_hash} {campaign.planned_at} {campaign.audience} {which}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def refuse_other_plan(db: Database, campaign: Campaign, seen: str) -> None:
    """See that a campaign is planned as somebody looked at it; '' is as it is planned now.

    Raises:
        IllegalMove: it was planned anew since.
    """
    if seen and seen != plan_mark(db, campaign):
        raise IllegalMove(
            "it was planned anew since you looked: its content or its people may be others",
            next_step="look at it again",
        )


def frozen_settings(db: Database, campaign: Campaign) -> str:
    """Give the JSON of settings that `freeze` was given; `{}` where it was given none."""
    (settings,) = db.conn.execute(
        "SELECT settings FROM campaigns WHERE campaign_id = ?", [campaign.campaign_id]
    ).fetchone()
    return str(settings)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done with a campaign."""

    #: UTC
    at: str
    #: '' where nobody said
    by: str
    what: str
    detail: str


def history(db: Database, campaign: Campaign) -> list[Event]:
    """Give all that was ever done with a campaign, the oldest first."""
    rows = db.conn.execute(
        "SELECT happened_at, done_by, what, detail FROM campaign_history WHERE campaign_id = ?"
        " ORDER BY history_id",
        [campaign.campaign_id],
    )
    return [Event(*row) for row in rows]


def note(
    db: Database, campaign: Campaign, *, by: str, what: str, detail: str = "", now: datetime
) -> None:
    """Write into the campaign's history what was done, and who did it."""
    db.conn.execute(
        "INSERT INTO campaign_history (campaign_id, happened_at, done_by, what, detail)"
        " VALUES (?, ?, ?, ?, ?)",
        [campaign.campaign_id, utc_text(now), by, what, detail],
    )


def hold(db: Database, campaign: Campaign, *, by: str, why: str, now: datetime) -> bool:
    """Let nothing of the campaign leave until somebody releases it.

    A dispatcher at work asks before each batch. Safe to call again: the first hold stands. Gives
    whether it was not held yet.
    """
    held = db.conn.execute(
        "UPDATE campaigns SET held_at = ?, held_by = ?, held_why = ?"
        " WHERE campaign_id = ? AND held_at = ''",
        [utc_text(now), by, why, campaign.campaign_id],
    )
    if held.rowcount:
        note(db, campaign, by=by, what="held", detail=why, now=now)
    return bool(held.rowcount)


def release(db: Database, campaign: Campaign, *, by: str, now: datetime) -> bool:
    """Let a held campaign go on. Safe to call again. Gives whether it was held."""
    released = db.conn.execute(
        "UPDATE campaigns SET held_at = '', held_by = '', held_why = ''"
        " WHERE campaign_id = ? AND held_at <> ''",
        [campaign.campaign_id],
    )
    if released.rowcount:
        note(db, campaign, by=by, what="released", now=now)
    return bool(released.rowcount)
