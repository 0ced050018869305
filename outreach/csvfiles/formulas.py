"""Cells that a spreadsheet would take for formulas, made harmless, and read back. Pure.

A cell that begins like one gets an apostrophe in front, by which spreadsheets know text. Cells
that begin with apostrophes before such a sign get one too, so that reading back is exact.
"""

from __future__ import annotations

from typing import Final

#: also as full-width signs, which some spreadsheets take for the same
_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_SIGNS) else cell


def restored(cell: str) -> str:
    """Read a cell that `defused` wrote; any other is left as it is."""
    is_ours = cell.startswith("'") and cell.lstrip("'").startswith(_SIGNS)
    return cell[1:] if is_ours else cell
