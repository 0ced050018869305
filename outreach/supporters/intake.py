"""Turn the rows of a file into people's data, a batch at a time and column by column. Pure.

A column is read as a whole, by functions written in C over remembered answers: a handful of Python
bytecodes a row, and not a handful a cell, is what makes an import fast. Whatever is out of the
ordinary (an odd address, a word that nobody knows) is looked at row by row, for those rows only.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import Final, NamedTuple

from outreach.addresses import normalise
from outreach.csvfiles import Batch
from outreach.model import Consent, Suppression
from outreach.places import timezone_of
from outreach.supporters import cells
from outreach.supporters.cells import BLANK, Memo, attributes_json
from outreach.supporters.consents import Consents
from outreach.supporters.formats import Field
from outreach.supporters.layout import Layout

NO_ADDRESS: Final = "no_address"
BAD_ADDRESS: Final = "bad_address"

#: addresses that are in the form we keep, as nearly all are, found faster than by `normalise`;
#: the counts keep all that match within RFC 5321's limits
_NORMAL: Final = re.compile(
    r"[a-zA-Z0-9_][\w+-]{0,31}(?:\.[\w+-]{1,15}){0,2}"
    r"@(?:[a-z0-9]{1,15}[-.]){0,3}[a-z0-9]{1,15}\.[a-z]{2,20}",
    re.ASCII,
).fullmatch

#: not in a name: it would break a header's line
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_quoted: Final = json.encoder.encode_basestring

Column = Sequence[str]
Reader = Callable[[str], str | None]

_READERS: Final[dict[Field, Reader]] = {
    Field.COUNTRY: cells.country,
    Field.LANGUAGE: cells.language,
    Field.TIMEZONE: cells.timezone,
    Field.JOINED: cells.day,
    Field.TAGS: cells.tags,
    Field.TRACKING: cells.tracking,
    Field.SAFETY: cells.safety,
}
#: where a word is not understood: what stands in its stead, if not nothing
_INSTEAD: Final = {Field.TRACKING: "unknown", Field.SAFETY: "discreet"}


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

    #: in the order of PEOPLE
    people: Iterator[tuple[str, ...]]
    #: of `people`
    size: int
    rejects: list[Reject]
    suppressions: list[tuple[str, Suppression]]


class Reading:
    """Reads the batches of one file, and notes what people ought to know of it."""

    def __init__(self, layout: Layout, consent_ground: str = "") -> None:
        self._layout = layout
        self._consents = Consents(layout, consent_ground)
        self._memos = {field: Memo(reader) for field, reader in _READERS.items()}
        self._zones: Memo[tuple[str, str], str] = Memo(lambda pair: pair[0] or timezone_of(pair[1]))
        self._names = {place: _quoted(name) for place, name in layout.attributes.items()}
        #: what was noticed -> in how many rows
        self.notes: Counter[str] = Counter()

    def read(self, batch: Batch) -> Intake:
        """Turn a batch into people and rejects; together they are as many as its rows."""
        rejects = [Reject(row.line, str(row.problem), row.cells) for row in batch.problems]
        rows, emails, refused = _with_address(batch, self._layout.fields[Field.EMAIL])
        if refused:
            rejects = sorted(rejects + refused)
        if not rows:
            return Intake(iter(()), 0, rejects, [])
        return self._people(list(zip(*rows, strict=True)), emails, rejects)

    def _people(self, columns: list[Column], emails: Column, rejects: list[Reject]) -> Intake:
        raw: dict[int, dict[str, str]] = {}
        count = len(emails)
        country = self._column(Field.COUNTRY, columns, count, raw)
        zones = zip(self._column(Field.TIMEZONE, columns, count, raw), country, strict=True)
        said = self._consents.read(columns, self._text(Field.CONSENT_GROUND, columns, count))
        for row, place in said.unknown:
            self._keep_raw("consent", place, columns, row, raw)
        people = zip(
            emails,
            self._text(Field.GIVEN_NAME, columns, count),
            self._text(Field.FAMILY_NAME, columns, count),
            country,
            self._column(Field.LANGUAGE, columns, count, raw),
            map(self._zones.__getitem__, zones),
            self._column(Field.JOINED, columns, count, raw),
            self._column(Field.TAGS, columns, count, raw),
            said.consent,
            said.ground,
            self._column(Field.TRACKING, columns, count, raw),
            self._column(Field.SAFETY, columns, count, raw),
            # last, as the columns before add to it what they could not read
            self._attributes(columns, count, raw),
            strict=True,
        )
        self.notes["no_consent"] += said.consent.count(Consent.UNKNOWN.value)
        suppressed = [(emails[row], reason) for row, reason in said.suppressed]
        return Intake(people, count, rejects, suppressed)

    def _text(self, field: Field, columns: list[Column], count: int) -> Column:
        place = self._layout.fields.get(field)
        if place is None:
            return [""] * count
        texts = list(map(str.strip, columns[place]))
        if not all(map(str.isprintable, texts)):
            return [_CONTROLS.sub(" ", text) for text in texts]
        return texts

    def _column(
        self, field: Field, columns: list[Column], count: int, raw: dict[int, dict[str, str]]
    ) -> Column:
        place = self._layout.fields.get(field)
        if place is None:
            return [BLANK.get(field, "")] * count
        words = list(map(self._memos[field].__getitem__, columns[place]))
        if None in words:
            for row, word in enumerate(words):
                if word is None:
                    words[row] = _INSTEAD.get(field, BLANK.get(field, ""))
                    self._keep_raw(field, place, columns, row, raw)
        return words  # type: ignore[return-value]  # no None is left

    def _keep_raw(
        self, what: str, place: int, columns: list[Column], row: int, raw: dict[int, dict[str, str]]
    ) -> None:
        raw.setdefault(row, {})[self._layout.header[place]] = columns[place][row].strip()
        self.notes[f"{what}_not_recognised"] += 1

    def _attributes(
        self, columns: list[Column], count: int, raw: dict[int, dict[str, str]]
    ) -> Column:
        filled = [
            [f"{name}:{_quoted(cell)}" if cell else "" for cell in map(str.strip, columns[place])]
            for place, name in self._names.items()
            if any(columns[place])
        ]
        if not filled:
            texts = ["{}"] * count
        else:
            texts = [
                "{" + ",".join(filter(None, cells)) + "}" for cells in zip(*filled, strict=True)
            ]
        for row, words in raw.items():
            texts[row] = attributes_json({**json.loads(texts[row]), **words})
        return texts


def _with_address(batch: Batch, place: int) -> tuple[list[list[str]], list[str], list[Reject]]:
    """Give the rows that have an address, those addresses, and the other rows as rejects."""
    emails = [row[place] for row in batch.rows]
    matches = list(map(_NORMAL, emails))
    refused: list[Reject] = []
    if None not in matches:
        return batch.rows, emails, refused
    for row, match in enumerate(matches):
        if match is None:
            written = emails[row]
            emails[row] = normalise(written)
            if not emails[row]:
                reason = BAD_ADDRESS if written.strip() else NO_ADDRESS
                refused.append(Reject(batch.lines[row], reason, batch.rows[row]))
    if not refused:
        return batch.rows, emails, refused
    return list(compress(batch.rows, emails)), list(filter(None, emails)), refused
