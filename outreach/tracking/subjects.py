"""Find whom and which attempt an event is about. Reads: deliveries, letters, supporters. Writes
nothing.

Only the attempt's id, which we gave and the provider gave back, proves which letter it was. A
bounce that comes by mail hours later lacks it: then address and the provider's id tell the
delivery, which is enough to show the event there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.model import Consent, Suppression
from outreach.store import Database
from outreach.supporters import roll
from outreach.tracking.events import Event

_ATTEMPT: Final = re.compile(r"([1-9][0-9]{0,14})-([1-9][0-9]{0,8})", re.ASCII)
#: of a letter to one person
_LETTER: Final = re.compile(r"L([1-9][0-9]{0,14})-([1-9][0-9]{0,8})", re.ASCII)
_BY_ATTEMPT: Final = """
    SELECT d.supporter_id, s.email, d.provider_id <> '' AND (
        d.provider_id = :id OR substr(:id, 1, length(d.provider_id) + 1) = d.provider_id || '.')
    FROM deliveries AS d
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.delivery_id = :delivery_id AND d.attempts >= :attempt
"""
#: the id of an event goes on after a dot where that of the answer ends
_BY_PROVIDER_ID: Final = """
    SELECT delivery_id FROM deliveries
    WHERE supporter_id = :supporter_id AND state IN ('claimed', 'accepted', 'in_doubt')
        AND provider_id <> ''
        AND (provider_id = :id OR substr(:id, 1, length(provider_id) + 1) = provider_id || '.')
    ORDER BY changed_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what an event is about."""

    delivery_id: int | None = None
    #: of that delivery; 0 where nothing proves which
    attempt: int = 0
    supporter_id: int | None = None
    #: the address to act upon; '' where it is of nobody that we know
    email: str = ""
    #: the letter to one person that `attempt` is of
    letter_id: int | None = None


def split_attempt(attempt_id: str) -> tuple[int, int] | None:
    """Give delivery and number of an attempt's id; None where it is none of a campaign."""
    found = _ATTEMPT.fullmatch(attempt_id)
    return (int(found[1]), int(found[2])) if found else None


def split_letter_attempt(attempt_id: str) -> tuple[int, int] | None:
    """Give number and attempt of a letter to one person; None where it is none of these."""
    found = _LETTER.fullmatch(attempt_id)
    return (int(found[1]), int(found[2])) if found else None


def subject_of(db: Database, event: Event) -> Subject:
    """Find whom an event is about.

    An attempt of ours whose person has another address than the event names is not taken for
    theirs: after a restored backup, a number may be that of somebody else's letter. Where the
    provider's id is that of the attempt too it is: they have a new address since, and only a dead
    one doesn't speak of both.
    """
    attempt = split_attempt(event.attempt_id)
    if attempt is not None:
        names = {"delivery_id": attempt[0], "attempt": attempt[1], "id": event.provider_id}
        row = db.conn.execute(_BY_ATTEMPT, names).fetchone()
        if row is not None and (not event.email or addresses.same(event.email, row[1])):
            return Subject(*attempt, row[0], row[1])
        if row is not None and "@" not in row[1]:
            # they were erased since, and nothing is written down of their address
            return Subject(*attempt, row[0], "")
        if row is not None and row[2]:
            dead = event.suppression is Suppression.DEAD_ADDRESS
            return Subject(*attempt, row[0], event.email if dead else row[1])
    letter = _of_letter(db, event)
    if letter is not None:
        return letter
    person = roll.find(db, event.email) if event.email else None
    if person is None:
        return Subject()
    delivery_id = None
    if event.provider_id:
        of_person = {"supporter_id": person.supporter_id, "id": event.provider_id}
        found = db.conn.execute(_BY_PROVIDER_ID, of_person).fetchone()
        delivery_id = found[0] if found else None
    return Subject(delivery_id, 0, person.supporter_id, person.email)


_BY_ATTEMPTS: Final = """
    SELECT d.delivery_id, d.attempts, d.supporter_id, s.email FROM json_each(?) AS i
    CROSS JOIN deliveries AS d ON d.delivery_id = i.value
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
"""


def subjects_of(db: Database, events: Sequence[Event]) -> list[Subject]:
    """Find whom each of many events is about, as `subject_of` does; nearly all in one query."""
    attempts = [split_attempt(event.attempt_id) for event in events]
    ids = json.dumps(sorted({attempt[0] for attempt in attempts if attempt}))
    rows = {number: rest for number, *rest in db.conn.execute(_BY_ATTEMPTS, [ids])}
    found = []
    for event, attempt in zip(events, attempts, strict=True):
        had, supporter_id, email = (rows.get(attempt[0]) if attempt else None) or (0, None, "")
        if (
            attempt
            and attempt[1] <= had
            and (not event.email or addresses.same(event.email, email))
        ):
            found.append(Subject(*attempt, supporter_id, email))
        else:
            found.append(subject_of(db, event))
    return found


def _of_letter(db: Database, event: Event) -> Subject | None:
    named = split_letter_attempt(event.attempt_id)
    if named is None:
        return None
    letter_id, attempt = named
    row = db.conn.execute(
        "SELECT supporter_id, email FROM letters WHERE letter_id = ? AND attempts >= ?",
        [letter_id, attempt],
    ).fetchone()
    if row is None or (event.email and not addresses.same(event.email, row[1])):
        return None
    return Subject(None, attempt, row[0], row[1], letter_id)


def may_be_kept(db: Database, subject: Subject) -> bool:
    """Whether an open or a click of this person may be recorded."""
    if subject.supporter_id is None:
        return False
    row = db.conn.execute(
        "SELECT tracking FROM supporters WHERE supporter_id = ?", [subject.supporter_id]
    ).fetchone()
    return row is not None and row[0] == Consent.GRANTED
