"""Follow-ups as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from outreach.csvfiles.formulas import defused
from outreach.errors import harmless
from outreach.followups import care, view
from outreach.followups.view import Asked
from outreach.settings import Settings
from outreach.store import Database
from outreach.workflow.followups import list_followups

HEADER: Final = (
    "id",
    "stage",
    "close_reason",
    "name",
    "email",
    "country",
    "language",
    "campaign",
    "opened_at",
    "waiting_since",
    "due_at",
    "answered_at",
    "snoozed_until",
    "assignee",
    "tags",
    "mails",
    "certainty",
    "note",
    "merged_into",
)
_BREAKS: Final = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")


def export_rows(
    db: Database, settings: Settings, asked: Asked, *, now: datetime
) -> list[list[str]]:
    """Give follow-ups as rows of one-line cells, none of which is a formula, as `HEADER` names.

    Where hosting is dangerous, where the country is not known or not certain, and of whoever must
    be written to discreetly, no name and no address leaves the house.
    """
    dangers = settings.gatherings.dangers
    return [
        _row(replace(line, name="", email="") if _stays_inside(db, line, dangers) else line)
        for line in list_followups(db, settings, asked, now=now)
    ]


def _stays_inside(db: Database, line: view.FollowupLine, dangers: Set[str]) -> bool:
    """Whether who it is may put somebody in danger, so far as anybody knows."""
    return (
        not line.country
        or "unsure" in line.flags
        or not dangers.isdisjoint(care.countries(db, line.followup_id))
        or care.is_needed(db, line.followup_id)
    )


def as_csv(rows: list[list[str]]) -> str:
    """Write rows under their header, with the mark by which Excel knows UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    return "\ufeff" + text.getvalue()


def _row(line: view.FollowupLine) -> list[str]:
    cells: list[object] = [
        line.followup_id,
        line.stage,
        line.close_reason,
        line.name,
        line.email,
        line.country,
        line.language,
        line.campaign,
        line.opened_at,
        line.waiting_since,
        line.due_at,
        line.answered_at,
        line.snoozed_until,
        line.assignee,
        " ".join(line.tags),
        line.mails,
        f"{line.certainty:.2f}",
        ", ".join(line.flags),
        line.merged_into or "",
    ]
    return [plain_cell(str(cell)) for cell in cells]


def plain_cell(text: str) -> str:
    """Write a text as one line that no spreadsheet takes for a formula, whatever divides cells.

    What moves a cursor is shown as an escape, as lists do.
    """
    return defused(harmless(_BREAKS.sub(" ", text)))
