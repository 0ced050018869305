"""What providers post to us, as it comes: stored and committed, then understood in the background.

Taking in is one commit and as little as can be before the answer. Understanding is done by whoever
comes to it: the server behind its answers, the crontab where there is no server, or where it was
stopped in between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import StoreError
from outreach.replies import inbox
from outreach.settings import Settings
from outreach.store import Database
from outreach.workflow import events
from outreach.workflow.events import Posted
from outreach.workflow.posted import take_posted_mail
from outreach.workflow.replies import open_work

_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


@dataclass(frozen=True, slots=True)
class Understood:
    """What one turn of understanding did."""

    #: bodies of events, and mails
    done: int
    #: bodies that could not be, and the kind of error: they go on waiting
    failed: Mapping[int, str]


def take_events(
    db: Database, settings: Settings, raw: bytes, headers: Mapping[str, str], now: datetime
) -> bool:
    """Store a body of SendGrid's Event Webhook, byte for byte, and commit it.

    `headers` have lower-case names. Gives whether it is new; a repeat changes nothing.

    Raises:
        SettingsError: `[sendgrid] webhook_key` is no key, or is missing.
        NotSigned: it is not signed with that key over these very bytes.
        InputError: it was signed and is no array of events.
        StoreError: it could not be stored.
    """
    post = Posted(
        "sendgrid event webhook", raw, headers.get(_SIGNATURE, ""), headers.get(_TIMESTAMP, "")
    )
    return events.store_post(db, settings, post, now)


def take_mail(
    db: Database, settings: Settings, raw: bytes, headers: Mapping[str, str], now: datetime
) -> bool:
    """Store a mail that SendGrid's Inbound Parse posts and commit it, also one we can't read.

    Gives whether it is new; a repeat changes nothing.

    Raises:
        SettingsError: `[sendgrid] inbound_key` is no key, or is missing.
        NotSigned: it is not signed with that key over these very bytes.
        StoreError: it could not be stored.
    """
    return take_posted_mail(db, settings, raw, headers, now, later=True).inbound_id is not None


def understand_waiting(
    db: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    should_stop: Callable[[], bool] = lambda: False,
    most: int | None = None,
    but: Collection[int] = (),
) -> Understood:
    """Understand what was taken in and not understood yet, and do what follows from it.

    One transaction for each body of events and each mail; `should_stop` is asked before each. At
    most `most` of them, and no bodies of `but`. What fails keeps nothing else from being
    understood. Safe to call at any time and twice at once.

    Raises:
        StoreError: the database can't be used; what was not done waits.
    """
    done, failed = 0, dict[int, str]()

    def enough() -> bool:
        return should_stop() or (most is not None and done >= most)

    for body_id in events.waiting_bodies(db):
        if enough():
            break
        if body_id in but:
            continue
        try:
            events.finish_body(db, body_id, clock())
            done += 1
        except StoreError:
            raise
        # whatever is wrong with one, others are not
        except Exception as error:
            # what it says may hold an address
            failed[body_id] = type(error).__name__
    if done:
        events.settle_doubts(db, clock())
    work = None
    for inbound_id in inbox.pending(db):
        if enough():
            break
        work = work or open_work(db, settings, clock())
        work.finish([inbound_id])
        done += 1
    return Understood(done, failed)
