"""Couriers that are killed, as `doomed` does it: `python doomed_letters.py POINT WORKSPACE...`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import letters as made
from doomed import Doom, MortalConnection, MortalOutbox

from outreach.dispatch import courier
from outreach.errors import LeaseHeld
from outreach.settings import Pacing, load
from outreach.store import open_database
from outreach.workflow.letters import send_due_letters

BATCH = 3
POINTS = ("taken", "written", "told", "before a commit", "after a commit")


def send(folder: Path, doom: Doom) -> None:
    """Send the letters that the test has written."""
    settings = load(folder, environment={})
    db = open_database(settings.database)
    db.conn = MortalConnection(db.conn, doom)  # type: ignore[assignment]
    try:
        send_due_letters(
            db,
            settings,
            lambda: MortalOutbox(folder / "outbox", doom),
            pace=Pacing(),
            clock=made.Clock(),
        )
    finally:
        db.close()


def rival(folder: Path) -> None:
    """Send beside another who does the same, until nothing is left."""
    for _ in range(200):
        try:
            send(folder, Doom("never", 1))
        except LeaseHeld:
            continue
        return


def small_batches() -> None:
    """Have couriers claim few letters at once."""
    courier.BATCH = BATCH


def main(point: str, folders: list[str]) -> None:
    """Send in each folder; where `point` is no point, nobody dies."""
    small_batches()
    if point == "rival":
        rival(Path(folders[0]))
        return
    for number, folder in enumerate(folders, 1):
        child = os.fork()
        if not child:
            send(Path(folder), Doom(point, number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"ended {status}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
