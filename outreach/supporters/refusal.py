"""Which rows of a list can't be taken in, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from outreach.addresses import normalise
from outreach.csvfiles import Batch, swallows
from outreach.supporters.formats import Field
from outreach.supporters.layout import Layout

#: addresses that are in the form we keep, as nearly all are: found in a third of the time that
#: `normalise` takes, as each character is tried but once. The counts keep all that match within
#: the limits of RFC 5321
_NORMAL: Final = re.compile(
    r"[\w+-]{1,32}+(?:\.[\w+-]{1,15}+){0,2}+"
    r"@(?:[a-z0-9]{1,15}+[-.]){1,4}(?<=\.)[a-z]{2,20}+",
    re.ASCII,
).fullmatch

_ON_ONE_LINE: Final = (Field.EMAIL, Field.GIVEN_NAME, Field.FAMILY_NAME)


class Refusal(StrEnum):
    """Why a row can't be taken in, besides `csvfiles.RowProblem`."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    #: a name goes over several lines, or a cell holds another row: is a quotation mark not closed?
    LINE_BREAK = "line_break"
    #: whoever has this address asked to be erased; only they themselves can come back
    ERASED = "erased"


def normalised(cells: Sequence[str]) -> Sequence[str]:
    """Give addresses in the form that we keep, '' where there is none."""
    if None not in map(_NORMAL, cells):
        return cells
    return [cell if _NORMAL(cell) else normalise(cell) for cell in cells]


def refusals(
    batch: Batch, emails: Sequence[str], layout: Layout, delimiter: str
) -> dict[int, Refusal]:
    """Say which rows can't be taken in; `emails` are their addresses, normalised."""
    refused: dict[int, Refusal] = {}
    column = layout.fields[Field.EMAIL]
    if "" in emails:
        for row, email in enumerate(emails):
            if not email:
                written = batch.rows[row][column].strip()
                refused[row] = Refusal.BAD_ADDRESS if written else Refusal.NO_ADDRESS
    if batch.broken:
        names = [layout.fields[field] for field in _ON_ONE_LINE if field in layout.fields]
        for row, line in enumerate(batch.lines):
            if line in batch.broken:
                cells = batch.rows[row]
                several = any(len(cells[place].strip().splitlines()) > 1 for place in names)
                if several or swallows(cells, column, delimiter, normalise):
                    refused[row] = Refusal.LINE_BREAK
    return refused
