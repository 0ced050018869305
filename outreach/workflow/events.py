"""Take in what providers post: store it, understand it and do what follows from it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from outreach.errors import InputError, NotSigned, SettingsError
from outreach.model import Progress, no_progress
from outreach.settings import FILE_NAME, Settings
from outreach.store import Database, atomic
from outreach.tracking import effects, journal, sendgrid
from outreach.tracking.events import TRACKS
from outreach.tracking.journal import Body, EventLine
from outreach.tracking.subjects import may_be_kept, subjects_of
from outreach.workflow import running


@dataclass(frozen=True, slots=True)
class Posted:
    """A body that SendGrid posted, byte for byte, and the headers that prove it."""

    #: where it comes from, for people
    source: str
    raw: bytes
    #: X-Twilio-Email-Event-Webhook-Signature and -Timestamp; '' where they are not known
    signature: str = ""
    timestamp: str = ""


@dataclass(frozen=True, slots=True)
class RefusedBody:
    """A body that was not taken in, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppliedEvents:
    """What events did."""

    bodies: int
    #: stored before
    repeated_bodies: int
    events: int
    #: not known from an earlier body
    new: int
    #: new ones, by `EventKind`, the commonest first
    kinds: Mapping[str, int]
    #: opens and clicks of people who didn't say that they may be tracked: not stored
    left_out: int
    #: events about no letter and nobody of ours
    unmatched: int
    #: letters that were in doubt and no longer are
    settled: int
    #: addresses that will not be written to again because of these events
    suppressed: int
    refused: tuple[RefusedBody, ...] = ()


@dataclass(slots=True)
class _Tally:
    bodies: int = 0
    repeated_bodies: int = 0
    events: int = 0
    new: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    unmatched: int = 0
    settled: int = 0
    suppressed: int = 0
    refused: list[RefusedBody] = field(default_factory=list)

    def result(self) -> AppliedEvents:
        """Give it as it is now."""
        return AppliedEvents(
            self.bodies,
            self.repeated_bodies,
            self.events,
            self.new,
            dict(self.kinds.most_common()),
            self.left_out,
            self.unmatched,
            self.settled,
            self.suppressed,
            tuple(self.refused),
        )


def import_events(
    db: Database,
    settings: Settings,
    posts: Iterable[Posted],
    *,
    unsigned: bool = False,
    now: datetime,
    progress: Progress = no_progress,
) -> AppliedEvents:
    """Take in bodies of SendGrid's Event Webhook. `unsigned`: believe those that nobody signed.

    A body is stored and committed, then all that follows from it is committed too, so that stopped
    anywhere the same call finishes the work; repeated, it changes nothing. A body that is none, or
    whose signature is not of `[sendgrid] webhook_key`, is refused and keeps no other out. Opens and
    clicks of people who didn't say that they may be tracked are taken out before it is stored.

    Raises:
        SettingsError: `[sendgrid] webhook_key` is no key, or is missing and needed.
    """
    keys = sendgrid.read_keys(settings.sendgrid.webhook_key)
    tally = _Tally()
    for body_id in journal.waiting(db):
        _finish(db, body_id, tally, now)
    for number, post in enumerate(posts, 1):
        if post.signature and not keys:
            raise _no_key(settings)
        reason = _refusal(post, keys, unsigned=unsigned)
        if reason:
            tally.refused.append(RefusedBody(post.source, reason))
        elif (stored := _store(db, post, tally, now)) is not None:
            _finish(db, stored, tally, now)
        progress(number, None)
    _settle(db, tally, now)
    return tally.result()


def store_post(db: Database, settings: Settings, post: Posted, now: datetime) -> bool:
    """Store a signed body and commit it; understanding it is left to `finish_body`.

    Gives whether it is new; a repeat changes nothing. Opens and clicks of people who didn't say
    that they may be tracked are taken out before, and a body of nothing else is not stored.

    Raises:
        SettingsError: `[sendgrid] webhook_key` is no key, or is missing.
        NotSigned: its signature is missing, or not of that key over these bytes.
        InputError: it was signed and is no array of events.
        StoreError: it could not be stored.
    """
    keys = sendgrid.read_keys(settings.sendgrid.webhook_key)
    if not keys:
        raise _no_key(settings)
    if not sendgrid.is_signed(
        post.raw, signature=post.signature, timestamp=post.timestamp, keys=keys
    ):
        raise NotSigned(_NOT_OURS if post.signature else _UNSIGNED)
    return _store(db, post, _Tally(), now) is not None


def waiting_bodies(db: Database) -> list[int]:
    """Give the bodies that are stored and not understood yet, oldest first."""
    return journal.waiting(db)


