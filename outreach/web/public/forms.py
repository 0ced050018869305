"""The forms that anybody can fill in: subscribe, take part, and confirm an address."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach.places import countries, country_name
from outreach.store import Database
from outreach.supporters.signups import Signup, SignupPurpose
from outreach.web.bodies import read_form
from outreach.web.public.site import FORMS_WITHIN, Site
from outreach.web.public.words import spoken
from outreach.wiring import utc_now
from outreach.workflow import subscribing
from outreach.workflow.bearers import language_of
from outreach.workflow.subscribing import Confirmation

_FORM: Final = "application/x-www-form-urlencoded"
#: a field that no person sees: what fills it in is a program
TRAP: Final = "website"
#: the two joiners are letters of some languages
_KEPT: Final = "\n\u200c\u200d"


class Forms:
    """Subscribe, take part, confirm."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Where they are; with a letter's token `take part` answers that letter."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/subscribe", self.subscribe, methods=["GET", "POST"]),
            Route("/take-part", self.take_part, methods=["GET", "POST"]),
            Route("/t/{token}", self.take_part, methods=["GET", "POST"]),
            Route("/c/{token}", self.look_at_confirmation, methods=["GET"]),
            Route("/c/{token}", self.confirm, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """Say what there is."""
        return self._site.readers.page(request, "home.html")

    async def subscribe(self, request: Request) -> Response:
        """Get letters."""
        return await self._form(request, SignupPurpose.SUBSCRIBE)

    async def take_part(self, request: Request) -> Response:
        """Put on an event."""
        return await self._form(request, SignupPurpose.TAKE_PART)

    async def _form(self, request: Request, purpose: SignupPurpose) -> Response:
        token = request.path_params.get("token", "")
        if request.method != "POST":
            language = ""
            if token:
                language = await self._site.house.work(lambda db: language_of(db, token))
            return self._filled(request, purpose, Signup(purpose, "", "", "", language))
        form = await read_form(request)
        said = _signup(purpose, form)
        faults = subscribing.faults_of(said)
        # who was sent here by somebody else's page is asked whether they mean it
        if faults or request.headers.get("sec-fetch-site") == "cross-site":
            return self._filled(request, purpose, said, faults)
        # a program must not use up what is left for people
        if not form.get(TRAP):
            letter = None
            if token:
                letter = await self._site.house.work(lambda db: subscribing.letter_of(db, token))
            if not self._site.allows_form(request, letter):
                return self._filled(request, purpose, said, too_many=True)
            await self._site.house.write(lambda db: subscribing.ask(db, said, token, utc_now()))
        return self._site.readers.page(
            request, "thanks.html", language=said.language, purpose=purpose.value
        )

    def _filled(
        self,
        request: Request,
        purpose: SignupPurpose,
        said: Signup,
        faults: frozenset[str] = frozenset(),
        *,
        too_many: bool = False,
    ) -> Response:
        """Show a form with what was written; nobody writes it twice."""

        def listed(tag: str) -> tuple[tuple[str, str], ...]:
            return _countries(tag)

        more: dict[str, Any] = {"said": said, "faults": faults, "purpose": purpose.value}
        page = self._site.readers.page(
            request,
            "form.html",
            status=429 if too_many else 422 if faults else 200,
            language=said.language,
            countries=listed,
            trap=TRAP,
            too_many=too_many,
            **more,
        )
        if too_many:
            page.headers["Retry-After"] = str(FORMS_WITHIN)
        return page

    async def look_at_confirmation(self, request: Request) -> Response:
        """Ask, with one button."""
        token = request.path_params["token"]
        try:
            found = await self._site.by_token(request, lambda db: _look(db, token))
        except HTTPException as error:
            return self._too_old(request, error)
        return self._confirmation(request, found)

    async def confirm(self, request: Request) -> Response:
        """Do what was asked for, by the form that its owner says is theirs."""
        token, settings = request.path_params["token"], self._site.house.settings
        chosen = _number((await _if_any(request)).get("form", ""))
        try:
            found = await self._site.by_token(
                request,
                lambda db: subscribing.confirm(db, settings, token, utc_now(), chosen=chosen),
                proved_by=lambda db: _look(db, token),
            )
        except HTTPException as error:
            return self._too_old(request, error)
        return self._confirmation(request, found)

    def _confirmation(self, request: Request, found: Confirmation) -> Response:
        return self._site.readers.page(
            request,
            "confirm.html",
            language=found.language,
            found=found,
            token=request.path_params["token"],
            named=country_name,
        )

    def _too_old(self, request: Request, error: HTTPException) -> Response:
        if error.status_code != 404:
            raise error
        return self._site.readers.page(request, "old.html", status=404)


def _look(db: Database, token: str) -> Confirmation:
    return subscribing.look_at_confirmation(db, token, utc_now())


async def _if_any(request: Request) -> dict[str, str]:
    """Read a form, where there is one."""
    said = request.headers.get("content-type", "")
    return await read_form(request) if said.startswith(_FORM) else {}


def _number(text: str) -> int | None:
    """Read the number of a form; 0, which none has, for what is no number."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _signup(purpose: SignupPurpose, form: dict[str, str]) -> Signup:
    def text(name: str) -> str:
        return " ".join(_plain(form.get(name, "")).split())

    return Signup(
        purpose,
        email=text("email"),
        name=text("name"),
        country=text("country").upper(),
        language=spoken(form.get("asked_in", "")),
        words=_plain(form.get("words", "")).strip(),
    )


def _plain(text: str) -> str:
    """Take out of a text what controls a screen, a header or a direction; line breaks stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in lines if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return "".join(kept)


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    """Give code and name of each country, in the order of the names without their accents."""

    def order(pair: tuple[str, str]) -> str:
        apart = unicodedata.normalize("NFKD", pair[1].casefold())
        return "".join(c for c in apart if not unicodedata.combining(c))

    named = ((code, country_name(code, language) or code) for code in countries())
    return tuple(sorted(named, key=order))
