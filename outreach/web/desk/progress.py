"""Live progress: counts from the ledger, sent as they change; without scripts the page reloads.

Server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html). A stream asks each time
whether its session still lives, and ends by itself: the browser comes again. All streams share one
look at a ledger, and where that takes long it is taken less often.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from outreach.dispatch.status import CampaignState, Status
from outreach.errors import OutreachError
from outreach.web.desk.shell import HEADERS, Shell
from outreach.web.desk.visit import Visit, path
from outreach.workflow.campaigns import campaign_status
from outreach.workflow.sendingnow import what_came
from outreach.workflow.waiting import turn_of

_EVENTS: Final = "text/event-stream"
_EVERY_SECONDS: Final = 1.0
#: looks before a stream ends
_LOOKS: Final = 30
#: streams at once; whoever comes after gets the page that reloads
_MOST: Final = 50
#: and of one person
_MOST_EACH: Final = 6
#: of the time, at most one part in so many is spent on looking
_REST: Final = 5
#: events of runs that the page tells of
_RUNS: Final = 6
_STATES: Final = ("planned", "claimed", "accepted", "refused", "in_doubt", "withdrawn", "cancelled")
#: states in which nothing moves any more by itself
_STILL: Final = frozenset({CampaignState.COMPLETE, CampaignState.IN_DOUBT, CampaignState.DRAFT})


class _Stream(StreamingResponse):
    """Events, and what is to be done when they are over, also where nobody took the first."""

    def __init__(
        self, events: AsyncIterator[str], end: Callable[[], None], headers: Mapping[str, str]
    ) -> None:
        super().__init__(events, media_type=_EVENTS, headers=headers)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


class Progressing:
    """Shows how far a campaign is."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        #: open streams by who has them
        self._streams: Counter[str] = Counter()
        #: campaign -> its latest counts, and the loop's time until which they do
        self._seen: dict[str, tuple[Status, float]] = {}
        self._looking = asyncio.Lock()
        one = "/campaigns/{name}"
        self.routes: list[Route] = [
            shell.page(f"{one}/progress", self.show_progress, counts=True),
            Route(f"{one}/live", self.stream, methods=["GET"]),
        ]

    def show_progress(self, visit: Visit) -> Response:
        """Show the counts of this moment."""
        name = visit.named("name")
        found = campaign_status(visit.db, name)
        return visit.show(
            "progress.html",
            name=name,
            found=found,
            counts=_counts(found),
            moving=found.state not in _STILL,
            runs=what_came(visit.db, name)[-_RUNS:],
            turn=turn_of(visit.db, name, now=visit.now),
            at=path("campaigns", name),
        )

    async def stream(self, request: Request) -> Response:
        """Send the counts each time that they are others."""
        first = await self._see(request)
        if first is None:
            raise HTTPException(401)
        # a proxy is not to wait for more
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(media_type=_EVENTS, headers=headers)
        who = self._shell.who_of(request)
        if self._streams.total() >= _MOST or self._streams[who] >= _MOST_EACH:
            raise HTTPException(503)
        # at once: others ask for theirs before this one is begun
        self._streams[who] += 1
        return _Stream(self._events(request, first), partial(self._end, who), headers)

    def _end(self, who: str) -> None:
        self._streams -= Counter([who])

    async def _events(self, request: Request, first: Status) -> AsyncIterator[str]:
        seen, sent = first, ""
        for _ in range(_LOOKS):
            event = json.dumps({"state": seen.state.replace("_", " "), **_counts(seen)})
            if event != sent:
                yield f"data: {event}\n\n"
                sent = event
            if seen.state in _STILL:
                yield "event: still\ndata: \n\n"
                return
            await asyncio.sleep(_EVERY_SECONDS)
            if request.app.state.is_stopping():
                return
            try:
                latest = await self._see(request)
            except OutreachError:
                return
            if latest is None:
                return
            seen = latest

    async def _see(self, request: Request) -> Status | None:
        """Give the counts; None where the session has ended."""
        caller = await self._shell.house.work(lambda db: self._shell.caller(request, db))
        return await self._look(request.path_params["name"]) if caller.session else None

    async def _look(self, name: str) -> Status:
        clock = asyncio.get_running_loop().time
        async with self._looking:
            seen = self._seen.get(name)
            if seen is not None and clock() < seen[1]:
                return seen[0]
            begun = clock()
            found = await self._shell.counting.work(lambda db: campaign_status(db, name))
            took = clock() - begun
            self._seen[name] = found, clock() + max(_EVERY_SECONDS / 2, _REST * took)
            return found


def _counts(found: Status) -> dict[str, int]:
    """Give the people in each state; the words are the ids of the page's numbers."""
    ledger = found.ledger
    return {
        **{state: getattr(ledger, state) for state in _STATES},
        "left_out": sum(ledger.excluded.values()),
        "audience": found.audience,
    }
