"""Collect what belongs to one person, over all rooms, in the temporary table `theirs`.

A person is a mailbox: all spellings of their address, whether they are on the list or only wrote
to us. A mail is theirs where they sent it, or where it is a report about a letter to them. A mail
of somebody else that speaks of them is that person's, and only told. Which rows of the tables those
are is in `belonging`. Writes temporary tables only.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.errors import InputError, NotFound
from outreach.replies.dedupe import parsed_or_none
from outreach.replies.inbox import EMPTIED
from outreach.store import Database
from outreach.supporters import roll
from outreach.tracking import forgetting, subjects
from outreach.tracking.events import Event
from outreach.workflow import belonging

#: of the index of addresses: those without an @, of which only a number is left
_GONE: Final = "email >= 'erased-' AND email < 'erased.' AND instr(email, '@') = 0"
_UNREAD: Final = f"""
    SELECT inbound_id, raw FROM inbound
    WHERE inbound_id NOT IN (SELECT inbound_id FROM replies) AND raw <> {EMPTIED}
"""
#: about nobody who is known; after somebody was erased, about them as well
_REPORTS: Final = f"""
    SELECT i.inbound_id, i.raw FROM replies AS r JOIN inbound AS i USING (inbound_id)
    WHERE r.kind IN ('bounce', 'complaint', 'receipt') AND i.raw <> {EMPTIED} AND (
        r.supporter_id IS NULL
        OR r.supporter_id IN (SELECT supporter_id FROM supporters WHERE {_GONE}))
"""
#: posts that are not understood, or whose events are about nobody who is known, or about somebody
#: who was erased before they came
_STRANGERS: Final = f"""
    SELECT body_id FROM provider_bodies WHERE understood_at = ''
    UNION SELECT body_id FROM provider_events WHERE supporter_id IS NULL AND letter_id IS NULL
    UNION SELECT e.body_id FROM supporters AS s CROSS JOIN provider_events AS e
        ON e.supporter_id = s.supporter_id WHERE {_GONE} AND e.event_key NOT GLOB 'erased *'
    UNION SELECT e.body_id FROM letters AS l CROSS JOIN provider_events AS e
        ON e.letter_id = l.letter_id WHERE l.email = 'erased' AND e.event_key NOT GLOB 'erased *'
"""


_FOUND: Final = """
    SELECT event_key FROM provider_events WHERE
        delivery_id IN (SELECT id FROM temp.theirs WHERE what = 'delivery')
        OR letter_id IN (SELECT id FROM temp.theirs WHERE what = 'letter')
        OR supporter_id IN (SELECT id FROM temp.theirs WHERE what = 'supporter')
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as what is kept of them says it."""

    #: normalised, in lower case
    mailbox: str
    #: as it stands in the database, the mailbox itself first
    spellings: tuple[str, ...]
    #: other addresses in what is theirs: mails from elsewhere, a typing error that was mended
    others: tuple[str, ...]
    supporter_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What names somebody or is linked to them, and is another's too, or may be: by number."""

    mails: tuple[int, ...]
    followups: tuple[int, ...]
    gatherings: tuple[int, ...]

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.mails or self.followups or self.gatherings)


def named(db: Database, who: str) -> str:
    """Give the normalised address of whoever is named by number or by address.

    Raises:
        InputError: it is neither.
        NotFound: nobody on the list has the number, or they were erased.
    """
    if who.isascii() and who.isdigit():
        person = roll.named(db, who)
        if not roll.is_on_the_list(person):
            raise NotFound(
                "they were erased: nothing is kept of them",
                value=who,
                next_step="to take away what came since, name their address",
            )
        return person.email
    address = addresses.of_mailbox(who)
    if not address:
        raise InputError("this is no email address, and no id", value=who)
    return address


@contextmanager
def collected(db: Database, email: str) -> Iterator[Person]:
    """Collect all that is theirs into `theirs`, which is gone at the end.

    Inside a transaction it stays true until that ends. Reads mails and posts that nobody has
    understood yet, so the more of them wait, the longer it takes.
    """
    mailbox = addresses.mailbox(email)
    db.conn.create_function("mailbox_of", 1, addresses.mailbox, deterministic=True)
    try:
        for table in ("theirs", "their_files"):
            db.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        db.conn.execute(
            "CREATE TEMP TABLE theirs (what TEXT, id, PRIMARY KEY (what, id)) WITHOUT ROWID"
        )
        db.conn.execute("CREATE TEMP TABLE their_files (file_key BLOB)")
        for query in belonging.COLLECT:
            db.conn.execute(f"INSERT OR IGNORE INTO temp.theirs {query}", {"mailbox": mailbox})
        db.conn.execute(belonging.FILES)
        _collect_mails(db, mailbox)
        _collect_bodies(db, mailbox)
        yield _person(db, email, mailbox)
    finally:
        for table in ("theirs", "their_files"):
            db.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")


def ids(db: Database, what: str) -> list[int]:
    """Give the ids of one sort of what was collected."""
    return [n for (n,) in db.conn.execute("SELECT id FROM temp.theirs WHERE what = ?", [what])]


