"""`outreach templates variants`: every distinct version of a message for a segment."""

from __future__ import annotations

from datetime import date

import click

from outreach.cli import exits
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.output import print_json, print_text, progress_bar
from outreach.wiring import Workspace, utc_now
from outreach.workflow import variants as workflow
from outreach.workflow.survey import in_words
from outreach.workflow.variants import Variant, Variants

#: places where a version differs that are shown; --json gives all
_MOST_SHOWN = 6


@click.command("variants")
@click.argument("message")
@click.option("--segment", metavar="NAME", required=True, help="Who would get it.")
@day_option("As sent on that day")
@json_option
@workspace_command
@click.pass_context
def variants(
    ctx: click.Context,
    desk: Workspace,
    message: str,
    segment: str,
    day: date | None,
    as_json: bool,
) -> None:
    """List every distinct version that would go out, and how many people get it.

    A version is one way through the message's ifs and loops, in one language, standard or discreet.
    Exits with 1 when there are people for whom the message can't be made.

    \b
    Example:
      outreach templates variants one-in-two-million --segment took-part-2013
    """
    with progress_bar("Looking through the segment") as progress:
        found = workflow.variants(
            desk.db,
            desk.settings,
            message,
            segment=segment,
            day=day,
            now=utc_now(),
            progress=progress,
        )
    if as_json:
        print_json(found)
    else:
        _show(found)
    ctx.exit(exits.FOUND if found.not_composable else exits.OK)


def _show(found: Variants) -> None:
    number = len(found.versions)
    versions = f"{number:,} {'version' if number == 1 else 'versions'}"
    more = f" and more, for {found.beyond:,} further people" if found.beyond else ""
    click.echo(f"{found.message} to {found.segment} on {found.day}: {versions}{more}.")
    for place, version in enumerate(found.versions, 1):
        _show_one(place, version)
    click.echo()
    left_out = f" Left out: {in_words(found.excluded)}." if found.excluded else ""
    click.echo(f"{found.people:,} of {found.audience:,} people would get it.{left_out}")
    if found.not_composable:
        people = f"{found.not_composable:,} of them"
        print_text(f"For {people} it can't be made; the first: {found.first_problem}")


def _show_one(place: int, version: Variant) -> None:
    people = f"{version.people:,} {'person' if version.people == 1 else 'people'}"
    kind = f"{version.language}, discreet" if version.discreet else version.language
    click.echo()
    print_text(f"{place}. {people} in {kind}, such as {version.example} ({version.supporter_id})")
    if version.differences is None:
        return
    for difference in version.differences[:_MOST_SHOWN]:
        print_text(difference, "   ")
    more = len(version.differences) - _MOST_SHOWN
    if more > 0:
        click.echo(f"   and {more} more {'place' if more == 1 else 'places'}")
    if not version.differences:
        click.echo("   the same words; what differs is not read, such as a link or a colour")
