"""Cells that a spreadsheet would take for formulas, made harmless, and read back. Pure.

A cell that begins like one gets an apostrophe in front, by which spreadsheets know text. Cells
that begin with apostrophes before such a sign get one too, so that reading back is exact. So does
what would begin a cell where a spreadsheet takes another sign for the end of one, as many do.
"""

from __future__ import annotations

import re
from typing import Final

#: also as full-width signs, which some spreadsheets take for the same
_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


#: what ends a cell, or a row, in one country or another, and what may stand before a sign
_INNER: Final = r"([;|,\t\r\n][\"\s]*'*)"
_BARE: Final = re.compile(_INNER + r"(?=[=+\-@＝＋－＠])")
_MARKED: Final = re.compile(_INNER + r"'(?=[=+\-@＝＋－＠])")


def defused(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it, or a part of it, for a formula."""
    cell = _BARE.sub(r"\1'", cell)
    return f"'{cell}" if cell.lstrip("'").startswith(_SIGNS) else cell


def restored(cell: str) -> str:
    """Read a cell that `defused` wrote; any other is left as it is."""
    is_ours = cell.startswith("'") and cell.lstrip("'").startswith(_SIGNS)
    return _MARKED.sub(r"\1", cell[1:] if is_ours else cell)
