"""What a run of the sender has to say for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from outreach.dispatch.ledger import Entry
from outreach.model import DeliveryState, Exclusion


class Stop(StrEnum):
    """Why a run ended."""

    #: nothing is due any more
    DONE = "done"
    #: as many letters as were asked for
    LIMIT = "limit"
    #: somebody asked it to stop
    ASKED = "asked"
    #: the provider puts everything off or answers nothing: going on would do harm
    IN_VAIN = "in_vain"


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one run did, in letters; what other runs did is in the campaign's status."""

    campaign: str
    stopped: Stop
    accepted: int
    #: by `Refusal`
    refused: dict[str, int]
    in_doubt: int
    #: claims of an earlier run that ended without an outcome: in doubt since this run
    abandoned: int
    #: taken out at the last door, by `Exclusion`
    withdrawn: dict[str, int]
    #: put off by the transport
    put_off: int
    #: still planned, put off or not
    still_planned: int
    #: UTC: when the first of those put off is due; '' where none is
    next_try: str


@dataclass(slots=True)
class Tally:
    """Counts a run as it goes."""

    claimed: int = 0
    abandoned: int = 0
    #: letters of the last batches in a row in which nothing was decided
    in_vain: int = 0
    states: Counter[DeliveryState] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)

    @property
    def handled(self) -> int:
        """Rows that this run has dealt with."""
        return self.claimed + self.withdrawn.total()

    def claim(self, number: int, withdrawn: Iterable[Exclusion]) -> None:
        """Count a batch as it is claimed."""
        self.claimed += number
        self.withdrawn.update(str(reason) for reason in withdrawn)

    def add(self, entries: Sequence[Entry]) -> None:
        """Count a batch as it is settled."""
        states = Counter(entry.state for entry in entries)
        self.states += states
        self.refused.update(e.reason for e in entries if e.state is DeliveryState.REFUSED)
        if states[DeliveryState.ACCEPTED] or states[DeliveryState.REFUSED]:
            self.in_vain = 0
        else:
            self.in_vain += len(entries)

    def result(
        self, campaign: str, stopped: Stop, *, still_planned: int, next_try: str
    ) -> Dispatched:
        """Close the account."""
        return Dispatched(
            campaign=campaign,
            stopped=stopped,
            accepted=self.states[DeliveryState.ACCEPTED],
            refused=dict(sorted(self.refused.items())),
            in_doubt=self.states[DeliveryState.IN_DOUBT],
            abandoned=self.abandoned,
            withdrawn=dict(sorted(self.withdrawn.items())),
            put_off=self.states[DeliveryState.PLANNED],
            still_planned=still_planned,
            next_try=next_try,
        )
