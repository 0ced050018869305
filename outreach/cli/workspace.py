"""`outreach init`: make a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.face import plain_command
from outreach.workflow.workspace import create_workspace


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@plain_command
def init(folder: Path) -> None:
    """Make a workspace: settings, messages, segments, database.

    \b
    Example:
      outreach init newsletters
    """
    made = create_workspace(folder)
    click.echo(f"Made a workspace in {made.folder}:")
    click.echo("  outreach.toml  settings, each with its default")
    click.echo(f"  templates/     {', '.join(made.templates) or 'no message yet'}")
    click.echo(f"  segments/      {', '.join(made.segments) or 'no segment yet'}")
    click.echo("  outreach.db    an empty database")
    click.echo("Next: put your organisation into outreach.toml, then `outreach supporters import`.")
