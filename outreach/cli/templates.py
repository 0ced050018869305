"""`outreach templates`: which messages there are; `check` has what is done to one."""

from __future__ import annotations

import click

from outreach.cli.check import check, new
from outreach.cli.face import json_option, workspace_command
from outreach.cli.output import print_json, print_table, print_text
from outreach.cli.variants import variants
from outreach.cli.verify import verify
from outreach.wiring import Workspace
from outreach.workflow import templates as workflow
from outreach.workflow import translations


@click.group("templates")
def templates() -> None:
    """Look at the messages, check them and begin new ones."""


@templates.command("list")
@json_option
@workspace_command
def list_(desk: Workspace, as_json: bool) -> None:
    """List all messages with the languages they are written in.

    \b
    Example:
      outreach templates list
    """
    found = workflow.list_templates(desk.settings)
    if as_json:
        print_json(found)
        return
    print_table(
        ["message", "languages", "discreet", "title"],
        [
            [row.name, "broken", "", ""]
            if row.broken
            else [row.name, " ".join(row.languages), "yes" if row.discreet else "no", row.title]
            for row in found
        ],
    )
    for row in found:
        if row.broken:
            print_text(f"Broken: {row.broken}")
    for row in found:
        if row.older:
            click.echo(f"Older than the default language in {row.name}: {', '.join(row.older)}.")


@templates.command("translated")
@click.argument("message")
@click.argument("language", default="")
@workspace_command
def translated(desk: Workspace, message: str, language: str) -> None:
    """Say that a translation says by now what the default language says; without one, all of them.

    Writes into each language file from which text it was made, so that `outreach templates list`
    can tell which are older once that text has changed.

    \b
    Example:
      outreach templates translated one-in-two-million fr
    """
    changed = translations.mark_translated(desk.settings, message, language)
    for translation in changed:
        click.echo(f"{translation.file} now says what {translation.original} says.")
    if not changed:
        click.echo("Nothing to change.")


templates.add_command(check)
templates.add_command(new)
templates.add_command(variants)
templates.add_command(verify)
