"""Fetch mails from the mailboxes in the settings, and take them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.dispatch import lease
from outreach.errors import DatabaseBusy, LeaseHeld, OutreachError, SettingsError, StoreError
from outreach.model import Progress, no_progress
from outreach.replies import inbox
from outreach.settings import FILE_NAME, ImapMailbox, Secrets, Settings, imap_variable
from outreach.store import Database, atomic
from outreach.workflow.consequences import Work
from outreach.workflow.mailbox import Reading, Run, Unfetched
from outreach.workflow.replies import open_work

LEASE: Final = "replies fetch"


@dataclass(frozen=True, slots=True)
class FetchedMailbox:
    """What became of one mailbox."""

    mailbox: str
    folder: str
    #: mails that were fetched, and those of them that were not here before
    fetched: int
    new: int
    #: its server has numbered it anew, so it was read from its beginning
    renumbered: bool
    unfetched: tuple[Unfetched, ...]
    #: why it could not be read, or not to its end; None where all went well
    failure: OutreachError | None


@dataclass(frozen=True, slots=True)
class FetchedReplies:
    """What a run over all mailboxes did."""

    mailboxes: tuple[FetchedMailbox, ...]
    new: int
    repeated: int
    #: new ones, and those that an earlier run left, by kind, the commonest first
    kinds: Mapping[str, int]
    unmatched: int
    followups_opened: int
    followups_joined: int
    suppressed: int
    snoozed: int
    #: volunteers who are thanked at once, by letters that leave with the next `cron`
    acknowledged: int
    #: why a volunteer is not, and how many
    unacknowledged: Mapping[str, int]
    #: mails that could not be understood, and wait
    failed: int


def fetch_replies(
    db: Database,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    limit: int | None = None,
    progress: Progress = no_progress,
) -> FetchedReplies:
    """Fetch what is new in each mailbox, at most `limit` mails in all, and act upon it.

    Mails are stored in batches of a commit each, with the place up to which the folder is read, and
    then understood, again in batches. Stopped anywhere, the next call goes on there. In the
    mailbox nothing is changed but what its `after` says, and that only of what is stored. A mailbox
    that can't be read stops no other, nor does a mail that its server doesn't give.

    Raises:
        SettingsError: there is no mailbox in the settings.
        LeaseHeld: another run is fetching.
        StoreError: the database can't be used.
    """
    if not settings.mailbox:
        raise SettingsError(
            "there is no [[mailbox]] to fetch from",
            file=settings.root / FILE_NAME,
            next_step="write one there, as `outreach init` shows it",
        )
    with _leased(db, clock) as renew:
        work = open_work(db, settings, clock())
        work.finish(inbox.pending(db))
        run = Run(db, work, clock, renew, limit, progress)
        boxes = tuple(_read(run, mailbox, settings.secrets) for mailbox in settings.mailbox)
    return _summed(boxes, work)


def _summed(boxes: tuple[FetchedMailbox, ...], work: Work) -> FetchedReplies:
    tally = work.tally
    new = sum(box.new for box in boxes)
    return FetchedReplies(
        mailboxes=boxes,
        new=new,
        repeated=sum(box.fetched for box in boxes) - new,
        kinds=dict(tally.kinds.most_common()),
        unmatched=tally.unmatched,
        followups_opened=tally.opened,
        followups_joined=tally.joined,
        suppressed=tally.suppressed,
        snoozed=tally.snoozed,
        acknowledged=tally.acknowledged,
        unacknowledged=dict(work.thanks.withheld.most_common()),
        failed=tally.failed,
    )


@contextmanager
def _leased(db: Database, clock: Callable[[], datetime]) -> Iterator[Callable[[], None]]:
    """Hold the lease; gives what renews it inside a transaction."""
    holder = lease.new_holder()
    with atomic(db):
        lease.take(db, LEASE, holder, clock())
    try:
        yield lambda: lease.renew(db, LEASE, holder, clock())
    finally:
        with suppress(DatabaseBusy), atomic(db):
            lease.drop(db, LEASE, holder)


def _read(run: Run, mailbox: ImapMailbox, secrets: Secrets) -> FetchedMailbox:
    """Read one mailbox as far as it can be read."""
    reading = Reading(run, mailbox)
    failure: OutreachError | None = None
    try:
        password = secrets.of_mailbox(mailbox).strip()
        if not password:
            raise SettingsError(
                f"{mailbox.label} needs a password",
                next_step=f"set {imap_variable(mailbox.name)} in the environment and fetch again",
            )
        reading.all_of_it(password)
    except (StoreError, LeaseHeld):
        raise
    except OutreachError as error:
        failure = error
    return FetchedMailbox(
        mailbox.label,
        mailbox.folder,
        reading.fetched,
        reading.new,
        reading.renumbered,
        tuple(reading.unfetched),
        failure or reading.unsettled,
    )
