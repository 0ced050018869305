"""Read one mailbox: what is new in it is stored and understood, and the place kept.

What is stored here moves in one transaction with the place up to which the folder is read; only
then is anything done in the mailbox itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach.errors import MailboxError
from outreach.model import Progress
from outreach.replies import cursors
from outreach.replies.cursors import Cursor, Place
from outreach.replies.imap import ConnectionLost, Fetched, Folder, Listed, batches
from outreach.settings import ImapMailbox
from outreach.store import Database, atomic
from outreach.workflow.consequences import Work

#: connections that are lost one after the other without a mail in between
_MOST_LOST: Final = 3
#: connections that one mail may cost before it is left for the next run
_MOST_BLAMED: Final = 2
#: mails of a batch that a server refuses before it is taken to refuse all
_MOST_REFUSED: Final = 5


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A mail that its server did not give, for the first time."""

    uid: int
    reason: str


class Run:
    """What all mailboxes of a run have in common."""

    def __init__(
        self,
        db: Database,
        work: Work,
        clock: Callable[[], datetime],
        renew: Callable[[], None],
        limit: int | None,
        progress: Progress,
    ) -> None:
        self.db = db
        self.work = work
        self.clock = clock
        #: keeps the lease; inside a transaction
        self.renew = renew
        self.limit = limit
        self.progress = progress
        #: mails that were fetched
        self.done = 0

    @property
    def room(self) -> int | None:
        """How many mails may still be fetched; None: all."""
        return None if self.limit is None else max(self.limit - self.done, 0)


