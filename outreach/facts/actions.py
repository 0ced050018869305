"""What was done for a campaign, by whom, where and how often. Writes: actions.

A row's key is a hash of what it says and its number among the equal rows of its file. So the same
file twice changes nothing, and a person who signs twice in one file counts twice. The hash holds
the supporter's number and not the address: it stays true when the address changes, and says nothing
of anybody who was erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from outreach.facts.action_rows import ActionProblem, ActionRow
from outreach.store import Database, interruptible

#: rows written between two reports
_BATCH: Final = 10_000

_COLUMNS: Final = "supporter_id, campaign, case_key, country, kind, quantity, done_on"
_STAGE: Final = "INSERT INTO temp.incoming_actions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
#: `||` puts bytes together too, and calls the result a text. The order is that of the table's
#: indexes, which then grow at their ends.
_NUMBER: Final = f"""
    CREATE TEMP TABLE numbered_actions AS
    SELECT CAST(content || row_number() OVER (PARTITION BY content) AS BLOB) AS row_key, {_COLUMNS}
      FROM temp.incoming_actions
     ORDER BY campaign, supporter_id
"""
_INSERT: Final = f"""
    INSERT INTO actions (row_key, {_COLUMNS})
    SELECT row_key, {_COLUMNS} FROM temp.numbered_actions WHERE rowid > ? AND rowid <= ?
    ON CONFLICT (row_key) DO NOTHING
"""
_NEW: Final = """
    SELECT count(*) FROM temp.numbered_actions WHERE row_key NOT IN (SELECT row_key FROM actions)
"""
_PEOPLE: Final = """
    SELECT asked.key, s.supporter_id, s.country
      FROM json_each(?) AS asked
      JOIN supporters AS s ON s.email = asked.value
"""


class Intake:
    """Takes the rows of one file, and writes them when all are there.

    Equal rows can stand far apart in the file, so they are collected and sorted first, by SQLite
    and on the disk: memory does not grow with the file, and until `write` nobody is locked out.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._staged = 0
        self.close()
        db.conn.execute(f"CREATE TEMP TABLE incoming_actions (content, {_COLUMNS})")

    def take(self, rows: Sequence[ActionRow]) -> dict[int, ActionProblem]:
        """Take some rows; give the problem of each that belongs to nobody we know, by its place.

        A row without a country gets that of its person.
        """
        asked = json.dumps([row.email for row in rows])
        found = {place: (who, home) for place, who, home in self._db.conn.execute(_PEOPLE, [asked])}
        staged = []
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
        with self._db.conn:  # a transaction of temporary tables only
            self._db.conn.execute("BEGIN")
            self._db.conn.executemany(_STAGE, staged)
        self._staged += len(staged)
        return problems

    def number(self) -> None:
        """Sort and number what was taken, after all of it and before `write` or `count_new`."""
        with interruptible(self._db):
            self._db.conn.execute(_NUMBER)

    def count_new(self) -> int:
        """Count what `write` would write."""
        with interruptible(self._db):
            (new,) = self._db.conn.execute(_NEW).fetchone()
        return int(new)

    def write(self) -> Iterator[int]:
        """Write all that was taken, in the caller's transaction; give after each batch how many
        rows of it were new.
        """
        for start in range(0, self._staged, _BATCH):
            yield self._db.conn.execute(_INSERT, [start, start + _BATCH]).rowcount

    @property
    def batches(self) -> int:
        """How many batches `write` will give."""
        return -(-self._staged // _BATCH)

    def close(self) -> None:
        """Forget what was taken. Safe to call again."""
        for table in ("incoming_actions", "numbered_actions"):
            self._db.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")


def count_gathering(db: Database, gathering_id: int, rows: Sequence[ActionRow]) -> None:
    """Let just these rows count for a gathering, in place of all that did; none: nothing does.

    Runs inside the caller's transaction; safe to call again. The letters were written by whoever
    came, so they belong to no supporter.
    """
    db.conn.execute("DELETE FROM actions WHERE gathering_id = ?", [gathering_id])
    db.conn.executemany(
        f"INSERT INTO actions (gathering_id, row_key, {_COLUMNS})"
        " VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?)",
        [(gathering_id, _gathered(gathering_id, row), *row[1:]) for row in rows],
    )


def _gathered(gathering_id: int, row: ActionRow) -> bytes:
    """Give a key that no row of a file has: those end in a digit."""
    said = f"{gathering_id}\0{row.kind}\0{row.case_key}"
    return blake2b(said.encode(), digest_size=16).digest() + b"g"


def _content(supporter_id: int | None, row: ActionRow) -> bytes:
    """Hash what a row says. The country is the row's own: its person may move."""
    said = "\0".join((str(supporter_id or ""), *map(str, row[1:])))
    return blake2b(said.encode(), digest_size=16).digest()


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
