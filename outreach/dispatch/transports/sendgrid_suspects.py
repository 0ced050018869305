"""Refusals that nobody believes yet, as nobody got through beside them.

An API that names the wrong person, or finds a fault in everybody, would cost a whole list. A
refusal counts once somebody was accepted after it, and only few count without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from outreach.errors import TransportError
from outreach.model import Outcome, Refusal

#: people refused one after the other, none accepted, after which no refusal is believed
MOST_SUSPECTS: Final = 20
#: likewise, where nobody was ever accepted
_MOST_AT_FIRST: Final = 3


class Suspects:
    """Keeps the refusals of requests in which nobody got through."""

    def __init__(self) -> None:
        self._waiting: list[Outcome] = []
        self._told_in_vain = 0
        self._anybody_accepted = False

    def accepted(self) -> list[Outcome]:
        """Note that somebody got through; give the refusals that are believed now."""
        believed, self._waiting = self._waiting, []
        self._told_in_vain = 0
        self._anybody_accepted = True
        return believed

    def add(self, refused: Sequence[Outcome]) -> None:
        """Keep refusals of a request in which nobody got through.

        Raises:
            TransportError: there are too many of them; none is to be believed.
        """
        self._waiting += refused
        self._look(MOST_SUSPECTS)

    def rest(self) -> list[Outcome]:
        """Give the refusals that are left when no more letters come.

        Where nobody was ever accepted, no address is called dead.

        Raises:
            TransportError: there are too many of them; none is to be believed.
        """
        self._look(MOST_SUSPECTS if self._anybody_accepted else _MOST_AT_FIRST)
        rest, self._waiting = self._waiting, []
        self._told_in_vain += len(rest)
        if self._anybody_accepted:
            return rest
        return [
            replace(each, refusal=Refusal.UNKNOWN) if each.refusal is Refusal.DEAD_ADDRESS else each
            for each in rest
        ]

    def forget(self) -> None:
        """Forget those who wait: without an outcome they are tried again."""
        self._waiting = []

    def _look(self, most: int) -> None:
        if self._waiting and self._told_in_vain + len(self._waiting) > most:
            detail = self._waiting[0].detail
            self._waiting = []
            raise nobody_gets_through(detail)


def nobody_gets_through(detail: str) -> TransportError:
    """Say that so many in a row were refused that it is no single person's fault."""
    return TransportError(
        f"SendGrid refuses everybody, whom we don't believe it of: {detail}",
        next_step="see whether what it names is in every letter, and ask SendGrid if it is not",
    )
