"""The staff's desk."""

from __future__ import annotations

from starlette.applications import Starlette

from outreach.settings import Settings


def desk_app(settings: Settings) -> Starlette:
    """Make the application."""
    del settings
    return Starlette()


def login_link(settings: Settings, url: str) -> str:
    """Make the link that lets whoever started the desk in, once. `url` is where it is served."""
    del settings
    return url
