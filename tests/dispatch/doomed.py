"""Dispatchers that are killed: `python doomed.py POINT WORKSPACE...`, run by test_crash.

Each workspace gets a process of its own. The first dies when it comes to the point for the first
time, the second when it comes there for the second time, and so on; one that never comes so far
ends by itself. Prints a line for each: killed, or ended.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import letters as made

from outreach.dispatch import campaigns
from outreach.dispatch.orders import Orders
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.sender import Sender
from outreach.dispatch.transports.outbox import Outbox
from outreach.errors import LeaseHeld
from outreach.model import Letter, Message, Outcome, Reader
from outreach.store import open_database

BATCH = 3
POINTS = ("composing", "taken", "written", "told", "before a commit", "after a commit")


class Doom:
    """Kills this process when it comes to `point` for the `number`th time."""

    def __init__(self, point: str, number: int) -> None:
        self._point = point
        self._left = number

    def at(self, point: str) -> None:
        """Come to a point: here it may end as the kernel's out-of-memory killer would have it."""
        if point == self._point:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalConnection:
    """A database connection whose process may not live through a commit."""

    def __init__(self, connection: Any, doom: Doom) -> None:
        self._connection = connection
        self._doom = doom

    def execute(self, statement: str, *values: Any) -> Any:
        """Execute it, and come to the points before and after a commit."""
        if statement != "COMMIT":
            return self._connection.execute(statement, *values)
        self._doom.at("before a commit")
        done = self._connection.execute(statement)
        self._doom.at("after a commit")
        return done

    def __getattr__(self, name: str) -> Any:
        """Do everything else as the connection does it."""
        return getattr(self._connection, name)


class MortalOutbox(Outbox):
    """An outbox whose process may not live to tell what it wrote."""

    def __init__(self, folder: Path, doom: Doom) -> None:
        super().__init__(folder)
        self._doom = doom

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Write the letters."""
        for outcome in super().send(self._taken(letters)):
            self._doom.at("written")
            yield outcome
            self._doom.at("told")

    def _taken(self, letters: Iterable[Letter]) -> Iterator[Letter]:
        for letter in letters:
            self._doom.at("taken")
            yield letter


def dispatch(folder: Path, doom: Doom, limit: int | None = None) -> Dispatched:
    """Dispatch the campaign that test_crash has planned."""

    def compose(reader: Reader, moment: datetime) -> Message:
        doom.at("composing")
        return made.compose(reader, moment)

    db = open_database(folder / "outreach.db")
    orders = Orders(campaigns.get(db, "spring"), compose, False, made.KEY, BATCH)
    db.conn = MortalConnection(db.conn, doom)  # type: ignore[assignment]
    outbox = MortalOutbox(folder / "outbox", doom)
    try:
        return Sender(db, orders, outbox, made.Clock()).run(limit=limit)
    finally:
        db.close()


def rival(folder: Path) -> None:
    """Dispatch a few letters again and again, beside others who do the same, until all are gone."""
    while True:
        try:
            sent = dispatch(folder, Doom("never", 1), limit=20)
        except LeaseHeld:
            continue
        if sent.stopped is Stop.DONE:
            return


def main(point: str, folders: list[str]) -> None:
    """Dispatch in each folder; where `point` is no point, nobody dies.

    `rival` dispatches in one folder, in this very process.
    """
    if point == "rival":
        rival(Path(folders[0]))
        return
    for number, folder in enumerate(folders, 1):
        child = os.fork()
        if not child:
            dispatch(Path(folder), Doom(point, number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"ended {status}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
