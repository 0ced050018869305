"""What the rows of a file say of consent, all their columns taken together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from outreach.model import Consent, Suppression
from outreach.supporters.cells import Memo
from outreach.supporters.layout import Layout
from outreach.supporters.statuses import Status, combined


class Said(NamedTuple):
    """What a batch of rows says, in step with them."""

    #: values of `Consent`
    consent: list[str]
    ground: list[str]
    #: row -> what its address must be suppressed for
    suppressed: list[tuple[int, Suppression]]
    #: row and column of each word that we don't know
    unknown: list[tuple[int, int]]


class _Meaning(NamedTuple):
    consent: str
    suppression: Suppression | None
    #: columns whose word we don't know
    unknown: tuple[int, ...]

    @property
    def odd(self) -> bool:
        return self.suppression is not None or bool(self.unknown)


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
        self._odd: set[_Meaning] = set()

    def read(self, columns: Sequence[Sequence[str]], grounds: Sequence[str]) -> Said:
        """Read a batch; `grounds` is what its rows themselves give as ground."""
        ground = list(grounds)
        if not self._columns:
            if not self._ground:
                return Said([Consent.UNKNOWN.value] * len(ground), ground, [], [])
            return Said([Consent.GRANTED.value] * len(ground), [self._ground] * len(ground), [], [])
        self._meanings.trim()
        cells = zip(*(columns[place] for place in self._columns), strict=True)
        found = list(map(self._meanings.__getitem__, cells))
        said = Said([meaning.consent for meaning in found], ground, [], [])
        self._fill_grounds(said, found)
        if self._odd:
            for row, meaning in enumerate(found):
                if meaning.suppression is not None:
                    said.suppressed.append((row, meaning.suppression))
                said.unknown.extend((row, place) for place in meaning.unknown)
        return said

    def _fill_grounds(self, said: Said, found: list[_Meaning]) -> None:
        if self._file_ground:
            for row, consent in enumerate(said.consent):
                if consent == Consent.GRANTED and not said.ground[row]:
                    said.ground[row] = self._file_ground
        if self._ground:
            for row, consent in enumerate(said.consent):
                # a word that we don't know may well be a no
                if consent == Consent.UNKNOWN and not found[row].unknown:
                    said.consent[row] = Consent.GRANTED.value
                    said.ground[row] = self._ground

    def _meaning(self, cells: tuple[str, ...]) -> _Meaning:
        by_place = {
            place: words.meaning(cell)
            for (place, words), cell in zip(self._columns.items(), cells, strict=True)
        }
        unknown = tuple(place for place, status in by_place.items() if status is None)
        known: list[Status] = [status for status in by_place.values() if status is not None]
        status = combined(known)
        # a yes beside a word that we don't know is no clear yes
        unclear = bool(unknown) and status.consent is Consent.GRANTED
        consent = Consent.UNKNOWN if unclear else status.consent
        meaning = _Meaning(consent.value, status.suppression, unknown)
        if meaning.odd:
            self._odd.add(meaning)
        return meaning
