"""The page behind the link to unsubscribe, and behind `List-Unsubscribe` (RFC 8058).

A POST acts at once, whatever its body, without a cookie, a redirect or a question. GET and HEAD
change nothing: programs that look for viruses follow every link of a mail.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach.web.bodies import read_form, skip_body
from outreach.web.public.site import Site
from outreach.wiring import utc_now
from outreach.workflow import unsubscribing
from outreach.workflow.unsubscribing import Leaving, Standing


class Unsubscribing:
    """Leaving, and coming back on the spot."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("/u/{token}", self.look, methods=["GET"]),
            Route("/u/{token}", self.unsubscribe, methods=["POST"]),
            Route("/u/{token}/undo", self.undo, methods=["POST"]),
        ]

    async def look(self, request: Request) -> Response:
        """Ask, with one button."""
        token = request.path_params["token"]
        found = await self._site.by_token(request, lambda db: unsubscribing.look(db, token))
        return self._page(request, found)

    async def unsubscribe(self, request: Request) -> Response:
        """Act, before the body is looked at."""
        token = request.path_params["token"]
        done = await self._site.by_token(
            request,
            lambda db: unsubscribing.unsubscribe(db, token, utc_now()),
            proved_by=lambda db: unsubscribing.look(db, token),
        )
        await skip_body(request)
        return self._page(request, done)

    async def undo(self, request: Request) -> Response:
        """Take it back."""
        token, form = request.path_params["token"], await read_form(request)
        done_at, seal = form.get("at", ""), form.get("seal", "")
        now = await self._site.by_token(
            request,
            lambda db: unsubscribing.undo(db, token, done_at, seal, utc_now()),
            proved_by=lambda db: unsubscribing.look(db, token),
        )
        return self._page(request, now, back=now.standing is Standing.HERE)

    def _page(self, request: Request, found: Leaving, *, back: bool = False) -> Response:
        return self._site.readers.page(
            request,
            "unsubscribe.html",
            language=found.language,
            found=found,
            back=back,
            token=request.path_params["token"],
        )
