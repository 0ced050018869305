"""Find whom and which attempt an event is about. Reads: deliveries, letters, supporters. Writes
nothing.

Only the attempt's id, which we gave and the provider gave back, proves which letter it was. A
bounce that comes by mail hours later lacks it: then address and the provider's id tell the
delivery, which is enough to show the event there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from outreach import addresses
from outreach.model import Suppression
from outreach.store import Database
from outreach.supporters.consent import MAY_BE_TRACKED
from outreach.tracking.events import Event

_ATTEMPT: Final = re.compile(r"([1-9][0-9]{0,14})-([1-9][0-9]{0,8})", re.ASCII)
#: of a letter to one person
_LETTER: Final = re.compile(r"L([1-9][0-9]{0,14})-([1-9][0-9]{0,8})", re.ASCII)
#: Each gives all its rows as one text. With the rows one by one, Python waits for its turn after
#: each of them wherever another thread is busy.
_OF_DELIVERIES: Final = """
    SELECT json_group_array(
        json_array(d.delivery_id, d.attempts, d.supporter_id, s.email, d.provider_id))
    FROM json_each(?) AS i
    CROSS JOIN deliveries AS d ON d.delivery_id = i.value
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
"""
_OF_LETTERS: Final = """
    SELECT json_group_array(json_array(l.letter_id, l.attempts, l.supporter_id, l.email))
    FROM json_each(?) AS i CROSS JOIN letters AS l ON l.letter_id = i.value
"""
_OF_ADDRESSES: Final = """
    SELECT json_group_array(json_array(i.value, s.supporter_id, s.email))
    FROM json_each(?) AS i CROSS JOIN supporters AS s ON s.email = i.value
"""
#: of what may have reached them, the last first
_OF_PEOPLE: Final = """
    SELECT d.supporter_id, d.delivery_id, d.provider_id
    FROM json_each(?) AS i CROSS JOIN deliveries AS d ON d.supporter_id = i.value
    WHERE d.state IN ('claimed', 'accepted', 'in_doubt') AND d.provider_id <> ''
    ORDER BY d.changed_at DESC
"""
_TRACKED: Final = f"""
    SELECT s.supporter_id FROM json_each(?) AS i
    CROSS JOIN supporters AS s ON s.supporter_id = i.value WHERE {MAY_BE_TRACKED}
"""


class Subject(msgspec.Struct, frozen=True, gc=False):
    """Whom and what an event is about."""

    delivery_id: int | None = None
    #: of that delivery; 0 where nothing proves which
    attempt: int = 0
    supporter_id: int | None = None
    #: the address to act upon; '' where it is of nobody that we know
    email: str = ""
    #: the letter to one person that `attempt` is of
    letter_id: int | None = None


# with all that happens to a letter it comes again
@lru_cache(maxsize=16_384)
def split_attempt(attempt_id: str) -> tuple[int, int] | None:
    """Give delivery and number of an attempt's id; None where it is none of a campaign."""
    found = _ATTEMPT.fullmatch(attempt_id)
    return (int(found[1]), int(found[2])) if found else None


def split_letter_attempt(attempt_id: str) -> tuple[int, int] | None:
    """Give number and attempt of a letter to one person; None where it is none of these."""
    found = _LETTER.fullmatch(attempt_id)
    return (int(found[1]), int(found[2])) if found else None


def subjects_of(db: Database, events: Sequence[Event]) -> list[Subject]:
    """Find whom each of many events is about, in a query or two for nearly all of them.

    An attempt of ours whose person has another address than the event names is not taken for
    theirs: after a restored backup, a number may be that of somebody else's letter. Where the
    provider's id is that of the attempt too it is: they have a new address since, and only a dead
    one doesn't speak of both.
    """
    attempts = [split_attempt(event.attempt_id) for event in events]
    rows = _asked(db, _OF_DELIVERIES, {attempt[0] for attempt in attempts if attempt})
    found, others = list[Subject](), list[int]()
    for event, attempt in zip(events, attempts, strict=True):
        subject = NOBODY
        if attempt is not None and attempt[0] in rows:
            delivery_id, had, supporter_id, email, provider_id = rows[attempt[0]]
            if attempt[1] > had:
                pass
            elif not event.email or event.email == email or addresses.same(event.email, email):
                subject = Subject(delivery_id, attempt[1], supporter_id, email)
            elif "@" not in email:
                # they were erased since, and nothing is written down of their address
                subject = Subject(delivery_id, attempt[1], supporter_id, "")
            elif provider_id and _is_of(event.provider_id, provider_id):
                dead = event.suppression is Suppression.DEAD_ADDRESS
                told = event.email if dead else email
                subject = Subject(delivery_id, attempt[1], supporter_id, told)
        if subject is NOBODY:
            others.append(len(found))
        found.append(subject)
    if others:
        told = _not_of_campaigns(db, [events[place] for place in others])
        for place, subject in zip(others, told, strict=True):
            found[place] = subject
    return found


#: of an event about nobody and no letter of ours
NOBODY: Final = Subject()


def _not_of_campaigns(db: Database, events: Sequence[Event]) -> list[Subject]:
    """Find whom events are about that no delivery's attempt tells of."""
    attempts = [split_letter_attempt(event.attempt_id) for event in events]
    letters = _asked(db, _OF_LETTERS, {attempt[0] for attempt in attempts if attempt})
    people = _asked(db, _OF_ADDRESSES, {event.email for event in events if event.email})
    sent: dict[int, list[tuple[int, str]]] = {}
    reached = sorted(supporter_id for _, supporter_id, _ in people.values())
    for supporter_id, *delivery in db.conn.execute(_OF_PEOPLE, [json.dumps(reached)]):
        sent.setdefault(supporter_id, []).append(tuple(delivery))
    found = []
    for event, attempt in zip(events, attempts, strict=True):
        letter_id, number = attempt or (0, 0)
        _, had, supporter_id, email = letters.get(letter_id, (0, 0, None, ""))
        if 0 < number <= had and (not event.email or addresses.same(event.email, email)):
            found.append(Subject(None, number, supporter_id, email, letter_id))
        elif event.email in people:
            _, supporter_id, email = people[event.email]
            ids = (n for n, id_ in sent.get(supporter_id, ()) if _is_of(event.provider_id, id_))
            found.append(Subject(next(ids, None), 0, supporter_id, email))
        else:
            found.append(NOBODY)
    return found


def _asked(db: Database, sql: str, wanted: Collection[Any]) -> dict[Any, list[Any]]:
    """Ask for many rows at once; give each by its first column, which is what it was asked by."""
    if not wanted:
        return {}
    (found,) = db.conn.execute(sql, [json.dumps(sorted(wanted))]).fetchone()
    return {row[0]: row for row in msgspec.json.decode(found)}


def _is_of(event_id: str, provider_id: str) -> bool:
    """Whether the id of an event is that of an answer, after which it goes on behind a dot."""
    return event_id == provider_id or event_id.startswith(f"{provider_id}.")


def may_be_tracked(db: Database, subjects: Iterable[Subject]) -> set[int]:
    """Give those people of whom an open or a click may be recorded at this moment."""
    people = sorted({one.supporter_id for one in subjects if one.supporter_id is not None})
    return {number for (number,) in db.conn.execute(_TRACKED, [json.dumps(people)])}
