"""What all pages of the desk share: threads, sessions, forms, and the pages for errors.

A page is a handler: a function that takes a `Visit`, runs in a worker thread with a database of its
own, and gives the answer. Whether somebody is signed in, may do it, and was shown the form that
they send, is seen to before it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import OutreachError, StoreError
from outreach.settings import Settings
from outreach.staff import May
from outreach.staff.sessions import LONGEST, Session
from outreach.store import Database
from outreach.web.assets import Assets
from outreach.web.bodies import read_form
from outreach.web.bounds import Bounds
from outreach.web.desk import gate, wording
from outreach.web.desk.visit import Entry, Visit
from outreach.web.house import House
from outreach.web.pages import STATIC, Pages
from outreach.wiring import utc_now
from outreach.workflow import staff, staffacts

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
        #: for what counts a ledger: of millions that takes seconds, and is no reason to wait longer
        self.counting = House(settings, "desk-counting", bounds, threads=4)
        self.assets = Assets(STATIC, _HERE / "static")
        self.pages = Pages(_HERE / "templates", self.assets, filters=wording.FILTERS)
        #: the lines of the navigation; `app` fills it
        self.entries: tuple[Entry, ...] = ()
        #: of who was signed on last for an address: their cookie, for clients that keep none
        self._signed_on: dict[str, str] = {}

    def page(
        self,
        path: str,
        handler: Handler,
        may: May = May.LOOK,
        *,
        slow: bool = False,
        counts: bool = False,
    ) -> Route:
        """Make the route of a page that is looked at; `counts`: a ledger is counted for it."""
        house = self._house(slow=slow, counts=counts)

        async def look(request: Request) -> Response:
            return await house.work(lambda db: self._look(request, db, handler, may))

        look.__name__ = handler.__name__
        return Route(path, look, methods=["GET"])

    def act(
        self, path: str, handler: Handler, may: May, *, slow: bool = False, counts: bool = False
    ) -> Route:
        """Make the route to which a form is sent; `counts`: a ledger is counted for it."""
        house = self._house(slow=slow, counts=counts)

        async def act(request: Request) -> Response:
            form = await read_form(request)
            return await house.work(lambda db: self._act(request, db, form, handler, may))

        act.__name__ = handler.__name__
        return Route(path, act, methods=["POST"])

    def session_of(self, request: Request, db: Database) -> tuple[Session | None, Any, str]:
        """Give the session of a request, the keys, and a cookie where it has just begun."""
        now, where = utc_now(), self.settings.desk
        cookie = request.cookies.get(self.cookie_name(request), "")
        session, keys = staff.session_of(db, cookie, now=now)
        said = gate.said_to_be(request, where)
        if not said or (session and _is_same(session, said)):
            return session, keys, ""
        kept = self._signed_on.get(said.strip().casefold(), "")
        session, keys = staff.session_of(db, kept, now=now)
        if session and _is_same(session, said):
            return session, keys, kept
        signed_in = staff.sign_in_trusted(db, said, now=now)
        if signed_in is None:
            return None, keys, ""
        self._signed_on[said.strip().casefold()] = signed_in.cookie
        session, keys = staff.session_of(db, signed_in.cookie, now=now)
        return session, keys, signed_in.cookie

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
        """Tell what went wrong and what can be done about it."""
        visit = request.scope.get("desk.visit")
        problem, advice, command = wording.told(error)
        response = self.pages.page(
            "error.html",
            status,
            **(visit.frame if isinstance(visit, Visit) else OUTSIDE),
            code=status,
            problem=problem,
            advice=advice,
            command=command,
            kind="store" if isinstance(error, StoreError) else str(status),
            ours=isinstance(error, OutreachError) and status < 500,
            posted=request.method == "POST",
            back=request.scope.get("desk.back", ""),
        )
        response.headers.update(HEADERS)
        return response

    def close(self) -> None:
        """Let the threads end."""
        self.house.close()
        self.slow.close()
        self.counting.close()

    def _house(self, *, slow: bool, counts: bool) -> House:
        if slow:
            return self.slow
        return self.counting if counts else self.house

    def _look(self, request: Request, db: Database, handler: Handler, may: May) -> Response:
        session, keys, cookie = self.session_of(request, db)
        if session is None:
            return RedirectResponse("/sign-in", status_code=303)
        visit = self._visit(request, db, session, keys)
        if not session.person.may(may):
            raise HTTPException(403, detail=may)
        response = handler(visit)
        return self._finished(request, response, cookie)

    def _act(
        self, request: Request, db: Database, form: dict[str, str], handler: Handler, may: May
    ) -> Response:
        session, keys, cookie = self.session_of(request, db)
        if session is None:
            raise HTTPException(401)
        visit = self._visit(request, db, session, keys)
        visit.form = form
        visit.see_stamp()
        if not session.person.may(may):
            what = handler.__name__.replace("_", " ")
            staffacts.deny(db, session.person, what, request.url.path, now=visit.now)
            raise HTTPException(403, detail=may)
        return self._finished(request, handler(visit), cookie)

    def _visit(self, request: Request, db: Database, session: Session, keys: Any) -> Visit:
        visit = Visit(request, db, self.settings, session, keys, self.pages, self.entries)
        request.scope["desk.visit"] = visit
        return visit

    def _finished(self, request: Request, response: Response, cookie: str) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if cookie:
            self.give_cookie(request, response, cookie)
        return response


def _is_same(session: Session, said: str) -> bool:
    return said.strip().casefold() == session.person.email.casefold()


#: the frame of a page that is shown to nobody in particular
OUTSIDE: Final[dict[str, Any]] = {"me": None, "entries": [], "here": ""}
