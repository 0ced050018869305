"""`outreach segments`: list, count, look at and make segments."""

from __future__ import annotations

from typing import Any

import click

from outreach.cli import exits
from outreach.cli.face import json_option, workspace_command
from outreach.cli.names import SEGMENT
from outreach.cli.output import print_json, print_table
from outreach.segments import Wish
from outreach.wiring import Workspace
from outreach.workflow import segments as workflow


@click.group("segments")
def segments() -> None:
    """Say who a campaign is for."""


@segments.command("list")
@json_option
@workspace_command
def list_(desk: Workspace, as_json: bool) -> None:
    """List all segments with their counts; exit code 1 if one can't be used.

    \b
    Example:
      outreach segments list
    """
    found = workflow.list_segments(desk.db, desk.settings)
    if as_json:
        print_json(found)
    else:
        print_table(
            ["segment", "people", "title"],
            [[row.name, row.count, row.title] for row in found if row.count is not None],
        )
        for row in found:
            if row.problem:
                click.echo(f"\n{row.problem}")
    if any(row.problem for row in found):
        raise click.exceptions.Exit(exits.FOUND)


@segments.command("count")
@click.argument("name", shell_complete=SEGMENT)
@json_option
@workspace_command
def count(desk: Workspace, name: str, as_json: bool) -> None:
    """Count the supporters of a segment.

    \b
    Example:
      outreach segments count took-part-2013-no-office
    """
    counted = workflow.count_segment(desk.db, desk.settings, name)
    if as_json:
        print_json(counted)
    else:
        click.echo(counted.count)


@segments.command("show")
@click.argument("name", shell_complete=SEGMENT)
@click.option("--limit", default=5, show_default=True, type=click.IntRange(0, 1000))
@json_option
@workspace_command
def show(desk: Workspace, name: str, limit: int, as_json: bool) -> None:
    """Show a segment's title, reason and SQL, its count and some of its people.

    \b
    Example:
      outreach segments show french-speakers --limit 10
    """
    shown = workflow.show_segment(desk.db, desk.settings, name, limit=limit)
    if as_json:
        print_json(shown)
        return
    click.echo(f"{shown.segment.file}\n")
    click.echo(f"{shown.segment.sql.strip()}\n")
    click.echo(f"{shown.count} {'supporter' if shown.count == 1 else 'supporters'}")
    if shown.sample:
        click.echo()
        print_table(
            ["supporter", "given name", "address", "country", "language"],
            [[p.supporter_id, p.given_name, p.email, p.country, p.language] for p in shown.sample],
        )


@segments.command("explain")
@click.argument("name", shell_complete=SEGMENT)
@json_option
@workspace_command
def explain(desk: Workspace, name: str, as_json: bool) -> None:
    """Show how the database answers a segment: SQL, query plan, indexes used.

    \b
    Example:
      outreach segments explain took-part-2013
    """
    explained = workflow.explain_segment(desk.db, desk.settings, name)
    if as_json:
        print_json(explained)
        return
    click.echo(f"{explained.sql.strip()}\n\nQuery plan:")
    for line in explained.plan:
        click.echo(f"  {line}")
    click.echo("\nIndexes used:")
    for index in explained.indexes or ("none: whole tables are read",):
        click.echo(f"  {index}")


@segments.command("new")
@click.argument("name")
@click.option("--title", default="", help="One line, for lists.")
@click.option("--reason", default="", help="Why these people.")
@click.option("--country", "countries", multiple=True, help="Codes or names: CD,TG or Togo.")
@click.option("--language", "languages", multiple=True, help="Codes or names, as they asked for.")
@click.option("--tag", "tags", multiple=True, help="Who has one of these tags.")
@click.option("--took-action", multiple=True, metavar="KEY", help="Who did something for it.")
@click.option(
    "--not-in",
    multiple=True,
    shell_complete=SEGMENT,
    metavar="SEGMENT",
    help="Leave out its people.",
)
@json_option
@workspace_command
def new(desk: Workspace, /, name: str, as_json: bool, **wishes: Any) -> None:
    """Write a segment without writing SQL, and count it.

    Options of one kind may be given several times or (but for tags) with commas between: one of
    them must hold. Options of different kinds must all hold.

    \b
    Example:
      outreach segments new togo-french --country TG,CD --language fr --not-in volunteers
    """
    counted = workflow.new_segment(desk.db, desk.settings, name, Wish(**wishes))
    if as_json:
        print_json(counted)
        return
    people = "supporter" + "s" * (counted.count != 1)
    click.echo(f"Wrote {desk.settings.segments_dir / name}.sql: {counted.count} {people}.")
