"""What was done for a campaign, by whom, where and how often. Writes: actions.

A row's key is a hash of what it says and its number among the equal rows of its file. So the same
file twice changes nothing, and a person who signs twice in one file counts twice. The hash holds
the supporter's number and not the address: it stays true when the address changes, and says nothing
of anybody who was erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Final

from outreach.facts.action_rows import ActionProblem, ActionRow
from outreach.store import Database

_BATCH: Final = 1000

_STAGING: Final = """
    CREATE TEMP TABLE incoming_actions (
        content BLOB, supporter_id INTEGER, campaign TEXT, case_key TEXT, country TEXT,
        kind TEXT, quantity INTEGER, done_on TEXT
    )
"""
_STAGE: Final = "INSERT INTO temp.incoming_actions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
#: in the order of the keys, so that the index on them grows at its end
_STAGED: Final = "SELECT * FROM temp.incoming_actions ORDER BY content"
_INSERT: Final = """
    INSERT INTO actions
        (row_key, supporter_id, campaign, case_key, country, kind, quantity, done_on)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (row_key) DO NOTHING
"""
_PEOPLE: Final = """
    SELECT asked.key, s.supporter_id, s.country
      FROM json_each(?) AS asked
      JOIN supporters AS s ON s.email = asked.value
"""

_Staged = tuple[bytes, int | None, str, str, str, str, int, str]


class Intake:
    """Takes the rows of one file, and writes them when all are there. Inside one transaction.

    Equal rows can stand far apart in the file, so they are sorted first, by SQLite and on the disk:
    memory does not grow with the file.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._staged = 0
        db.conn.execute("DROP TABLE IF EXISTS temp.incoming_actions")
        db.conn.execute(_STAGING)

    def take(self, rows: Sequence[ActionRow]) -> dict[int, ActionProblem]:
        """Take some rows; give the problem of each that belongs to nobody we know, by its place.

        A row without a country gets that of its person.
        """
        asked = {place: row.email for place, row in enumerate(rows) if row.email}
        found = self._people(asked)
        staged: list[_Staged] = []
        problems: dict[int, ActionProblem] = {}
        for place, row in enumerate(rows):
            supporter_id, home = found.get(place, (None, ""))
            if row.email and supporter_id is None:
                problems[place] = ActionProblem.UNKNOWN_ADDRESS
                continue
            content = _content(supporter_id, row)
            staged.append(
                (content, supporter_id, row.campaign, row.case_key, row.country or home, *row[4:])
            )
        self._db.conn.executemany(_STAGE, staged)
        self._staged += len(staged)
        return problems

    def write(self) -> Iterator[int]:
        """Write all that was taken; give after each batch how many rows of it were new."""
        rows = _keyed(self._db.conn.execute(_STAGED))
        while batch := list(islice(rows, _BATCH)):
            yield self._db.conn.executemany(_INSERT, batch).rowcount
        self._db.conn.execute("DROP TABLE temp.incoming_actions")

    @property
    def batches(self) -> int:
        """How many batches `write` will give."""
        return -(-self._staged // _BATCH)

    def _people(self, asked: dict[int, str]) -> dict[int, tuple[int, str]]:
        """Find people by address, one query for all."""
        return {
            int(place): (supporter_id, country)
            for place, supporter_id, country in self._db.conn.execute(_PEOPLE, [json.dumps(asked)])
        }


def _content(supporter_id: int | None, row: ActionRow) -> bytes:
    """Hash what a row says. The country is the row's own: its person may move."""
    said = "\0".join((str(supporter_id or ""), *map(str, row[1:])))
    return blake2b(said.encode(), digest_size=16).digest()


def _keyed(rows: Iterable[_Staged]) -> Iterator[_Staged]:
    """Put the row's key in the place of its content; equal contents stand together."""
    before, number = b"", 1
    for row in rows:
        number = number + 1 if row[0] == before else 1
        before = row[0]
        yield (before + number.to_bytes(4, "big"), *row[1:])


@dataclass(frozen=True, slots=True)
class Total:
    """What was done for one campaign in one way."""

    campaign: str
    #: an `ActionKind`
    kind: str
    quantity: int
    #: supporters who did it
    people: int
    #: of the quantity, what belongs to no supporter
    without_person: int


def totals(db: Database, campaign: str = "") -> tuple[Total, ...]:
    """Add up the actions by campaign and kind, of all campaigns or one, most first."""
    rows = db.conn.execute(
        "SELECT campaign, kind, sum(quantity), count(DISTINCT supporter_id),"
        " coalesce(sum(quantity) FILTER (WHERE supporter_id IS NULL), 0)"
        " FROM actions WHERE :campaign = '' OR campaign = :campaign"
        " GROUP BY campaign, kind ORDER BY campaign, sum(quantity) DESC, kind",
        {"campaign": campaign},
    )
    return tuple(Total(*row) for row in rows)
