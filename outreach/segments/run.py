"""Run a segment: count it, look at some of its people, explain it, fill the table `audience`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from outreach.addresses import masked
from outreach.errors import SegmentError
from outreach.segments.extent import too_large
from outreach.segments.faults import as_fault
from outreach.segments.files import Segment, with_foundations
from outreach.segments.guard import Watch, guarded
from outreach.segments.views import people, with_views
from outreach.store import Database

_FILL: Final = "INSERT INTO temp.audience (supporter_id)"
_INDEX: Final = re.compile(r"\bUSING (?:COVERING )?INDEX (\S+)")


@dataclass(frozen=True, slots=True)
class Person:
    """One of a segment's people, to look at; the address is masked."""

    supporter_id: int
    given_name: str
    email: str
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How SQLite answers a segment."""

    sql: str
    #: SQLite's query plan, a line a step, inner steps indented
    plan: tuple[str, ...]
    #: the indexes that it uses, each as `name on table (columns)`
    indexes: tuple[str, ...]


def fill_audience(db: Database, folder: Path, name: str, *, time_limit: float) -> int:
    """Fill the temporary table `audience` with the ids of a segment's supporters; give their count.

    The table is `temp.audience (supporter_id INTEGER PRIMARY KEY)`, made or emptied first; only
    this connection sees it. Runs inside the caller's transaction, which SQLite rolls back whole if
    `time_limit` (seconds) is reached. Ids that are NULL or no supporter's are left out.

    Raises:
        NotFound: there is no segment of that name.
        SegmentError: the segment can't be used, or took too long.
    """
    db.conn.execute("CREATE TEMP TABLE IF NOT EXISTS audience (supporter_id INTEGER PRIMARY KEY)")
    db.conn.execute("DELETE FROM temp.audience")
    with _ready(db, folder, name, time_limit, fills="audience") as query:
        return db.conn.execute(f"{_FILL} {query.distinct}").rowcount


def count(db: Database, folder: Path, name: str, *, time_limit: float) -> int:
    """Count the supporters of a segment, each once; errors as for `fill_audience`."""
    with _ready(db, folder, name, time_limit) as query:
        (number,) = db.conn.execute(f"SELECT count(*) FROM ({query.distinct})").fetchone()
    return int(number)


def sample(
    db: Database, folder: Path, name: str, *, time_limit: float, limit: int = 5
) -> tuple[Person, ...]:
    """Give the first `limit` people of a segment by number; errors as for `fill_audience`."""
    with _ready(db, folder, name, time_limit) as query:
        rows = db.conn.execute(
            f"{query.views} SELECT supporter_id, given_name, email, country, language"
            f" FROM supporters WHERE supporter_id IN ({query.ids})"
            f" ORDER BY supporter_id LIMIT {int(limit)}"
        ).fetchall()
    return tuple(
        Person(number, given, masked(email), country, language)
        for number, given, email, country, language in rows
    )


def explain(db: Database, folder: Path, name: str, *, time_limit: float) -> Explanation:
    """Tell how SQLite would answer a segment, without running it; errors as above."""
    with _ready(db, folder, name, time_limit) as query:
        rows = db.conn.execute(f"EXPLAIN QUERY PLAN {query.views} {query.ids}").fetchall()
        sql = query.segment.sql
    depth = {0: -1}
    plan = []
    for step, parent, _, text in rows:
        depth[step] = depth.get(parent, -1) + 1
        plan.append("  " * depth[step] + text)
    names = dict.fromkeys(found for line in plan for found in _INDEX.findall(line))
    return Explanation(sql, tuple(plan), tuple(_described(db, index) for index in names))


def _described(db: Database, index: str) -> str:
    columns = [
        name for (name,) in db.conn.execute("SELECT name FROM pragma_index_info(?)", [index])
    ]
    found = db.conn.execute("SELECT tbl_name FROM sqlite_master WHERE name = ?", [index]).fetchone()
    return f"{index} on {found[0]} ({', '.join(columns)})" if found else index


@dataclass(frozen=True, slots=True)
class _Query:
    """A segment that compiles, ready to be put into a statement."""

    segment: Segment
    #: the WITH clause
    views: str

    @property
    def ids(self) -> str:
        """The SELECT of its ids, as it gives them."""
        return people(self.segment.sql)

    @property
    def distinct(self) -> str:
        """The whole SELECT of the supporters among its ids, each once, in order."""
        return (
            f"{self.views} SELECT supporters.supporter_id FROM supporters"
            f" WHERE supporters.supporter_id IN ({self.ids})"
        )


@contextmanager
def _ready(
    db: Database, folder: Path, name: str, time_limit: float, fills: str = ""
) -> Iterator[_Query]:
    """Compile a segment and all it builds on under the guard, which stays on for the block."""
    chain = with_foundations(folder, name)
    below = {segment.view: segment.sql for segment in chain[:-1]}
    if too_large(f"{with_views(below)} {people(chain[-1].sql)}"):
        raise SegmentError(
            "it names other segments, or parts of its own, so often that they can't be written out",
            file=chain[-1].file,
            next_step="name each of them once or twice",
        )
    with guarded(db.conn, time_limit=time_limit, fills=fills) as watch:
        for place, segment in enumerate(chain):
            views = with_views(dict(islice(below.items(), place)))
            with _blaming(segment, watch, time_limit):
                _check_column(db, segment, views)
            if watch.expired.is_set():
                raise _too_slow(segment, time_limit)
        with _blaming(chain[-1], watch, time_limit):
            yield _Query(chain[-1], views)


def _check_column(db: Database, segment: Segment, views: str) -> None:
    """Compile a segment by itself, so that a fault is told of the file in which it stands."""
    cursor = db.conn.execute(f"{views} SELECT * FROM (\n{segment.sql}\n) LIMIT 0")
    columns = [column[0].lower() for column in cursor.description]
    if columns.count("supporter_id") != 1:
        raise SegmentError(
            f"its SELECT gives {', '.join(columns)}, where one column must be supporter_id",
            file=segment.file,
        )


@contextmanager
def _blaming(segment: Segment, watch: Watch, time_limit: float) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            if watch.expired.is_set():
                raise _too_slow(segment, time_limit) from error
            # Ctrl-C came while SQLite was asking whether to go on.
            raise KeyboardInterrupt from error
        raise as_fault(error, segment, watch) from error


def _too_slow(segment: Segment, time_limit: float) -> SegmentError:
    return SegmentError(
        f"it took longer than {time_limit:g} s and was stopped",
        file=segment.file,
        next_step=f"make it simpler (`outreach segments explain {segment.name}`), or "
        "raise time_limit under [segments] in outreach.toml",
    )
