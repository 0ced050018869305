"""Mails that somebody must look at: each joins the person's follow-up, or opens one.

One follow-up for each person and campaign. Writes through `changes`, inside the caller's
transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from outreach.followups import away, changes, inferences, staff, worktime
from outreach.followups.changes import BY_MAIL, BY_RULE
from outreach.followups.inferences import Inference
from outreach.followups.stages import DONE
from outreach.model import CloseReason, Stage
from outreach.settings import Settings
from outreach.store import Database, utc_text


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that somebody must look at."""

    inbound_id: int
    #: aware; since then the person waits
    received_at: datetime
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
    #: IANA name, where the list knows one
    timezone: str = ""
    #: field -> where it comes from, and how certain it is
    inferred: Mapping[str, Inference] = field(default_factory=dict)
    #: to which it belongs, where it answers what we wrote from there
    followup_id: int | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of an arrival."""

    followup_id: int
    #: False: the mail joined one that was there
    opened: bool
    #: it was done, and is new again
    reopened: bool = False


def open_or_join(db: Database, arrival: Arrival, settings: Settings, now: datetime) -> Queued:
    """Put a mail into the queue: it joins the person's follow-up for the campaign, or opens one.

    What was empty is filled from the mail; what stands there is never overwritten. An answer is
    then due within the working hours of the settings. A mail that is in the queue already stays
    where it is.
    """
    joined = db.conn.execute(
        "SELECT followup_id FROM followup_replies WHERE inbound_id = ?", [arrival.inbound_id]
    ).fetchone()
    if joined is not None:
        return Queued(joined[0], opened=False)
    followup_id = _standing(db, arrival)
    if followup_id is None:
        followup_id = _open(db, arrival, settings, now)
        changes.attach(db, followup_id, arrival.inbound_id)
        return Queued(followup_id, opened=True)
    changes.attach(db, followup_id, arrival.inbound_id)
    reopened = _join(db, followup_id, arrival, settings, now)
    return Queued(followup_id, opened=False, reopened=reopened)


#: the person's follow-up: of the certain supporter, else of the address that the mails came from.
#: The address that a mail states is no proof: anybody may state anybody's. One that was merged
#: stands for the one that it was merged into, where its mails are now; their own comes first.
_STANDING: Final = """
    SELECT coalesce(f.merged_into, f.followup_id), iif(f.merged_into IS NULL, 0, 2) AS place,
           f.followup_id AS opened
      FROM followups AS f
     WHERE f.supporter_id = :supporter_id AND f.campaign_id IS :campaign_id
    UNION ALL
    SELECT f.followup_id, f.supporter_id IS NOT :supporter_id, f.followup_id
      FROM replies AS r JOIN followup_replies AS m USING (inbound_id)
      JOIN followups AS f USING (followup_id)
     WHERE r.from_address = :from_address AND r.from_address <> ''
       AND f.campaign_id IS :campaign_id
    UNION ALL
    SELECT m.followup_id, 2 + (o.supporter_id IS NOT :supporter_id), o.followup_id
      FROM replies AS r JOIN followup_replies AS m USING (inbound_id)
      JOIN followups AS o ON o.merged_into = m.followup_id
     WHERE r.from_address = :from_address AND r.from_address <> ''
       AND o.campaign_id IS :campaign_id
     ORDER BY place, opened LIMIT 1
"""


def _standing(db: Database, arrival: Arrival) -> int | None:
    if arrival.followup_id is not None:
        return changes.standing_for(db, arrival.followup_id)
    row = db.conn.execute(
        _STANDING,
        {
            "campaign_id": arrival.campaign_id,
            "supporter_id": arrival.supporter_id,
            "from_address": arrival.from_address,
        },
    ).fetchone()
    return None if row is None else int(row[0])


def _open(db: Database, arrival: Arrival, settings: Settings, now: datetime) -> int:
    received = utc_text(arrival.received_at)
    due = worktime.due_at(settings, arrival.received_at, arrival.country, arrival.timezone)
    values = {
        "campaign_id": arrival.campaign_id,
        "delivery_id": arrival.delivery_id,
        "supporter_id": arrival.supporter_id,
        "name": arrival.name,
        "email": arrival.email,
        "country": arrival.country,
        "language": arrival.language,
        "stage": Stage.NEW,
        "opened_at": received,
        "waiting_since": received,
        "due_at": utc_text(due),
        **inferences.columns(arrival.inferred),
    }
    followup_id = changes.insert(db, values, now)
    who = staff.by_rule(db, settings, arrival.country, arrival.language)
    if who:
        changes.change(db, followup_id, {"assignee": ("", who)}, BY_RULE, now)
    return followup_id


def _join(
    db: Database, followup_id: int, arrival: Arrival, settings: Settings, now: datetime
) -> bool:
    """Fill what was empty, let us answer, and open again what was done; True where it was."""
    standing = changes.read(db, followup_id)
    news = {"name": arrival.name, "email": arrival.email, "country": arrival.country}
    news["language"] = arrival.language
    found = {column: ("", text) for column, text in news.items() if text and not standing[column]}
    found["mail"] = ("", str(arrival.inbound_id))
    untold: dict[str, object] = inferences.joined(
        json.loads(standing["inferred"]), arrival.inferred, {*found, "kind"}
    )
    stage, reason, since = standing["stage"], standing["close_reason"], standing["opened_at"]
    received = utc_text(arrival.received_at)
    reopens = stage in DONE and reason != CloseReason.SPAM
    if reopens:
        found |= {"stage": (stage, Stage.NEW), "close_reason": (reason, "")}
        untold["answered_at"] = ""
    if standing["snoozed_until"]:
        # whoever writes is there
        found["snoozed_until"] = (standing["snoozed_until"], "")
    if reopens or (stage == Stage.NEW and received < since):
        # mails don't come in order where a file holds the newest first
        found["opened_at"] = (since, received)
    if reopens or stage not in DONE:
        waits = min(received, standing["waiting_since"] or received)
        untold["waiting_since"] = waits
        country = standing["country"] or arrival.country
        due = _due(db, standing, settings, waits, country, arrival.timezone)
        # whoever writes once more waits no longer for it
        if reopens or not standing["due_at"] or due.get("due_at", ("", ""))[1] < standing["due_at"]:
            found |= due
    changes.change(db, followup_id, found, BY_MAIL, now, untold=untold)
    return reopens


def _due(
    db: Database,
    standing: Mapping[str, Any],
    settings: Settings,
    waits: str,
    country: str,
    timezone: str,
) -> dict[str, tuple[str, str]]:
    """Say when the answer is due to who waits since then, unless somebody said it by hand."""
    old = standing["due_at"]
    if old and "due_at" in changes.fields_changed_by_people(db, standing["followup_id"]):
        return {}
    moment = worktime.due_at(settings, datetime.fromisoformat(waits), country, timezone)
    due = utc_text(moment)
    return {"due_at": (old, due)} if due != old else {}


def due_again(
    db: Database, standing: Mapping[str, Any], settings: Settings, country: str
) -> dict[str, tuple[str, str]]:
    """Give the change of the due time that follows from another country; none where none does."""
    if not standing["waiting_since"]:
        return {}
    return _due(db, standing, settings, standing["waiting_since"], country, "")


def is_open(db: Database, arrival: Arrival) -> bool:
    """Whether a mail would join a follow-up that isn't done."""
    followup_id = _standing(db, arrival)
    return followup_id is not None and changes.read(db, followup_id)["stage"] not in DONE


