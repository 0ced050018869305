"""Clients that send a byte now and then and never finish, as many as are asked for."""

from __future__ import annotations

import itertools
import resource
import socket
import time

#: in the midst of headers, of a form, and of a body of events
BEGINNINGS = (
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=",
    b"POST /webhooks/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n[",
)
#: bytes a second, on all connections together
RATE = 1000


def hold(url: str, number: int) -> None:
    """Keep so many connections slow for ever."""
    with Crowd(url, number) as crowd:
        while True:
            crowd.trickle(RATE // 100)
            time.sleep(0.01)


class Crowd:
    """Connections to one server, each of which has begun to ask."""

    def __init__(self, url: str, number: int) -> None:
        _allow(number)
        host, port = url.removeprefix("http://").split(":")
        self._address = (host, int(port))
        self._beginnings = itertools.cycle(BEGINNINGS)
        self._connections = [self._begin() for _ in range(number)]
        self._next = itertools.cycle(range(number))

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    def trickle(self, number: int) -> int:
        """Send a byte on each of the next so many; give how many the server had hung up on.

        These are made anew.
        """
        anew = 0
        for place in itertools.islice(self._next, number):
            connection = self._connections[place]
            if not _send(connection):
                connection.close()
                self._connections[place] = self._begin()
                anew += 1
        return anew

    def _begin(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=30)
        connection.sendall(next(self._beginnings))
        connection.setblocking(False)
        return connection


def _send(connection: socket.socket) -> bool:
    """Send a byte; whether nothing has come back, neither an answer nor the end."""
    try:
        connection.sendall(b"x")
        connection.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _allow(number: int) -> None:
    """Raise the soft limit on open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 200
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
