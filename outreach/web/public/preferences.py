"""The page on which a reader chooses what they get."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach.model import Consent, MessageKind
from outreach.supporters.preferences import Often, Preferences
from outreach.web.bodies import read_form
from outreach.web.public.site import Site
from outreach.web.public.words import LANGUAGES, spoken, words
from outreach.wiring import utc_now
from outreach.workflow.preferences import Chosen, choose_preferences, show_preferences


class Choosing:
    """Language, how often, which kinds, and whether openings may be counted."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("/p/{token}", self.show_choices, methods=["GET"]),
            Route("/p/{token}", self.choose, methods=["POST"]),
        ]

    async def show_choices(self, request: Request) -> Response:
        """Show what is chosen."""
        token = request.path_params["token"]
        chosen = await self._site.by_token(request, lambda db: show_preferences(db, token))
        return self._page(request, chosen, chosen.language)

    async def choose(self, request: Request) -> Response:
        """Write down what is chosen now, and show it."""
        token, form = request.path_params["token"], await read_form(request)
        before = await self._site.by_token(request, lambda db: show_preferences(db, token))
        wanted = _wanted(form, before.preferences)
        tag = spoken(form.get("asked_in", ""), before.language)
        asked_by = f"preferences page {words(tag)['version']} ({tag})"
        chosen = await self._site.by_token(
            request,
            lambda db: choose_preferences(db, token, wanted, asked_by, utc_now()),
            proved_by=lambda db: show_preferences(db, token),
        )
        # whoever chose no other language goes on in the one they are reading
        same = wanted.language == before.preferences.language
        language = tag if same else chosen.language
        return self._page(request, chosen, language, saved=True)

    def _page(
        self, request: Request, chosen: Chosen, language: str, *, saved: bool = False
    ) -> Response:
        return self._site.readers.page(
            request,
            "preferences.html",
            language=language,
            chosen=chosen,
            wanted=chosen.preferences,
            saved=saved,
            languages=LANGUAGES,
            often=list(Often),
            kinds=list(MessageKind),
            token=request.path_params["token"],
        )


def _wanted(form: dict[str, str], before: Preferences) -> Preferences:
    """Read the form; what it doesn't say, or says in no word of ours, stays as it was."""
    language, often, tracking = (form.get(name, "") for name in ("language", "often", "tracking"))
    ours = "asked_in" in form
    known = {word.value: word for word in Often}
    return Preferences(
        language=language if language in LANGUAGES else before.language,
        often=known.get(often, before.often),
        # a box without a tick is not in a form at all, so it must be a form of ours
        unwanted=(
            frozenset(kind for kind in MessageKind if f"kind_{kind}" not in form)
            if ours
            else before.unwanted
        ),
        tracking={"yes": Consent.GRANTED, "no": Consent.DENIED}.get(tracking, before.tracking),
    )
