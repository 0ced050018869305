"""What follows from a mail that came in: its meaning is written, and all that it asks for is done.

All of a mail is done in one transaction, so that a crash leaves all of it or nothing. Whatever is
done can be done again without effect, so that a mail may be understood again with newer rules.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from outreach.dispatch import ledger, lettermoves
from outreach.dispatch.ledger import Report
from outreach.errors import StoreError
from outreach.followups import arrivals
from outreach.followups.arrivals import Queued
from outreach.model import BounceClass, DeliveryState, ReplyKind, Suppression
from outreach.replies import failed, inbox
from outreach.replies.authenticity import authenticity
from outreach.replies.match import match
from outreach.replies.mime import Parsed
from outreach.replies.temporary import most_temporary_bounces
from outreach.settings import Settings
from outreach.store import Database, atomic, utc_text
from outreach.supporters import consent, roll
from outreach.workflow import gatheringanswers
from outreach.workflow.acknowledging import Acknowledger
from outreach.workflow.meaning import CONFIRM, SAID, Meaning
from outreach.workflow.understanding import MailReader, Read

#: each waits for the disk
MAILS_A_COMMIT: Final = 50


@dataclass(slots=True)
class Tally:
    """What the mails did, added up."""

    kinds: Counter[str] = field(default_factory=Counter)
    #: mails that answer no campaign of ours
    unmatched: int = 0
    opened: int = 0
    joined: int = 0
    suppressed: int = 0
    #: follow-ups that wait until somebody is back
    snoozed: int = 0
    #: volunteers who are thanked at once
    acknowledged: int = 0
    #: mails that could not be understood, and wait
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """Understands stored mails and does what follows."""

    db: Database
    settings: Settings
    now: datetime
    reader: MailReader
    thanks: Acknowledger
    tally: Tally = field(default_factory=Tally)
    #: what was parsed of mails as they were stored, by their ids, till they are understood
    parsed: dict[int, Parsed] = field(default_factory=dict)

    def store(self, raw: bytes, source: str, now: datetime, whole_size: int = 0) -> int | None:
        """Store a mail as `inbox.store` does, and keep what was parsed of it for `finish`."""
        keep = self.parsed.__setitem__
        return inbox.store(self.db, raw, source, now, whole_size=whole_size, keep=keep)

    def finish(self, inbound_ids: Iterable[int]) -> None:
        """Understand stored mails and act upon them; nothing where that was done before.

        Several are committed together: of each all that follows, or nothing. One that can't be
        understood is put with those that failed, and stops no other.

        Raises:
            StoreError: the database can't be used; the mails that were not finished still wait.
        """
        waiting = iter(inbound_ids)
        while some := list(islice(waiting, MAILS_A_COMMIT)):
            read = [(number, self._read(number)) for number in some]
            with atomic(self.db):
                done = [self._finished(number, found) for number, found in read]
            for meaning, effects in filter(None, done):
                self.count(meaning, effects)

    def _read(self, inbound_id: int) -> Read | Exception:
        """Understand one, or give what kept us from it; takes no lock."""
        try:
            stored = inbox.stored_mail(self.db, inbound_id)
            return self.reader.read(stored, self.parsed.pop(inbound_id, None))
        except StoreError:
            raise
        # it is written down with the mail
        except Exception as fault:
            return fault

    def _finished(self, inbound_id: int, read: Read | Exception) -> tuple[Meaning, Effects] | None:
        """Write all of one mail inside the transaction of several, or that it failed."""
        if isinstance(read, Exception):
            error = read
        else:
            try:
                with atomic(self.db):
                    return self._act(inbound_id, read)
            except StoreError:
                raise
            # whatever is wrong with one mail or with what we make of it
            except Exception as fault:
                error = fault
        failed.note(self.db, inbound_id, described(error), self.now)
        self.tally.failed += 1
        return None

    def _act(self, inbound_id: int, read: Read) -> tuple[Meaning, Effects] | None:
        if inbox.is_understood(self.db, inbound_id):
            return None  # another run was quicker
        meaning = self.meaning(inbound_id, read)
        inbox.record(self.db, inbound_id, meaning.mail, meaning.found, self.now)
        failed.forget(self.db, inbound_id)
        return meaning, self.follow(meaning)

    def meaning(self, inbound_id: int, read: Read) -> Meaning:
        """Find whom a mail is from and what it answers; it may have to be read again for that."""
        stored, mail = read.stored, read.mail
        sender = authenticity(
            stored.raw, mail.from_address, stored.envelope, self.settings.replies.authserv
        )
        found = match(
            self.db,
            self.reader.keys,
            self.settings,
            mail,
            stored.received_at,
            envelope=stored.envelope,
            sender=sender,
        )
        if mail.bounce is None:
            mail = read.with_sent(self.reader.sent.answered_by(found)).mail
        else:
            mail = read.with_sent("").mail
        found = replace(found, notes=(*found.notes, *stored.notes))
        known = found.supporter_id
        person = None if known is None else roll.get(self.db, known)
        meaning = Meaning(inbound_id, stored, mail, found, sender, person)
        if not meaning.is_unproven_wish:
            return meaning
        return replace(meaning, found=replace(found, notes=(*found.notes, CONFIRM)))

    def follow(self, meaning: Meaning, *, speak_again: bool = True) -> Effects:
        """Do what follows from a mail that is written; runs inside the caller's transaction.

        Safe to call again. Without `speak_again` nobody is silenced, as what the mail says of that
        was heard before.
        """
        suppressed = speak_again and self._suppress(meaning)
        self._settle_doubt(meaning)
        self._note_return(meaning)
        queued, acknowledged = None, None
        # a "sorry, no" or a "thanks" alone needs nobody; whoever is to answer them must read it
        told = meaning.kind in SAID and arrivals.is_open(self.db, meaning.arrival)
        if (meaning.waits or told) and not arrivals.is_queued(self.db, meaning.inbound_id):
            queued = arrivals.open_or_join(self.db, meaning.arrival, self.settings, self.now)
            # perhaps writing to them was dangerous: whom we were done with no machine thanks
            if not queued.reopened:
                acknowledged = self.thanks.acknowledge(
                    meaning.inbound_id,
                    meaning.stored,
                    meaning.mail,
                    meaning.found,
                    meaning.sender,
                    queued.followup_id,
                )
        gatheringanswers.hear(
            self.db,
            meaning.inbound_id,
            meaning.mail,
            meaning.found,
            meaning.stored.received_at,
            queued.followup_id if queued else None,
            self.now,
        )
        snoozed = 0
        away, found = meaning.away_until, meaning.found
        if away is not None and away > self.now.date():
            came, of = meaning.stored.received_at, found.followup_id
            snoozed = arrivals.note_absence(
                self.db, found.supporter_id, away, came, self.now, followup_id=of
            )
        return Effects(suppressed, queued, snoozed, acknowledged)

    def _settle_doubt(self, meaning: Meaning) -> None:
        """Settle what is in doubt and was answered, or came back: it left us."""
        found = meaning.found
        if not found.is_proven or found.own:
            return
        words = f"mail {meaning.inbound_id} ({meaning.kind}) shows that it left us"
        report = Report(DeliveryState.ACCEPTED, "", detail=words)
        for table, key, number, settle in (
            ("deliveries", "delivery_id", found.delivery_id, ledger.settle_reported),
            ("letters", "letter_id", found.letter_id, lettermoves.settle_reported),
        ):
            row = self.db.conn.execute(
                f"SELECT attempts, provider FROM {table} WHERE {key} = ? AND state = 'in_doubt'",
                [number],
            ).fetchone()
            if row is not None and number is not None:
                settle(self.db, number, row[0], replace(report, provider=row[1]), self.now)

    def _note_return(self, meaning: Meaning) -> None:
        """Show with a letter to one person that it came back."""
        found, bounce = meaning.found, meaning.mail.bounce
        if found.letter_id is None or not found.letter_to or not found.is_proven:
            return
        what = lettermoves.COMPLAINT if meaning.kind is ReplyKind.COMPLAINT else ""
        if bounce is not None and bounce.bounce_class is not BounceClass.DELIVERED:
            what = bounce.bounce_class
        if what:
            at = utc_text(meaning.stored.received_at)
            lettermoves.note_return(self.db, found.letter_id, what, at)

    def _suppress(self, meaning: Meaning) -> bool:
        """Never write again to an address that the mail speaks against."""
        source = f"mail {meaning.inbound_id}"
        silences = meaning.silences
        if silences is not None:
            if meaning.is_unproven_wish:
                source += consent.UNPROVEN
            return consent.suppress(self.db, *silences, source, self.now)
        bounce, person = meaning.mail.bounce, meaning.person
        if bounce is None or bounce.bounce_class is not BounceClass.TEMPORARY or person is None:
            return False
        settings = self.settings.replies
        days = timedelta(days=settings.temporary_days)
        bounces = most_temporary_bounces(
            self.db, person.supporter_id, meaning.stored.received_at, days
        )
        if not settings.temporary_bounces or bounces < settings.temporary_bounces:
            return False
        source += f": {bounces} temporary failures within {days.days} days"
        return consent.suppress(self.db, person.email, Suppression.DEAD_ADDRESS, source, self.now)

    def count(self, meaning: Meaning, effects: Effects) -> None:
        """Add to the tally what one mail did."""
        self.tally.kinds[meaning.kind] += 1
        found = meaning.found
        answers_none = found.campaign_id is None and found.letter_id is None and not found.own
        self.tally.unmatched += answers_none
        self.tally.suppressed += effects.suppressed
        self.tally.snoozed += effects.snoozed
        self.tally.acknowledged += effects.acknowledged is not None
        if effects.queued is not None:
            self.tally.opened += effects.queued.opened
            self.tally.joined += not effects.queued.opened


@dataclass(frozen=True, slots=True)
class Effects:
    """What followed from one mail."""

    #: an address that was written to until now
    suppressed: bool
    #: None where it didn't come into the queue, or stood there before
    queued: Queued | None
    snoozed: int
    #: the letter that thanks for it; None where none does
    acknowledged: int | None = None


def described(error: Exception) -> str:
    """Say in a line what went wrong, and where."""
    said = " ".join(str(error).split())[:200]
    frames = traceback.extract_tb(error.__traceback__)
    place = f", at {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {said}{place}" if said else f"{type(error).__name__}{place}"
