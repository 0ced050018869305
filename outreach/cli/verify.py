"""`outreach templates verify`: the fast way of composing beside the slow one."""

from __future__ import annotations

from datetime import date

import click

from outreach.cli import exits
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.output import print_json, print_text, progress_bar
from outreach.compose.shapereport import Construct
from outreach.wiring import Workspace, utc_now
from outreach.workflow import verify as workflow
from outreach.workflow.verify import Verified


@click.command("verify")
@click.argument("message")
@click.option("--segment", metavar="NAME", default="", help="Whose; else made-up readers'.")
@click.option(
    "--sample",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    default=workflow.SAMPLE,
    show_default=True,
    help="At most so many people, spread over the segment.",
)
@day_option("As sent on that day")
@json_option
@workspace_command
@click.pass_context
def verify(
    ctx: click.Context,
    desk: Workspace,
    message: str,
    segment: str,
    sample: int,
    day: date | None,
    as_json: bool,
) -> None:
    """Compose a message both ways, fast and slow, and compare every byte.

    Says how many shapes it has, how many of them are slow to compose, and which places in its files
    make them so. Exits with 1 at a difference, and where it can be made for nobody.

    \b
    Example:
      outreach templates verify one-in-two-million
    """
    with progress_bar("Composing both ways") as progress:
        found = workflow.verify_message(
            desk.db,
            desk.settings,
            message,
            segment=segment,
            sample=sample,
            day=day,
            now=utc_now(),
            progress=progress,
        )
    if as_json:
        print_json(found)
    else:
        _show(found)
    ctx.exit(exits.OK if found.equal else exits.FOUND)


def _show(found: Verified) -> None:
    of = f" of {found.segment}" if found.segment else ", all made up"
    people = f"{found.people:,} {'person' if found.people == 1 else 'people'}{of}"
    fast = f"{found.shapes.people_fast:,} of them the fast way"
    if not found.people:
        click.echo(
            f"{found.message} on {found.day}: nothing to compare, it can be made for nobody."
        )
    elif found.equal:
        click.echo(f"{found.message} on {found.day}: the same both ways for {people}; {fast}.")
    else:
        click.echo(f"{found.message} on {found.day}: the two ways differ, of {people}; {fast}.")
        _show_difference(found)
    if found.not_composable:
        further = " further" if found.people else ""
        many = f"{found.not_composable:,}{further}"
        print_text(f"For {many} it can't be made; the first: {found.first_problem}")
    shapes = found.shapes
    click.echo(
        f"{shapes.made:,} {'shape' if shapes.made == 1 else 'shapes'}, {shapes.slow:,} slow."
    )
    for construct in shapes.constructs:
        print_text(f"{_place(construct)}{construct.what}: {construct.cost}", "  ")
    if shapes.constructs_left_out:
        click.echo(f"  and others, met {shapes.constructs_left_out:,} times.")


def _show_difference(found: Verified) -> None:
    if found.differing:
        click.echo(f"They differ for {found.differing:,}; the first is {found.whom}.")
    else:
        click.echo("They differed while it was learnt; what did is left to the slow way.")
    difference = found.first_difference
    if difference is not None:
        click.echo(f"The first difference is in the {difference.part}:")
        print_text(f"fast: {difference.fast!r}", "  ")
        print_text(f"slow: {difference.slow!r}", "  ")


def _place(construct: Construct) -> str:
    if not construct.file:
        return ""
    return f"{construct.file}, line {construct.line}: " if construct.line else f"{construct.file}: "
