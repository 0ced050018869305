"""A terminal for tests: runs the program in a pseudo-terminal, presses keys, reads the screen."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

#: a machine that is shared may need long
_PATIENCE = 60.0


class Terminal:
    """A running `outreach` with somebody before it."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        ours, theirs = pty.openpty()
        self._master = ours
        self.screen = ""
        self._read = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "outreach", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env={**os.environ, "TERM": "dumb", **environment},
            start_new_session=True,
        )
        os.close(theirs)

    def press(self, key: str) -> None:
        """Press a key once the program waits for one: what is pressed before that is lost."""
        self._until_lines(False)
        os.write(self._master, key.encode())

    def type(self, line: str) -> None:
        """Type a line."""
        self._until_lines(True)
        os.write(self._master, f"{line}\n".encode())

    def _until_lines(self, wanted: bool) -> None:
        """Wait until the terminal gives whole lines, or single keys."""
        ends = monotonic() + _PATIENCE
        while bool(termios.tcgetattr(self._master)[3] & termios.ICANON) is not wanted:
            if monotonic() > ends:
                raise AssertionError(f"it does not listen: {self.screen[self._read :]!r}")
            sleep(0.01)

    def sees(self, text: str) -> str:
        """Wait until `text` stands on what was not looked at yet; give all that came before it."""
        ends = monotonic() + _PATIENCE
        while (place := self.screen.find(text, self._read)) < 0:
            if not self._more(ends):
                raise AssertionError(f"no {text!r} in {self.screen[self._read :]!r}")
        before = self.screen[self._read : place]
        self._read = place + len(text)
        return before

    def leaves(self) -> int:
        """Wait until the program ends, and give its exit code."""
        ends = monotonic() + _PATIENCE
        while self._more(ends):
            pass
        return self._process.wait(_PATIENCE)

    def close(self) -> None:
        """End the program if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def _more(self, ends: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(ends - monotonic(), 0))
        if not ready:
            return False
        try:
            read = os.read(self._master, 65_536)
        except OSError:
            # Linux says so when the other end is closed
            return False
        self.screen += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)
