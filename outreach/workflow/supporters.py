"""What people ask for about supporters: take a list in, add, show and list people."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from outreach.addresses import normalise
from outreach.csvfiles import Rejects, open_table
from outreach.errors import InputError, NotFound
from outreach.model import Consent, Progress, Safety, Supporter, Suppression, no_progress
from outreach.places import country_code, language_tag, timezone_of
from outreach.store import Database, atomic
from outreach.supporters import roll
from outreach.supporters.consent import suppression_of
from outreach.supporters.formats import Field
from outreach.supporters.intake import Intake
from outreach.supporters.layout import Header, layout_of
from outreach.supporters.pipeline import intakes
from outreach.supporters.staging import Merged, Stage, staging


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; imported, merged and rejected add up to `rows`."""

    file: str
    #: whose export it was taken for
    format: str
    encoding: str
    rows: int
    #: people who were not on the list
    imported: int
    #: rows of people who were, or who stand in the file more than once
    merged: int
    rejected: int
    #: reason -> rows
    rejects: Mapping[str, int]
    #: where the rejected rows are; '' where there are none
    rejected_file: str
    #: what else was noticed -> rows: no_consent, country_not_recognised, ...
    notes: Mapping[str, int]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One person, with what stands against writing to them."""

    supporter: Supporter
    suppression: Suppression | None


class _Undo(Exception):
    """Takes back all that the import has written."""


def import_supporters(
    db: Database,
    path: Path,
    *,
    now: datetime,
    source: str = "",
    consent_ground: str = "",
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Take a list in, in one transaction; the same file a second time changes nothing.

    `source` says for people where the list is from. `consent_ground` is the ground on which those
    may be written to of whom the file does not say. `columns` names fields by header or number.
    Rejected rows are written beside the file. A dry run does all the same, but for the list.

    Raises:
        InputError: the file can't be used, or rejected rows can't be written beside it.
    """
    with open_table(path) as table, staging(db) as stage:
        header = Header(path, table.header_line, table.header)
        layout = layout_of(header, columns or {})
        rejects = Rejects(table)
        try:
            tally = _stage(
                intakes(table, layout, consent_ground.strip()),
                stage,
                rejects,
                # merging, which can't be measured, is about the last third
                lambda done: progress(done, table.size * 3 // 2),
            )
            merged = Merged(0, False)
            rejected_file: Path | None = None
            with contextlib.suppress(_Undo), atomic(db):
                merged = stage.merge(
                    # a file's name need not be text
                    file_name=path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
                    source=source,
                    states_timezone=Field.TIMEZONE in layout.fields,
                    now=now,
                )
                rejected_file = rejects.keep()
                _undo_unless(merged.changed and not dry_run)
        finally:
            rejects.discard()
        progress(table.size, table.size)
    rejected = tally.rejects.total()
    return ImportReport(
        file=str(path),
        format=layout.format,
        encoding=table.encoding.name,
        rows=tally.rows,
        imported=merged.new,
        merged=tally.rows - rejected - merged.new,
        rejected=rejected,
        rejects=dict(tally.rejects.most_common()),
        rejected_file=str(rejected_file or ""),
        notes={note: count for note, count in tally.notes.most_common() if count},
        dry_run=dry_run,
    )


def _undo_unless(kept: bool) -> None:
    if not kept:
        raise _Undo


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


def _stage(
    batches: Generator[tuple[Intake, int], None, None],
    stage: Stage,
    rejects: Rejects,
    progress: Callable[[int], None],
) -> _Tally:
    tally = _Tally()
    with contextlib.closing(batches):
        for intake, bytes_read in batches:
            stage.add(intake.people, intake.suppressions)
            for reject in intake.rejects:
                rejects.add(*reject)
                tally.rejects[reject.reason] += 1
            tally.rows += intake.size + len(intake.rejects)
            tally.notes.update(intake.notes)
            progress(bytes_read)
    return tally


def add_supporter(
    db: Database,
    email: str,
    *,
    now: datetime,
    given_name: str = "",
    family_name: str = "",
    country: str = "",
    language: str = "",
    consent_ground: str = "",
    tracking: Consent = Consent.UNKNOWN,
    safety: Safety = Safety.STANDARD,
) -> Supporter:
    """Add one person, who joins today; with a ground they may be written to, without one not.

    `country` and `language` may be codes or names in any language.

    Raises:
        InputError: the address, country or language can't be understood.
        AlreadyExists: somebody has this address.
    """
    if not email.strip():
        raise InputError("an address is needed")
    code = _understood("country", country, country_code(country))
    person = Supporter(
        supporter_id=0,
        email=_understood("address", email, normalise(email)),
        given_name=given_name.strip(),
        family_name=family_name.strip(),
        country=code,
        language=_understood("language", language, language_tag(language)),
        timezone=timezone_of(code),
        joined=now.date().isoformat(),
        consent=Consent.GRANTED if consent_ground.strip() else Consent.UNKNOWN,
        consent_ground=consent_ground.strip(),
        tracking=tracking,
        safety=safety,
    )
    with atomic(db):
        return roll.add(db, person, now)


def _understood(what: str, text: str, meaning: str) -> str:
    if text.strip() and not meaning:
        raise InputError(f"this is no {what} that we can use", value=text)
    return meaning


def show_supporter(db: Database, who: str) -> Shown:
    """Find a person by address or by id.

    Raises:
        NotFound: nobody on the list has it.
    """
    if who.isascii() and who.isdigit() and len(who) < 19:
        supporter = roll.get(db, int(who))
    else:
        found = roll.find(db, normalise(who))
        if found is None:
            raise NotFound(
                "nobody on the list has this address", value=who, next_step="check its spelling"
            )
        supporter = found
    return Shown(supporter, suppression_of(db, supporter.email))


def list_supporters(
    db: Database, *, country: str = "", language: str = "", tag: str = "", limit: int = 100
) -> list[Supporter]:
    """List the first people of whom all that is asked is true; '' asks nothing.

    Raises:
        InputError: the country or the language can't be understood.
    """
    return roll.list_supporters(
        db,
        country=_understood("country", country, country_code(country)),
        language=_understood("language", language, language_tag(language)),
        tag=tag,
        limit=limit,
    )
