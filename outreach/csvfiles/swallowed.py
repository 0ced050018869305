"""Find rows that a stray quotation mark has made part of another row's cell.

It and the next mark, some lines below, make one cell of all that is between them: the end of the
row itself, whole rows, and the start of the row that the next mark stands in. Where that mark is
the end of a cell, the whole looks like a row with a line break in it, as a cell may have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def swallows(
    row: Sequence[str], column: int, delimiter: str, is_meant: Callable[[str], object]
) -> bool:
    """Whether a cell of this row, on one of several lines, holds somebody's cell of `column`.

    `is_meant` says of a text whether it can be one. Where a line has as many cells as a swallowed
    row would have there, it is asked of the one that would be in that column.
    """
    width = len(row)

    def holds(line: str, place: int, least: int) -> bool:
        cells = line.split(delimiter)
        return len(cells) >= least and bool(is_meant(cells[place]))

    for place, cell in enumerate(row):
        *ends, start = cell.replace("\r", "\n").split("\n")
        # its own cells of a row may hold delimiters before the mark, so these are counted from
        # the right
        least = width - place if column > place else width
        if any(holds(line, column - width, least) for line in ends):
            return True
        if ends and column < place and holds(start, column, place + 1):
            return True
    return False
