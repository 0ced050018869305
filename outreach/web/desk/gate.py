"""Who may knock at all: requests that come from pages of our own, under a name that is ours.

A foreign page can make a browser send a request, and a name of its own lead to this machine; the
browser says so in Host, Origin and Sec-Fetch-Site, which no page can write. What a proxy says is
believed of the listed addresses only.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from outreach.settings.servers import Desk

#: requests that change nothing
_READING: Final = frozenset({"GET", "HEAD"})


class Gate:
    """Wraps the desk; what may not come in is answered by an error page."""

    def __init__(self, app: ASGIApp, where: Desk) -> None:
        self._app = app
        self._where = where

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or not.

        Raises:
            HTTPException: 421 under a name that isn't ours, 403 from a page that isn't.
        """
        if scope["type"] == "http":
            request = Request(scope)
            if not is_our_name(request, self._where):
                raise HTTPException(421)
            if not is_our_page(request):
                raise HTTPException(403)
        await self._app(scope, receive, send)


def is_our_name(request: Request, where: Desk) -> bool:
    """Whether Host names the desk: as the settings do, else by an address or as localhost."""
    host = request.headers.get("host", "").lower()
    if where.url:
        return host == urlsplit(where.url).netloc.lower()
    name = _name_of(host)
    return name in {"localhost", where.host.lower()} or _address(name) is not None


def is_our_page(request: Request) -> bool:
    """Whether the page that sends a request is one of ours; who only looks may come from anywhere.

    But not as a part of somebody else's page.
    """
    site = request.headers.get("sec-fetch-site", "")
    if request.method in _READING:
        return site != "cross-site" or request.headers.get("sec-fetch-mode") == "navigate"
    origin = request.headers.get("origin", "")
    if not (site or origin) or site not in {"", "same-origin"}:
        return False
    return not origin or urlsplit(origin).netloc.lower() == request.headers["host"].lower()


def is_proxy(request: Request, where: Desk) -> bool:
    """Whether a request comes from one of the listed proxies."""
    peer = _address(request.client.host if request.client else "")
    networks = [ip_network(word.strip()) for word in where.proxies.split(",") if word.strip()]
    return peer is not None and any(peer in network for network in networks)


def said_to_be(request: Request, where: Desk) -> str:
    """Give whom a listed proxy names; '' where none does."""
    if not where.login_header or not is_proxy(request, where):
        return ""
    said = request.headers.getlist(where.login_header)
    # of two, one may be the client's own
    return said[0] if len(said) == 1 else ""


def is_secure(where: Desk) -> bool:
    """Whether browsers reach the desk by https, so that its cookie may ask for that."""
    return where.url.startswith("https://")


def _name_of(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
