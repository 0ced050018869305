"""Our servers, in a thread, on a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread
from time import sleep
from typing import IO

import httpx
import posting
from starlette.applications import Starlette

from outreach.settings import Settings
from outreach.settings.sections import SendGrid
from outreach.web import serving


@dataclass(frozen=True)
class Served:
    """A server that runs, and a client of it that follows no redirects and keeps no cookies."""

    url: str
    client: httpx.Client

    def raw(self, request: bytes, *, wait: float = 5.0) -> bytes:
        """Send bytes over a connection of their own and give all that comes back."""
        with self.connection() as connection:
            connection.settimeout(wait)
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            return answer

    def connection(self) -> socket.socket:
        """Open a connection."""
        host, port = self.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)))


@contextmanager
def served(app: Starlette, *, proxies: str = "") -> Iterator[Served]:
    """Serve an application until the end of the block."""
    listener = serving.listen("127.0.0.1", 0)
    server = serving.server(app, proxies=proxies)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        url = serving.address_of(listener)
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield Served(url, client)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(2000):
        if done():
            return
        sleep(0.01)
    raise AssertionError("it never came about")


def with_keys(settings: Settings) -> Settings:
    """Settings that know the keys with which `posting` signs."""
    key = posting.public()
    return replace(settings, sendgrid=SendGrid(webhook_key=key, inbound_key=key))


@contextmanager
def command(settings: Settings, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `outreach serve --public` as a person would; give the process and its address."""
    arguments = ["--workspace", str(settings.root), "serve", "--public", "--port", "0", *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    output: IO[str] | None = process.stdout
    assert output is not None
    try:
        said = output.readline()
        assert said.startswith("The public pages: http://127.0.0.1:")
        yield process, said.split()[-1]
    finally:
        process.kill()
        process.communicate()
