"""`outreach backup`: copy the database while everything runs."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.face import workspace_command
from outreach.store.backup import back_up
from outreach.wiring import Workspace


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@workspace_command
def backup(desk: Workspace, file: Path) -> None:
    """Copy the database into a new FILE while servers and cron go on.

    It has the keys that sign links, and everybody's address: keep it as you keep the database.

    \b
    Example:
      outreach backup outreach-monday.db
    """
    size = back_up(desk.db, file)
    click.echo(f"Wrote {file}: {size:,} bytes, for nobody but you to read.")
    click.echo("templates/, segments/ and outreach.toml are files of their own: copy them too.")
