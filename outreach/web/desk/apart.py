"""Start a command of ours in a process of its own, which outlives the request and the server.

As the crontab would: a run over a campaign takes hours, and a server that is stopped must not break
it off. What keeps two runs apart is their lease, and what keeps a letter from leaving twice is the
ledger, whoever starts them.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import IO, Final

from outreach.errors import WorkspaceError
from outreach.settings import Settings

log: Final = logging.getLogger("outreach.web")
#: what is read of a command's last words
_LAST_WORDS: Final = 4096
_LOOK_EVERY: Final = 0.05


class Apart:
    """A command that was started."""

    def __init__(
        self, process: subprocess.Popen[bytes], said: IO[bytes], complained: IO[bytes]
    ) -> None:
        self._process = process
        self._said = said
        self._complained = complained

    def wait(self, seconds: float, until: Callable[[], bool]) -> int | None:
        """Wait until something is so, or the command ends, for about so many `seconds` at most.

        Gives its exit code; None while it goes on.
        """
        for _ in range(int(seconds / _LOOK_EVERY)):
            if self._process.poll() is not None or until():
                break
            time.sleep(_LOOK_EVERY)
        return self._process.poll()

    def said(self) -> list[str]:
        """Give the lines that the command wrote by now of what came of it, of many the last.

        Without any it never got there: Python itself may end with an exit code of ours.
        """
        return _lines(self._said)

    def complained(self) -> list[str]:
        """Give those that it wrote of what went wrong."""
        return _lines(self._complained)


def _lines(file: IO[bytes]) -> list[str]:
    # at a place of its own: the command goes on to write where the file stands
    size = os.fstat(file.fileno()).st_size
    words = os.pread(file.fileno(), _LAST_WORDS, max(0, size - _LAST_WORDS))
    lines = words.decode("utf-8", "replace").split("\n")
    return [line.strip() for line in lines if line.strip()]


@contextmanager
def started(settings: Settings, *command: str) -> Iterator[Apart]:
    """Start `outreach COMMAND` for this workspace, with the environment that the server has.

    It goes on when the block ends; what it writes from then on nobody reads.

    Raises:
        WorkspaceError: the machine lets no process begin, or has no room for a temporary file.
    """
    root = settings.root.absolute()
    # -P: what lies in the workspace is no module of ours
    line = [sys.executable, "-P", "-m", "outreach", command[0], "--workspace", str(root)]
    with ExitStack() as stack:
        try:
            # without a name, and gone with the last who has it open
            said = stack.enter_context(tempfile.TemporaryFile())
            complained = stack.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(  # noqa: S603 - this very program, and our own words
                [*line, *command[1:]],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkspaceError(
                f"nothing was started, as the machine lets no process begin: {error.strerror}",
                next_step="try again, and tell whoever looks after the machine",
            ) from error
        # so that no dead process lies about; when the server ends, it is not waited for
        Thread(target=_await, args=[process], name="apart", daemon=True).start()
        yield Apart(process, said, complained)


def _await(process: subprocess.Popen[bytes]) -> None:
    log.info("what was started apart ended with exit code %d", process.wait())
