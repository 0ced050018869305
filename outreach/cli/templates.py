"""`outreach templates`: which messages there are."""

from __future__ import annotations

import click

from outreach.cli.face import json_option, workspace_command
from outreach.cli.output import print_json, print_table
from outreach.wiring import Workspace
from outreach.workflow import templates as workflow


@click.group("templates")
def templates() -> None:
    """Look at the messages that can be sent."""


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
            [row.name, " ".join(row.languages), "yes" if row.discreet else "no", row.title]
            for row in found
        ],
    )
