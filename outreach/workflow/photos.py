"""Photograph pages with an installed Chromium: as a screen and as a telephone show them.

One browser takes all pictures of a run. It is steered through a pipe by the Chrome
DevTools Protocol (chromedevtools.github.io/devtools-protocol), as JSON ended by NUL: so it opens
no port, and a page can be narrower than the 500 pixels that are its least window. It reaches no
network, runs no script and sees no file. Writes no table.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from outreach.errors import InputError

#: CSS pixels: what most programs show a message at, and a small telephone
WIDTHS: Final = (600, 360)
SCHEMES: Final = ("light", "dark")
PROGRAMS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
#: for one answer of the browser; the first has to wait for its start too
SECONDS: Final = 60.0
#: the longest picture that the browser can take, in pixels
_MOST_HEIGHT: Final = 16_000
#: a page reports its own height or this, whichever is more
_LEAST_HEIGHT: Final = 100
#: where `--remote-debugging-pipe` reads and writes
_PIPES: Final = (3, 4)

_FLAGS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture of a page, in its whole height."""

    #: CSS pixels, and those of the picture
    width: int
    #: `light` or `dark`, as the reader prefers
    scheme: str
    png: bytes


class Camera:
    """A browser that waits for pages. Made by `opened`."""

    def __init__(self, program: str, line: socket.socket) -> None:
        self._program = program
        self._line = line
        self._left_over = b""
        self._number = 0
        self._session = ""

    def photograph(self, html: str) -> tuple[Photo, ...]:
        """Take a page in each width and scheme.

        Raises:
            InputError: the browser broke off, or took too long to answer.
        """
        return tuple(self._photos(html))

    def _photos(self, html: str) -> Iterator[Photo]:
        if not self._session:
            self._begin()
        for width in WIDTHS:
            for scheme in SCHEMES:
                self._size(width, _LEAST_HEIGHT)
                self._ask(
                    "Emulation.setEmulatedMedia",
                    media="screen",
                    features=[{"name": "prefers-color-scheme", "value": scheme}],
                )
                # a page of its own each time: what the one before said of its colours stays, and
                # about:blank is dark on dark screens, which no message is unasked
                frame = self._ask("Page.navigate", url="data:text/html,")["frameId"]
                self._ask("Page.setDocumentContent", frameId=frame, html=html)
                height = self._ask("Page.getLayoutMetrics")["cssContentSize"]["height"]
                self._size(width, min(int(height), _MOST_HEIGHT))
                taken = self._ask("Page.captureScreenshot", format="png")
                yield Photo(width, scheme, base64.b64decode(taken["data"]))

    def _begin(self) -> None:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._ask("Emulation.setScriptExecutionDisabled", value=True)
        self._ask("Network.enable")
        self._ask(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=0,
            uploadThroughput=0,
        )

    def _size(self, width: int, height: int) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _ask(self, method: str, **params: object) -> Mapping[str, Any]:
        self._number += 1
        asked: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        try:
            self._line.sendall(json.dumps(asked).encode() + b"\0")
            answer: dict[str, Any] = {}
            while answer.get("id") != self._number:
                answer = json.loads(self._next())
        except (OSError, EOFError, ValueError) as error:
            slow = isinstance(error, TimeoutError)
            why = f"gave no answer for {self._line.gettimeout():g} s" if slow else "broke off"
            raise _failed(f"the browser {self._program} {why}") from error
        if "error" in answer:
            said = answer["error"].get("message", "")
            raise _failed(f"the browser {self._program} refuses {method}: {said}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> bytes:
        pieces = [self._left_over]
        while b"\0" not in pieces[-1]:
            pieces.append(self._line.recv(1 << 20))
            if not pieces[-1]:
                raise EOFError
        message, _, self._left_over = b"".join(pieces).partition(b"\0")
        return message


@contextmanager
def opened(seconds: float = SECONDS) -> Iterator[Camera]:
    """Start a browser with a profile of its own, and end it with the block.

    `seconds` is how long to wait for each answer of it.

    Raises:
        InputError: none is installed, or it can't be started.
    """
    program = find_browser()
    ours, theirs = socket.socketpair()
    folder = tempfile.TemporaryDirectory(prefix="outreach-photos-", ignore_cleanup_errors=True)
    with ours, folder as profile:
        with theirs:
            process = _started(program, profile, theirs)
        ours.settimeout(seconds)
        try:
            yield Camera(program, ours)
        finally:
            with suppress(ProcessLookupError):
                # its own children too
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _started(program: str, profile: str, line: socket.socket) -> subprocess.Popen[bytes]:
    # a browser's sandbox doesn't work for root, as whom containers run
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()

    def join_line() -> None:
        for end in _PIPES:
            os.dup2(line.fileno(), end)
            os.set_inheritable(end, True)

    try:
        return subprocess.Popen(  # noqa: S603 - a program found by its name, and our own words
            [program, *_FLAGS, *as_root, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            start_new_session=True,
            preexec_fn=join_line,
        )
    except OSError as error:
        raise _failed(f"the browser {program} can't be started: {error.strerror}") from error


def _failed(problem: str) -> InputError:
    return InputError(problem, next_step="see the message with --open, or try again")


def find_browser() -> str:
    """Give the path of the installed Chromium.

    Raises:
        InputError: there is none.
    """
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise InputError(
            "no browser is installed that could take the picture",
            next_step="install Chromium (Debian and Ubuntu: apt-get install chromium), or see the"
            " message with --open",
        )
    return found
