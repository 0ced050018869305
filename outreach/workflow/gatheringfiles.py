"""Gatherings in and out of files: CSV both ways, and a calendar out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from outreach.csvfiles import Rejects, Table, defused, open_table, restored, swallows
from outreach.errors import InputError
from outreach.facts.action_rows import key
from outreach.followups import gatherings, gatheringview, results
from outreach.followups.gatheringrows import (
    FIELDS,
    GatheringProblem,
    GatheringRow,
    Unusable,
    kind,
    row,
)
from outreach.followups.gatheringview import Filter, Gathering
from outreach.followups.gatheringwriting import as_row
from outreach.model import Progress, no_progress
from outreach.settings import Settings
from outreach.store import Database, atomic, snapshot
from outreach.workflow.gatheringeffects import let_count

#: what the columns of other people's files are called, without case and punctuation
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "uid": ("id",),
    "organiser": ("organizer", "host", "name"),
    "email": ("emailaddress", "mail"),
    "language": ("lang",),
    "country": ("countrycode",),
    "place": ("town", "city", "venue", "location", "where"),
    "date": ("day", "heldon", "when"),
    "begins": ("time", "hour", "starts", "begin", "start"),
    "minutes": ("duration",),
    "zone": ("timezone",),
    "kind": ("type", "event", "eventtype"),
    "cases": ("case",),
    "letters": ("letter", "cards", "postcards"),
    "emails": ("emailactions",),
    "sms": ("texts", "textmessages"),
    "faxes": ("fax",),
    "tweets": ("tweet",),
    "signatures": ("petitionsignatures", "petitions", "signature"),
    "attended": ("people", "participants", "attendance"),
}
_NEEDED: Final = ("country", "kind")
_PEOPLE: Final = """
    SELECT asked.value, s.supporter_id
      FROM json_each(?) AS asked JOIN supporters AS s ON s.email = asked.value
"""


@dataclass(frozen=True, slots=True)
class ImportedGatherings:
    """What became of each row of a file: `imported + repeated + rejected == rows`."""

    file: str
    rows: int
    imported: int
    #: here already, from this file or another, or written down by hand
    repeated: int
    rejected: int
    #: reason -> rows, the commonest first
    rejects: Mapping[str, int]
    #: where the rejected rows are, to be mended; '' where there are none
    rejected_file: str
    #: columns that mean nothing to us
    ignored_columns: tuple[str, ...]
    #: results that came with them and count
    checked: int
    #: and those that wait to be checked
    to_check: int
    dry_run: bool


class _Undo(Exception):
    """Takes back all that a dry run has written."""


def import_gatherings(
    db: Database,
    settings: Settings,
    path: Path,
    *,
    by: str,
    now: datetime,
    checked: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportedGatherings:
    """Read a CSV file of gatherings, such as `export_csv` writes. One transaction.

    A gathering is known by its uid, else by its organiser, place, day, hour and kind and by which
    of the equal rows of its file it is: what is here already is not changed, so that the same file
    twice changes nothing. Results count where the row says who checked them or when, or with
    `checked`, by `by`'s word. Rows that can't be used go to `FILE.rejected.csv`, each with its
    reason. A dry run writes nothing.

    Raises:
        InputError: the file can't be read, its header is not one of gatherings, or rejected rows
            can't be written beside it.
    """
    with open_table(path) as table, Rejects(table, dry_run=dry_run) as rejects:
        columns = _Columns(table)
        reading = _Reading(settings, gatherings.secret_of(db, now), now.date(), by)
        rows: list[GatheringRow] = []
        total = 0
        for batch in table.batches():
            refused = [(each.line, str(each.problem), each.cells) for each in batch.problems]
            for line, cells in zip(batch.lines, batch.rows, strict=True):
                problem = line in batch.broken and columns.swallows(cells)
                read = GatheringProblem.LINE_BREAK if problem else reading.read(columns.said(cells))
                if isinstance(read, GatheringRow):
                    rows.append(read)
                else:
                    refused.append((line, read, cells))
            for line, why, cells in sorted(refused):
                rejects.add(line, why, cells)
            total += len(batch.rows) + len(batch.problems)
            progress(table.bytes_read(), 2 * table.size)
        writing = _Writing(db, by, now, checked)
        rejected_file: Path | None = None
        with contextlib.suppress(_Undo), atomic(db):
            writing.write(rows)
            if dry_run:
                raise _Undo
            rejected_file = rejects.keep()
    progress(2 * table.size, 2 * table.size)
    rejected = rejects.reasons.total()
    return ImportedGatherings(
        file=str(path),
        rows=total,
        imported=writing.imported,
        repeated=total - writing.imported - rejected,
        rejected=rejected,
        rejects=dict(rejects.reasons.most_common()),
        rejected_file=str(rejected_file or ""),
        ignored_columns=columns.ignored,
        checked=writing.checked,
        to_check=writing.to_check,
        dry_run=dry_run,
    )


def export_csv(db: Database, settings: Settings, asked: Filter) -> str:
    """Write gatherings as CSV, with what counts of their results; no cell is a formula.

    Of a guarded gathering there is no name, and where it is only by country. Reading it again gives
    the same gatherings.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for gathering in _asked(db, settings, asked):
        said = as_row(gatheringview.masked(gathering))
        writer.writerow([defused(said.get(name, "")) for name in FIELDS])
    return text.getvalue()


