"""A dispatcher that is killed: `python doomed.py WORKSPACE POINT`, run by test_crash."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import letters as made

from outreach.dispatch import campaigns
from outreach.dispatch.orders import Orders
from outreach.dispatch.sender import Sender
from outreach.dispatch.transports.outbox import Outbox
from outreach.model import Letter, Message, Outcome, Reader
from outreach.store import open_database

#: the batch at which the end comes, and the letter in it
BATCH, LETTER = 3, 4


def die() -> None:
    """End as the kernel's out-of-memory killer would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Outbox):
    """An outbox whose process does not live to the end of the third batch."""

    def __init__(self, folder: Path, point: str) -> None:
        super().__init__(folder)
        self._point = point
        self.batch = 1

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Write the batch, or a part of it."""
        if self.batch < BATCH:
            self.batch += 1
            yield from super().send(letters)
            return
        if self._point == "between":
            yield from super().send(islice(letters, LETTER))
        elif self._point == "after":
            yield from super().send(letters)
        die()


def main(folder: Path, point: str) -> None:
    """Dispatch the campaign that test_crash has planned; `never` comes to the end."""
    outbox = Doomed(folder / "outbox", point) if point != "never" else Outbox(folder / "outbox")

    def compose(reader: Reader, moment: datetime) -> Message:
        if point == "composing" and isinstance(outbox, Doomed) and outbox.batch == BATCH:
            die()
        return made.compose(reader, moment)

    db = open_database(folder / "outreach.db")
    orders = Orders(campaigns.get(db, "spring"), compose, False, made.KEY, 10)
    Sender(db, orders, outbox, made.Clock()).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
