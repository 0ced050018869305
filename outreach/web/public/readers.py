"""Show a public page to one reader: in their language, with what every page holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from outreach.settings import Settings
from outreach.web.assets import Assets
from outreach.web.pages import STATIC, Pages
from outreach.web.public.words import direction, spoken, wishes, words

_HERE: Final = Path(__file__).parent
#: statuses that have words of their own; others say what these say
_SAID: Final = {409: 400, 422: 400, 502: 500}


class Readers:
    """Makes the pages of one workspace's public side."""

    def __init__(self, settings: Settings) -> None:
        self.assets = Assets(STATIC)
        self._pages = Pages(_HERE / "templates", self.assets)
        self._settings = settings

    def page(
        self, request: Request, name: str, *, status: int = 200, language: str = "", **values: Any
    ) -> HTMLResponse:
        """Make a page in the language that the link asks for, else `language`, else as wished."""
        tag = spoken(
            request.query_params.get("lang", ""),
            language,
            *wishes(request.headers.get("accept-language", "")),
        )
        shared = {
            "lang": tag,
            "dir": direction(tag),
            "say": words(tag),
            "organisation": self._settings.organisation.name,
            "postal_address": self._settings.organisation.postal_address,
            "email": self._settings.sender.email,
        }
        response = self._pages.page(name, status, **shared, **values)
        response.headers["Content-Language"] = tag
        response.headers["Vary"] = "Accept-Language"
        return response

    def error(self, request: Request, status: int, error: Exception) -> Response:
        """Tell a reader what went wrong and what they can do; never why, in our words."""
        del error
        errors = words("en")["errors"]
        said = str(_SAID.get(status, status))
        return self.page(
            request, "error.html", status=status, said=said if said in errors else "500"
        )
