"""Run one application on one port until somebody stops it.

Uvicorn does the work. What it lacks is added: a client that never finishes its request line and
headers is hung up on, and so is one that doesn't read what it asked for; and as many connections
may be open as the machine allows a process.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
import struct
import sys
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from outreach.errors import InputError

#: for requests under way when the server is stopped
_LAST_SECONDS: Final = 10
_BACKLOG: Final = 2048
#: bytes that whoever gets an answer takes within `Patient.reading_seconds`
_LEAST_READ: Final = 4096
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Patient(H11Protocol):
    """HTTP with an end to patience: whoever sends headers byte by byte is hung up on.

    So is whoever takes nothing of an answer, or of what is left of it as the connection is closed.
    """

    #: from the connection, or the first byte of a further request, to the end of the headers
    head_seconds = 10.0
    #: for a client to make room for what we have for it
    reading_seconds = 30.0
    _head: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    #: bytes that were left to be taken when that clock was started
    _left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give a new connection its time."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Stop the clock where the headers are complete, and start it where new ones begin."""
        before = self.cycle
        # nothing was asked yet, whatever the type says
        asked = before is not None and not before.response_complete  # type: ignore[redundant-expr]
        super().data_received(data)
        if self.cycle is not before:
            self._stop()
        elif not asked and self._head is None:
            self._await_head()

    def pause_writing(self) -> None:
        """Start the clock where a client has not taken what it was sent."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Stop the clock: it reads on."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing is asked, also where its client doesn't read."""
        super().timeout_keep_alive_handler()
        self._await_reading()

    def on_response_complete(self) -> None:
        """Go on to the next request; where there is to be none, don't wait for ever."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks."""
        self._stop()
        self._stop_reading()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head = self.loop.call_later(self.head_seconds, self._hang_up)

    def _hang_up(self) -> None:
        self.transport.close()
        self._await_reading()

    def _await_reading(self) -> None:
        # what is left unsent keeps a connection open that was closed
        if self._reading is None:
            self._left = self.transport.get_write_buffer_size()
            self._reading = self.loop.call_later(self.reading_seconds, self._look_on)

    def _look_on(self) -> None:
        """Hang up on whoever took next to nothing; a slow line has its time."""
        self._reading = None
        left = self.transport.get_write_buffer_size()
        if left and self._left - left < _LEAST_READ:
            # else the system goes on trying for minutes to hand over what it has
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE
            )
            self.transport.abort()
        elif left:
            self._await_reading()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


def listen(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes any that is free.

    Raises:
        InputError: the port is taken, or the machine has no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(
            "this machine has no such address", value=host, next_step="name another with --host"
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise InputError(
            f"nobody can be served on {host} port {port}: {error.strerror}",
            next_step="stop what is running there, or name another with --port"
            if error.errno == errno.EADDRINUSE
            else "name an address of this machine with --host, or another port with --port",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Write where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def server(app: Starlette, *, proxies: str = "") -> uvicorn.Server:
    """Make the server of one application.

    `proxies` are the addresses, with commas between, whose X-Forwarded-For and -Proto are believed.
    """
    config = uvicorn.Config(
        app,
        http=Patient,
        ws="none",
        lifespan="on",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    made = uvicorn.Server(config)
    # for answers that go on and on: who serves them waits for their end
    app.state.is_stopping = lambda: made.should_exit
    return made


def run(app: Starlette, listener: socket.socket, *, proxies: str = "") -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way are finished.

    Raises:
        KeyboardInterrupt: it was stopped by Ctrl-C, after all was finished.
    """
    _allow_connections()
    sys.setswitchinterval(0.001)
    server(app, proxies=proxies).run(sockets=[listener])


def log_to(stream: Any, level: int = logging.INFO) -> None:
    """Write the log to a stream, a line an event."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name, least in (("outreach.web", level), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.addFilter(_without_traceback)
        logger.setLevel(least)
        logger.propagate = False


def _without_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback out of a line of the log: it may hold an address or a key."""
    record.exc_info = record.exc_text = None
    return True


def _allow_connections() -> None:
    """Raise the soft limit on open files: each slow client holds one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
