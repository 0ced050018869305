"""`outreach campaigns doubtful` and `settle`: letters of which nobody knows whether they left."""

from __future__ import annotations

import click

from outreach import wiring
from outreach.cli.face import json_option, name_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_json, print_table, print_text
from outreach.workflow import campaigns as workflow
from outreach.workflow import holding


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@json_option
@workspace_command
def doubtful(desk: wiring.Workspace, name: str, addresses: bool, as_json: bool) -> None:
    """List the letters of which nobody knows whether they left.

    Look for the attempt's id or the time in the log of the mail service, and then settle them.

    \b
    Example:
      outreach campaigns doubtful spring
    """
    now = wiring.utc_now()
    found = workflow.doubtful_letters(desk.db, name, addresses=addresses, now=now)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nothing is in doubt.")
        return
    print_table(
        ["address", "attempt", "by", "since", "what is known"],
        (
            (
                d.address,
                d.attempt,
                d.provider,
                d.since,
                "; ".join(filter(None, [d.detail, *d.told])),
            )
            for d in found
        ),
    )
    tell_doubts(name, len(found))


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option(
    "--as",
    "settlement",
    type=click.Choice(list(workflow.SETTLEMENTS)),
    required=True,
    help="What became of them; resend: they did not leave, so send them again.",
)
@name_option
@click.option(
    "--only",
    metavar="EMAIL|ID|ATTEMPT",
    multiple=True,
    help="Only this person's letter, or the one of this attempt, as 12-1; may be given again.",
)
@json_option
@workspace_command
def settle(
    desk: wiring.Workspace,
    name: str,
    settlement: str,
    by: str,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Settle what is in doubt, by your word.

    Your name is kept with each letter.

    \b
    Example:
      outreach campaigns settle spring --as accepted --by Maria
    """
    done = workflow.settle_doubts(desk.db, name, settlement, by=by, only=only, now=wiring.utc_now())
    if as_json:
        print_json(done)
        return
    click.echo(f"Settled: {done.settled}.")
    tell_doubts(done.campaign, done.still_in_doubt)
    if settlement == "resend" and done.settled:
        held = holding.held_in_words(desk.db, name)
        print_text(held or f"Next: `outreach dispatch {name}`.")


def tell_doubts(name: str, number: int, *, err: bool = False) -> None:
    """Say how many letters are in doubt, and what to do about it."""
    if number:
        click.echo(
            f"In doubt: {number}. Nobody knows whether they left, so they are not sent again by"
            f" themselves.\n  See `outreach campaigns doubtful {name}`, and then settle them with\n"
            f"  `outreach campaigns settle {name} --as accepted|refused|resend --by WHO`.",
            err=err,
        )