class Reading:
    """Reads one mailbox, over as many connections as it takes."""

    def __init__(self, run: Run, mailbox: ImapMailbox) -> None:
        self._run = run
        self._db = run.db
        self._mailbox = mailbox
        self._place = Place(mailbox.label, mailbox.folder)
        self._cursor = Cursor(0)
        self._uidnext = 0
        #: up to this UID mails are asked for one by one: a connection was lost on the way there
        self._careful_up_to = 0
        self._blamed: Counter[int] = Counter()
        self.fetched = 0
        self.new = 0
        self.renumbered = False
        self.unfetched: list[Unfetched] = []
        #: what kept us from doing in the mailbox what the settings want
        self.unsettled: MailboxError | None = None

    def all_of_it(self, password: str) -> None:
        """Fetch what is new; a connection that is lost is begun again while it is of use.

        Raises:
            MailboxError: it can't be read, or no further.
        """
        lost = 0
        while True:
            before = (self.fetched, len(self.unfetched))
            try:
                with Folder(self._mailbox, password) as folder:
                    self._over(folder)
            except ConnectionLost:
                lost = lost + 1 if before == (self.fetched, len(self.unfetched)) else 1
                if lost == _MOST_LOST:
                    raise
            else:
                return

    def _over(self, folder: Folder) -> None:
        self._find_cursor(folder)
        self._uidnext = folder.uidnext
        self._settle_rest(folder)
        listed = folder.listed(self._cursor.last_uid)[: self._run.room]
        total = self._run.done + len(listed)
        for batch in self._batches(listed):
            self._take(folder, batch)
            self._run.progress(self._run.done, total)
        self._retry(folder)

    def _find_cursor(self, folder: Folder) -> None:
        self._cursor = cursors.cursor_of(self._db, self._place, folder.uidvalidity)
        if self._cursor == Cursor(folder.uidvalidity):
            known = "SELECT uidvalidity FROM imap_cursors WHERE mailbox = ? AND folder = ?"
            row = self._db.conn.execute(known, [self._place.mailbox, self._place.folder]).fetchone()
            self.renumbered = row is not None and row[0] != folder.uidvalidity
        if 0 < folder.uidnext <= self._cursor.last_uid:
            # no mail had that number: what is here is stored once, however often it is fetched
            self._cursor = Cursor(folder.uidvalidity)

    def _batches(self, listed: Sequence[Listed]) -> Iterator[list[Listed]]:
        careful = [mail for mail in listed if mail.uid <= self._careful_up_to]
        yield from ([mail] for mail in careful)
        yield from batches(listed[len(careful) :])

    def _take(self, folder: Folder, batch: list[Listed]) -> None:
        """Fetch a batch, store what came, and do what follows from it."""
        came: dict[int, Fetched] = {}
        refused: dict[int, str] = {}
        try:
            self._fetch(folder, batch, came, refused)
        except ConnectionLost as error:
            missing = [mail.uid for mail in batch if mail.uid not in came]
            if missing:
                self._careful_up_to = batch[-1].uid
                self._blamed[missing[0]] += 1
                if self._blamed[missing[0]] >= _MOST_BLAMED:
                    refused[missing[0]] = error.problem
            self._keep(_up_to_the_gap(batch, came, refused), came, refused)
            raise
        self._keep(batch[-1].uid, came, refused)
        self._settle(folder, came)

    def _fetch(
        self,
        folder: Folder,
        batch: list[Listed],
        came: dict[int, Fetched],
        refused: dict[int, str],
    ) -> None:
        """Ask for all at once, then once more for each that did not come."""
        alone = len(batch) == 1
        try:
            for mail in folder.fetch(batch):
                came[mail.uid] = mail
        except ConnectionLost:
            raise
        except MailboxError as error:
            if alone:
                refused[batch[0].uid] = error.problem
                return
        for asked in batch:
            if asked.uid in came:
                continue
            if not came and len(refused) == _MOST_REFUSED:
                raise MailboxError(f"{self._place.mailbox} gives no mail: {min(refused.values())}")
            if not alone:
                self._fetch(folder, [asked], came, refused)
            elif folder.listed(asked.uid - 1, asked.uid):
                # else somebody has taken it away meanwhile
                refused[asked.uid] = "the server lists this mail and does not give it"

    def _keep(
        self,
        up_to: int,
        came: Mapping[int, Fetched],
        refused: Mapping[int, str],
        *,
        again: bool = False,
    ) -> None:
        """Store what came, with the place up to which the folder is read, then understand it."""
        now = self._run.clock()
        last = max(self._believed(up_to, came), self._cursor.last_uid)
        settled = last if self._mailbox.after == "leave" else self._cursor.settled_uid
        with atomic(self._db):
            self._run.renew()
            self._cursor = replace(self._cursor, last_uid=last, settled_uid=settled)
            cursors.move(self._db, self._place, self._cursor, now)
            stored = self._store(came.values(), now)
            if again:
                cursors.unskip(self._db, self._place, came)
            for uid, reason in refused.items():
                if cursors.skip(self._db, self._place, uid, reason, now):
                    self.unfetched.append(Unfetched(uid, reason))
        self._run.work.finish(stored)

    def _believed(self, up_to: int, came: Mapping[int, Fetched]) -> int:
        """Give the place as far as it can be true.

        A cursor at a number that the server made up would pass over all mails to come. Numbers are
        given out below UIDNEXT; where that isn't told, a mail that came proves its own.
        """
        if self._uidnext:
            return min(up_to, self._uidnext - 1)
        return max((uid for uid in came if uid <= up_to), default=0)

    def _store(self, mails: Iterable[Fetched], now: datetime) -> list[int]:
        source = f"{self._place.mailbox}, {self._place.folder}"
        stored = []
        for mail in mails:
            inbound_id = self._run.work.store(mail.raw, source, now, mail.whole_size)
            self.fetched += 1
            self._run.done += 1
            if inbound_id is not None:
                self.new += 1
                stored.append(inbound_id)
        return stored

    def _settle(self, folder: Folder, uids: Iterable[int]) -> None:
        """Do in the mailbox what the settings want done with mails that are stored."""
        after, uids = self._mailbox.after, list(uids)
        if after == "leave" or self.unsettled is not None:
            return
        try:
            if uids and after == "seen":
                folder.mark_seen(uids)
            elif uids:
                folder.move(uids, after.removeprefix("move:"))
        except ConnectionLost:
            raise
        except MailboxError as error:
            # what comes in matters more; the next run tries this again
            self.unsettled = error
            return
        self._cursor = replace(self._cursor, settled_uid=self._cursor.last_uid)
        with atomic(self._db):
            cursors.move(self._db, self._place, self._cursor, self._run.clock())

    def _settle_rest(self, folder: Folder) -> None:
        """Do what a run that was stopped between storing and this did not come to."""
        done, last = self._cursor.settled_uid, self._cursor.last_uid
        if done < last:
            skipped = set(cursors.skipped_in(self._db, self._place))
            there = folder.listed(done, last)
            self._settle(folder, [mail.uid for mail in there if mail.uid not in skipped])

    def _retry(self, folder: Folder) -> None:
        """Ask once more for the mails that were not given in earlier runs."""
        told = {mail.uid for mail in self.unfetched}
        for uid in cursors.skipped_in(self._db, self._place):
            if uid in told or self._run.room == 0:
                continue
            came: dict[int, Fetched] = {}
            refused: dict[int, str] = {}
            lost = False
            try:
                there = folder.listed(uid - 1, uid)
                if there:
                    self._fetch(folder, there, came, refused)
            except ConnectionLost as error:
                refused, lost = {uid: error.problem}, True
            if not came and not refused:
                # somebody has taken it away
                with atomic(self._db):
                    cursors.unskip(self._db, self._place, [uid])
                continue
            self._keep(0, came, refused, again=True)
            if lost:
                return
            self._settle(folder, came)


def _up_to_the_gap(
    batch: Sequence[Listed], came: Mapping[int, Fetched], refused: Mapping[int, str]
) -> int:
    """Give the last UID before the first that neither came nor was refused."""
    last = 0
    for mail in batch:
        if mail.uid not in came and mail.uid not in refused:
            break
        last = mail.uid
    return last
