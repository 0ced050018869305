"""Erase a person: all that is kept of them goes, but that they must not be written to.

What becomes of each table is one table in `personaldata`, whose rows are whose is in `whose`. All
of it is one transaction: killed anywhere, everything is as it was or everything is gone. Files go
after the commit, and again with each further call, so that a second call finishes what the first
one could not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

from outreach import addresses
from outreach.dispatch import ledger, lettermoves
from outreach.dispatch.proof import keep_hash, proof_key
from outreach.errors import IllegalMove, NotFound
from outreach.followups import changes
from outreach.followups.stages import DONE
from outreach.model import CloseReason, Exclusion, Stage
from outreach.settings import Settings
from outreach.store import Database, Swept, atomic, signing_keys, snapshot, sweep
from outreach.supporters import roll, tombstones
from outreach.tracking import forgetting
from outreach.workflow import personaldata, whose
from outreach.workflow.whose import Person

_UNDER_WAY: Final = """
    SELECT 'the campaign ' || c.name FROM deliveries AS d JOIN campaigns AS c USING (campaign_id)
    WHERE d.state = 'claimed' AND d.delivery_id IN
        (SELECT id FROM temp.theirs WHERE what = 'delivery')
    UNION ALL
    SELECT 'letter ' || letter_id FROM letters WHERE state = 'claimed' AND letter_id IN
        (SELECT id FROM temp.theirs WHERE what = 'letter')
"""
_PLANNED: Final = """
    SELECT {key} FROM {table} WHERE state = 'planned' AND {key} IN
        (SELECT id FROM temp.theirs WHERE what = ?)
"""
#: of the outbox: `12-1.ab-3.eml` is of delivery 12, `L12-1.ab-3.eml` of letter 12
_OF_OUTBOX: Final = re.compile(r"(L?)([0-9]{1,15})-[0-9]{1,9}\..*")


#: what to tell where something may be left in the database's file
NOT_CLEAN: Final = (
    "Others were reading the database, so a trace may be left in its files: run `outreach"
    " supporters erase ADDRESS` again when nothing else is at work."
)


@dataclass(frozen=True, slots=True)
class Going:
    """What becomes of the rows of one table."""

    table: str
    rows: int
    #: deleted, blanked (in part) or stays (without its person)
    becomes: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go, and what stays."""

    person: Person
    going: tuple[Going, ...]
    #: files of the outbox
    files: int
    #: mails of others that name an address of theirs, or were linked to them: they stay
    mails_of_others: tuple[int, ...]
    #: follow-ups and gatherings that are somebody else's too, or may be: staff look
    followups_of_others: tuple[int, ...]
    gatherings_of_others: tuple[int, ...]
    #: why it can't be done now; '' where it can
    hindrance: str
    #: whether this mailbox was erased before
    before: bool

    @property
    def rows(self) -> int:
        """How much there is."""
        return sum(part.rows for part in self.going)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done."""

    supporter_ids: tuple[int, ...]
    going: tuple[Going, ...]
    #: letters that were planned, and don't leave
    withdrawn: int
    #: files of the outbox that are gone
    files: int
    #: as in `Preview`
    mails_of_others: tuple[int, ...]
    followups_of_others: tuple[int, ...]
    gatherings_of_others: tuple[int, ...]
    #: table -> rows of others in whose text an address of theirs stands: notes, mails
    elsewhere: Mapping[str, int]
    swept: Swept

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left in the database's files but what stands with others."""
        if not self.swept.found:
            return self.swept.log_is_cut
        return self.swept.log_is_cut and self.swept.rebuilt and bool(self.elsewhere)


def look(db: Database, settings: Settings, who: str) -> Preview:
    """Tell what erasing somebody, named by number or address, would do. Changes nothing.

    Raises:
        InputError: it is neither.
        NotFound: nothing is kept of them.
    """
    email = whose.named(db, who)
    _keep_off_the_disk(db)
    before = tombstones.is_erased(db, email)
    with snapshot(db), whose.collected(db, email) as person:
        going = _going(personaldata.rows_of(db))
        others = whose.doubtful(db, person)
        if not (going or before or others.any):
            raise _nothing(who)
        files = len(_outbox_files(db, settings, person, all_of_them=before))
        return Preview(
            person=person,
            going=going,
            files=files,
            mails_of_others=others.mails,
            followups_of_others=others.followups,
            gatherings_of_others=others.gatherings,
            hindrance=_hindrance(db),
            before=before,
        )


