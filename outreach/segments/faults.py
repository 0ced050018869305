"""Turn what SQLite says of a segment into one sentence with the file and, if possible, the line."""

from __future__ import annotations

import difflib
import re
import sqlite3
from contextlib import closing
from typing import Final

from outreach.errors import OutreachError, SegmentError, shown
from outreach.segments.files import Segment, segment_names
from outreach.segments.guard import LONGEST_TEXT, Watch
from outreach.segments.tokens import tokens
from outreach.segments.views import READABLE, VIEWS, view_name

#: "no such column: s.contry", "no such function: foo", "ambiguous column name: country"
_NAMED: Final = re.compile(r"(?:no such|ambiguous|wrong number|misuse)[^:]*(?:: |function )(\S+)")
_NEAR: Final = re.compile(r'near "(.+)": syntax error', re.DOTALL)


def as_fault(error: sqlite3.Error, segment: Segment, watch: Watch) -> OutreachError:
    """Give the error to raise for what SQLite said while it compiled or ran `segment`."""
    if watch.refusals:
        refused = watch.refusals[0]
        return SegmentError(
            f"a segment may not {refused.deed}",
            file=segment.file,
            line=_line_of(segment, refused.word),
            next_step=refused.advice,
        )
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_TOOBIG:
        return SegmentError(
            f"it reads or makes a text of more than {LONGEST_TEXT:,} bytes, and may not",
            file=segment.file,
        )
    said = " ".join(str(error).split())[:200]
    near = _NEAR.search(str(error))
    if near:
        line = _line_of_fault(segment, near[1])
        return SegmentError(f"syntax error near {shown(near[1])}", file=segment.file, line=line)
    named = _NAMED.search(said)
    word = named[1].split(".")[-1].rstrip("()").lower() if named else ""
    advice = None
    if said.startswith("no such table"):
        tables = [view.name for view in VIEWS]
        tables += map(view_name, segment_names(segment.file.parent))
        meant = difflib.get_close_matches(word, tables, 1)
        advice = f"did you mean {meant[0]}" if meant else f"it may read {READABLE}"
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
                bare.execute(f"EXPLAIN SELECT * FROM ({segment.sql[: token.start + len(text)]}")
            except sqlite3.Error as error:
                if _NEAR.search(str(error)):
                    return token.line
    return None
