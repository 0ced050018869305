"""What a person can ask of the actions: read in a file of them, add them up."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from outreach.csvfiles import Batch, Rejects, Table, open_table
from outreach.errors import NotFound
from outreach.facts import actions
from outreach.facts.action_rows import ActionProblem, ActionRow, Columns, key
from outreach.facts.actions import Total
from outreach.model import Progress, no_progress
from outreach.store import Database, atomic


@dataclass(frozen=True, slots=True)
class ImportedActions:
    """What became of each row of a file: `imported + repeated + rejected == rows`."""

    file: str
    rows: int
    imported: int
    #: here already, from this file or another
    repeated: int
    rejected: int
    #: reason -> rows, the commonest first
    rejects: Mapping[str, int]
    #: where the rejected rows are, to be mended; '' where there are none
    rejected_file: str
    #: columns that mean nothing to us
    ignored_columns: tuple[str, ...]
    dry_run: bool


def import_actions(
    db: Database,
    path: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportedActions:
    """Read a CSV file of actions: email, campaign, case, country, kind, quantity, date.

    One transaction: all good rows are in, or none. The same file twice changes nothing. Rows that
    can't be used go to `FILE.rejected.csv`, each with its reason. A dry run writes nothing. Others
    may write to the database until all is read.

    Raises:
        InputError: the file can't be read, its header is not one of actions, or rejected rows
            can't be written beside it.
        DatabaseBusy: another command is writing.
    """
    with open_table(path) as table, Rejects(table, dry_run=dry_run) as rejects:
        columns = Columns.of(table.header, path, table.header_line, table.delimiter)
        rejected_file: Path | None = None
        with closing(actions.Intake(db)) as intake:
            rows = _taken_in(intake, table, columns, rejects, now.date(), progress)
            intake.number()
            if dry_run:
                imported = intake.count_new()
            else:
                with atomic(db):
                    imported = _written(intake, table.size, progress)
                    rejected_file = rejects.keep()
    progress(2 * table.size, 2 * table.size)
    rejected = rejects.reasons.total()
    return ImportedActions(
        file=str(path),
        rows=rows,
        imported=imported,
        repeated=rows - imported - rejected,
        rejected=rejected,
        rejects=dict(rejects.reasons.most_common()),
        rejected_file=str(rejected_file or ""),
        ignored_columns=columns.ignored,
        dry_run=dry_run,
    )


def _taken_in(
    intake: actions.Intake,
    table: Table,
    columns: Columns,
    rejects: Rejects,
    today: date,
    progress: Progress,
) -> int:
    """Read all, which is half of the progress, and count it; the other half is writing."""
    rows = 0
    for batch in table.batches():
        refused = _take(intake, batch, columns, today)
        for line, reason, cells in sorted(refused):
            rejects.add(line, reason, cells)
        rows += len(batch.rows) + len(batch.problems)
        progress(table.bytes_read(), 2 * table.size)
    return rows


def _written(intake: actions.Intake, size: int, progress: Progress) -> int:
    imported = 0
    for written, new in enumerate(intake.write(), 1):
        imported += new
        progress(size + size * written // intake.batches, 2 * size)
    return imported


def _take(
    intake: actions.Intake, batch: Batch, columns: Columns, today: date
) -> list[tuple[int, str, list[str]]]:
    """Hand the good rows of a batch over; give the others with line and reason."""
    refused = [(row.line, str(row.problem), row.cells) for row in batch.problems]
    rows: list[ActionRow] = []
    places: list[int] = []
    for place, cells in enumerate(batch.rows):
        read = columns.read(cells, today)
        if batch.lines[place] in batch.broken and columns.swallows(cells):
            read = ActionProblem.LINE_BREAK
        if isinstance(read, ActionRow):
            rows.append(read)
            places.append(place)
        else:
            refused.append((batch.lines[place], read, cells))
    for number, problem in intake.take(rows).items():
        place = places[number]
        refused.append((batch.lines[place], problem, batch.rows[place]))
    return refused


def list_actions(db: Database, campaign: str = "") -> tuple[Total, ...]:
    """Add up the actions by campaign and kind, of all campaigns or of one.

    Raises:
        NotFound: there are none for that campaign.
    """
    found = actions.totals(db, key(campaign))
    if campaign and not found:
        raise NotFound(
            "there are no actions for that campaign",
            value=campaign,
            next_step="`outreach actions list` shows the campaigns that there are",
        )
    return found
