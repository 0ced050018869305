"""Turn the rows of a file into people's data, a batch at a time and column by column. Pure.

A column is read as a whole, by functions written in C over remembered answers: a handful of Python
bytecodes a row, and not a handful a cell, is what makes an import fast. Whatever is out of the
ordinary (an odd address, a word that nobody knows) is looked at row by row, for those rows only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress
from typing import Final, NamedTuple

from outreach.csvfiles import Batch
from outreach.model import Safety, Suppression
from outreach.places import timezone_of
from outreach.supporters import cells
from outreach.supporters.cells import CellMemo, Memo, attributes_json
from outreach.supporters.consents import Consents, Said
from outreach.supporters.formats import Field
from outreach.supporters.layout import Layout
from outreach.supporters.refusal import Refusal, normalised, refusals
from outreach.supporters.statuses import Statement
from outreach.supporters.tombstones import NOBODY, Tombstones

_quoted: Final = json.encoder.encode_basestring

#: '' where a row says nothing
Column = Sequence[str]

_READERS: Final[dict[Field, Callable[[str], str]]] = {
    Field.COUNTRY: cells.country,
    Field.LANGUAGE: cells.language,
    Field.TIMEZONE: cells.timezone,
    Field.JOINED: cells.day,
    Field.TAGS: cells.tags,
    Field.TRACKING: cells.tracking,
    Field.SAFETY: cells.safety,
    Field.CONSENT_GROUND: cells.text,
}
#: what an unreadable cell is taken for, if not for nothing: no reason to be less careful
_INSTEAD: Final = {Field.SAFETY: Safety.DISCREET.value}


class Reject(NamedTuple):
    """A row that is not taken in."""

    line: int
    reason: str
    cells: Sequence[str]


#: the columns of a person, as `Intake.people` gives them
PEOPLE: Final = (
    *("email", "given_name", "family_name", "country", "language", "timezone", "joined", "tags"),
    *("consent", "consent_ground", "tracking", "safety", "attributes"),
)


class Intake(NamedTuple):
    """What one batch gives."""

    #: what is known of one person after another, each in the order of PEOPLE, in one flat list
    people: list[str]
    #: how many they are
    size: int
    rejects: list[Reject]
    suppressions: list[tuple[str, Suppression]]
    #: what people ought to know -> of how many rows
    notes: dict[str, int]


class Reading:
    """Reads the batches of one file, whose cells `delimiter` parts; nobody who was erased."""

    def __init__(
        self,
        layout: Layout,
        delimiter: str,
        consent_ground: str = "",
        erased: Tombstones = NOBODY,
    ) -> None:
        self._layout = layout
        self._erased = erased
        self._delimiter = delimiter
        self._consents = Consents(layout, consent_ground)
        self._memos = {
            field: CellMemo(read, _INSTEAD.get(field, "")) for field, read in _READERS.items()
        }
        self._zones: Memo[tuple[str, str], str] = Memo(_zone)
        self._attributes = {place: _quoted(layout.names[place]) for place in layout.attributes}
        self._notes: Counter[str] = Counter()

    @property
    def unclear_words(self) -> tuple[str, ...]:
        """The first few words about consent that could not be read."""
        return self._consents.unclear_words

    def read(self, batch: Batch) -> Intake:
        """Turn a batch into people and rejects; together they are as many as its rows."""
        rejects = [Reject(row.line, str(row.problem), row.cells) for row in batch.problems]
        if not batch.rows:
            return Intake([], 0, rejects, [], {})
        columns: list[Column] = list(zip(*batch.rows, strict=True))
        emails = normalised(columns[self._layout.fields[Field.EMAIL]])
        refused = dict.fromkeys(self._erased.met(emails), Refusal.ERASED)
        refused |= refusals(batch, emails, self._layout, self._delimiter)
        if refused:
            rejects.extend(
                Reject(batch.lines[row], reason, batch.rows[row]) for row, reason in refused.items()
            )
            rejects.sort()
            kept = [row not in refused for row in range(len(batch.rows))]
            columns = [list(compress(column, kept)) for column in columns]
            emails = list(compress(emails, kept))
        return self._people(columns, emails, rejects)

    def _people(self, columns: list[Column], emails: Column, rejects: list[Reject]) -> Intake:
        said = self._consents.read(columns, self._column(Field.CONSENT_GROUND, columns))
        country = self._column(Field.COUNTRY, columns)
        zones = zip(self._column(Field.TIMEZONE, columns), country, strict=True)
        people = zip(
            emails,
            self._names(Field.GIVEN_NAME, columns),
            self._names(Field.FAMILY_NAME, columns),
            country,
            self._column(Field.LANGUAGE, columns),
            list(map(self._zones.__getitem__, zones)),
            self._column(Field.JOINED, columns),
            self._column(Field.TAGS, columns),
            said.consent,
            said.ground,
            self._column(Field.TRACKING, columns),
            self._column(Field.SAFETY, columns),
            # after all columns have met what they can't read
            self._further(columns, said),
            strict=True,
        )
        self._zones.trim()
        self._note_consents(said)
        notes, self._notes = self._notes, Counter()
        suppressed = [(emails[row], reason) for row, reason in said.suppressed]
        flat = list(chain.from_iterable(people))
        return Intake(flat, len(emails), rejects, suppressed, notes)

    def _names(self, field: Field, columns: list[Column]) -> Column:
        place = self._layout.fields.get(field)
        if place is None:
            return [""] * len(columns[0])
        names = columns[place]
        # looked at all together, and one by one only where one of them is not clean
        together = "|".join(("", *names, ""))
        if together.isprintable() and "| " not in together and " |" not in together:
            return names
        return list(map(cells.text, names))

    def _column(self, field: Field, columns: list[Column]) -> Column:
        place = self._layout.fields.get(field)
        if place is None:
            return [""] * len(columns[0])
        return list(map(self._memos[field].__getitem__, columns[place]))

    def _note_consents(self, said: Said) -> None:
        # a dead address has no use for a consent
        dead = sum(said.consent[row] == Statement.NOTHING for row, _ in said.suppressed)
        self._notes["no_consent"] += said.consent.count(Statement.NOTHING.value) - dead
        self._notes["consent_not_given"] += said.consent.count(Statement.NOT_GIVEN.value)
        self._notes["consent_unclear"] += said.consent.count(Statement.UNCLEAR.value)
        self._notes["ground_without_consent"] += len(said.groundless)

    def _further(self, columns: list[Column], said: Said) -> Column:
        """Give the JSON of all further columns, and of cells that could not be used."""
        filled = [
            [f"{name}:{_quoted(cell)}" if cell else "" for cell in map(str.strip, columns[place])]
            for place, name in self._attributes.items()
            if any(columns[place])
        ]
        texts = [""] * len(columns[0])
        if filled:
            texts = [
                "{" + ",".join(filter(None, cells)) + "}" for cells in zip(*filled, strict=True)
            ]
        for row, place in (*self._unused(said), *self._unreadable(columns)):
            words = json.loads(texts[row] or "{}")
            words[self._layout.names[place]] = columns[place][row].strip()
            texts[row] = attributes_json(words)
        return texts

    def _unused(self, said: Said) -> Iterator[tuple[int, int]]:
        yield from said.unclear
        for row in said.groundless:
            yield row, self._layout.fields[Field.CONSENT_GROUND]

    def _unreadable(self, columns: list[Column]) -> Iterator[tuple[int, int]]:
        for field, memo in self._memos.items():
            place = self._layout.fields.get(field)
            if place is not None and memo.unreadable:
                for row, cell in enumerate(columns[place]):
                    if cell in memo.unreadable:
                        self._notes[f"{field}_not_recognised"] += 1
                        yield row, place
            memo.trim()


def _zone(pair: tuple[str, str]) -> str:
    stated, country = pair
    return stated or timezone_of(country)
