"""Dispatchers that may be killed: `python mortal.py`, which forks one for each line it reads.

A line is an order in JSON: what to do ("dispatch" or "cron"), in which workspace, at which moment,
and where to die. For each it writes two lines: the process's number, and what became of it. The
processes do what the commands do, with the transport that the workspace names.

Nothing dies by an exception: the process is killed, as by the kernel, and tidies nothing up.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# one after the other: each takes in what the forks would else take in themselves
import outreach.cli.cron
import outreach.cli.dispatch
import outreach.compose.inline
import outreach.dispatch.transports.sendgrid
import outreach.dispatch.transports.smtp  # noqa: F401
from outreach import wiring
from outreach.cli.exits import exit_code
from outreach.dispatch.transports import Transport
from outreach.errors import OutreachError
from outreach.model import Letter, Outcome
from outreach.workflow.cron import run_due
from outreach.workflow.dispatching import dispatch_campaign

#: what the disk holds when the power goes
SURVIVED = "survived"


class Doom:
    """Kills this process when it comes to `point` for the `number`th time."""

    def __init__(self, folder: Path, point: str, number: int, power_cut: bool) -> None:
        self._folder = folder
        self._point = point
        self._left = number
        self._power_cut = power_cut
        self._log = folder / "outreach.db-wal"
        self.synced()

    def synced(self) -> None:
        """Note that all that was written to the database by now is on the disk."""
        self._on_disk = self._log.stat().st_size if self._log.exists() else 0

    def at(self, point: str) -> None:
        """Come to a point."""
        if point != self._point:
            return
        self._left -= 1
        if not self._left:
            if self._power_cut:
                self._keep_what_survives()
            os.kill(os.getpid(), signal.SIGKILL)

    def _keep_what_survives(self) -> None:
        """Copy the database as it is on the disk, without what was not synced."""
        survived = self._folder / SURVIVED
        survived.mkdir()
        shutil.copy(self._folder / "outreach.db", survived)
        log = self._log.read_bytes() if self._log.exists() else b""
        (survived / self._log.name).write_bytes(log[: self._on_disk])


class MortalConnection:
    """A database connection whose process may not live through a commit."""

    def __init__(self, connection: Any, doom: Doom) -> None:
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        # FULL: a commit returns when it is on the disk
        assert synchronous == 2
        self._connection = connection
        self._doom = doom

    def execute(self, statement: str, *values: Any) -> Any:
        """Execute it, and come to the points before and after a commit."""
        if statement != "COMMIT":
            return self._connection.execute(statement, *values)
        self._doom.at("before a commit")
        done = self._connection.execute(statement)
        self._doom.synced()
        self._doom.at("after a commit")
        return done

    def __getattr__(self, name: str) -> Any:
        """Do everything else as the connection does it."""
        return getattr(self._connection, name)


class MortalTransport:
    """A transport whose process may die as it takes a letter, or tells of one."""

    def __init__(self, transport: Transport, doom: Doom) -> None:
        self.name = transport.name
        self.close = transport.close
        self._transport = transport
        self._doom = doom

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Hand them on."""
        for outcome in self._transport.send(self._taken(letters)):
            self._doom.at("told")
            yield outcome

    def _taken(self, letters: Iterable[Letter]) -> Iterator[Letter]:
        for letter in letters:
            self._doom.at("taken")
            yield letter


def clock_from(moment: str) -> Callable[[], datetime]:
    """Give a clock that says `moment` now and goes on from there."""
    start, began = datetime.fromisoformat(moment), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


def live(
    do: str, folder: str, at: str, point: str, number: int, power_cut: bool, limit: int | None
) -> None:
    """Do what was ordered, if death doesn't come first."""
    clock = clock_from(at)
    with wiring.opened(Path(folder)) as desk:
        db, settings = desk.db, desk.settings
        doom = Doom(settings.root, point, number, power_cut)
        db.conn = MortalConnection(db.conn, doom)  # type: ignore[assignment]
        transport = MortalTransport(wiring.open_transport(settings, db), doom)
        limits = wiring.limits(settings)
        if do == "cron":
            run = run_due(
                db,
                settings,
                lambda: transport,
                limits=limits,
                budget=timedelta(minutes=4),
                clock=clock,
                sleep=time.sleep,
            )
            if run.failure is not None:
                raise run.failure
            return
        dispatch_campaign(
            db,
            "spring",
            transport,
            batch_size=settings.delivery.batch_size,
            limits=limits,
            clock=clock,
            limit=limit,
        )
        transport.close()


def main() -> None:
    """Read orders, until there are no more."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = 0
            try:
                live(**json.loads(line))
            except OutreachError as error:
                code = exit_code(error)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                code = 99
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(child, flush=True)  # noqa: T201
        # the process's number stays its own until somebody has looked at what is left of it
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        print("over", flush=True)  # noqa: T201
        sys.stdin.readline()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


class Mortals:
    """The program above, as a test uses it: `start` and `wait`, again and again."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "SENDGRID_API_KEY": "SG.test"},
        )

    def start(
        self,
        folder: Path,
        *,
        do: str = "dispatch",
        at: str = "2014-02-26T12:00:00+00:00",
        point: str = "",
        number: int = 1,
        power_cut: bool = False,
        limit: int | None = None,
    ) -> int:
        """Let a process begin; give its number."""
        self._say(
            {
                "do": do,
                "folder": str(folder),
                "at": at,
                "point": point,
                "number": number,
                "power_cut": power_cut,
                "limit": limit,
            }
        )
        return int(self._hear())

    def wait(self) -> None:
        """Wait for the end of it. Its number stays its own until `code` is asked for."""
        assert self._hear() == "over"

    def code(self) -> int:
        """Give its exit code, below zero where it was killed."""
        self._say(None)
        return int(self._hear())

    def stop(self) -> None:
        """Start none any more."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.close()
        self._program.wait()
        self._program.stdout.close()

    def _say(self, order: object) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()

    def _hear(self) -> str:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        assert line, "the program that forks has ended"
        return line.strip()


if __name__ == "__main__":
    main()
