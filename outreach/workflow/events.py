"""Take in what providers post: store it, understand it and do what follows from it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress
from typing import Final

from outreach.errors import InputError, NotSigned, SettingsError, StoreError
from outreach.model import Progress, no_progress
from outreach.settings import FILE_NAME, Settings
from outreach.store import Database, atomic
from outreach.store.database import translated
from outreach.tracking import effects, journal, sendgrid
from outreach.tracking.events import Event
from outreach.tracking.journal import Body, EventLine
from outreach.tracking.subjects import NOBODY, Subject, may_be_tracked, subjects_of
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
class ProvedBody:
    """A body that may be believed, and is ready to be stored."""

    body: Body
    #: how many events are in it
    events: int
    #: its opens and clicks, by their places among the events
    tracking: Mapping[int, Event]


@dataclass(frozen=True, slots=True)
class ReadBody:
    """A stored body, and its events."""

    body_id: int
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class FinishedBodies:
    """What was done of some bodies."""

    #: the first so many; more than were asked for are never
    done: int
    #: bodies that could not be, and the kind of error: they go on waiting
    failed: Mapping[int, str]


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
    #: stored bodies that can't be understood, by their numbers, and the kind of error: they wait
    failed: Mapping[int, str] = field(default_factory=dict)


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
    failed: dict[int, str] = field(default_factory=dict)

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
            self.failed,
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
    whose signature is not of `[sendgrid] webhook_key`, is refused and keeps no other out; nor does
    one that is stored and can't be understood. Opens and clicks of people who didn't say that they
    may be tracked are taken out before it is stored.

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
        try:
            proved = _proved(post, keys, unsigned=unsigned)
        except (NotSigned, InputError) as error:
            tally.refused.append(RefusedBody(post.source, error.problem))
        else:
            stored = _store(db, proved, tally, now)
            if stored is not None:
                _finish(db, stored, tally, now)
        progress(number, None)
    _settle(db, tally, now)
    return tally.result()


def prove_post(settings: Settings, post: Posted) -> ProvedBody:
    """Verify and read a body that was posted. Needs no database.

    Raises:
        SettingsError: `[sendgrid] webhook_key` is no key, or is missing.
        NotSigned: its signature is missing, or not of that key over these bytes.
        InputError: it was signed and is no array of events.
    """
    keys = sendgrid.read_keys(settings.sendgrid.webhook_key)
    if not keys:
        raise _no_key(settings)
    return _proved(post, keys, unsigned=False)


def store_proved(db: Database, proved: ProvedBody, now: datetime) -> bool:
    """Store a body and commit it; understanding it is left to `finish_bodies`.

    Gives whether it is new; a repeat changes nothing. Opens and clicks of people who didn't say
    that they may be tracked are taken out before, and a body of nothing else is not stored.

    Raises:
        StoreError: it could not be stored.
    """
    return _store(db, proved, _Tally(), now) is not None


#: of what one transaction takes, so that nobody waits for it for long
_MOST_EVENTS: Final = 10_000
_MOST_BODIES: Final = 50


def read_waiting(
    db: Database, *, but: Collection[int] = ()
) -> tuple[list[ReadBody], dict[int, str]]:
    """Read the oldest bodies that wait, none of `but`, as many as one transaction may take.

    Takes no lock. Gives also those that can't be read, and the kind of error.
    """
    bodies, failed, events = list[ReadBody](), dict[int, str](), 0
    for body_id in journal.waiting(db):
        if body_id in but:
            continue
        try:
            with translated(None):
                bodies.append(_read(db, body_id))
        except StoreError:
            raise
        # whatever is wrong with one, others are not
        except Exception as error:
            # what it says may hold an address
            failed[body_id] = type(error).__name__
            continue
        events += len(bodies[-1].events)
        if events >= _MOST_EVENTS or len(bodies) >= _MOST_BODIES:
            break
    return bodies, failed


def finish_bodies(
    db: Database,
    bodies: Sequence[ReadBody],
    now: datetime,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> FinishedBodies:
    """Do what follows from what was read, in one transaction. Safe to call again.

    `should_stop` is asked after each body: then those behind it are left. Of one that fails
    nothing is done, and it keeps no other from being done.
    """
    fault = ""
    # no savepoint for each, which would copy every page it touches: alone, the one that fails shows
    for some in (bodies, bodies[:1]):
        done = 0
        try:
            with atomic(db):
                for body in some:
                    _apply(db, body, now)
                    done += 1
                    if should_stop():
                        break
        except StoreError:
            raise
        except Exception as error:
            fault = type(error).__name__
        else:
            return FinishedBodies(done, {})
    return FinishedBodies(1, {bodies[0].body_id: fault})


def settle_doubts(db: Database, now: datetime) -> None:
    """Settle the letters in doubt of which events tell, in one transaction. Safe to call again."""
    _settle(db, _Tally(), now)


def apply_events(
    db: Database, *, again: bool = False, now: datetime, progress: Progress = no_progress
) -> AppliedEvents:
    """Understand what is stored and do what follows: what was not understood yet, or all `again`.

    One commit a body. A body that can't be understood is told, waits and keeps no other from being
    understood. Safe to call again. It also settles letters that came into doubt after
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


