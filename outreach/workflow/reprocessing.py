"""Understand stored mails once more, with newer rules, and do what newly follows from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach.errors import InputError, StoreError
from outreach.followups import arrivals
from outreach.followups.arrivals import Arrival
from outreach.model import Progress, ReplyKind, no_progress
from outreach.places import countries
from outreach.replies import Understanding, corrections, cursors, failed, inbox
from outreach.replies.cursors import SkippedMail
from outreach.replies.failed import FailedMail
from outreach.replies.inbox import Changed, Reply
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.workflow.consequences import Effects, Work, described
from outreach.workflow.meaning import Meaning
from outreach.workflow.replies import open_work

#: what decides whether somebody is silenced: only where one of these changes is it asked again
_DECIDES: Final = frozenset({"kind", "certainty", "bounce_class", "supporter_id", "from_address"})
#: the fields of a reply that a person may put right
CORRECTABLE: Final = ("kind", "name", "email", "country", "language", "phone")


@dataclass(frozen=True, slots=True)
class ChangedMail:
    """A mail that is now understood otherwise."""

    inbound_id: int
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """What understanding again did, or would do."""

    #: nothing was written
    dry_run: bool
    mails: int
    #: mails that could not be understood before
    recovered: tuple[int, ...]
    changed: tuple[ChangedMail, ...]
    followups_opened: int
    followups_joined: int
    suppressed: int
    snoozed: int
    #: mails that can't be understood
    failed: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What staff should know of: mails that are not understood, and mails that are not here."""

    failed: tuple[FailedMail, ...]
    #: their servers list them and did not give them
    skipped: tuple[SkippedMail, ...]


def list_waiting(db: Database) -> Waiting:
    """List the mails that could not be understood, or not be fetched."""
    return Waiting(tuple(failed.list_failed(db)), tuple(cursors.list_skipped(db)))


class _Rehearsed(Exception):
    """Ends a transaction that was only to be looked at."""


def reprocess_replies(
    db: Database,
    settings: Settings,
    *,
    since: str = "",
    dry_run: bool = False,
    now: datetime,
    progress: Progress = no_progress,
) -> Reprocessed:
    """Understand again what came at or after `since` (UTC text; '': all), a commit a mail.

    What a person put right stays. An opt-out is never undone; one that is found now counts. Follow-
    ups are opened where one is missing, and filled where nobody changed them by hand. With
    `dry_run` each mail's transaction is rolled back. Stopped anywhere, the same call finishes the
    work; repeated, it changes nothing.

    Raises:
        StoreError: the database can't be used.
    """
    run = _Again(open_work(db, settings, now), dry_run=dry_run)
    ids = inbox.received_since(db, since)
    for number, inbound_id in enumerate(ids, 1):
        run.over(inbound_id)
        progress(number, len(ids))
    tally = run.work.tally
    return Reprocessed(
        dry_run=dry_run,
        mails=len(ids),
        recovered=tuple(run.recovered),
        changed=tuple(run.changed),
        followups_opened=tally.opened,
        followups_joined=tally.joined,
        suppressed=tally.suppressed,
        snoozed=tally.snoozed,
        failed=tally.failed,
    )


def correct_reply(
    db: Database, inbound_id: int, field: str, value: str, *, by: str, now: datetime
) -> None:
    """Put a field of a reply right, for good: no later understanding overwrites it.

    Nothing else follows from it. One transaction.

    Raises:
        NotFound: there is no such reply.
        InputError: the field is none that can be put right, or the value none that it can have.
    """
    if field not in CORRECTABLE:
        raise InputError(f"what can be put right are {', '.join(CORRECTABLE)}", value=field)
    if field == "kind" and value not in list(ReplyKind):
        raise InputError("there is no such kind of mail", value=value)
    if field == "country":
        value = value.upper()
    if field == "country" and value and value not in countries():
        raise InputError("this is no code of a country, such as CD", value=value)
    with atomic(db):
        old = inbox.put_right(db, inbound_id, field, value)
        corrections.note(db, inbound_id, field, old, value, by, now)


class _Again:
    """One run over stored mails."""

    def __init__(self, work: Work, *, dry_run: bool) -> None:
        self.work = work
        self._db = work.db
        self._dry_run = dry_run
        self.recovered: list[int] = []
        self.changed: list[ChangedMail] = []

    def over(self, inbound_id: int) -> None:
        """Understand one mail again; one that can't be understood keeps what is known of it."""
        try:
            self._over(inbound_id)
        except StoreError:
            raise
        # whatever is wrong with one mail or with what we make of it
        except Exception as error:
            self.work.tally.failed += 1
            if not self._dry_run:
                with atomic(self._db):
                    failed.note(self._db, inbound_id, described(error), self.work.now)

    def _over(self, inbound_id: int) -> None:
        stored = inbox.stored_mail(self._db, inbound_id)
        read = self.work.reader.read(stored)
        changes: tuple[Changed, ...] | None = None
        try:
            with atomic(self._db):
                meaning = self.work.meaning(inbound_id, read)
                if inbox.is_understood(self._db, inbound_id):
                    changes, effects = self._amend(meaning)
                else:
                    inbox.record(self._db, inbound_id, meaning.mail, meaning.found, self.work.now)
                    effects = self.work.follow(meaning)
                failed.forget(self._db, inbound_id)
                if self._dry_run:
                    raise _Rehearsed  # noqa: TRY301 -- rolls the transaction back
        except _Rehearsed:
            pass
        if changes is None:
            self.recovered.append(inbound_id)
        elif changes:
            self.changed.append(ChangedMail(inbound_id, changes))
        self.work.count(meaning, effects)

    def _amend(self, meaning: Meaning) -> tuple[tuple[Changed, ...], Effects]:
        kept = corrections.fields_of(self._db, meaning.inbound_id)
        before = inbox.get_reply(self._db, meaning.inbound_id)
        meaning = replace(meaning, mail=_corrected(meaning.mail, before, kept))
        changes = inbox.amend(
            self._db, meaning.inbound_id, meaning.mail, meaning.found, kept, self.work.now
        )
        if changes:
            arrivals.refresh(
                self._db,
                _arrival_of(before, meaning.arrival),
                meaning.arrival,
                self.work.settings,
                self.work.now,
            )
        speak_again = any(change.field in _DECIDES for change in changes)
        return changes, self.work.follow(meaning, speak_again=speak_again)


def _corrected(mail: Understanding, before: Reply, kept: Collection[str]) -> Understanding:
    """What a mail says, with what a person put right of it."""
    line = before.line
    return replace(
        mail,
        kind=ReplyKind(line.kind) if "kind" in kept else mail.kind,
        name=line.name if "name" in kept else mail.name,
        email=line.email if "email" in kept else mail.email,
        country=line.country if "country" in kept else mail.country,
        language=before.language if "language" in kept else mail.language,
        phone=before.phone if "phone" in kept else mail.phone,
    )


def _arrival_of(before: Reply, now: Arrival) -> Arrival:
    """What the mail gave its follow-up when it was understood last."""
    line = before.line
    return replace(
        now,
        name=line.name,
        email=line.email or line.from_address,
        country=line.country,
        language=before.language,
    )
