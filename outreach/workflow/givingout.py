"""Give out all that is held on one person, as they may ask for it: along the table of erasing."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from outreach.errors import NotFound
from outreach.reports.histories import history_of
from outreach.store import Database, snapshot
from outreach.supporters import tombstones
from outreach.tracking import forgetting
from outreach.workflow import personaldata, whose
from outreach.workflow.supporters import show_supporter
from outreach.workflow.whose import Person

#: columns that are compressed
_PACKED: Final = frozenset({"inbound.raw", "letters.html"})
#: of the history of a number: what was only linked to it may be another's; `held` has what isn't
_MAYBE_OTHERS: Final = frozenset({"replies", "letters", "gatherings"})


def export_person(db: Database, who: str) -> str:
    """Write all that is held on somebody, named by number or address, as JSON. Changes nothing.

    Also of those who are not on the list. First what happened, to be read; then, as `held`,
    each row of each table that is theirs. What is no text is in base64.

    Raises:
        InputError: it is neither.
        NotFound: nothing is kept of them.
    """
    email = whose.named(db, who)
    db.conn.execute("PRAGMA temp_store = MEMORY")
    with snapshot(db), whose.collected(db, email) as person:
        held = {table: list(_shown(table, rows)) for table, rows in personaldata.held(db)}
        if "provider_bodies" in held:
            held["provider_bodies"] = list(_events(db, person))
        if not held and not tombstones.is_erased(db, email):
            raise NotFound("nothing is kept of whoever this is", value=who)
        found: dict[str, object] = {
            "addresses": [*person.spellings, *person.others],
            "erased": tombstones.is_erased(db, email),
            "supporters": [_supporter(db, number) for number in person.supporter_ids],
            "held": held,
        }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _supporter(db: Database, supporter_id: int) -> dict[str, object]:
    shown = show_supporter(db, str(supporter_id))
    found: dict[str, object] = {
        "supporter": asdict(shown.supporter),
        "suppression": shown.suppression or "",
        "origin": asdict(shown.origin) if shown.origin else None,
    }
    for name, part in history_of(db, supporter_id, shown.supporter.email).items():
        if name in _MAYBE_OTHERS:
            continue
        found[name] = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
    return found


def _shown(table: str, rows: list[dict[str, Any]]) -> Iterator[Mapping[str, object]]:
    for row in rows:
        yield {column: _value(f"{table}.{column}", value) for column, value in row.items()}


def _value(place: str, value: object) -> object:
    if not isinstance(value, bytes):
        return value
    if place in _PACKED:
        return zlib.decompress(value).decode("utf-8", "backslashreplace")
    return base64.b64encode(value).decode()


def _events(db: Database, person: Person) -> Iterator[Mapping[str, object]]:
    """Of what providers posted, only the events that are theirs."""
    about = whose.is_about(db, person.mailbox)
    for body_id in whose.ids(db, "body"):
        for piece in forgetting.pieces_about(db, body_id, about):
            yield {"body_id": body_id, "event": piece.decode("utf-8", "backslashreplace")}
