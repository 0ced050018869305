"""What a run of the sender has to say for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from outreach.dispatch.ledger import Entry
from outreach.model import DeliveryState, Exclusion, Refusal


class Stop(StrEnum):
    """Why a run ended."""

    #: nothing is due any more
    DONE = "done"
    #: as many letters as were asked for
    LIMIT = "limit"
    #: somebody asked it to stop
    ASKED = "asked"
    #: letter after letter got nowhere: the fault is not theirs, and going on would do harm
    IN_VAIN = "in_vain"
    #: the campaign is held, by a person or by a brake
    HELD = "held"
    #: the pace of a day is used up
    PACED = "paced"
    #: the sending window has shut, or the time by which it was to be finished has come
    OUT_OF_TIME = "out_of_time"


#: so many letters in a row that got nowhere end a run
MOST_IN_VAIN: Final = 20

#: these say something about the address, and nothing about how the others will fare
OF_THE_ADDRESS: Final = {Refusal.DEAD_ADDRESS, Refusal.MAILBOX_FULL}


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one run did, in letters; what other runs did is in the campaign's status."""

    campaign: str
    stopped: Stop
    accepted: int
    #: by `Refusal`, the commonest first
    refused: dict[str, int]
    in_doubt: int
    #: `Refusal`, "in_doubt" or "put_off" -> what was said of the first of them
    details: dict[str, str]
    #: claims of an earlier run that ended without an outcome: in doubt since this run
    abandoned: int
    #: taken out at the last door, by `Exclusion`
    withdrawn: dict[str, int]
    #: put off by the transport
    put_off: int
    #: those of them whose mailbox is full
    mailbox_full: int
    #: still planned, put off or not
    still_planned: int
    #: UTC: when the first of those put off is due; '' where none is
    next_try: str
    #: in doubt by now, from this run or an earlier one
    all_in_doubt: int
    #: with Stop.HELD: why the campaign is held
    held_why: str = ""
    #: with Stop.PACED, UTC: when letters may go again
    go_on_at: str = ""
    #: in doubt at its end, and settled then by what the provider had told before
    told: int = 0

    @property
    def to_look_at(self) -> bool:
        """Whether somebody should look at it: more went wrong than addresses that take no mail."""
        refused = set(self.refused) - OF_THE_ADDRESS
        put_off = self.put_off - self.mailbox_full
        return bool(refused or put_off or self.all_in_doubt or self.held_why)


@dataclass(slots=True)
class Tally:
    """Counts a run as it goes."""

    claimed: int = 0
    abandoned: int = 0
    #: letters in a row that got nowhere at the transport
    got_nowhere: int = 0
    #: what was said of the first of them that was refused or is in doubt; '' where all were put off
    complaint: str = ""
    held_why: str = ""
    states: Counter[DeliveryState] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)
    mailbox_full: int = 0
    details: dict[str, str] = field(default_factory=dict)

    @property
    def handled(self) -> int:
        """Rows that this run has dealt with."""
        return self.states.total() + self.withdrawn.total()

    @property
    def in_vain(self) -> bool:
        """Whether so many letters in a row got nowhere that the run must end."""
        return self.got_nowhere >= MOST_IN_VAIN

    @property
    def anybody_accepted(self) -> bool:
        """Whether somebody got through in this run."""
        return bool(self.states[DeliveryState.ACCEPTED])

    def claim(self, number: int, withdrawn: Iterable[Exclusion]) -> None:
        """Count a batch as it is claimed."""
        self.claimed += number
        self.withdrawn.update(str(reason) for reason in withdrawn)

    def add(self, entry: Entry) -> None:
        """Count what became of one letter."""
        self.states[entry.state] += 1
        word = _WORDS.get(entry.state, entry.reason)
        if entry.state is DeliveryState.REFUSED:
            self.refused[entry.reason] += 1
        elif entry.reason == Refusal.MAILBOX_FULL:
            self.mailbox_full += 1
        if word and entry.detail:
            self.details.setdefault(word, entry.detail)

    def accepted(self) -> None:
        """Count one letter that a transport accepted."""
        self.states[DeliveryState.ACCEPTED] += 1
        self.got_nowhere, self.complaint = 0, ""

    def answered(self, entry: Entry) -> None:
        """Count what else a transport said of one letter."""
        self.add(entry)
        if entry.reason not in OF_THE_ADDRESS:
            self.suspect(entry)

    def suspect(self, entry: Entry) -> None:
        """Count a letter that got nowhere; what becomes of it may be open yet."""
        self.got_nowhere += 1
        if not self.complaint and entry.state is not DeliveryState.PLANNED:
            self.complaint = entry.detail or entry.reason or entry.state

    def result(
        self,
        campaign: str,
        stopped: Stop,
        *,
        still_planned: int,
        next_try: str,
        go_on_at: str,
        all_in_doubt: int,
    ) -> Dispatched:
        """Close the account."""
        return Dispatched(
            campaign=campaign,
            stopped=stopped,
            accepted=self.states[DeliveryState.ACCEPTED],
            refused=dict(self.refused.most_common()),
            in_doubt=self.states[DeliveryState.IN_DOUBT],
            details=self.details,
            abandoned=self.abandoned,
            withdrawn=dict(sorted(self.withdrawn.items())),
            put_off=self.states[DeliveryState.PLANNED],
            mailbox_full=self.mailbox_full,
            still_planned=still_planned,
            next_try=next_try,
            all_in_doubt=all_in_doubt,
            held_why=self.held_why,
            go_on_at=go_on_at,
        )


_WORDS: Final = {DeliveryState.IN_DOUBT: "in_doubt", DeliveryState.PLANNED: "put_off"}
