"""Segments: who a campaign is for, each one an SQL file. Writes the temporary table `audience`.

`files` reads `segments/NAME.sql` and finds what it builds on. `views` holds what a segment may
read. `guard` makes sure that it reads nothing else, and ends in time; `extent` that it can be
compiled at all. `run` counts, explains, and fills the `audience` that planning works from. `draft`
writes the file for people who don't write SQL.
"""

from outreach.segments.draft import Wish, write_segment
from outreach.segments.files import Segment, get_segment, segment_names
from outreach.segments.run import Explanation, Person, count, explain, fill_audience, sample

__all__ = [
    "Explanation",
    "Person",
    "Segment",
    "Wish",
    "count",
    "explain",
    "fill_audience",
    "get_segment",
    "sample",
    "segment_names",
    "write_segment",
]
