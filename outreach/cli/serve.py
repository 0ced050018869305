"""`outreach serve`: the desk, or the public pages and webhooks."""

from __future__ import annotations

import sys

import click

from outreach.cli.face import workspace_command
from outreach.wiring import Workspace


@click.command()
@click.option("--public", is_flag=True, help="Serve the pages and webhooks, and not the desk.")
@click.option("--host", help="The address to serve at; else that of the settings.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Its port, 0: any; else that of the settings."
)
@workspace_command
def serve(desk: Workspace, public: bool, host: str | None, port: int | None) -> None:
    """Serve the staff's desk, or the public pages and webhooks, until Ctrl-C.

    The desk prints a link that lets you in once. The two know nothing of each other: run both, each
    behind its own name, with HTTPS in front of the public one. The log goes to stderr and names no
    address and no token.

    \b
    Example:
      outreach serve --public --port 8322
    """
    # Starlette is for this command alone
    from outreach.web import serving
    from outreach.web.desk import desk_app, login_link
    from outreach.web.public.app import public_app

    settings = desk.settings
    where = settings.public if public else settings.desk
    listener = serving.listen(host or where.host, where.port if port is None else port)
    with listener:
        url = serving.address_of(listener)
        serving.log_to(sys.stderr)
        app = public_app(settings) if public else desk_app(settings)
        click.echo(f"The public pages: {url}" if public else login_link(settings, url))
        sys.stdout.flush()
        try:
            serving.run(app, listener, proxies=where.proxies)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
