"""A letter in the browser: the person's own, with nothing in it that does harm in other hands."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from outreach.errors import OutreachError, StoreError
from outreach.web.public.site import Site
from outreach.workflow.publicview import Views

#: a letter has its styles in its elements and its pictures elsewhere; no script ever runs in it
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class Viewing:
    """View in browser."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._views = Views()

    @property
    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("/v/{token}", self.view, methods=["GET"])]

    async def view(self, request: Request) -> Response:
        """Show it, or say that it is gone."""
        token = request.path_params["token"]
        try:
            found = await self._site.by_token(request, lambda db: self._views.view(db, token))
        except HTTPException as error:
            if error.status_code != 404:
                raise
            return self._site.readers.page(request, "gone.html", status=404)
        except StoreError:
            raise
        except OutreachError:
            return self._site.readers.page(request, "gone.html", status=404)
        headers = {"Content-Security-Policy": _POLICY, "Content-Language": found.language}
        return HTMLResponse(found.html, headers=headers)