def is_queued(db: Database, inbound_id: int) -> bool:
    """Whether a mail stands under a follow-up."""
    asked = "SELECT 1 FROM followup_replies WHERE inbound_id = ?"
    return db.conn.execute(asked, [inbound_id]).fetchone() is not None


#: the person's open follow-ups in which no mail is newer than the one that says they are away; and
#: whether they wait for us, what is said of an absence already, and whether staff woke it or put it
#: to sleep since
_AWAY: Final = f"""
    SELECT f.followup_id, f.snoozed_until, f.due_at <> '', {away.SAID},
       EXISTS (SELECT 1 FROM followup_history AS h
            WHERE h.followup_id = f.followup_id AND h.field = 'snoozed_until'
              AND h.changed_by NOT IN ('{BY_MAIL}', '{BY_RULE}') AND h.changed_at > :received_at)
      FROM followups AS f
     WHERE (f.supporter_id = :supporter_id OR f.followup_id = :followup_id)
       AND f.stage NOT IN ({", ".join(f"'{stage}'" for stage in sorted(DONE))})
       AND NOT EXISTS (SELECT 1 FROM followup_replies AS m JOIN inbound AS i USING (inbound_id)
            WHERE m.followup_id = f.followup_id AND i.received_at > :received_at)
"""


def note_absence(
    db: Database,
    supporter_id: int | None,
    until: date,
    said_at: datetime,
    now: datetime,
    *,
    followup_id: int | None = None,
) -> int:
    """Let the person's open follow-ups wait until the day on which they are back.

    Those of the supporter, where that is certain, and the one that the mail answers. `said_at` is
    when the mail came that says so. A mail of theirs that comes later ends it. Who waits for our
    answer is never hidden: the day is only written down there (see `away`). Safe to call again.
    Gives how many follow-ups now sleep.
    """
    asked = {
        "supporter_id": supporter_id,
        "followup_id": followup_id,
        "received_at": utc_text(said_at),
    }
    day, slept = until.isoformat(), 0
    for number, standing, waits, said, by_hand in db.conn.execute(_AWAY, asked).fetchall():
        if waits and day > max(said, now.date().isoformat()):
            changes.change(db, number, {away.FIELD: (said, day)}, BY_MAIL, now)
        elif not waits and not by_hand and day > max(standing, now.date().isoformat()):
            changes.change(db, number, {"snoozed_until": (standing, day)}, BY_MAIL, now)
            slept += 1
    return slept


#: the columns that a mail fills
_FROM_MAIL: Final = ("name", "email", "country", "language")


def refresh(
    db: Database, before: Arrival, after: Arrival, settings: Settings, now: datetime
) -> bool:
    """Put what a mail is now understood to say in place of what it was, in its follow-up.

    Only where the follow-up still says what this mail said, and nobody changed it by hand. Gives
    whether anything changed.
    """
    row = db.conn.execute(
        "SELECT followup_id FROM followup_replies WHERE inbound_id = ?", [after.inbound_id]
    ).fetchone()
    if row is None:
        return False
    standing = changes.read(db, row[0])
    by_hand = changes.fields_changed_by_people(db, row[0])
    news: dict[str, tuple[str, str]] = {}
    for column in _FROM_MAIL:
        old, new = getattr(before, column), getattr(after, column)
        if new and new != old and standing[column] in ("", old) and column not in by_hand:
            news[column] = (standing[column], new)
    if news:
        if "country" in news:
            news |= due_again(db, standing, settings, news["country"][1])
        untold = inferences.joined(json.loads(standing["inferred"]), after.inferred, {*news})
        changes.change(db, row[0], news, BY_MAIL, now, untold=untold)
    return bool(news)
