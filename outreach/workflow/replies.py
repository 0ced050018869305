"""Take mails in: store them raw, then understand each and do what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from outreach.dispatch import campaigns
from outreach.errors import StoreError
from outreach.model import Progress, ReplyKind, no_progress
from outreach.replies import inbox
from outreach.replies.mailfiles import RawMail, Refused, check_exists, read_mails, read_stream
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.workflow.acknowledging import Acknowledger
from outreach.workflow.consequences import Work
from outreach.workflow.sent import SentTexts
from outreach.workflow.understanding import MailReader

#: mails stored in one commit, and bytes of them
_BATCH: Final = 100
_BATCH_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportedReplies:
    """What an import of mails did."""

    #: without the refused ones
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
    #: follow-ups that wait until somebody is back
    snoozed: int
    #: volunteers who are thanked at once, by letters that leave with the next `cron`
    acknowledged: int
    #: why a volunteer is not, and how many
    unacknowledged: Mapping[str, int]
    #: mails that could not be understood, and wait
    failed: int
    #: what is no mail or can't be read, in the order of the paths
    refused: tuple[Refused, ...]


#: the path that stands for standard input
STDIN: Final = Path("-")


def import_replies(
    db: Database,
    settings: Settings,
    paths: Sequence[Path],
    *,
    now: datetime,
    stdin: BinaryIO | None = None,
    progress: Progress = no_progress,
) -> ImportedReplies:
    """Take in the mails of files and folders (.eml, mbox, Maildir, a folder of .eml files).

    The path `-` is `stdin`, where a mail server hands a mail over: it counts as taken in as soon as
    it is stored, and mails that an earlier run left are left to a later one.

    Mails are stored raw in batches of a commit each, then understood, matched and acted upon, again
    in batches. Stopped anywhere, the same call finishes the work; repeated, it changes
    nothing. What is no mail keeps no other from being taken in, and what can't be understood waits
    with its error. The files are not touched.

    Raises:
        NotFound: a path does not exist; all are tried before the first mail is stored.
        StoreError: the database can't be used; of `stdin` nothing is stored.
    """
    hurried = STDIN in paths and stdin is not None
    for path in paths:
        if path != STDIN or stdin is None:
            check_exists(path)
    work = open_work(db, settings, now)
    left = [] if hurried else inbox.pending(db)
    work.finish(left)
    refused: list[Refused] = []
    read = new = 0
    for batch in _batches(_mails(paths, stdin, refused)):
        with atomic(db):
            ours = [
                inbound_id
                for mail in batch
                if (inbound_id := work.store(mail.raw, mail.source, now, mail.whole_size))
            ]
        # what is stored is ours, and the mail server need not try again
        with suppress(StoreError) if hurried else nullcontext():
            work.finish(ours)
        read += len(batch)
        new += len(ours)
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
        snoozed=tally.snoozed,
        acknowledged=tally.acknowledged,
        unacknowledged=dict(work.thanks.withheld.most_common()),
        failed=tally.failed,
        refused=tuple(refused),
    )


def open_work(db: Database, settings: Settings, now: datetime) -> Work:
    """Make ready to understand stored mails."""
    keys = signing_keys(db, now)[1]
    reader = MailReader(db, settings, keys, SentTexts(db, now))
    return Work(db, settings, now, reader, Acknowledger(db, settings, now))


def list_replies(
    db: Database, *, campaign: str = "", kind: ReplyKind | None = None, deciding: bool = False
) -> list[inbox.ReplyLine]:
    """List the mails that came in, oldest first.

    `deciding`: of a person's answers to one letter only the one that counts, which is an opt-out
    before anything else they wrote, that before a bounce, and that before an automatic answer.

    Raises:
        NotFound: there is no such campaign.
    """
    if campaign:
        campaigns.get(db, campaign)
    return inbox.list_replies(db, campaign=campaign, kind=kind or "", deciding=deciding)


def show_reply(db: Database, inbound_id: int) -> inbox.Reply:
    """Read one mail.

    Raises:
        NotFound: there is no such mail.
    """
    return inbox.get_reply(db, inbound_id)


def _mails(
    paths: Iterable[Path], stdin: BinaryIO | None, refused: list[Refused]
) -> Iterator[RawMail]:
    def read(path: Path) -> Iterator[RawMail | Refused]:
        if path == STDIN and stdin is not None:
            return read_stream(stdin, "standard input")
        return read_mails(path)

    for found in chain.from_iterable(map(read, paths)):
        if isinstance(found, Refused):
            refused.append(found)
        else:
            yield found


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
