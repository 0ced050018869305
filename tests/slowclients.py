"""Clients that send a byte now and then and never finish, as many as are asked for."""

from __future__ import annotations

import itertools
import selectors
import socket
import time

#: in the midst of headers, of a form, and of a body of events
BEGINNINGS = (
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=",
    b"POST /webhooks/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n[",
)
#: seconds between two bytes
PAUSE = 1.0


def hold(url: str, number: int) -> None:
    """Keep so many connections slow for ever; one that is hung up on is made anew."""
    with Crowd(url, number) as crowd:
        while True:
            time.sleep(PAUSE)
            crowd.trickle()


class Crowd:
    """Connections to one server, each of which has begun to ask."""

    def __init__(self, url: str, number: int) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._address = (host, int(port))
        self._beginnings = itertools.cycle(BEGINNINGS)
        self._connections = [self._begin() for _ in range(number)]

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    def trickle(self) -> int:
        """Send a byte on each; give how many had been hung up on, and were made anew."""
        anew = 0
        for place, connection in enumerate(self._connections):
            if not self._send(connection):
                connection.close()
                self._connections[place] = self._begin()
                anew += 1
        return anew

    def _begin(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=30)
        connection.sendall(next(self._beginnings))
        return connection

    def _send(self, connection: socket.socket) -> bool:
        with selectors.DefaultSelector() as ready:
            ready.register(connection, selectors.EVENT_READ)
            if ready.select(0):
                # an answer, or the end
                return False
        try:
            connection.sendall(b"x")
        except OSError:
            return False
        return True
