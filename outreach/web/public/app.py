"""The public application: all its routes, and nothing of the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from outreach.settings import Settings
from outreach.web.bounds import DEFAULT, Bounds
from outreach.web.door import Door, passed_on
from outreach.web.house import House, kept_open
from outreach.web.limiter import Limiter
from outreach.web.public.answering import Answering
from outreach.web.public.background import Background
from outreach.web.public.counting import Counting
from outreach.web.public.forms import Forms
from outreach.web.public.preferences import Choosing
from outreach.web.public.readers import Readers
from outreach.web.public.site import FORMS_WITHIN, GUESSES_WITHIN, Site
from outreach.web.public.unsubscribing import Unsubscribing
from outreach.web.public.viewing import Viewing
from outreach.web.public.webhooks import Webhooks


def public_app(settings: Settings, bounds: Bounds = DEFAULT) -> Starlette:
    """Make the application."""
    readers = Readers(settings)
    writers = asyncio.Lock()
    pages = House(settings, "pages", bounds, writers=writers)
    posts = House(settings, "posts", bounds, writers=writers, threads=2)
    behind = House(settings, "background", bounds, writers=writers, threads=2)
    background = Background(behind, posts, pages)
    webhooks = Webhooks(posts, background, bounds)
    site = Site(
        pages,
        readers,
        guesses=Limiter(bounds.guesses, GUESSES_WITHIN),
        forms=Limiter(bounds.forms, FORMS_WITHIN),
        invited_forms=Limiter(bounds.forms, FORMS_WITHIN),
    )
    answers = House(settings, "answers", bounds, writers=writers, threads=1)
    answering = Answering(answers, bounds.forms_every)
    # a count is worth no waiting
    counts = House(
        settings, "counts", replace(bounds, busy_seconds=1.0), writers=writers, threads=1
    )
    counting = Counting(site, counts)
    parts = (Unsubscribing(site), Choosing(site), Viewing(site), counting, Forms(site))

    def error_page(request: Request, status: int, error: Exception) -> Response:
        # at a 4xx a mail would be dropped, see `webhooks`
        refused = status == 400 and request.url.path.startswith("/webhooks/")
        return readers.error(request, 503 if refused else status, error)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with kept_open(settings):
            background.start()
            answering.start()
            try:
                yield
            finally:
                await answering.stop()
                await background.stop()
                await counting.stop()
                for house in (pages, posts):
                    house.close()

    app = Starlette(
        routes=[
            *(route for part in (*parts, webhooks) for route in part.routes),
            *readers.assets.routes,
        ],
        middleware=[Middleware(Door, error_page=error_page)],
        exception_handlers={HTTPException: passed_on},
        lifespan=lifespan,
    )
    # it would lead to whatever name the request gives
    app.router.redirect_slashes = False
    return app
