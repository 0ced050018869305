"""Counted links, and the picture that tells of an opening.

Both work for everybody and count only those who agreed, and never a machine: programs that look for
viruses, and proxies that load pictures before anybody opens the letter.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import NotFound
from outreach.web.public.site import Site
from outreach.wiring import utc_now
from outreach.workflow.counting import follow_link, note_opening

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
_PICTURE: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS: Final = {
    # it stands in mails, which are pages of somebody else's
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store, private, max-age=0",
}


class Counting:
    """Links and openings."""

    def __init__(self, site: Site) -> None:
        self._site = site

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
        leads_to = await self._site.by_token(
            request,
            lambda db: follow_link(db, delivery, target, seal, utc_now(), count=count),
        )
        # an address may have letters of any language in it, a header may not
        return RedirectResponse(leads_to, status_code=302)

    async def opened(self, request: Request) -> Response:
        """Give the picture, whoever asks, and count where that is right."""
        token = request.path_params["token"]
        if not _is_machine(request):
            # the answer tells nobody which tokens there are
            with suppress(NotFound):
                await self._site.house.work(lambda db: note_opening(db, token, utc_now()))
        return Response(_PICTURE, media_type="image/gif", headers=_HEADERS)


def _is_machine(request: Request) -> bool:
    """Whether it is known that no person asked."""
    if request.method != "GET" or any(
        re.search("prefetch|preview", request.headers.get(name, ""), re.IGNORECASE)
        for name in _AHEAD
    ):
        return True
    name = request.headers.get("user-agent", "").strip()
    return name in ("", _APPLE) or _MACHINES.search(name) is not None
