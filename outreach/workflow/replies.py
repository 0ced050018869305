"""Take mails in: store them, understand them, and do what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from outreach.followups import queue
from outreach.model import BounceClass, Progress, ReplyKind, Supporter, Suppression, no_progress
from outreach.replies import Understanding, inbox, understand
from outreach.replies.mailfiles import RawMail, format_of, read_mails
from outreach.replies.match import Match, match
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters import consent, roll
from outreach.tokens import SigningKey

#: mails stored in one commit, and bytes of them
_BATCH, _BATCH_BYTES = 100, 16 * 1024 * 1024
#: a wish that may mean something else is granted, and somebody looks at it too
_SURE: Final = 0.7
#: and below that it is not granted before somebody looked
_DOUBTFUL: Final = 0.5
_REASONS: Final[Mapping[ReplyKind, Suppression]] = {
    ReplyKind.UNSUBSCRIBE: Suppression.UNSUBSCRIBED,
    ReplyKind.COMPLAINT: Suppression.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class ImportedReplies:
    """What an import of mails did."""

    read: int
    new: int
    #: stored before, by whatever way they came then
    repeated: int
    #: stored by an earlier import that was stopped before it understood them
    resumed: int
    #: new and resumed ones by kind, the commonest first
    kinds: Mapping[str, int]
    #: those that answer no campaign of ours
    unmatched: int
    followups_opened: int
    followups_joined: int
    #: addresses that will not be written to again because of these mails
    suppressed: int


@dataclass(slots=True)
class _Tally:
    kinds: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    opened: int = 0
    joined: int = 0
    suppressed: int = 0


def import_replies(
    db: Database,
    settings: Settings,
    paths: Sequence[Path],
    *,
    now: datetime,
    progress: Progress = no_progress,
) -> ImportedReplies:
    """Take in the mails of files and folders (.eml, mbox, Maildir).

    Mails are stored raw in batches of a commit each, then understood, matched and acted upon with
    one commit a mail. Stopped anywhere, the same call finishes the work; repeated, it changes
    nothing. The files are not touched.

    Raises:
        InputError: a path can't be read or holds no mail; all paths are tried before the first
            mail is stored.
    """
    for path in paths:
        format_of(path)
    work = _Work(db, settings, signing_keys(db, now)[1], now)
    left = inbox.pending(db)
    for waiting in left:
        work.finish(waiting, inbox.raw_mail(db, waiting))
    read = new = 0
    for batch in _batches(chain.from_iterable(map(read_mails, paths))):
        with atomic(db):
            stored = [(inbox.store(db, mail.raw, mail.source, now), mail.raw) for mail in batch]
        for inbound_id, raw in stored:
            read += 1
            if inbound_id is not None:
                new += 1
                work.finish(inbound_id, raw)
            progress(read, None)
    tally = work.tally
    return ImportedReplies(
        read=read,
        new=new,
        repeated=read - new,
        resumed=len(left),
        kinds=dict(tally.kinds.most_common()),
        unmatched=tally.unmatched,
        followups_opened=tally.opened,
        followups_joined=tally.joined,
        suppressed=tally.suppressed,
    )


def list_replies(
    db: Database, *, campaign: str = "", kind: ReplyKind | None = None
) -> list[inbox.ReplyLine]:
    """List the mails that came in, oldest first."""
    return inbox.list_replies(db, campaign=campaign, kind=kind or "")


def show_reply(db: Database, inbound_id: int) -> inbox.Reply:
    """Read one mail.

    Raises:
        NotFound: there is no such mail.
    """
    return inbox.get_reply(db, inbound_id)


def _batches(mails: Iterator[RawMail]) -> Iterator[list[RawMail]]:
    batch: list[RawMail] = []
    size = 0
    for mail in mails:
        batch.append(mail)
        size += len(mail.raw)
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


@dataclass(frozen=True, slots=True)
class _Work:
    """Understands stored mails and does what follows, one transaction a mail."""

    db: Database
    settings: Settings
    keys: Mapping[int, SigningKey]
    now: datetime
    tally: _Tally = field(default_factory=_Tally)

    def finish(self, inbound_id: int, raw: bytes) -> None:
        mail = understand(raw)
        with atomic(self.db):
            if inbox.is_understood(self.db, inbound_id):
                return  # another import was quicker
            found = match(self.db, self.keys, self.settings, mail, self.now)
            kind = inbox.record(self.db, inbound_id, mail, found, self.now)
            person = self._person(kind, mail, found)
            suppressed = self._suppress(inbound_id, kind, mail, person)
            queued = self._queue(inbound_id, kind, mail, found, person)
        self.tally.kinds[kind] += 1
        self.tally.unmatched += found.campaign_id is None and kind is not ReplyKind.OWN
        self.tally.suppressed += suppressed
        if queued is not None:
            self.tally.opened += queued.opened
            self.tally.joined += not queued.opened

    def _suppress(
        self, inbound_id: int, kind: ReplyKind, mail: Understanding, person: Supporter | None
    ) -> bool:
        """Stop writing to `person` where the mail is a reason to."""
        reason = _REASONS.get(kind)
        if mail.bounce is not None and mail.bounce.bounce_class is BounceClass.DEAD_ADDRESS:
            reason = Suppression.DEAD_ADDRESS
        if reason is None or person is None or mail.certainty < _DOUBTFUL:
            return False
        return consent.suppress(self.db, person.email, reason, f"mail {inbound_id}", self.now)

    def _queue(
        self,
        inbound_id: int,
        kind: ReplyKind,
        mail: Understanding,
        found: Match,
        person: Supporter | None,
    ) -> queue.Queued | None:
        """Put the mail into the queue if it is for people to answer.

        So is a wish to get no more of somebody who is not on the list under that address, or whose
        words may mean something else.
        """
        waits = kind in (ReplyKind.VOLUNTEER, ReplyKind.QUESTION)
        if kind is ReplyKind.UNSUBSCRIBE:
            waits = person is None or mail.certainty < _SURE
        if not waits:
            return None
        known = person if found.person_certain else None
        arrival = queue.Arrival(
            inbound_id=inbound_id,
            from_address=mail.from_address,
            campaign_id=found.campaign_id,
            delivery_id=found.delivery_id,
            supporter_id=found.supporter_id,
            name=mail.name or (known.given_name if known else ""),
            email=mail.email or mail.from_address,
            country=mail.country or (known.country if known and not mail.country_text else ""),
            language=mail.language or (known.language if known else ""),
        )
        return queue.open_or_join(self.db, arrival, self.now)

    def _person(self, kind: ReplyKind, mail: Understanding, found: Match) -> Supporter | None:
        """Whom the mail is about, where that is certain.

        A wish to get no more counts for the address that it comes from, too: a friend who answers
        a forwarded message with it may be on the list in their own name.
        """
        if found.supporter_id is not None and found.person_certain:
            return roll.get(self.db, found.supporter_id)
        if kind is ReplyKind.UNSUBSCRIBE and mail.from_address:
            return roll.find(self.db, mail.from_address)
        return None