def speak_of(db: Database, person: Person, *, but: Collection[int] = ()) -> list[int]:
    """Give the mails, all but some, in which an address of theirs stands.

    Reads every mail: as it came, and of what is encoded there the text that was understood.
    """
    words = [spelling.lower() for spelling in person.spellings]
    needles = [word.encode() for word in words]
    found = {number for (number,) in db.conn.execute(belonging.SPEAKING, [json.dumps(words)])}
    for number, raw in db.conn.execute("SELECT inbound_id, raw FROM inbound"):
        mail = zlib.decompress(raw).lower()
        if any(needle in mail for needle in needles):
            found.add(int(number))
    return sorted(found - set(but))


def doubtful(db: Database, person: Person) -> Doubtful:
    """Give what is somebody else's too, or may be, of what was collected: it stays."""
    mailbox = {"mailbox": person.mailbox}
    followups, gatherings = (
        tuple(number for (number,) in db.conn.execute(belonging.DOUBTFUL[what], mailbox))
        for what in ("followup", "gathering")
    )
    theirs = set(ids(db, "mail"))
    linked = {number for (number,) in db.conn.execute(belonging.LINKED)} - theirs
    mails = sorted({*speak_of(db, person, but=theirs), *linked})
    return Doubtful(tuple(mails), followups, gatherings)


def is_about(db: Database, mailbox: str) -> forgetting.About:
    """Give what tells whether an event is about them.

    By its address, by the letter's number, or because it was found to be: the address may have
    been another one then.
    """
    deliveries, letters = set(ids(db, "delivery")), set(ids(db, "letter"))
    found = {key for (key,) in db.conn.execute(_FOUND)}

    def about(event: Event) -> bool:
        if event.event_key in found:
            return True
        if event.email:
            return addresses.mailbox(event.email) == mailbox
        attempt = subjects.split_attempt(event.attempt_id)
        letter = subjects.split_letter_attempt(event.attempt_id)
        return (attempt is not None and attempt[0] in deliveries) or (
            letter is not None and letter[0] in letters
        )

    return about


def _collect_mails(db: Database, mailbox: str) -> None:
    """Of mails that nobody has understood the sender says whose they are, of reports the text."""
    for number, raw in db.conn.execute(_UNREAD).fetchall():
        parsed = parsed_or_none(zlib.decompress(raw))
        if parsed is not None and addresses.mailbox(parsed.from_address) == mailbox:
            _add(db, "mail", number)
    for number, raw in db.conn.execute(_REPORTS).fetchall():
        named = addresses.ANYWHERE.findall(zlib.decompress(raw).decode("utf-8", "replace"))
        if any(addresses.mailbox(addresses.normalise(one)) == mailbox for one in named):
            _add(db, "mail", number)


def _collect_bodies(db: Database, mailbox: str) -> None:
    """Posts whose events were understood are known by those; others are read."""
    rows = db.conn.execute(
        "SELECT DISTINCT body_id FROM provider_events WHERE"
        " delivery_id IN (SELECT id FROM temp.theirs WHERE what = 'delivery')"
        " OR letter_id IN (SELECT id FROM temp.theirs WHERE what = 'letter')"
        " OR supporter_id IN (SELECT id FROM temp.theirs WHERE what = 'supporter')"
    )
    known = {number for (number,) in rows}
    strangers = db.conn.execute(_STRANGERS).fetchall()
    about = is_about(db, mailbox)
    # what comes again in another body is written down once
    again = _bodies_that_name(db, mailbox)
    for number in known | again | {number for (number,) in strangers}:
        keys = forgetting.events_about(db, number, about)
        db.conn.executemany(
            "INSERT OR IGNORE INTO temp.theirs"
            " SELECT 'event', event_id FROM provider_events WHERE event_key = ?",
            [(key,) for key in keys],
        )
        if keys:
            _add(db, "body", number)


def _bodies_that_name(db: Database, mailbox: str) -> set[int]:
    """Give the posts in which some spelling of theirs may stand. Reads all of them."""
    local, _, domain = mailbox.rpartition("@")
    dots = "[.]*" if domain == "gmail.com" else ""
    domains = "(?:gmail|googlemail)[.]com" if dots else re.escape(domain)
    letters = dots.join(map(re.escape, local))
    pattern = f'{letters}{dots}(?:[+][^@"]*)?@{domains}'
    found = re.compile(pattern.encode()).search
    rows = db.conn.execute("SELECT body_id, raw FROM provider_bodies")
    return {number for number, raw in rows if found(zlib.decompress(raw).lower())}


def _add(db: Database, what: str, number: int) -> None:
    db.conn.execute("INSERT OR IGNORE INTO temp.theirs VALUES (?, ?)", [what, number])


def _person(db: Database, email: str, mailbox: str) -> Person:
    written = sorted(
        {
            found
            for (found,) in db.conn.execute(belonging.SPELT, {"mailbox": mailbox})
            if "@" in found
        }
    )
    theirs = [mailbox, *(one for one in written if addresses.mailbox(one) == mailbox), email]
    others = [found for found in written if addresses.mailbox(found) != mailbox]
    # one of each, whatever its case
    spellings = {one.lower(): one for one in reversed(theirs)}
    return Person(
        mailbox,
        tuple(reversed(spellings.values())),
        tuple(others),
        tuple(ids(db, "supporter")),
    )
