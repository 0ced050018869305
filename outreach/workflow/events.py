"""Take in what providers post: store it, understand it and do what follows from it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from outreach.errors import InputError, SettingsError
from outreach.model import Progress, no_progress
from outreach.settings import FILE_NAME, Settings
from outreach.store import Database, atomic
from outreach.tracking import effects, journal, sendgrid
from outreach.tracking.events import TRACKS
from outreach.tracking.journal import Body, EventLine
from outreach.tracking.subjects import may_be_kept, subject_of
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
            return "nobody signed it"
    elif not sendgrid.is_signed(
        post.raw, signature=post.signature, timestamp=post.timestamp, keys=keys
    ):
        return "it was not signed with [sendgrid] webhook_key, or was changed since"
    try:
        sendgrid.pieces(post.raw)
    except InputError as error:
        return error.problem
    return ""


def _store(db: Database, post: Posted, tally: _Tally, now: datetime) -> int | None:
    """Store what may be kept of a body; give its id, None where nothing of it is new."""
    tally.bodies += 1
    pieces = sendgrid.pieces(post.raw)
    kept = [piece for piece in pieces if _may_be_kept(db, piece)]
    tally.left_out += len(pieces) - len(kept)
    if not kept:
        return None
    raw = post.raw if len(kept) == len(pieces) else sendgrid.joined(kept)
    key = hashlib.sha256(post.raw).digest()
    # a file's name need not be text
    source = post.source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    with atomic(db):
        body = Body(sendgrid.NAME, source, bool(post.signature), key, raw)
        body_id = journal.store(db, body, now)
    tally.repeated_bodies += body_id is None
    return body_id


def _may_be_kept(db: Database, piece: bytes) -> bool:
    event = sendgrid.understand(piece)
    return event.kind not in TRACKS or may_be_kept(db, subject_of(db, event))


def _finish(db: Database, body_id: int, tally: _Tally, now: datetime) -> None:
    """Understand a stored body and act upon it, in one transaction."""
    with atomic(db):
        for piece in sendgrid.pieces(journal.raw_body(db, body_id)):
            event = sendgrid.understand(piece)
            subject = subject_of(db, event)
            tally.events += 1
            if journal.record(db, body_id, event, subject):
                tally.new += 1
                tally.kinds[event.kind] += 1
                tally.unmatched += subject.supporter_id is None
            tally.suppressed += effects.suppress(db, event, subject, now)
        journal.understood(db, body_id, now)


def _settle(db: Database, tally: _Tally, now: datetime) -> None:
    with atomic(db):
        tally.settled += running.settle_told(db, now)
