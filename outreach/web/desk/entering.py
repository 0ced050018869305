"""The way in and out: login links, and the page for whoever has none."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import NotFound
from outreach.staff import May
from outreach.web.bodies import read_form
from outreach.web.desk import gate
from outreach.web.desk.shell import HEADERS, OUTSIDE, Shell
from outreach.web.desk.visit import Visit
from outreach.web.limiter import Limiter, networks_of
from outreach.wiring import utc_now
from outreach.workflow import staff

#: seconds that wrong links are counted over
_WITHIN: Final = 600


class Entering:
    """Signs staff in and out."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._guesses = Limiter(shell.bounds.guesses, _WITHIN)

    @property
    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("/sign-in", self.show_way_in, methods=["GET"]),
            Route("/sign-in/{secret}", self.show_button, methods=["GET"]),
            Route("/sign-in/{secret}", self.sign_in, methods=["POST"]),
            self._shell.act("/sign-out", self.sign_out, May.LOOK),
        ]

    async def show_way_in(self, request: Request) -> Response:
        """Say how to get a link, and why this is shown to who had been in."""
        cookie = request.cookies.get(self._shell.cookie_name(request), "")
        why = ""
        if cookie:
            why = await self._shell.house.work(lambda db: staff.why_out(db, cookie))
        said = gate.said_to_be(request, self._shell.settings.desk)
        return self._page("way_in.html", why=why, said=said)

    async def show_button(self, request: Request) -> Response:
        """Show a button: whatever only looks at the link uses nothing up."""
        secret = request.path_params["secret"]
        person = await self._shell.house.work(
            lambda db: staff.link_holder(db, secret, now=utc_now())
        )
        if person is None:
            self._count(request)
        return self._page("sign_in.html", status=200 if person else 404, person=person)

    async def sign_in(self, request: Request) -> Response:
        """Use the link up."""
        await read_form(request)
        secret = request.path_params["secret"]
        try:
            signed_in = await self._shell.house.work(
                lambda db: staff.sign_in(db, secret, now=utc_now())
            )
        except NotFound:
            self._count(request)
            return self._page("sign_in.html", status=404, person=None)
        response = RedirectResponse("/", status_code=303)
        self._shell.give_cookie(request, response, signed_in.cookie)
        return response

    def sign_out(self, visit: Visit) -> Response:
        """End the session."""
        staff.sign_out(visit.db, visit.session, now=visit.now)
        response = RedirectResponse("/sign-in", status_code=303)
        self._shell.give_cookie(visit.request, response, "")
        return response

    def _count(self, request: Request) -> None:
        if not self._guesses.allows(*networks_of(request)):
            raise HTTPException(429, headers={"Retry-After": str(_WITHIN)})

    def _page(self, name: str, status: int = 200, **values: object) -> Response:
        response = self._shell.pages.page(name, status, **OUTSIDE, **values)
        response.headers.update(HEADERS)
        return response
