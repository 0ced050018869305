"""Counted links, and the picture that tells of an opening.

Both work for everybody and count only those who agreed, and never a machine: programs that look for
viruses, and proxies that load pictures before anybody opens the letter.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import OutreachError
from outreach.store import Database
from outreach.web.house import House
from outreach.web.public.site import Site
from outreach.wiring import utc_now
from outreach.workflow.counting import may_follow, may_note_opening, note_opening, note_visit

#: what programs call themselves that follow links and load pictures without their reader
_MACHINES: Final = re.compile(
    r"""
    googleimageproxy | ggpht | yahoomailproxy | yahoocachesystem | appleprivacy | cloudmark
    | mimecast | proofpoint | urldefense | barracuda | safelinks | ironport | messagelabs | symantec
    | trendmicro | sophos | forcepoint | fireeye | trellix | checkpoint | zscaler | bitdefender
    | outlook-(?:ios|android)-preview | skypeuripreview | slackbot | whatsapp | telegrambot
    | facebookexternalhit | twitterbot | linkedinbot | discordbot | microsoft\ office\ existence
    | bot\b | crawl | spider | scan | preview | prefetch | monitor | headless | phantomjs
    | python | curl | wget | libwww | java/ | okhttp | go-http-client | axios | node-fetch | httpx
    | ruby | perl | php | \bwin32\b.*winhttp
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: below 2**40, as in a token
_NUMBER: Final = re.compile("[0-9]{1,12}")
#: Apple's Mail loads all pictures when a letter comes, under this name and no other
_APPLE: Final = "Mozilla/5.0"
_AHEAD: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")
#: visits and openings that wait to be counted; of more none is kept
_MOST_WAITING: Final = 1000
#: seconds
_MOMENT: Final = 0.2
_PICTURE: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS: Final = {
    # it stands in mails, which are pages of somebody else's
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store, private, max-age=0",
}


class Counting:
    """Links and openings. Where others write, the counts wait in `house`, behind the answers."""

    def __init__(self, site: Site, house: House) -> None:
        self._site = site
        self._house = house
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/l/{delivery}/{seal}", self.follow, methods=["GET"]),
            Route("/o/{token}.gif", self.opened, methods=["GET"]),
        ]

    async def follow(self, request: Request) -> Response:
        """Lead on to where the letter said, and nowhere else."""
        said, seal = request.path_params["delivery"], request.path_params["seal"]
        target, count = request.query_params.get("to", ""), not _is_machine(request)
        if not _NUMBER.fullmatch(said) or not target.startswith(("https://", "http://")):
            raise HTTPException(404)
        delivery = int(said)
        may_count = await self._site.by_token(
            request, lambda db: may_follow(db, delivery, target, seal)
        )
        if count and may_count:
            await self._behind(lambda db: note_visit(db, delivery, target, utc_now()))
        # an address may have letters of any language in it, a header may not
        return RedirectResponse(target, status_code=302)

    async def opened(self, request: Request) -> Response:
        """Give the picture, whoever asks, and count where that is right."""
        token = request.path_params["token"]
        if not _is_machine(request):
            # the answer tells nobody which tokens there are, or that we can't tell now
            with suppress(OutreachError):
                letter = await self._site.house.work(lambda db: may_note_opening(db, token))
                if letter is not None:
                    number = letter
                    await self._behind(lambda db: note_opening(db, number, utc_now()))
        return Response(_PICTURE, media_type="image/gif", headers=_HEADERS)

    async def stop(self) -> None:
        """End after what waits to be counted."""
        await asyncio.gather(*self._tasks)
        self._house.close()

    async def _behind(self, count: Callable[[Database], bool]) -> None:
        """Count; whoever follows a link waits for a moment, and not for others who write."""
        if len(self._tasks) < _MOST_WAITING:
            task = asyncio.create_task(self._count(count))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await asyncio.wait((task,), timeout=_MOMENT)

    async def _count(self, count: Callable[[Database], bool]) -> None:
        # while others write for long, it is better not counted than in their way
        with suppress(OutreachError):
            await self._house.write(count)


def _is_machine(request: Request) -> bool:
    """Whether it is known that no person asked."""
    if request.method != "GET" or any(
        re.search("prefetch|preview", request.headers.get(name, ""), re.IGNORECASE)
        for name in _AHEAD
    ):
        return True
    name = request.headers.get("user-agent", "").strip()
    return name in ("", _APPLE) or _MACHINES.search(name) is not None
