"""What whoever looks after the servers reads when something is wrong, and when they are stopped."""

from __future__ import annotations

import io
import logging
import os
import socket
import subprocess
import sys

import httpx
import pytest
from serving import served
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from outreach.errors import DatabaseUnusable
from outreach.settings import Settings
from outreach.web import serving
from outreach.web.door import Door


async def _full(_request: Request) -> Response:
    raise DatabaseUnusable("the disk is full", next_step="make room, and bring no older copy back")


def _told(_request: Request, status: int, _error: Exception) -> Response:
    return PlainTextResponse("", status)


def test_the_log_gives_the_advice_of_this_very_error(caplog: pytest.LogCaptureFixture) -> None:
    """Not what its kind says in general, which would have a backup put back."""
    app = Starlette(routes=[Route("/", _full)], middleware=[Middleware(Door, error_page=_told)])
    with caplog.at_level(logging.ERROR, logger="outreach.web"), served(app) as at:
        assert at.client.get("/").status_code == 503
    assert "_full: the disk is full; make room, and bring no older copy back" in caplog.text


def test_the_log_has_no_traceback_of_the_servers_own() -> None:
    """What libraries say may hold an address or a key."""
    stream = io.StringIO()
    logger = logging.getLogger("uvicorn.error")
    before = logger.handlers[:], logger.level, logger.propagate, logger.filters[:]
    serving.log_to(stream)
    try:
        fault = ValueError("ada@example.org")
        logger.error("Exception in ASGI application", exc_info=fault)
    finally:
        logger.handlers[:], level, logger.propagate, logger.filters[:] = before
        logger.setLevel(level)
    assert "Exception in ASGI application" in stream.getvalue()
    assert "ada@example.org" not in stream.getvalue()


def test_a_form_that_is_half_sent_keeps_no_server_from_stopping(sent: Settings) -> None:
    """Who sends it is told so, and the log says nothing of it."""
    line = [sys.executable, "-m", "outreach", "--workspace", str(sent.root), "serve", "--port", "0"]
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "OUTREACH_STAFF": "Maria"},
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        host = url.removeprefix("http://")
        name, port = host.split(":")
        with socket.create_connection((name, int(port))) as wire:
            wire.settimeout(60)
            head = f"POST /campaigns HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\n"
            wire.sendall(f"{head}Content-Length: 100\r\n\r\nname=half".encode())
            # what comes after it is answered, so the half has been taken in
            assert httpx.get(f"{url}/sign-in", trust_env=False).status_code == 200
            process.terminate()
            assert wire.recv(4096).startswith(b"HTTP/1.1 503")
        _, log = process.communicate(timeout=60)
    assert "Traceback" not in log
