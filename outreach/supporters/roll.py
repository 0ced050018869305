"""The roll of supporters: find people and read them. Writes: supporters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from outreach.errors import NotFound
from outreach.model import Consent, Safety, Supporter
from outreach.store import Database

#: ids bound in one query
BATCH: Final = 500

_COLUMNS: Final = (
    "supporter_id, email, given_name, family_name, country, language, timezone, joined,"
    " tags, attributes, consent, consent_ground, consent_at, tracking, safety"
)
#: place in _COLUMNS -> what turns the database's text into the field, where it isn't text
_MEANINGS: Final[dict[int, Callable[[str], object]]] = {
    8: lambda tags: tuple(json.loads(tags)),
    9: json.loads,
    10: Consent,
    13: Consent,
    14: Safety,
}


def get(db: Database, supporter_id: int) -> Supporter:
    """Read one person.

    Raises:
        NotFound: nobody has that id.
    """
    for supporter in _select(db, "WHERE supporter_id = ?", [supporter_id]):
        return supporter
    raise NotFound("no supporter has this id", value=supporter_id)


def find(db: Database, email: str) -> Supporter | None:
    """Find a person by address, written in any ASCII case; `email` is otherwise normalised."""
    return next(_select(db, "WHERE email = ?", [email]), None)


def fetch(db: Database, ids: Sequence[int]) -> dict[int, Supporter]:
    """Read many people, one query for each 500; ids that nobody has are left out."""
    people: dict[int, Supporter] = {}
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        marks = ",".join("?" * len(batch))
        for supporter in _select(db, f"WHERE supporter_id IN ({marks})", batch):
            people[supporter.supporter_id] = supporter
    return people


def list_supporters(
    db: Database, *, country: str = "", language: str = "", tag: str = "", limit: int = 100
) -> list[Supporter]:
    """List the first `limit` people, by id, of whom all that is asked is true; '' asks nothing."""
    where = (
        "WHERE (:country = '' OR country = :country) AND (:language = '' OR language = :language)"
        " AND (:tag = '' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag))"
        " ORDER BY supporter_id LIMIT :limit"
    )
    asked = {"country": country, "language": language, "tag": tag, "limit": limit}
    return list(_select(db, where, asked))


def _select(
    db: Database, where: str, values: Sequence[object] | dict[str, object]
) -> Iterator[Supporter]:
    for row in db.conn.execute(f"SELECT {_COLUMNS} FROM supporters {where}", values):
        yield _supporter(row)


def _supporter(row: tuple[Any, ...]) -> Supporter:
    values: list[Any] = list(row)
    for place, meaning in _MEANINGS.items():
        values[place] = meaning(values[place])
    return Supporter(*values)