def _proved(post: Posted, keys: Sequence[sendgrid.Key], *, unsigned: bool) -> ProvedBody:
    """Verify and read a body.

    Raises:
        NotSigned: as `prove_post`, but for `unsigned`.
        InputError: as `prove_post`.
    """
    if not post.signature:
        if not unsigned:
            raise NotSigned(_UNSIGNED)
    elif not sendgrid.is_signed(
        post.raw, signature=post.signature, timestamp=post.timestamp, keys=keys
    ):
        raise NotSigned(_NOT_OURS)
    found = sendgrid.read(post.raw)
    places = [place for place, said in enumerate(found) if sendgrid.is_tracking(said)]
    tracking = {place: sendgrid.event_of(found[place]) for place in places}
    # a file's name need not be text
    source = post.source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    key = hashlib.sha256(post.raw).digest()
    body = Body(sendgrid.NAME, source, bool(post.signature), key, post.raw)
    return ProvedBody(body, len(found), tracking)


def _store(db: Database, proved: ProvedBody, tally: _Tally, now: datetime) -> int | None:
    """Store what may be kept of a body; give its id, None where nothing of it is new."""
    tally.bodies += 1
    unwanted = _not_to_be_kept(db, proved.tracking)
    tally.left_out += len(unwanted)
    if len(unwanted) == proved.events:
        return None
    body = proved.body
    if unwanted:
        pieces = enumerate(sendgrid.pieces(body.raw))
        kept = sendgrid.joined(piece for place, piece in pieces if place not in unwanted)
        body = replace(body, raw=kept)
    with atomic(db):
        body_id = journal.store(db, body, now)
    tally.repeated_bodies += body_id is None
    return body_id


def _not_to_be_kept(db: Database, tracking: Mapping[int, Event]) -> set[int]:
    """Give the places of opens and clicks of people who didn't say that they may be tracked."""
    if not tracking:
        return set()
    subjects = subjects_of(db, list(tracking.values()))
    allowed = may_be_tracked(db, subjects)
    found = zip(tracking, subjects, strict=True)
    return {place for place, subject in found if subject.supporter_id not in allowed}


def _read(db: Database, body_id: int) -> ReadBody:
    return ReadBody(body_id, sendgrid.understand_all(journal.raw_body(db, body_id)))


def _finish(db: Database, body_id: int, tally: _Tally, now: datetime) -> None:
    """Understand a stored body and act upon it, in one transaction, if it can be understood."""
    try:
        # a body never changes, so nobody need wait while it is read
        with translated(None):
            body = _read(db, body_id)
        with atomic(db):
            subjects, fresh, suppressed = _apply(db, body, now)
    except StoreError:
        raise
    # whatever is wrong with one, others are not
    except Exception as error:
        # what it says may hold an address
        tally.failed[body_id] = type(error).__name__
        return
    tally.events += len(fresh)
    tally.new += sum(fresh)
    tally.kinds.update(str(event.kind) for event in compress(body.events, fresh))
    tally.unmatched += sum(subject == NOBODY for subject in compress(subjects, fresh))
    tally.suppressed += suppressed


def _apply(db: Database, body: ReadBody, now: datetime) -> tuple[list[Subject], list[bool], int]:
    """Record what is in a body and do what follows. Inside the caller's transaction.

    Gives, in step with the events, whom each is about and whether it is new; and how many addresses
    will not be written to again.
    """
    subjects = subjects_of(db, body.events)
    fresh = journal.record(db, body.body_id, body.events, subjects)
    suppressed = 0
    for event, subject in zip(body.events, subjects, strict=True):
        if subject.letter_id is not None:
            effects.note_return(db, event, subject)
        if event.suppression is not None:
            suppressed += effects.suppress(db, event, subject, now)
    journal.understood(db, body.body_id, now)
    return subjects, fresh, suppressed


def _settle(db: Database, tally: _Tally, now: datetime) -> None:
    with atomic(db):
        tally.settled += running.settle_told(db, now)
