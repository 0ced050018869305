"""The part of `outreach cron` that writes and sends single letters, and tells what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from outreach.dispatch import lettermoves
from outreach.dispatch.transports import Transport
from outreach.errors import LeaseHeld, OutreachError, StoreError
from outreach.settings import Pacing, Settings
from outreach.store import Database
from outreach.workflow.followups_daily import tend_queue
from outreach.workflow.gatheringletters import write_due
from outreach.workflow.happenings import Event, Level
from outreach.workflow.letters import send_due_letters


def deliver_letters(
    db: Database,
    settings: Settings,
    open_transport: Callable[[], Transport],
    *,
    pace: Pacing,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool],
    tell: Callable[[Event], None],
) -> tuple[tuple[Event, ...], OutreachError | None]:
    """Write the letters of the day, and send all that are due.

    Gives what happened, and why it ended before its time. Where another process is sending letters
    none is sent. Safe to call again.

    Raises:
        StoreError: the database can't be used.
    """
    unwritten = _write_letters(db, settings, clock(), tell)
    try:
        sent = send_due_letters(
            db, settings, open_transport, pace=pace, clock=clock, should_stop=should_stop
        )
    except LeaseHeld:
        return unwritten, None
    except StoreError:
        raise
    except OutreachError as error:
        event = Event(clock(), Level.ERROR, "failed", "", str(error))
        tell(event)
        return (*unwritten, event), error
    if not sent.anything:
        return unwritten, None
    (left,) = db.conn.execute("SELECT count(*) FROM letters WHERE state = 'planned'").fetchone()
    numbers = {
        "accepted": sent.accepted,
        "refused": sum(sent.refused.values()),
        "in_doubt": sent.in_doubt + sent.abandoned,
        "put_off": sent.put_off,
        "withdrawn": sum(sent.withdrawn.values()),
        "still_planned": left,
    }
    level = Level.WARNING if sent.to_look_at else Level.INFO
    event = Event(clock(), level, "sent", "", numbers=numbers)
    tell(event)
    return (*unwritten, event), None


def letters_due(db: Database, now: datetime) -> int:
    """Count the letters that wait and may leave at this moment."""
    return lettermoves.count_due(db, None, now)


def _write_letters(
    db: Database, settings: Settings, now: datetime, tell: Callable[[Event], None]
) -> tuple[Event, ...]:
    """Write what is due today: the staff's digests, and what organisers of gatherings are told.

    Safe to call again. Gives what could not be written, and why.

    Raises:
        StoreError: the database can't be used.
    """
    unwritten = (*tend_queue(db, settings, now), *write_due(db, settings, now))
    for event in unwritten:
        tell(event)
    return unwritten
