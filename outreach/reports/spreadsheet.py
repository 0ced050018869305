"""The report as rows for a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from typing import Final

from outreach.csvfiles import defused
from outreach.reports.funnel import Funnel, Row
from outreach.reports.wording import STEPS, named

_NUMBERS: Final = tuple(STEPS)


def as_csv(found: Funnel) -> str:
    """Give a row for all, then for each country, language, arm and week; no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["by", "key", "name", *_NUMBERS])
    writer.writerow(["all", "", "", *_numbers(found.total)])
    for dimension, rows in found.parts.items():
        for row in rows:
            name = defused(named(dimension, row.key))
            writer.writerow([dimension.value, defused(row.key), name, *_numbers(row)])
    return text.getvalue()


def _numbers(row: Row) -> list[str]:
    values = [getattr(row, field) for field in _NUMBERS]
    return ["" if value is None else str(value) for value in values]
