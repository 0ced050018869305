"""Read a proof: whether its lines follow from each other, and whether the ledger says the same.

Reads a line at a time, so that a proof may be of any size. Writes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, BinaryIO, Final, TypeVar

from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.ledger import MOVES
from outreach.dispatch.proof import (
    FORMAT,
    START,
    End,
    Header,
    ProofRow,
    canonical,
    following,
    ledger_rows,
)
from outreach.errors import InputError
from outreach.model import DeliveryState
from outreach.store import Database
from outreach.tokens import SigningKey

#: bytes; ours have some hundreds
_LONGEST_LINE: Final = 64 * 1024
_KINDS: Final[Mapping[str, type]] = {"int": int, "str": str, "dict[str, int]": dict}
L = TypeVar("L", Header, ProofRow, End)


class ProofFile:
    """A proof that is being read. `name` is shown in errors, all of which have the line's number.

    Raises:
        InputError: this is no proof, or its first line was changed.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._line = 0
        self._before = b""
        #: of the last line that was read
        self.chain = START
        #: whether all lines end with CRLF, as after a mail's journey: that says nothing else
        self.line_ends_changed = False
        self.counts: Counter[str] = Counter()
        self.header = self._header()

    def rows(self) -> Iterator[tuple[int, ProofRow]]:
        """Give the rows, each with its line's number, until the last line, which must be right.

        Raises:
            InputError: a line was changed, taken out, doubled, moved or put in; with its number.
        """
        latest = 0
        while "counts" not in (entry := self._next()):
            row = self._made(ProofRow, entry)
            if row.delivery_id <= latest:
                raise self._wrong("this delivery is out of order")
            if row.state not in MOVES:
                raise self._wrong("there is no state of this name", row.state)
            latest = row.delivery_id
            self.counts[row.state] += 1
            yield self._line, row
        end = self._made(End, entry)
        if end.counts != dict(self.counts) or end.rows != self.counts.total():
            raise self._wrong("the counts are not those of the lines above")
        if end.rows != self.header.audience:
            raise self._wrong(f"the counts don't add up to the audience, {self.header.audience}")
        if self._file.read(1):
            self._line += 1
            raise self._wrong("there is more after the last line")

    def _header(self) -> Header:
        line = self._file.readline(_LONGEST_LINE)
        if not line.startswith(b'{"audience":'):
            raise InputError(
                "this is no proof of a campaign",
                file=self._name,
                next_step="make one with `outreach campaigns proof`",
            )
        header = self._made(Header, self._understood(line))
        if header.format != FORMAT:
            raise InputError(
                "this proof is of a form that we don't know",
                file=self._name,
                value=header.format,
                next_step="verify it with the version of outreach that made it",
            )
        return header

    def _next(self) -> dict[str, Any]:
        return self._understood(self._file.readline(_LONGEST_LINE))

    def _understood(self, line: bytes) -> dict[str, Any]:
        """Give what a line says, without its chain, which must follow from the line before."""
        self._line += 1
        if self._line == 1:
            self.line_ends_changed = line.endswith(b"\r\n")
        if self.line_ends_changed and line.endswith(b"\r\n"):
            line = line[:-2] + b"\n"
        elif self.line_ends_changed and line:
            raise self._wrong("this line ends otherwise than the first one, which ends with CRLF")
        if not line.endswith(b"\n"):
            raise self._wrong("the proof ends here, before its last line" if not line else _CHANGED)
        if line == self._before:
            raise self._wrong("this line stands here twice")
        try:
            entry = json.loads(line)
            same = isinstance(entry, dict) and canonical(entry) + b"\n" == line
        except (ValueError, RecursionError):
            same = False
        if not same:
            raise self._wrong(_CHANGED)
        chain = entry.pop("chain", None)
        if chain != following(self.chain, entry):
            raise self._wrong(_CHANGED if self._line == 1 else _DOES_NOT_FOLLOW)
        self.chain, self._before = chain, line
        return dict(entry)

    def _made(self, kind: type[L], entry: dict[str, Any]) -> L:
        asked = {each.name: _KINDS[str(each.type)] for each in fields(kind)}
        if entry.keys() != asked.keys() or any(
            type(entry[name]) is not of for name, of in asked.items()
        ):
            raise self._wrong("this line says other things than lines of a proof do")
        return kind(**entry)

    def _wrong(self, problem: str, value: object = None) -> InputError:
        return InputError(problem, file=self._name, line=self._line, value=value, next_step="")


_CHANGED: Final = "this line was changed or cut off: outreach does not write it so"
_DOES_NOT_FOLLOW: Final = (
    "this line does not follow from the one above: one of them was changed, or a line was taken"
    " out, put in or moved"
)


class Standing(StrEnum):
    """How a row of the ledger stands to that of a proof."""

    #: it went on by legal moves since the proof was made
    MOVED_ON = "moved_on"
    #: one of the two is not true
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same in the ledger as in the proof."""

    delivery_id: int
    #: of the proof; 0 where it has none
    line: int
    standing: Standing
    what: str


def _reachable(state: DeliveryState) -> frozenset[DeliveryState]:
    """Give all states that a row can be in after it has left `state`."""
    found: set[DeliveryState] = set()
    further = set(MOVES[state])
    while further:
        found |= further
        further = {to for origin in further for to in MOVES[origin]} - found
    return frozenset(found)


_LATER: Final = {state: _reachable(state) for state in MOVES}


def differences(
    db: Database, campaign: Campaign, key: SigningKey, rows: Iterator[tuple[int, ProofRow]]
) -> Iterator[Difference]:
    """Compare the rows of a proof with the ledger, both in the order of their ids."""
    ours = ledger_rows(db, campaign, key)
    current = next(ours, None)
    for line, row in rows:
        while current is not None and current.delivery_id < row.delivery_id:
            yield _not_in_proof(current)
            current = next(ours, None)
        if current is None or current.delivery_id > row.delivery_id:
            what = "is not in the ledger"
            yield Difference(row.delivery_id, line, Standing.CONTRADICTS, what)
            continue
        if current != row:
            yield Difference(row.delivery_id, line, *_compared(row, current))
        current = next(ours, None)
    while current is not None:
        yield _not_in_proof(current)
        current = next(ours, None)


def _not_in_proof(row: ProofRow) -> Difference:
    what = "is in the ledger and not in the proof"
    return Difference(row.delivery_id, 0, Standing.CONTRADICTS, what)


def _compared(proven: ProofRow, now: ProofRow) -> tuple[Standing, str]:
    if proven.person != now.person:
        return Standing.CONTRADICTS, "is of another address in the ledger"
    later = now.changed_at >= proven.changed_at and now.attempts >= proven.attempts
    if later and DeliveryState(now.state) in _LATER[DeliveryState(proven.state)]:
        return Standing.MOVED_ON, f"{proven.state} -> {now.state}"
    if proven.state != now.state:
        return Standing.CONTRADICTS, f"{proven.state} in the proof, {now.state} in the ledger"
    names = [f.name for f in fields(ProofRow) if getattr(proven, f.name) != getattr(now, f.name)]
    return Standing.CONTRADICTS, f"{', '.join(names)} in the ledger as the proof does not have it"