def erase(
    db: Database, settings: Settings, who: str, *, now: datetime, rebuild: bool = False
) -> Erased:
    """Erase somebody, named by number or address, whether on the list or not.

    One transaction, and then the files; safe to call again, by address. Planned letters to them are
    withdrawn, their follow-ups closed. `rebuild` writes the database's file anew, whatever is found
    in it.

    Raises:
        InputError: it is neither.
        NotFound: nothing is kept of them.
        IllegalMove: a letter to them is under way; nothing was changed.
        StoreError: it could not be written down, so nothing was changed.
    """
    email = whose.named(db, who)
    _keep_off_the_disk(db)
    with atomic(db), whose.collected(db, email) as person:
        counts = personaldata.rows_of(db)
        before = tombstones.is_erased(db, email)
        others = whose.doubtful(db, person)
        if not (counts or before or others.any):
            raise _nothing(who)
        # the database forgets which were theirs, so another call has to look at all
        files = _outbox_files(db, settings, person, all_of_them=before)
        hindrance = _hindrance(db)
        if hindrance:
            raise IllegalMove(
                hindrance,
                next_step="try again when it is known what became of it; if nothing is being sent,"
                " `outreach dispatch CAMPAIGN` finds out",
            )
        withdrawn = _withdraw(db, now)
        _close(db, now)
        _keep_hashes(db, person, now)
        about = whose.is_about(db, person.mailbox)
        for body_id in whose.ids(db, "body"):
            forgetting.cut_out(db, body_id, about)
        personaldata.forget(db)
        tombstones.bury(db, person.mailbox, now, person.supporter_ids)
    gone = _removed(files)
    swept = sweep(db, person.spellings, rebuild=rebuild)
    return Erased(
        supporter_ids=person.supporter_ids,
        going=_going(counts),
        withdrawn=withdrawn,
        files=gone,
        mails_of_others=others.mails,
        followups_of_others=others.followups,
        gatherings_of_others=others.gatherings,
        elsewhere=personaldata.standing_in(db, person.spellings) if swept.found else {},
        swept=swept,
    )


def _keep_off_the_disk(db: Database) -> None:
    """What is collected holds addresses, and must not be left in a temporary file."""
    db.conn.execute("PRAGMA temp_store = MEMORY")


def _nothing(who: str) -> NotFound:
    return NotFound("nothing is kept of whoever this is", value=who)


def _going(counts: Mapping[str, int]) -> tuple[Going, ...]:
    return tuple(
        Going(table, rows, _becomes(personaldata.HOMES[table]), personaldata.HOMES[table].why)
        for table, rows in counts.items()
    )


def _becomes(home: personaldata.Home) -> str:
    if home.deleted:
        return "deleted"
    return "blanked" if home.becomes or "cut out" in home.why else "stays"


def _hindrance(db: Database) -> str:
    """Say what is under way to them; '' where nothing is."""
    under_way = sorted({where for (where,) in db.conn.execute(_UNDER_WAY)})
    if not under_way:
        return ""
    return f"a letter to them is on its way ({', '.join(under_way)}), so they can't be erased now"


def _withdraw(db: Database, now: datetime) -> int:
    """Take planned letters to them out of the queues; give how many."""
    query = _PLANNED.format(key="delivery_id", table="deliveries")
    planned = [number for (number,) in db.conn.execute(query, ["delivery"])]
    ledger.withdraw(db, dict.fromkeys(planned, Exclusion.NO_ADDRESS), now)
    query = _PLANNED.format(key="letter_id", table="letters")
    letters = [number for (number,) in db.conn.execute(query, ["letter"])]
    lettermoves.stop(db, dict.fromkeys(letters, Exclusion.NO_ADDRESS), now)
    return len(planned) + len(letters)


def _close(db: Database, now: datetime) -> None:
    """Close their follow-ups: nobody is there who waits."""
    for followup_id in whose.ids(db, "followup"):
        standing = changes.read(db, followup_id)
        if Stage(standing["stage"]) in DONE:
            continue
        done = {
            "stage": (standing["stage"], Stage.CLOSED.value),
            "close_reason": (standing["close_reason"], CloseReason.UNREACHABLE.value),
        }
        nobody = {"waiting_since": ""}
        changes.change(db, followup_id, done, changes.BY_RULE, now, untold=nobody)


def _keep_hashes(db: Database, person: Person, now: datetime) -> None:
    """Let proofs say the same of them as before."""
    key = proof_key(signing_keys(db, now)[1])
    for number in person.supporter_ids:
        keep_hash(db, number, roll.get(db, number).email, key)


def _outbox_files(
    db: Database, settings: Settings, person: Person, *, all_of_them: bool
) -> list[Path]:
    """Find the letters to them in the outbox: by their numbers, or by looking into all of them."""
    numbers = {"": set(whose.ids(db, "delivery")), "L": set(whose.ids(db, "letter"))}
    found = []
    for part in ("tmp", "new", "cur"):
        folder = settings.outbox_dir / part
        for file in folder.iterdir() if folder.is_dir() else ():
            name = _OF_OUTBOX.fullmatch(file.name)
            ours = name is not None and (all_of_them or int(name[2]) in numbers[name[1]])
            if ours and _is_to(file, person.mailbox):
                found.append(file)
    return found


def _is_to(file: Path, mailbox: str) -> bool:
    """Whether a letter goes to a mailbox: numbers may be those of another database."""
    try:
        with file.open("rb") as opened:
            headers = BytesHeaderParser(policy=policy.compat32).parse(opened)
    except OSError:
        return False
    return addresses.mailbox(addresses.of_mailbox(str(headers.get("To", "")))) == mailbox


def _removed(files: Iterable[Path]) -> int:
    gone = 0
    for file in files:
        file.unlink(missing_ok=True)
        gone += 1
    return gone
