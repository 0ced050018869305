"""The outermost layer of an application: security headers, error pages, and the log.

The log says which handler answered, with what status and how fast. It names no path, as paths hold
tokens, no address of a reader or a machine, and of a fault only its type and place.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.errors import OutreachError, StoreError
from outreach.web.statuses import status_of

log: Final = logging.getLogger("outreach.web")

#: for every answer; what a handler sets itself counts before it
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
#: seconds after which a client may come again, where it is our fault
RETRY_AFTER: Final = "5"
#: nginx's word for it: nobody is there to answer
_HUNG_UP: Final = 499


class ErrorPage(Protocol):
    """Shows what went wrong to the person who meets it, and what they can do."""

    def __call__(self, request: Request, status: int, error: Exception) -> Response:
        """Make the page."""


class Door:
    """Wraps an application; `error_page` is how it tells people of errors."""

    def __init__(self, app: ASGIApp, error_page: ErrorPage) -> None:
        self._app = app
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = asyncio.get_running_loop().time()
        answered = 0

        async def answer(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                _add_headers(message, scope["method"])
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            answered = answered or _HUNG_UP
        except Exception as error:
            # python forgets the name behind the block
            problem = error
            page = answer_to(problem, scope, lambda s: self._error_page(Request(scope), s, problem))
            if not answered:
                await page(scope, receive, answer)
        took = asyncio.get_running_loop().time() - begun
        log.info("%s %s %d %.0f ms", scope["method"], _handler(scope), answered, took * 1000)


def answer_to(error: Exception, scope: Scope, page: Callable[[int], Response]) -> Response:
    """Log a fault of ours, and make the page that tells of an error, for its status."""
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    if status >= 500 and not isinstance(error, HTTPException):
        # not the traceback: what libraries say may hold an address or a key
        log.error("%s: %s", _handler(scope), _fault(error))
    made = page(status)
    if isinstance(error, HTTPException) and error.headers:
        made.headers.update(error.headers)
    elif status == 503:
        made.headers["Retry-After"] = RETRY_AFTER
    return made


def passed_on(_request: Request, error: Exception) -> Response:
    """Leave an error of Starlette's to the door, which makes a page of it as of any other."""
    raise error


def _add_headers(message: Message, method: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if message["status"] == 408 or (message["status"] == 413 and method == "POST"):
        # the rest of what it sends is no new request
        headers["Connection"] = "close"


def _handler(scope: Scope) -> str:
    """Name what answered, never the path that was asked for."""
    endpoint = scope.get("endpoint")
    return getattr(endpoint, "__name__", type(endpoint).__name__) if endpoint else "nothing"


def _fault(error: Exception) -> str:
    """Say what is wrong without what it is about: a value may be an address or a token."""
    if isinstance(error, StoreError):
        return f"{error.problem}; {error.advice}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    words = f": {error.problem}" if isinstance(error, OutreachError) else ""
    return f"{type(error).__name__}{place}{words}"
