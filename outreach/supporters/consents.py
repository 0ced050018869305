"""What the rows of a file say of consent, all their columns taken together. Pure.

| the file says | we write down | and what stands on the roll already? |
|---|---|---|
| yes: granted | granted, with the row's or the program's ground | stays a no, else becomes a yes |
| no: denied | denied | becomes a no, for ever: no import undoes it |
| nothing: an empty cell, no column | unknown; with `--consent TEXT` granted, ground TEXT | stays |
| never confirmed: not given | unknown, ground "never confirmed: 'Pending'" | stays a yes or a no |
| what we can't read: unclear | unknown, ground "could not be read: ..." | a yes is taken back |

Rows of one file count as said one after another, and files too. `--consent` fills only what is
unknown without a ground: nobody who is not given or unclear, here, in another row of the file, or
on the roll, is ever filled; only their own later yes or no settles that. Of several columns of a
row the strictest counts: no, unclear, not given, yes. Nor is a row filled whose address is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from outreach.errors import shown
from outreach.model import Suppression
from outreach.supporters.cells import Memo
from outreach.supporters.layout import Layout
from outreach.supporters.statuses import Statement, combined

#: words that we can't read, kept to be named to the person who imports
_WORDS_NAMED: Final = 5


class Said(NamedTuple):
    """What a batch of rows says, in step with them."""

    #: values of `Statement`
    consent: list[str]
    ground: list[str]
    #: row -> what its address must be suppressed for
    suppressed: list[tuple[int, Suppression]]
    #: row and column of each word that we can't read
    unclear: list[tuple[int, int]]
    #: rows that give a ground for nothing
    groundless: list[int]


class _Meaning(NamedTuple):
    statement: str
    #: where the row gives none itself, or may not
    ground: str
    takes_own_ground: bool
    suppression: Suppression | None
    #: columns whose word we can't read
    unclear: tuple[int, ...]

    @property
    def plain(self) -> bool:
        return self.takes_own_ground and self.suppression is None and not self.unclear


class Consents:
    """Reads the columns of one file that speak of consent.

    `ground` is on what ground the people of the file may be written to who say nothing of it; with
    '' their consent is unknown.
    """

    def __init__(self, layout: Layout, ground: str) -> None:
        self._columns = layout.statuses
        self._file_ground = layout.ground
        self._ground = ground
        self._meanings = Memo(self._meaning)
        self._all_plain = True
        self._words: dict[str, None] = {}

    @property
    def unclear_words(self) -> tuple[str, ...]:
        """The first few words met that we can't read."""
        return tuple(self._words)

    def read(self, columns: Sequence[Sequence[str]], grounds: Sequence[str]) -> Said:
        """Read a batch; `grounds` is what its rows themselves give as ground."""
        self._meanings.trim()
        cells: Sequence[tuple[str, ...]] = [()] * len(grounds)
        if self._columns:
            cells = list(zip(*(columns[place] for place in self._columns), strict=True))
        found = list(map(self._meanings.__getitem__, cells))
        ground = [
            own if own and meaning.takes_own_ground else meaning.ground
            for own, meaning in zip(grounds, found, strict=True)
        ]
        said = Said([meaning.statement for meaning in found], ground, [], [], [])
        if not self._all_plain:
            for row, meaning in enumerate(found):
                if meaning.suppression is not None:
                    said.suppressed.append((row, meaning.suppression))
                said.unclear.extend((row, place) for place in meaning.unclear)
                if grounds[row] and not meaning.takes_own_ground:
                    said.groundless.append(row)
        return said

    def _meaning(self, cells: tuple[str, ...]) -> _Meaning:
        by_place = {
            place: words.meaning(cell)
            for (place, words), cell in zip(self._columns.items(), cells, strict=True)
        }
        status = combined(by_place.values())
        statement, ground = status.statement, ""

        def words(wanted: Statement) -> list[str]:
            met = zip(by_place.values(), cells, strict=True)
            return [cell.strip() for one, cell in met if one.statement is wanted]

        match statement:
            case Statement.GRANTED:
                ground = self._file_ground
            case Statement.NOT_GIVEN:
                ground = f"never confirmed: {_quoted(words(statement))}"
            case Statement.UNCLEAR:
                ground = f"could not be read: {_quoted(words(statement))}"
            case Statement.NOTHING if self._ground and status.suppression is None:
                statement, ground = Statement.FILLED, self._ground
        for word in words(Statement.UNCLEAR):
            if len(self._words) < _WORDS_NAMED:
                self._words[word] = None
        meaning = _Meaning(
            statement.value,
            ground,
            statement in (Statement.GRANTED, Statement.DENIED, Statement.NOT_GIVEN),
            status.suppression,
            tuple(p for p, one in by_place.items() if one.statement is Statement.UNCLEAR),
        )
        self._all_plain = self._all_plain and meaning.plain
        return meaning


def _quoted(words: list[str]) -> str:
    return ", ".join(map(shown, words))
