"""`outreach actions`: what was done for campaigns."""

from __future__ import annotations

from pathlib import Path

import click

from outreach import wiring
from outreach.cli.face import json_option, workspace_command
from outreach.cli.output import print_json, print_table, progress_bar
from outreach.wiring import Workspace
from outreach.workflow import actions as workflow
from outreach.workflow.actions import ImportedActions


@click.group("actions")
def actions() -> None:
    """Keep who did what for which campaign."""


@actions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell: write nothing.")
@json_option
@workspace_command
def import_(desk: Workspace, file: Path, dry_run: bool, as_json: bool) -> None:
    """Read a CSV file of actions: email, campaign, case, country, kind, quantity, date.

    A row without an email is a count that belongs to no person. Rows that can't be used go to
    FILE.rejected.csv, each with its reason; an earlier such file is not touched. The same file
    twice changes nothing.

    \b
    Example:
      outreach actions import actions.csv --dry-run
    """
    with progress_bar("Reading actions") as progress:
        done = workflow.import_actions(
            desk.db, file, now=wiring.utc_now(), dry_run=dry_run, progress=progress
        )
    if as_json:
        print_json(done)
    else:
        _tell(done)


def _tell(done: ImportedActions) -> None:
    click.echo(
        f"{done.rows} rows: {done.imported} imported, {done.repeated} here already,"
        f" {done.rejected} rejected." + (" Nothing was changed." if done.dry_run else "")
    )
    for reason, number in done.rejects.items():
        click.echo(f"  {reason}: {number}")
    if done.rejected_file:
        click.echo(f"Rejected rows, each with its reason: {done.rejected_file}")
    if "unknown_address" in done.rejects:
        click.echo("Actions need their people on the list first: `outreach supporters import`.")
    if done.ignored_columns:
        click.echo(f"Columns that were not used: {', '.join(map(repr, done.ignored_columns))}")


@actions.command("list")
@click.option("--campaign", default="", help="Only those of one campaign.")
@json_option
@workspace_command
def list_(desk: Workspace, campaign: str, as_json: bool) -> None:
    """Add the actions up by campaign and kind.

    \b
    Example:
      outreach actions list --campaign write-for-rights-2013
    """
    found = workflow.list_actions(desk.db, campaign)
    if as_json:
        print_json(found)
        return
    print_table(
        ["campaign", "kind", "how many", "people", "without a person"],
        [[t.campaign, t.kind, t.quantity, t.people, t.without_person] for t in found],
    )
