"""What all pages of the desk share: threads, sessions, forms, and the pages for errors.

A page is a handler: a function that takes a `Visit`, runs in a worker thread with a database of its
own, and gives the answer. Whether somebody is signed in, may do it, and was shown the form that
they send, is seen to before it is called.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from weakref import WeakValueDictionary

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import DatabaseBusy, OutcomeUnknown, OutreachError, StoreError
from outreach.settings import Settings
from outreach.staff import May
from outreach.staff.sessions import LONGEST, Session
from outreach.store import Database
from outreach.tokens import SigningKey
from outreach.web.assets import Assets
from outreach.web.bodies import read_form
from outreach.web.bounds import Bounds
from outreach.web.desk import forms, gate, wording
from outreach.web.desk.visit import Entry, Visit
from outreach.web.door import RETRY_AFTER, answer_to
from outreach.web.house import House
from outreach.web.pages import STATIC, Pages
from outreach.web.statuses import status_of
from outreach.wiring import utc_now
from outreach.workflow import staff, staffacts
from outreach.workflow.staff import Caller

Handler = Callable[[Visit], Response]

_HERE: Final = Path(__file__).parent
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
        " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    # with none, browsers would hide from us too where a form was sent from
    "Referrer-Policy": "same-origin",
}


class Shell:
    """The desk of one workspace."""

    def __init__(self, settings: Settings, bounds: Bounds) -> None:
        self.settings = settings
        self.bounds = bounds
        self.house = House(settings, "desk", bounds)
        #: for what goes through a whole segment: it must not keep others from their pages
        self.slow = House(settings, "desk-slow", bounds, threads=2)
        #: what is done and takes long, so that it waits for nobody who only looks
        self.doing = House(settings, "desk-doing", bounds, threads=2)
        #: for what counts a ledger: of millions that takes seconds, and is no reason to wait longer
        self.counting = House(settings, "desk-counting", bounds, threads=4)
        #: for what waits for a process to begin: nobody else waits for that
        self.starting = House(settings, "desk-starting", bounds, threads=4)
        self.assets = Assets(STATIC, _HERE / "static")
        self.pages = Pages(_HERE / "templates", self.assets, filters=wording.FILTERS)
        #: the lines of the navigation; `app` fills it
        self.entries: tuple[Entry, ...] = ()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        #: of who was signed on last for an address: their cookie, for clients that keep none
        self._signed_on: dict[str, str] = {}

    def page(
        self,
        path: str,
        handler: Handler,
        may: May = May.LOOK,
        *,
        back: str = "",
        slow: bool = False,
        shared: bool = False,
        counts: bool = False,
    ) -> Route:
        """Make the route of a page that is looked at.

        `back` is the page to which its errors lead, with parts of `path` in it; `counts`: a ledger
        is counted for it; `shared`: its handler keeps what it found for those who come meanwhile.
        """
        house = self._house(slow=slow, counts=counts)

        async def look(request: Request) -> Response:
            async with AsyncExitStack() as turn:
                if slow:
                    # of one person one at a time, and of all that is shared
                    await turn.enter_async_context(self._turn(f"by {self.who_of(request)}"))
                if shared:
                    await turn.enter_async_context(self._turn(f"of {request.url.path}"))
                return await house.work(lambda db: self._look(request, db, handler, may, back))

        look.__name__ = handler.__name__
        return Route(path, look, methods=["GET"])

    def act(
        self,
        path: str,
        handler: Handler,
        may: May,
        *,
        again: Handler | None = None,
        back: str = "",
        slow: bool = False,
        counts: bool = False,
        starts: bool = False,
    ) -> Route:
        """Make the route to which a form is sent.

        `again` is the page with the form: where it can't be done as it was sent, that is shown
        again. For `back` and `counts` see `page`; `starts`: it waits for a process to begin.
        """
        house = self.doing if slow else self._house(slow=slow, counts=counts)
        if starts:
            house = self.starting

        async def act(request: Request) -> Response:
            form = await read_form(request)
            return await house.work(
                lambda db: self._act(request, db, form, handler, may, again, back)
            )

        act.__name__ = handler.__name__
        return Route(path, act, methods=["POST"])

    def caller(self, request: Request, db: Database) -> Caller:
        """Say who a request comes from, by its cookie or by a proxy's word."""
        cookie = request.cookies.get(self.cookie_name(request), "")
        said = gate.said_to_be(request, self.settings.desk)
        who = said.strip().casefold()
        kept = self._signed_on.get(who, "")
        found = staff.caller(db, cookie, said=said, kept=kept, now=utc_now())
        if who and found.cookie:
            self._signed_on[who] = found.cookie
        return found

    def who_of(self, request: Request) -> str:
        """Tell requests of one person from those of others, without a look at the database."""
        said = gate.said_to_be(request, self.settings.desk).strip().casefold()
        return said or request.cookies.get(self.cookie_name(request), "")

    def _turn(self, of: str) -> asyncio.Lock:
        """Give what whoever comes for the same waits for."""
        return self._turns.setdefault(of, asyncio.Lock())

    def cookie_name(self, request: Request) -> str:
        """Name the cookie; browsers don't tell the ports of a machine apart, so the name does."""
        if gate.is_secure(self.settings.desk):
            return "__Host-desk"
        server = request.scope.get("server")
        return f"desk-{server[1]}" if server else "desk"

    def give_cookie(self, request: Request, response: Response, cookie: str) -> None:
        """Have the browser keep a session's cookie; '' has it forget that."""
        response.set_cookie(
            self.cookie_name(request),
            cookie,
            max_age=int(LONGEST.total_seconds()) if cookie else 0,
            path="/",
            httponly=True,
            samesite="lax",
            secure=gate.is_secure(self.settings.desk),
        )

    def error(self, request: Request, status: int, error: Exception) -> Response:
        """Tell whoever is not signed in, as far as is known, what went wrong."""
        return self._error_page(status, error, OUTSIDE, posted=request.method == "POST")

    def close(self) -> None:
        """Let the threads end."""
        self.house.close()
        self.slow.close()
        self.doing.close()
        self.counting.close()
        self.starting.close()

    def _house(self, *, slow: bool, counts: bool) -> House:
        if slow:
            return self.slow
        return self.counting if counts else self.house

    def _look(
        self, request: Request, db: Database, handler: Handler, may: May, back: str
    ) -> Response:
        caller = self.caller(request, db)
        if caller.session is None:
            return RedirectResponse("/sign-in", status_code=303)
        visit = self._visit(request, db, caller.session, caller.keys)

        def look() -> Response:
            if not visit.person.may(may):
                raise HTTPException(403, detail=may)
            return handler(visit)

        return self._finished(visit, caller, look, back)

    def _act(
        self,
        request: Request,
        db: Database,
        form: dict[str, str],
        handler: Handler,
        may: May,
        again: Handler | None,
        back: str,
    ) -> Response:
        caller = self.caller(request, db)
        if caller.session is None:
            raise HTTPException(401)
        visit = self._visit(request, db, caller.session, caller.keys)
        visit.form = form

        def act() -> Response:
            visit.see_stamp()
            if not visit.person.may(may):
                what = handler.__name__.replace("_", " ")
                staffacts.deny(db, visit.person, what, request.url.path, now=visit.now)
                raise HTTPException(403, detail=may)
            try:
                return handler(visit)
            except OutreachError as error:
                page = _shown_again(visit, again, error)
                if page is None:
                    raise
                return page

        return self._finished(visit, caller, act, back)

    def _visit(
        self, request: Request, db: Database, session: Session, keys: Mapping[int, SigningKey]
    ) -> Visit:
        return Visit(request, db, self.settings, session, keys, self.pages, self.entries)

    def _finished(
        self, visit: Visit, caller: Caller, answer: Callable[[], Response], back: str
    ) -> Response:
        request = visit.request
        try:
            response = answer()
        except Exception as error:
            # as the door would; but it knows neither who it is nor where they came from
            page = partial(
                self._error_page,
                error=error,
                frame=visit.frame | {"refusal": None},
                posted=request.method == "POST",
                typed=forms.typed(visit.form),
                back=_filled(back, request.path_params),
            )
            response = answer_to(error, request.scope, page)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if caller.cookie:
            self.give_cookie(request, response, caller.cookie)
        return response

    def _error_page(
        self,
        status: int,
        error: Exception,
        frame: Mapping[str, Any],
        *,
        posted: bool,
        typed: Sequence[tuple[str, str]] = (),
        back: str = "",
    ) -> Response:
        problem, advice, command = wording.told(error)
        response = self.pages.page(
            "error.html",
            status,
            **frame,
            code=status,
            problem=problem,
            advice=advice,
            command=command,
            kind=_kind(error) or str(status),
            busy=isinstance(error, DatabaseBusy),
            ours=isinstance(error, OutreachError) and status < 500,
            posted=posted,
            typed=typed,
            back=back,
        )
        response.headers.update(HEADERS)
        return response


def _shown_again(visit: Visit, again: Handler | None, error: OutreachError) -> Response | None:
    """Show the page of a form that was refused; None where that can't be mended there."""
    status = status_of(error)
    is_busy = isinstance(error, DatabaseBusy)
    if again is None or status == 500 or (isinstance(error, StoreError) and not is_busy):
        return None
    visit.refuse(error)
    try:
        page = again(visit)
    except OutreachError:
        # as where what the form is about is gone
        return None
    if is_busy:
        page.headers["Retry-After"] = RETRY_AFTER
    # the page itself is there, and was understood
    page.status_code = 422 if status in {400, 404} else status
    return page


def _filled(pattern: str, parts: Mapping[str, object]) -> str:
    """Put the parts of a path into another's pattern."""
    return re.sub(r"{(\w+)[^}]*}", lambda found: quote(str(parts[found[1]]), safe=""), pattern)


def _kind(error: Exception) -> str:
    if isinstance(error, OutcomeUnknown):
        return "unknown"
    return "store" if isinstance(error, StoreError) else ""


#: the frame of a page that is shown to nobody in particular
OUTSIDE: Final[Mapping[str, Any]] = {"me": None, "entries": [], "here": "", "refusal": None}
