"""What `outreach cron` does for the queue: wakes what has no answer, and tells staff once a day.

A digest is a letter to one of [[staff]]. It names no person: numbers lead to the queue.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from outreach import tokens
from outreach.dispatch import correspondence
from outreach.dispatch.correspondence import NewLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import DatabaseBusy, OutreachError, StoreError
from outreach.followups import staff, unarrived, view
from outreach.followups.namedviews import View
from outreach.followups.view import Asked, FollowupLine
from outreach.model import Mailbox
from outreach.places import country_name
from outreach.settings import Member, Settings
from outreach.store import Database, atomic, signing_keys, utc_text
from outreach.tokens import Purpose
from outreach.workflow.happenings import Event, Level

#: what is due so soon is told today
_SOON: Final = timedelta(days=1)
#: of each part of a digest so many are told one by one
_MOST: Final = 30


def tend_queue(db: Database, settings: Settings, now: datetime) -> tuple[Event, ...]:
    """Wake what has no answer, and write the digests that are due, each once a day.

    Safe to call at any time. Gives what went wrong, for whoever looks after the crontab.

    Raises:
        StoreError: the database can't be used.
    """
    try:
        if unarrived.is_any(db):
            with atomic(db):
                unarrived.put_back(db, now)
        _write_digests(db, settings, now)
    except DatabaseBusy:
        # the next run does it
        return ()
    except StoreError:
        raise
    except OutreachError as error:
        return (Event(now, Level.ERROR, "failed", "", f"the staff's digest: {error}"),)
    return ()


def _write_digests(db: Database, settings: Settings, now: datetime) -> None:
    local = now.astimezone(ZoneInfo(settings.schedule.zone))
    begins = settings.followups.digest
    if not begins or local.time() < time.fromisoformat(begins):
        return
    keys = {member: f"digest for {member.name} {local:%Y-%m-%d}" for member in settings.staff}
    waiting = [member for member, once in keys.items() if not _is_written(db, once)]
    if not waiting:
        return
    lines = view.list_followups(db, Asked(view=View.NEEDS_ANSWER), now)
    for member in waiting:
        text = digest_text(settings, member, lines, now)
        if text:
            with atomic(db):
                _write(db, settings, member, text, keys[member], now)


def _is_written(db: Database, once: str) -> bool:
    return db.conn.execute("SELECT 1 FROM letters WHERE once = ?", [once]).fetchone() is not None


def _write(
    db: Database, settings: Settings, member: Member, text: str, once: str, now: datetime
) -> None:
    letter_id = correspondence.next_id(db)
    token = tokens.sign(signing_keys(db, now)[0], Purpose.LETTER, letter_id)
    sender = Mailbox(settings.sender.name, settings.sender.email)
    letter = NewLetter(
        letter_id=letter_id,
        purpose=LetterPurpose.DIGEST,
        recipient=Mailbox(member.name, member.email),
        language="en",
        subject="Who waits for your answer",
        text=text,
        html="",
        sender=sender,
        reply_to=sender.email,
        message_id=f"<{token}@{sender.email.rpartition('@')[2]}>",
        once=once,
        not_after=now + _SOON,
    )
    correspondence.write(db, letter, now)


def digest_text(
    settings: Settings, member: Member, lines: Sequence[FollowupLine], now: datetime
) -> str:
    """Write what waits for somebody, of all that needs an answer; '' where nothing does."""
    moment, soon = utc_text(now), utc_text(now + _SOON)
    mine = [line for line in lines if line.assignee.casefold() == member.name.casefold()]
    nobodys = [line for line in lines if staff.is_nobodys(settings, line.assignee)]
    yours = [
        line for line in nobodys if line.due_at <= soon and member in _may_take(settings, line)
    ]
    dangers = settings.gatherings.dangers
    parts = [
        _part("Overdue", [line for line in mine if line.due_at <= moment], dangers),
        _part("Due within a day", [line for line in mine if moment < line.due_at <= soon], dangers),
        _part("Nobody's, which you may take", yours, dangers),
    ]
    told = [part for part in parts if part]
    if not told:
        return ""
    return "\n\n".join([*told, "Begin with: outreach followups next"]) + "\n"


def _may_take(settings: Settings, line: FollowupLine) -> Sequence[Member]:
    # whom no team is for, everybody hears of: else nobody would
    return staff.team_of(settings, line.country, line.language) or settings.staff


def _part(title: str, lines: Sequence[FollowupLine], dangers: Set[str]) -> str:
    if not lines:
        return ""
    rows = [_row(line, dangers) for line in lines[:_MOST]]
    more = len(lines) - _MOST
    rows += [f"and {more:,} more"] * (more > 0)
    return "\n".join([f"{title} ({len(lines):,}):", *(f"  {row}" for row in rows)])


def _row(line: FollowupLine, dangers: Set[str]) -> str:
    due = datetime.fromisoformat(line.due_at).astimezone(UTC)
    where = country_name(line.country, "en") if line.country else "country not known"
    if line.country in dangers:
        where = "country not named, for safety"
    told = [flag for flag in ("letter came back", "letter in doubt") if flag in line.flags]
    late = f" ({told[0]})" if told else ""
    stage = line.stage.replace("_", " ")
    return f"{line.followup_id}  due {due:%Y-%m-%d %H:%M} UTC  {where}, {stage}{late}"
