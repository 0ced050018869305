"""Suspects: refusals for which somebody else may be to blame, kept open until another gets through.

A relay that denies us, or a message that fits nobody, refuses letter after letter, and a refusal in
the ledger is for ever. So one that says nothing of the address stays claimed until a letter after
it is accepted. If none is, it is put off: a refusal is certain, so nothing of it has left us.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from outreach.dispatch import outcomes
from outreach.dispatch.ledger import Entry, Row
from outreach.dispatch.results import OF_THE_ADDRESS, Stop, Tally
from outreach.model import DeliveryState

#: so many refusals in a run in which nobody got through are not those people's fault
ENOUGH: Final = 3


class Suspects:
    """Refusals since the last letter that was accepted."""

    def __init__(self) -> None:
        self._open: list[tuple[Row, Entry]] = []
        #: how many were put off in this run
        self._put_off = 0

    @staticmethod
    def suspicious(entry: Entry) -> bool:
        """Whether an entry may be due to something that has nothing to do with its person."""
        return entry.state is DeliveryState.REFUSED and entry.reason not in OF_THE_ADDRESS

    @property
    def any(self) -> bool:
        """Whether a refusal is open."""
        return bool(self._open)

    def add(self, row: Row, entry: Entry) -> None:
        """Keep a refusal open."""
        self._open.append((row, entry))

    def refuse(self) -> list[Entry]:
        """Give them as they were told, and forget them."""
        entries = [entry for _, entry in self._open]
        self._open.clear()
        return entries

    def judge(self, tally: Tally, stop: Stop | None, now: datetime) -> list[Entry]:
        """Give what becomes of them when no letter is under way, and forget them.

        `stop` is why the run ends; None where it only waits, or an error breaks it off.
        """
        ended = stop is not None and not tally.in_vain
        few = stop is Stop.DONE and len(self._open) < ENOUGH
        if ended and (few or tally.anybody_accepted):
            return self.refuse()
        entries = [outcomes.put_off(row, entry, now) for row, entry in self._open]
        self._put_off += len(entries)
        self._open.clear()
        return entries

    def why_hold(self, tally: Tally) -> str:
        """Say why the campaign must be held after that; '' where it needn't."""
        many = tally.in_vain or (self._put_off >= ENOUGH and not tally.anybody_accepted)
        if many and tally.complaint:
            return f"{tally.got_nowhere} letters in a row got nowhere: {tally.complaint}"
        return ""
