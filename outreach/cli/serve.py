"""`outreach serve`: the desk, or the public pages and webhooks."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import click

from outreach.cli.face import by_option, workspace_command
from outreach.cli.staff import login_url
from outreach.errors import NotFound
from outreach.settings import LOGIN
from outreach.wiring import Workspace, utc_now
from outreach.workflow import staff


@click.command()
@click.option("--public", is_flag=True, help="Serve the pages and webhooks, and not the desk.")
@click.option("--host", help="The address to serve at; else that of the settings.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Its port, 0: any; else that of the settings."
)
@by_option
@workspace_command
def serve(desk: Workspace, public: bool, host: str | None, port: int | None, by: str) -> None:
    """Serve the staff's desk, or the public pages and webhooks.

    Until Ctrl-C. The desk prints a link that lets you in once; whoever starts it first becomes its
    admin. The two know nothing of each other: run both, each behind its own name, with HTTPS in
    front of the public one. The log goes to stderr and names no address and no token.

    \b
    Example:
      outreach serve --public --port 8322
    """
    # Starlette is for this command alone
    from outreach.web import serving

    settings = desk.settings
    where = settings.public if public else settings.desk
    listener = serving.listen(host or where.host, where.port if port is None else port)
    with listener:
        url = serving.address_of(listener)
        serving.log_to(sys.stderr)
        if public:
            from outreach.web.public.app import public_app

            app = public_app(settings)
            click.echo(f"The public pages: {url}")
        else:
            from outreach.web.desk.app import desk_app

            app = desk_app(settings)
            click.echo(_way_in(desk, url, by))
        sys.stdout.flush()
        try:
            # the desk asks for itself whom it believes
            serving.run(app, listener, proxies=where.proxies if public else "")
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


def _way_in(desk: Workspace, url: str, by: str) -> str:
    """Say where the desk is, with a link that lets whoever starts it in."""
    name, now = by.removeprefix(LOGIN) or _account(), utc_now()
    staff.first_admin(desk.db, name, now=now)
    public = desk.settings.desk.url.rstrip("/")
    lines = [f"The desk: {public}\nWhat the proxy in front of it asks: {url}"]
    if not public:
        lines = [f"The desk: {_reached_at(url)}", *_warnings(url)]
    try:
        secret = staff.login_secret(desk.db, name, now=now)
    except NotFound:
        lines.append("To be let in: `outreach staff link NAME`.")
        if not staff.has_admin(desk.db):
            lines.append("Nobody is an admin: `outreach staff add NAME --role admin`.")
    else:
        link = login_url(desk.settings, secret, _reached_at(url))
        lines.append(f"To sign in as {name}, once and within 15 minutes: {link}")
    return "\n".join(lines)


def _reached_at(url: str) -> str:
    """Give an address that a browser can open: no machine is called 0.0.0.0."""
    for everywhere in ("0.0.0.0", "[::]"):  # noqa: S104 - it is compared, not listened at
        if f"//{everywhere}:" in url:
            url = url.replace(everywhere, _own_address())
    return url


def _own_address() -> str:
    """Give the address under which the nearest network knows this machine; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked, suppress(OSError):
        # of a network for examples (RFC 5737): the way there begins at our own address
        asked.connect(("192.0.2.1", 9))
        return str(asked.getsockname()[0])
    return "127.0.0.1"


def _warnings(url: str) -> list[str]:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return []
    return [
        "Warning: others can read along, as this is plain HTTP. Have a proxy with HTTPS in front,"
        " and name its address as url in [desk]."
    ]


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "admin"
