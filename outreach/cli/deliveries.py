"""`outreach deliveries`: who got what."""

from __future__ import annotations

from pathlib import Path

import click

from outreach import wiring
from outreach.cli import files
from outreach.cli.face import json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_facts, print_json, print_text, words
from outreach.model import DeliveryState
from outreach.reports.happenings import in_words
from outreach.workflow import deliveries as workflow
from outreach.workflow.deliveries import DeliveryShown


@click.group("deliveries")
def deliveries() -> None:
    """Look at who got what, and what happened since."""


@deliveries.command("show")
@click.argument("who", metavar="EMAIL|ID")
@click.option(
    "--campaign", shell_complete=CAMPAIGN, metavar="NAME", default="", help="Only of this one."
)
@click.option(
    "--message",
    "out",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the message, composed again, as a mail; - writes it to the terminal.",
)
@json_option
@workspace_command
def show(desk: wiring.Workspace, who: str, campaign: str, out: Path | None, as_json: bool) -> None:
    """Show what one person got, and what happened since.

    Or one delivery, by its id or by that of an attempt, such as 123-1. The message is composed
    again from the parts that were frozen at planning, and compared with the digest that was
    recorded as it left.

    \b
    Example:
      outreach deliveries show ana@example.org --campaign spring
    """
    if out is not None:
        _write(desk, who, campaign, out)
        return
    found = workflow.show_deliveries(desk.db, who, campaign=campaign)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nothing was planned for this person.")
    for place, shown in enumerate(found):
        if place:
            click.echo()
        _show(shown)


def _write(desk: wiring.Workspace, who: str, campaign: str, out: Path) -> None:
    message, recomposed = workflow.message_again(desk.db, who, campaign=campaign)
    click.echo(f"This is {recomposed.why}.", err=True)
    if str(out) == "-":
        click.echo(message.mime, nl=False)
        return
    files.write(out, message.mime)
    click.echo(f"Written to {out}.", err=True)


def _times(number: int) -> str:
    return "" if number == 0 else "once" if number == 1 else f"{number} times"


def _show(shown: DeliveryShown) -> None:
    one = shown.delivery
    reason = f" ({words(one.reason)})" if one.reason else ""
    rows = [
        ("campaign", one.campaign),
        ("delivery", str(one.delivery_id)),
        ("to", one.email),
        ("state", f"{words(one.state)}{reason} since {one.changed_at}"),
        ("not before", one.not_before if one.state == DeliveryState.PLANNED else ""),
        ("language", one.language),
        ("shape", one.shape),
        ("composed at", one.composed_at),
        ("through", " ".join(filter(None, [one.provider, one.provider_id]))),
        ("attempt", one.attempt_id),
        ("put off", _times(one.deferrals)),
        ("said of it", one.detail),
        ("digest", shown.recomposed.recorded_digest),
        ("composed again" if shown.recomposed.digest else "message", shown.recomposed.why),
    ]
    print_facts((name, value) for name, value in rows if value)
    for happening in shown.happenings:
        print_text(in_words(happening), "  ")
