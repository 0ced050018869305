"""What providers post to us, as it comes: stored and committed, then understood in the background.

Taking in is one commit and as little as can be before the answer. Understanding is done by whoever
comes to it: the server behind its answers, the crontab where there is no server, or where it was
stopped in between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.replies import inbox
from outreach.settings import Settings
from outreach.store import Database
from outreach.workflow import events
from outreach.workflow.events import Posted, ProvedBody, ReadBody
from outreach.workflow.posted import ProvedMail, store_mail
from outreach.workflow.replies import open_work

_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


@dataclass(frozen=True, slots=True)
class Understood:
    """What one turn of understanding did."""

    #: bodies of events, or mails, also those that failed
    done: int
    #: bodies that could not be, and the kind of error: they go on waiting
    failed: Mapping[int, str]


def prove_events(settings: Settings, raw: bytes, headers: Mapping[str, str]) -> ProvedBody:
    """Verify and read a body of SendGrid's Event Webhook. Needs no database.

    `headers` have lower-case names.

    Raises:
        SettingsError: `[sendgrid] webhook_key` is no key, or is missing.
        NotSigned: it is not signed with that key over these very bytes.
        InputError: it was signed and is no array of events.
    """
    post = Posted(
        "sendgrid event webhook", raw, headers.get(_SIGNATURE, ""), headers.get(_TIMESTAMP, "")
    )
    return events.prove_post(settings, post)


def take_events(db: Database, proved: ProvedBody, now: datetime) -> bool:
    """Store a body of events, byte for byte, and commit it.

    Gives whether it is new; a repeat changes nothing.

    Raises:
        StoreError: it could not be stored.
    """
    return events.store_proved(db, proved, now)


def take_mail(db: Database, proved: ProvedMail, now: datetime) -> bool:
    """Store a mail that `posted.prove_mail` gave and commit it, also one we can't read.

    Gives whether it is new; a repeat changes nothing.

    Raises:
        StoreError: it could not be stored.
    """
    return store_mail(db, proved, now).inbound_id is not None


def read_waiting_events(
    db: Database, *, but: Collection[int] = ()
) -> tuple[list[ReadBody], Understood]:
    """Read the oldest bodies of events that wait, as many as one transaction may take.

    None of `but`. Takes no lock. Gives also those that can't be read.
    """
    bodies, failed = events.read_waiting(db, but=but)
    return bodies, Understood(0, failed)


def understand_events(
    db: Database,
    bodies: Sequence[ReadBody],
    clock: Callable[[], datetime],
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Understood:
    """Do what follows from the bodies that were read, in one transaction, and settle doubts.

    `should_stop` is asked after each: then those behind it are left. Safe to call again, and twice
    at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    finished = events.finish_bodies(db, bodies, clock(), should_stop=should_stop)
    events.settle_doubts(db, clock())
    return Understood(finished.done, finished.failed)


def understand_mails(
    db: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    should_stop: Callable[[], bool] = lambda: False,
    most: int | None = None,
) -> Understood:
    """Understand mails that wait and do what follows, at most `most`; one transaction for each.

    `should_stop` is asked before each. Safe to call at any time and twice at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    done, work = 0, None
    for inbound_id in inbox.pending(db)[:most]:
        if should_stop():
            break
        work = work or open_work(db, settings, clock())
        work.finish([inbound_id])
        done += 1
    return Understood(done, {})


def understand_waiting(
    db: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Understood:
    """Understand all that was taken in and not understood yet, and do what follows from it.

    Some bodies of events a transaction, and a mail each; `should_stop` is asked in between. What
    fails keeps nothing else from being understood. Safe to call at any time and twice at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    done, failed = 0, dict[int, str]()
    while not should_stop():
        bodies, unread = read_waiting_events(db, but=failed)
        failed.update(unread.failed)
        if not bodies:
            break
        one = understand_events(db, bodies, clock, should_stop=should_stop)
        failed.update(one.failed)
        done += one.done - len(one.failed)
    mails = understand_mails(db, settings, clock, should_stop=should_stop)
    return Understood(done + mails.done, failed)
