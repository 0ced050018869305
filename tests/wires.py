"""A wire between a client and a stand-in server, cut at an exact byte, with the client's death.

    wire = Wire(server.port)
    wire.arm("up", 1234)          # up: what the client says; down: what it hears
    ...                           # a process talks to 127.0.0.1:wire.port
    wire.victim = process.pid     # killed when 1,234 bytes have gone up, counted since `arm`
    wire.settle()                 # until the server has done all that those bytes ask for

What was written beyond that byte is lost, as with a machine that stops. The server gets all that
came before, and then the end of the connection.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress

_PIECE = 65_536


class Wire:
    """Listens as soon as it is made, and hands each connection on to `port`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._known = threading.Event()
        self._reached = threading.Event()
        self._last: tuple[str, int] = ("", 0)
        self._victim = 0
        self._threads: list[threading.Thread] = []
        self.bytes = {"up": 0, "down": 0}
        self._limits: dict[str, int] = {}
        #: whether the byte has come
        self.cut = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = int(self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def victim(self) -> int:
        """The process that dies with the wire."""
        return self._victim

    @victim.setter
    def victim(self, process: int) -> None:
        self._victim = process
        self._known.set()

    def arm(self, direction: str = "", at: int = 0) -> None:
        """Count anew; without a direction nothing is cut."""
        self.settle()
        self._known.clear()
        self.cut = False
        self.bytes = {"up": 0, "down": 0}
        self._limits = {direction: at} if direction else {}

    def settle(self) -> None:
        """Wait until no connection is left, at either end. The client must be gone."""
        with socket.socket() as last:
            # connections are taken in their order: when it is this one's turn, there is no other
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            self._reached.clear()
            last.connect(("127.0.0.1", self.port))
            self._reached.wait()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def close(self) -> None:
        """Listen no more."""
        self.settle()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    def _accept(self) -> None:
        while True:
            try:
                client, address = self._listener.accept()
            except OSError:
                return
            if address == self._last:
                client.close()
                self._reached.set()
                continue
            server = socket.create_connection(("127.0.0.1", self._to))
            for wire in (client, server):
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            up = threading.Thread(target=self._carry, args=("up", client, server))
            down = threading.Thread(target=self._carry, args=("down", server, client))
            closing = threading.Thread(target=_close, args=([up, down], [client, server]))
            for thread in (up, down, closing):
                thread.start()
                self._threads.append(thread)

    def _carry(self, direction: str, source: socket.socket, target: socket.socket) -> None:
        """Hand bytes on; after the cut none, but the server is heard out, or it would lose some."""
        with suppress(OSError):
            while data := source.recv(_PIECE):
                piece = self._allowed(direction, data)
                with suppress(OSError):
                    target.sendall(piece)
                if self.cut:
                    if direction == "up":
                        break
                    self._kill()
        if self.cut:
            self._kill()
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _allowed(self, direction: str, data: bytes) -> bytes:
        with self._lock:
            if self.cut:
                return b""
            limit = self._limits.get(direction)
            if limit is not None and self.bytes[direction] + len(data) >= limit:
                data = data[: limit - self.bytes[direction]]
                self.cut = True
            self.bytes[direction] += len(data)
            return data

    def _kill(self) -> None:
        self._known.wait()
        # reaped or not, the number is still that process's: whoever started it waits for us
        with suppress(ProcessLookupError):
            os.kill(self._victim, signal.SIGKILL)


def _close(carrying: list[threading.Thread], wires: list[socket.socket]) -> None:
    for thread in carrying:
        thread.join()
    for wire in wires:
        wire.close()
