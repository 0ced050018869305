"""The public application: all its routes, and nothing of the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from outreach.settings import Settings
from outreach.web.door import Door, passed_on
from outreach.web.house import House
from outreach.web.public.readers import Readers


def public_app(settings: Settings) -> Starlette:
    """Make the application."""
    house, readers = House(settings, "pages"), Readers(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            house.close()

    return Starlette(
        routes=[readers.assets.route],
        middleware=[Middleware(Door, error_page=readers.error)],
        exception_handlers={HTTPException: passed_on},
        lifespan=lifespan,
    )
