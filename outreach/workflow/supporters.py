"""What people ask for about supporters: take a list in, add, show and list people."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from outreach.addresses import normalise, of_mailbox
from outreach.csvfiles import Rejects, Table, open_table
from outreach.errors import IllegalMove, InputError, NotFound
from outreach.model import Consent, Progress, Safety, Supporter, Suppression, no_progress
from outreach.places import country_code, language_tag, timezone_of
from outreach.store import Database, atomic
from outreach.supporters import roll, spellings, tombstones
from outreach.supporters.cells import text
from outreach.supporters.consent import suppression_of
from outreach.supporters.formats import Field
from outreach.supporters.intake import Reading
from outreach.supporters.layout import Header, layout_of, refuse_doubts
from outreach.supporters.staging import Merged, Stage, staging

#: letters of a name that are looked for
_SHORTEST_SEARCH: Final = 2


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; imported, merged and rejected add up to `rows`."""

    file: str
    #: whose export it was taken for
    format: str
    encoding: str
    #: column -> what it was taken for, in the words of `--columns`
    columns: Mapping[str, tuple[str, ...]]
    #: columns taken for attributes, though their names may speak of consent
    doubtful_columns: tuple[str, ...]
    #: and those whose names may say who must get discreet messages only
    maybe_discreet_columns: tuple[str, ...]
    rows: int
    #: people who were not on the list
    imported: int
    #: rows of people who were, or who stand in the file more than once
    merged: int
    rejected: int
    #: reason -> rows
    rejects: Mapping[str, int]
    #: where the rejected rows are; '' where there are none, and after a dry run
    rejected_file: str
    #: what else was noticed -> rows: no_consent, country_not_recognised, ...; people of
    #: `no_longer_discreet` and `left_under_another_spelling`
    notes: Mapping[str, int]
    #: the first few words about consent that could not be read
    unclear_words: tuple[str, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One person, with where they came from and what stands against writing to them."""

    supporter: Supporter
    suppression: Suppression | None
    #: None for people who came with no import
    origin: roll.Origin | None


class _Undo(Exception):
    """Takes back all that the import has written."""


def import_supporters(
    db: Database,
    path: Path,
    *,
    now: datetime,
    source: str = "",
    consent_ground: str = "",
    columns: Sequence[tuple[str, str]] = (),
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Take a list in, in one transaction; the same file a second time changes nothing.

    `source` says for people where the list is from. `consent_ground` is the ground on which those
    may be written to of whom the file says nothing. `columns` are pairs of a field and the header
    or number of its column. Rejected rows are written beside the file. A dry run writes nothing.

    Raises:
        InputError: the file can't be used, or rejected rows can't be written beside it; or a ground
            is given, and a column that we don't understand may say who must not be written to.
        IllegalMove: somebody was erased meanwhile.
    """
    ground = text(consent_ground)
    with (
        open_table(path) as table,
        staging(db) as stage,
        Rejects(table, dry_run=dry_run) as rejects,
    ):
        header = Header(path, table.header_line, table.header)
        layout = layout_of(header, columns)
        if ground:
            refuse_doubts(header, layout)
        erased = tombstones.standing(db)
        reading = Reading(layout, table.delimiter, ground, erased)
        # merging, which can't be measured, is about the last third
        rows, notes = _stage(
            table, reading, stage, rejects, lambda done: progress(done, table.size * 3 // 2)
        )
        merged = Merged(0, False)
        rejected_file: Path | None = None
        with contextlib.suppress(_Undo), atomic(db):
            if tombstones.standing(db).hashes - erased.hashes:
                raise IllegalMove(
                    "somebody was erased while the file was read", next_step="import it again"
                )
            merged = stage.merge(
                # a file's name need not be text
                file_name=path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
                source=text(source),
                states_timezone=Field.TIMEZONE in layout.fields,
                fills=bool(ground),
                now=now,
            )
            notes["no_longer_discreet"] = merged.less_discreet
            notes["left_under_another_spelling"] = merged.covered
            rejected_file = rejects.keep()
            if dry_run or not merged.changed:
                raise _Undo
    progress(table.size, table.size)
    rejected = rejects.reasons.total()
    return ImportReport(
        file=str(path),
        format=layout.format,
        encoding=table.encoding.name,
        columns=layout.meanings,
        doubtful_columns=tuple(layout.names[place] for place in layout.doubtful),
        maybe_discreet_columns=tuple(layout.names[place] for place in layout.maybe_discreet),
        rows=rows,
        imported=merged.new,
        merged=rows - rejected - merged.new,
        rejected=rejected,
        rejects=dict(rejects.reasons.most_common()),
        rejected_file=str(rejected_file or ""),
        notes={note: count for note, count in notes.most_common() if count},
        unclear_words=reading.unclear_words,
        dry_run=dry_run,
    )


def _stage(
    table: Table,
    reading: Reading,
    stage: Stage,
    rejects: Rejects,
    progress: Callable[[int], None],
) -> tuple[int, Counter[str]]:
    """Read all; give the number of rows, and what was noticed of how many."""
    rows = 0
    notes: Counter[str] = Counter()
    for batch in table.batches():
        intake = reading.read(batch)
        stage.add(intake.people, intake.suppressions)
        for reject in intake.rejects:
            rejects.add(*reject)
        rows += intake.size + len(intake.rejects)
        notes.update(intake.notes)
        progress(table.bytes_read())
    return rows, notes


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
) -> Shown:
    """Add one person, who joins today; with a ground they may be written to, without one not.

    `country` and `language` may be codes or names in any language. A suppression of the address
    stays, and is told.

    Raises:
        InputError: the address, country or language can't be understood.
        AlreadyExists: somebody has this address.
        IllegalMove: whoever has it was erased.
    """
    if not email.strip():
        raise InputError("an address is needed")
    code = _understood("country", country, country_code(country))
    ground = text(consent_ground)
    person = Supporter(
        supporter_id=0,
        email=_understood("address", email, normalise(email)),
        given_name=text(given_name),
        family_name=text(family_name),
        country=code,
        language=_understood("language", language, language_tag(language)),
        timezone=timezone_of(code),
        joined=now.date().isoformat(),
        consent=Consent.GRANTED if ground else Consent.UNKNOWN,
        consent_ground=ground,
        tracking=tracking,
        safety=safety,
    )
    with atomic(db):
        tombstones.refuse(db, person.email)
        added = roll.add(db, person, now)
        spellings.cover(db, added.supporter_id, added.email)
        return _with_history(db, roll.get(db, added.supporter_id))


def _understood(what: str, text: str, meaning: str) -> str:
    if text.strip() and not meaning:
        raise InputError(f"this is no {what} that we can use", value=text)
    return meaning


def show_supporter(db: Database, who: str) -> Shown:
    """Find a person by address or by id.

    Raises:
        InputError: it is neither.
        NotFound: nobody on the list has it, or they were erased.
    """
    found = roll.named(db, who)
    if not roll.is_on_the_list(found):
        raise NotFound("they were erased: nothing is kept of them", value=who)
    return _with_history(db, found)


def _with_history(db: Database, supporter: Supporter) -> Shown:
    return Shown(
        supporter,
        suppression_of(db, supporter.email),
        roll.origin_of(db, supporter.supporter_id),
    )


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


def search_supporters(db: Database, text: str, *, limit: int = 50) -> list[Supporter]:
    """Find people by id, by address, or by a part of their name or address.

    Raises:
        InputError: it is too short to find anybody by.
    """
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        return [p for p in roll.fetch(db, [int(wanted)]).values() if roll.is_on_the_list(p)]
    address = of_mailbox(wanted)
    if address:
        exact = roll.find(db, address)
        if exact is not None:
            return [exact]
    if len(wanted) < _SHORTEST_SEARCH:
        raise InputError("this is too short to look for", value=text)
    return roll.search(db, wanted, limit)
