"""Runs that take mails in and are killed: `python doomed_replies.py FOLDER`, run by the crash test.

Each run gets a copy of the workspace in FOLDER. The first dies at its first commit, the second
at its second, and so on through all commits; then the same work is done once more. Prints for each
whether all that is stored, and all that was done in the mailbox, is as it is without a crash.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from standins_imap import FaultyImap

from outreach.replies import understand
from outreach.settings import Settings, load
from outreach.settings.sections import Secrets
from outreach.store import Database, open_database
from outreach.workflow import consequences
from outreach.workflow.fetching import fetch_replies
from outreach.workflow.replies import import_replies
from outreach.workflow.reprocessing import reprocess_replies

NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
Work = Callable[[Database, Settings], object]


class Doom:
    """Kills this process at its `number`th commit, before or after it counts."""

    def __init__(self, number: int, *, after: bool) -> None:
        self._left = number
        self._after = after
        self._dying = False

    def __call__(self, statement: str) -> None:
        """Hear of a statement that is about to run."""
        if self._dying:
            os.kill(os.getpid(), signal.SIGKILL)
        if statement == "COMMIT":
            self._left -= 1
            if not self._left and self._after:
                self._dying = True
            elif not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def state(workspace: Path) -> dict[str, list[Any]]:
    """All that is stored, but for who held a lease."""
    db = open_database(workspace / "outreach.db")
    tables = [t for t in db.table_names() if t not in ("leases", "_sqlite_migrations")]
    rows = {
        table: list(db.conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in tables
    }
    db.close()
    return rows


def once(workspace: Path, work: Work, doom: Doom | None = None) -> bool:
    """Do the work in a process of its own; False where that was killed."""
    child = os.fork()
    if not child:
        db = open_database(workspace / "outreach.db")
        db.conn.set_trace_callback(doom)
        work(db, load(workspace, environment={}))
        db.close()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def mailbox_work(server: FaultyImap) -> Work:
    """Fetch from a mailbox and move what is stored."""

    def work(db: Database, settings: Settings) -> object:
        box = server.mailbox(after="move:Done")
        secrets = Secrets(imap_password=server.password)
        settings = replace(settings, mailbox=(box,), secrets=secrets)
        return fetch_replies(db, settings, clock=lambda: NOW)

    return work


def understood_by_older_rules(workspace: Path) -> None:
    """Make a workspace whose mails were all taken for thanks."""
    db = open_database(workspace / "outreach.db")
    for table in ("suppressions", "followup_replies", "followup_history", "followups"):
        db.conn.execute(f"DELETE FROM {table}")
    db.conn.execute("UPDATE replies SET kind = 'thanks', country = '', bounce_class = ''")
    db.close()


def main() -> None:
    """Kill, repeat and compare, for each way in which mails come in."""
    folder = Path(sys.argv[1])
    consequences.MAILS_A_COMMIT = 2
    mails = folder / "mails"
    works: dict[str, Work | None] = {
        "import": lambda db, settings: import_replies(db, settings, [mails], now=NOW),
        "fetch": None,
        "reprocess": lambda db, settings: reprocess_replies(db, settings, now=NOW),
    }
    for path in mails.iterdir():
        # word lists are read once, here, and not by each child
        understand(path.read_bytes())
    for way, work in works.items():
        template = folder / "workspace"
        if way == "reprocess":
            template = folder / "older"
            shutil.copytree(folder / "import-0-before", template)
            understood_by_older_rules(template)
        expected, _ = _run(folder / f"{way}-0-before", template, mails, work)
        number, ended = 0, False
        while not ended:
            number += 1
            # between two commits only the mailbox tells which of them it was
            for point in ("before", "after") if work is None else ("before",):
                doom = Doom(number, after=point == "after")
                place = folder / f"{way}-{number}-{point}"
                found, ended = _run(place, template, mails, work, doom)
                said = "same" if found == expected else "DIFFERENT"
                sys.stdout.write(f"{way} {number} {point} {said}\n")


def _run(
    workspace: Path, template: Path, mails: Path, work: Work | None, doom: Doom | None = None
) -> tuple[Any, bool]:
    """Do the work, once with a doom and once without; give the end, and whether it was spared."""
    shutil.copytree(template, workspace)
    spared = True
    with FaultyImap() as server:
        server.add(*(path.read_bytes() for path in sorted(mails.glob("*.eml"))))
        work = work or mailbox_work(server)
        if doom is not None:
            spared = once(workspace, work, doom)
        assert once(workspace, work)
        return (state(workspace), dict(server.moved)), spared


if __name__ == "__main__":
    main()
