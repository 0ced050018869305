"""A web server in a process of its own that answers 202 to every request, and looks at none.

`python -m benchmarks.accepting [--wait SECONDS]` prints its port and serves until its input ends.
It stands in for SendGrid where the other side is measured, so it must cost next to nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: accepted\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def accepting(wait: float = 0) -> Iterator[str]:
    """Run such a server; give its address. Each answer comes `wait` seconds after the request."""
    command = [sys.executable, "-m", "benchmarks.accepting", "--wait", str(wait)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


class _Request(asyncio.Protocol):
    """One connection with one request."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._head = b""
        self._missing: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            found = _LENGTH.search(head + b"\r\n")
            self._missing = (int(found[1]) if found else 0) - len(body)
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            asyncio.get_running_loop().call_later(self._wait, self._answer)

    def _answer(self) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.write(_ANSWER)
            self._transport.close()


async def _serve(wait: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_Request, wait), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--wait", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args().wait))
