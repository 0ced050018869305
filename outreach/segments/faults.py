"""Turn what SQLite says of a segment into one sentence with the file and, if possible, the line."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Final

from outreach.errors import OutreachError, SegmentError
from outreach.segments.files import Segment, tokens
from outreach.segments.guard import Watch
from outreach.segments.views import READABLE

#: "no such column: s.contry", "no such function: foo", "ambiguous column name: country"
_NAMED: Final = re.compile(r"(?:no such|ambiguous|wrong number|misuse)[^:]*(?:: |function )(\S+)")
_NEAR: Final = re.compile(r'near "(.+)": syntax error', re.DOTALL)


def as_fault(error: sqlite3.Error, segment: Segment, watch: Watch) -> OutreachError:
    """Give the error to raise for what SQLite said while it compiled or ran `segment`."""
    said = str(error)
    if watch.refusals:
        refused = watch.refusals[0]
        return SegmentError(
            f"a segment may not {refused.deed}",
            file=segment.file,
            line=_line_of(segment, refused.word),
            next_step=f"it may read {READABLE}",
        )
    near = _NEAR.search(said)
    if near:
        line = _line_of_fault(segment, near[1])
        return SegmentError("this is not SQL", file=segment.file, line=line, value=near[1])
    named = _NAMED.search(said)
    word = named[1].split(".")[-1].rstrip("()") if named else ""
    advice = f"it may read {READABLE}" if "no such table" in said else None
    return SegmentError(
        f"SQLite says: {said}",
        file=segment.file,
        line=_line_of(segment, word),
        next_step=advice,
    )


def _line_of(segment: Segment, word: str) -> int | None:
    return next((t.line for t in tokens(segment.sql) if t.name == word.lower()), None)


def _line_of_fault(segment: Segment, text: str) -> int | None:
    """Find which of the tokens `text` SQLite stumbled over.

    SQLite reads from the left and stops at the first token that can't follow, so of the file's
    beginnings that end with this token, the shortest that fails in the same way ends there.
    """
    with closing(sqlite3.connect(":memory:")) as bare:
        for token in tokens(segment.sql):
            if token.text != text:
                continue
            try:
                bare.execute("EXPLAIN " + segment.sql[: token.start + len(text)])
            except sqlite3.Error as error:
                if _NEAR.search(str(error)):
                    return token.line
    return None