def finish_body(db: Database, body_id: int, now: datetime) -> None:
    """Understand a stored body and do what follows, in one transaction. Safe to call again."""
    _finish(db, body_id, _Tally(), now)


def settle_doubts(db: Database, now: datetime) -> None:
    """Settle the letters in doubt of which events tell, in one transaction. Safe to call again."""
    _settle(db, _Tally(), now)


def apply_events(
    db: Database, *, again: bool = False, now: datetime, progress: Progress = no_progress
) -> AppliedEvents:
    """Understand what is stored and do what follows: what was not understood yet, or all `again`.

    One commit a body. Safe to call again. It also settles letters that came into doubt after
    their events had come.
    """
    tally = _Tally()
    bodies = journal.everything(db) if again else journal.waiting(db)
    for number, body_id in enumerate(bodies, 1):
        tally.bodies += 1
        _finish(db, body_id, tally, now)
        progress(number, len(bodies))
    _settle(db, tally, now)
    return tally.result()


def list_events(db: Database, *, campaign: str = "", limit: int = 100) -> list[EventLine]:
    """List the last events, the newest first; '' asks for all campaigns."""
    return journal.list_events(db, campaign=campaign, limit=limit)


_UNSIGNED: Final = "nobody signed it"
_NOT_OURS: Final = "it was not signed with [sendgrid] webhook_key, or was changed since"


def _no_key(settings: Settings) -> SettingsError:
    return SettingsError(
        "[sendgrid] webhook_key is empty, so no signature can be verified",
        file=settings.root / FILE_NAME,
        next_step="copy the verification key from SendGrid's settings of the Event Webhook",
    )


def _refusal(post: Posted, keys: Sequence[sendgrid.Key], *, unsigned: bool) -> str:
    """Say why a body can't be taken in; '' where it can."""
    if not post.signature:
        if not unsigned:
            return _UNSIGNED
    elif not sendgrid.is_signed(
        post.raw, signature=post.signature, timestamp=post.timestamp, keys=keys
    ):
        return _NOT_OURS
    try:
        sendgrid.pieces(post.raw)
    except InputError as error:
        return error.problem
    return ""


def _store(db: Database, post: Posted, tally: _Tally, now: datetime) -> int | None:
    """Store what may be kept of a body; give its id, None where nothing of it is new."""
    tally.bodies += 1
    raw, left_out = _kept(db, post.raw)
    tally.left_out += left_out
    if not raw:
        return None
    key = hashlib.sha256(post.raw).digest()
    # a file's name need not be text
    source = post.source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    with atomic(db):
        body = Body(sendgrid.NAME, source, bool(post.signature), key, raw)
        body_id = journal.store(db, body, now)
    tally.repeated_bodies += body_id is None
    return body_id


def _kept(db: Database, raw: bytes) -> tuple[bytes, int]:
    """Give what may be kept of a body, b"" where nothing may, and how many events may not."""
    if not any(word in raw for word in sendgrid.MAY_TRACK):
        return (raw if sendgrid.size(raw) else b""), 0
    events = sendgrid.understand_all(raw)
    tracking = [place for place, event in enumerate(events) if event.kind in TRACKS]
    subjects = subjects_of(db, [events[place] for place in tracking])
    found = zip(tracking, subjects, strict=True)
    left_out = {place for place, subject in found if not may_be_kept(db, subject)}
    if not left_out:
        return (raw if events else b""), 0
    pieces = enumerate(sendgrid.pieces(raw))
    kept = [piece for place, piece in pieces if place not in left_out]
    return (sendgrid.joined(kept) if kept else b""), len(left_out)


def _finish(db: Database, body_id: int, tally: _Tally, now: datetime) -> None:
    """Understand a stored body and act upon it, in one transaction."""
    # a body never changes, so nobody need wait while it is read
    events = sendgrid.understand_all(journal.raw_body(db, body_id))
    with atomic(db):
        subjects = subjects_of(db, events)
        fresh = journal.record(db, body_id, events, subjects)
        for event, subject, is_new in zip(events, subjects, fresh, strict=True):
            tally.events += 1
            if is_new:
                tally.new += 1
                tally.kinds[event.kind] += 1
                tally.unmatched += subject.supporter_id is None and subject.letter_id is None
            effects.note_return(db, event, subject)
            tally.suppressed += effects.suppress(db, event, subject, now)
        journal.understood(db, body_id, now)


def _settle(db: Database, tally: _Tally, now: datetime) -> None:
    with atomic(db):
        tally.settled += running.settle_told(db, now)