def export_calendar(db: Database, settings: Settings, asked: Filter, now: datetime) -> bytes:
    """Write gatherings as a calendar by RFC 5545; those without a day are left out.

    Of a guarded gathering there is no name, and where it is only by country.
    """
    # its library is for those who want a calendar
    from outreach.followups import calendars

    found = (gatheringview.masked(gathering) for gathering in _asked(db, settings, asked))
    return calendars.calendar([each for each in found if each.known.held_on], now)


def _asked(db: Database, settings: Settings, asked: Filter) -> list[Gathering]:
    with snapshot(db):
        return gatheringview.list_gatherings(db, settings.gatherings.dangers, asked)


class _Columns:
    """Which cell of a row says what."""

    def __init__(self, table: Table) -> None:
        self._places: dict[str, int] = {}
        self._delimiter = table.delimiter
        ignored = []
        known = {f.replace("_", ""): f for f in FIELDS}
        known |= {other: field for field, others in _HEADERS.items() for other in others}
        for place, title in enumerate(table.header):
            plain = "".join(c for c in title.casefold() if c.isalnum())
            field = known.get(plain, "")
            if field in self._places:
                raise InputError(
                    f"two columns would both be the {field}",
                    file=table.path,
                    line=table.header_line,
                    value=title,
                    next_step="rename or remove one of them",
                )
            if field:
                self._places[field] = place
            elif plain not in ("line", "reason"):
                ignored.append(title)
        missing = [field for field in _NEEDED if field not in self._places]
        if missing:
            raise InputError(
                f"there is no column {' and no column '.join(missing)}",
                file=table.path,
                line=table.header_line,
                value=", ".join(table.header),
                next_step=f"the first row must name the columns: {', '.join(FIELDS)}",
            )
        self.ignored = tuple(ignored)

    def said(self, cells: Sequence[str]) -> dict[str, str]:
        return {field: restored(cells[place]) for field, place in self._places.items()}

    def swallows(self, cells: Sequence[str]) -> bool:
        return swallows(cells, self._places["kind"], self._delimiter, _is_kind)


def _is_kind(text: str) -> bool:
    try:
        return bool(kind(text))
    except Unusable:
        return False


class _Reading:
    """Understands rows, and gives those of one file that have no uid one that tells them apart."""

    def __init__(self, settings: Settings, secret: bytes, today: date, by: str) -> None:
        self._secret = secret
        self._dangers = settings.gatherings.dangers
        self._campaign = key(settings.gatherings.campaign)
        self._today = today
        self._by = by
        self._equal: Counter[str] = Counter()
        self._seen: dict[str, GatheringRow] = {}

    def read(self, said: Mapping[str, str]) -> GatheringRow | GatheringProblem:
        try:
            found = row(said, self._dangers, self._today, self._by)
        except Unusable as unusable:
            return unusable.problem
        if not found.known.campaign:
            found = replace(found, known=replace(found.known, campaign=self._campaign))
        if found.report and found.report.counts and not found.known.campaign:
            return GatheringProblem.NO_CAMPAIGN
        if not found.uid:
            identity = gatherings.identity(found.known)
            uid = gatherings.uid_of(self._secret, identity, self._equal[identity])
            self._equal[identity] += 1
            found = replace(found, uid=uid)
        if self._seen.setdefault(found.uid, found) != found:
            # one of the two would be lost without a word
            return GatheringProblem.BAD_UID
        return found


class _Writing:
    """Writes rows that are not here yet."""

    def __init__(self, db: Database, by: str, now: datetime, checked: bool) -> None:
        self._db = db
        self._by = by
        self._now = now
        self._says_checked = checked
        self.imported = self.checked = self.to_check = 0

    def write(self, rows: Sequence[GatheringRow]) -> None:
        there = {uid for (uid,) in self._db.conn.execute("SELECT uid FROM gatherings")}
        asked = json.dumps(sorted({each.known.email for each in rows} - {""}))
        people = dict(self._db.conn.execute(_PEOPLE, [asked]))
        for each in rows:
            if each.uid in there:
                continue
            there.add(each.uid)
            self._write(each, people.get(each.known.email))

    def _write(self, each: GatheringRow, supporter_id: int | None) -> None:
        known = replace(each.known, supporter_id=supporter_id)
        gathering_id = gatherings.insert(self._db, known, each.uid, self._by, self._now, each.state)
        self.imported += 1
        if each.report is None:
            return
        result_id = results.report(
            self._db, gathering_id, each.report, each.reported_at or self._now
        )
        is_checked = self._says_checked or each.checked_at is not None
        checked_by = each.checked_by or (self._by if is_checked else "")
        if checked_by:
            results.check(self._db, result_id, checked_by, each.checked_at or self._now)
            let_count(self._db, gathering_id)
        self.checked += bool(checked_by)
        self.to_check += not checked_by
