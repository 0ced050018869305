"""Read what a client posts: no more of it, and no slower, than it may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

#: a form of ours is a few lines and some words
MOST_OF_A_FORM: Final = 64 * 1024
#: and comes in a moment, also over a bad line
FORM_SECONDS: Final = 15.0
_MOST_FIELDS: Final = 50
#: seconds between two looks whether the server is to stop
_LOOK_EVERY: Final = 0.5
#: what is read and thrown away so that whoever sends too much hears of it
_DISCARDED: Final = 64 * 1024 * 1024


class Room:
    """Memory for bodies that are being read, all together. Only what has come takes room."""

    def __init__(self, most: int) -> None:
        self._left = most

    @contextmanager
    def taken(self) -> Iterator[Callable[[int], None]]:
        """Give what takes bytes of it, until the body is done with."""
        mine = 0

        def take(size: int) -> None:
            nonlocal mine
            if size > self._left:
                raise HTTPException(503)
            self._left -= size
            mine += size

        try:
            yield take
        finally:
            self._left += mine


async def read_body(
    request: Request, *, most: int, seconds: float, take: Callable[[int], None] = lambda _: None
) -> bytes:
    """Read the whole body; `take` is told of each part.

    Raises:
        HTTPException: 413 where it has more than `most` bytes, 408 where it isn't complete after
            `seconds`, 503 where it isn't when the server stops, and what `take` raises.
        ClientDisconnect: whoever sent it hung up in the midst of it.
    """
    parts: list[bytes] = []
    try:
        async with _within(request, seconds):
            if _said_size(request) > most:
                await _discard(request)
                raise HTTPException(413)
            size = 0
            async for part in request.stream():
                size += len(part)
                if size > most:
                    parts.clear()
                    await _discard(request)
                    raise HTTPException(413)
                take(len(part))
                parts.append(part)
    except TimeoutError:
        if _is_stopping(request):
            raise HTTPException(503, headers={"Connection": "close"}) from None
        raise HTTPException(408) from None
    return b"".join(parts)


@asynccontextmanager
async def _within(request: Request, seconds: float) -> AsyncIterator[None]:
    """Stop what is inside after so many seconds, or soon after the server was told to stop."""
    loop = asyncio.get_running_loop()
    is_over = False

    def look() -> None:
        if is_over:
            return
        if _is_stopping(request):
            limit.reschedule(loop.time())
        else:
            loop.call_later(_LOOK_EVERY, look)

    async with asyncio.timeout(seconds) as limit:
        loop.call_later(_LOOK_EVERY, look)
        try:
            yield
        finally:
            is_over = True


def _is_stopping(request: Request) -> bool:
    return bool(request.app.state.is_stopping())


async def read_form(request: Request) -> dict[str, str]:
    """Read a form's fields; of two with one name the first counts.

    Raises:
        HTTPException: as `read_body`; 400 where it is no form of ours.
    """
    body = await read_body(request, most=MOST_OF_A_FORM, seconds=FORM_SECONDS)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(400)
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise HTTPException(400) from None
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


async def skip_body(request: Request) -> None:
    """Let a client whose body doesn't matter finish it, so that it hears the answer."""
    with suppress(ClientDisconnect, TimeoutError):
        async with asyncio.timeout(2.0):
            size = 0
            async for part in request.stream():
                size += len(part)
                if size > MOST_OF_A_FORM:
                    return


def _said_size(request: Request) -> int:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0


async def _discard(request: Request) -> None:
    """Read on for a while: who is cut off in the midst of sending reads no answer."""
    with suppress(ClientDisconnect):
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > _DISCARDED:
                return
