"""Let a segment's SQL read the documented views and nothing else, and not for ever.

SQLite asks an authoriser about every table, column and function while it compiles a statement
(https://sqlite.org/c3ref/set_authorizer.html). Which columns of which tables the views read is
not written down a second time: the views are compiled once under an authoriser that takes notes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from outreach.segments.views import READABLE, VIEWS, with_views

#: how many of SQLite's steps go by between two looks at the clock and at Ctrl-C. Each may call a
#: function, which can't be stopped while it is at it.
_STEPS: Final = 200

#: bytes that a text may have, read or made: far more than anybody's row holds, and so few that the
#: slowest function, trim() with two long texts, is done in about a second
LONGEST_TEXT: Final = 100_000
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_TEXT,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
}

#: The functions that come with SQLite, can't reach outside the database, and end the sooner the
#: shorter their arguments are. So not printf(): it counts up to any width that its format says.
_FUNCTION_NAMES: Final = """
    abs avg cast ceil ceiling char coalesce concat concat_ws count cume_dist current_date
    current_time current_timestamp date datetime dense_rank exp first_value floor glob
    group_concat hex ifnull iif instr json json_array json_array_length json_each json_extract
    json_group_array json_group_object json_object json_quote json_tree json_type json_valid
    julianday lag last_value lead length like likely ln log log10 log2 lower ltrim max min mod
    nth_value ntile nullif octet_length percent_rank pi pow power quote random rank replace
    round row_number rtrim sign soundex sqlite_version sqrt strftime string_agg substr substring sum
    time timediff total trim trunc typeof unhex unicode unixepoch unlikely upper -> ->>
"""
FUNCTIONS: Final = frozenset(_FUNCTION_NAMES.split())
_FUNCTIONS_ADVICE: Final = "docs/segments.md lists those that it may use"
#: table-valued functions: they read their argument
_TABLE_FUNCTIONS: Final = frozenset({"json_each", "json_tree"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a segment asked for and may not have."""

    #: in words that follow "a segment may not"
    deed: str
    #: the identifier by which to find the place in the file
    word: str
    advice: str = f"it may read {READABLE}"


@dataclass(slots=True)
class Watch:
    """What the guard saw while a segment ran."""

    refusals: list[Refusal] = field(default_factory=list)
    expired: threading.Event = field(default_factory=threading.Event)


@contextmanager
def guarded(
    connection: sqlite3.Connection, *, time_limit: float, fills: str = ""
) -> Iterator[Watch]:
    """Let only reading of the documented views through, and stop after `time_limit` seconds.

    `fills` names a temporary table that may be inserted into. What else is asked for fails with
    SQLite's "not authorized" and is noted in the watch; what takes too long fails with
    SQLITE_INTERRUPT, after the function call under way. Ctrl-C works while it runs. At the end the
    connection is as it was.
    """
    reads = _reads_of_views(connection)
    read_tables = {table for _, table, _ in reads}
    tables = _table_names(connection)
    watch = Watch()

    def judge(
        action: int, one: str | None, two: str | None, db: str | None, via: str | None
    ) -> int:
        if action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            if (two or "").lower() in FUNCTIONS:
                return sqlite3.SQLITE_OK
            watch.refusals.append(
                Refusal(f"use the function {two}()", two or "", _FUNCTIONS_ADVICE)
            )
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_READ:
            # A column of '' stands for "this table, none of its columns": SQLite asks so after it
            # has merged a view into the query, and no longer says through which view. It asks the
            # same of the segment's own recursive parts, which are no tables.
            table = (one or "").lower()
            rows_only = two == "" and (
                table in read_tables or not (table in tables or table.startswith("sqlite_"))
            )
            if rows_only or (via, one, two) in reads or table in _TABLE_FUNCTIONS:
                return sqlite3.SQLITE_OK
            watch.refusals.append(Refusal(f"read the table {one} itself", one or ""))
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_INSERT and (one, db) == (fills, "temp"):
            return sqlite3.SQLITE_OK
        watch.refusals.append(Refusal("do anything but read", one or ""))
        return sqlite3.SQLITE_DENY

    def expire() -> None:
        watch.expired.set()
        # the statement that runs now need not wait for the next look at the clock
        connection.interrupt()

    clock = threading.Timer(time_limit, expire)
    clock.daemon = True
    before = {limit: connection.setlimit(limit, size) for limit, size in _LIMITS.items()}
    clock.start()
    connection.set_authorizer(judge)
    connection.set_progress_handler(watch.expired.is_set, _STEPS)
    try:
        yield watch
    finally:
        clock.cancel()
        clock.join()
        connection.set_progress_handler(None, 0)
        connection.set_authorizer(None)
        for limit, size in before.items():
            connection.setlimit(limit, size)


def _reads_of_views(connection: sqlite3.Connection) -> frozenset[tuple[str | None, ...]]:
    """Note what the views read, as (view, table, column)."""
    # The first use of a table-valued function declares its table, which the authoriser would see.
    connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
    noted: set[tuple[str | None, ...]] = set()

    def note(action: int, one: str | None, two: str | None, _: str | None, via: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            noted.add((via, one, two))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    try:
        for view in VIEWS:
            connection.execute(f"EXPLAIN {with_views()} SELECT * FROM {view.name}").fetchall()
    finally:
        connection.set_authorizer(None)
    return frozenset(noted)


def _table_names(connection: sqlite3.Connection) -> frozenset[str]:
    names = connection.execute(
        "SELECT name FROM main.sqlite_schema UNION SELECT name FROM temp.sqlite_schema"
    )
    return frozenset(name.lower() for (name,) in names)
