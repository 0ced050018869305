"""`outreach campaigns`: make campaigns, plan them, and settle what is open."""

from __future__ import annotations

from datetime import date

import click

from outreach import wiring
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.facts import print_problems
from outreach.cli.names import CAMPAIGN, MESSAGE, SEGMENT
from outreach.cli.output import print_json, print_table
from outreach.model import DeliveryState, Exclusion
from outreach.workflow import campaigns as workflow

#: `Exclusion` -> what to do about people who are left out for it
_ADVICE = {
    Exclusion.NO_CONSENT: (
        "Nobody has said that they may be written to. Import the list again with --consent TEXT\n"
        "  if there is a ground for it, or ask them, and then plan again."
    ),
    Exclusion.NO_DISCREET_VERSION: (
        "They need a discreet version of the message: write one, and plan again."
    ),
}


@click.group()
def campaigns() -> None:
    """Make campaigns, plan them, and settle what is open."""


@campaigns.command()
@click.argument("name")
@click.option(
    "--template", shell_complete=MESSAGE, required=True, help="The message: a folder in templates/."
)
@click.option(
    "--segment", shell_complete=SEGMENT, required=True, help="The people: a file in segments/."
)
@workspace_command
def create(desk: wiring.Workspace, name: str, template: str, segment: str) -> None:
    """Make a campaign: one message to one segment.

    \b
    Example:
      outreach campaigns create spring --template one-in-two-million --segment all
    """
    made = workflow.create_campaign(
        desk.db, desk.settings, name, template=template, segment=segment, now=wiring.utc_now()
    )
    click.echo(f"Made the campaign {made.name}: {made.template} to {made.segment}.")
    click.echo(f"Next: `outreach campaigns plan {made.name}`.")


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@day_option("State the facts of this day")
@json_option
@workspace_command
def plan(desk: wiring.Workspace, name: str, day: date | None, as_json: bool) -> None:
    """Freeze the message and write down for everybody of the segment what is to happen.

    Nothing is sent. Planning again takes in new people and new consent, until something has left.

    \b
    Example:
      outreach campaigns plan spring
    """
    now = wiring.utc_now()
    planned = workflow.plan_campaign(desk.db, desk.settings, name, day=day or now.date(), now=now)
    if as_json:
        print_json(planned)
        return
    click.echo(f"Planned {planned.campaign}: {planned.planned} of {planned.audience} people.")
    click.echo(f"Its message states what was true on {planned.day}.")
    if planned.older:
        older = ", ".join(planned.older)
        click.echo(f"Older than the default language, which has changed since: {older}.")
    if planned.changed is not None:
        was = planned.changed
        click.echo(
            f"Before, {was.planned_before} were planned:"
            f" {was.added} came in, {was.dropped} fell out."
        )
    for reason, number in planned.excluded.items():
        click.echo(f"Left out, {_words(reason)}: {number}.")
        if reason in _ADVICE:
            click.echo(f"  {_ADVICE[Exclusion(reason)]}")
    if planned.doubts:
        click.echo("The message states facts that somebody should look at:")
        print_problems(planned.doubts, "  ")
    if planned.not_composable:
        click.echo(
            f"Warning: of {planned.sampled} people tried, {planned.not_composable} can't get this"
            f" message, the first because:\n  {planned.first_problem}",
            err=True,
        )
    if planned.planned:
        click.echo(f"Next: `outreach dispatch {planned.campaign} --dry-run`.")
    elif not planned.audience:
        click.echo("Nobody is in the segment: see `outreach segments`.")


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@json_option
@workspace_command
def status(desk: wiring.Workspace, name: str, as_json: bool) -> None:
    """Show where a campaign stands, counted from its ledger.

    \b
    Example:
      outreach campaigns status spring --json
    """
    found = workflow.campaign_status(desk.db, name)
    if as_json:
        print_json(found)
        return
    ledger = found.ledger
    click.echo(f"{found.campaign} is {_words(found.state)}.")
    rows: list[tuple[str, int]] = [
        (_words(state), getattr(ledger, state))
        for state in DeliveryState
        if state is not DeliveryState.EXCLUDED
    ]
    rows += [(f"excluded, {_words(reason)}", n) for reason, n in ledger.excluded.items()]
    rows.append(("audience", found.audience))
    print_table(["", "people"], rows)
    if not found.balanced:
        click.echo(f"The ledger does not add up: it has {ledger.total} rows.")
    tell_doubts(found.campaign, ledger.in_doubt)


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@workspace_command
def cancel(desk: wiring.Workspace, name: str) -> None:
    """Cancel all that has not left yet, also while a dispatcher is at work.

    \b
    Example:
      outreach campaigns cancel spring
    """
    done = workflow.cancel_campaign(desk.db, name, now=wiring.utc_now())
    click.echo(f"Cancelled: {done.cancelled}.")
    if done.on_their_way:
        click.echo(
            f"With a dispatcher now: {done.on_their_way}. Cancel again when it has ended, for those"
            " that did not leave."
        )


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@json_option
@workspace_command
def doubtful(desk: wiring.Workspace, name: str, as_json: bool) -> None:
    """List the letters of which nobody knows whether they left.

    Look for the attempt's id or the time in the log of the mail service, and then settle them.

    \b
    Example:
      outreach campaigns doubtful spring
    """
    found = workflow.doubtful_letters(desk.db, name)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nothing is in doubt.")
        return
    print_table(
        ["address", "attempt", "by", "since", "what is known"],
        ((d.address, d.attempt, d.provider, d.since, d.detail) for d in found),
    )
    tell_doubts(name, len(found))


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option(
    "--as",
    "settlement",
    type=click.Choice(list(workflow.SETTLEMENTS)),
    required=True,
    help="What became of them; resend: they did not leave, so send them again.",
)
@click.option("--by", required=True, metavar="WHO", help="Who says so; kept with each letter.")
@click.option("--only", metavar="EMAIL", default="", help="Only the letter to this person.")
@json_option
@workspace_command
def settle(
    desk: wiring.Workspace, name: str, settlement: str, by: str, only: str, as_json: bool
) -> None:
    """Settle what is in doubt, by your word.

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
        click.echo(f"Next: `outreach dispatch {done.campaign}`.")


@campaigns.command("list")
@json_option
@workspace_command
def list_(desk: wiring.Workspace, as_json: bool) -> None:
    """List the campaigns, the newest first.

    \b
    Example:
      outreach campaigns list
    """
    found = workflow.list_campaigns(desk.db)
    if as_json:
        print_json(found)
        return
    print_table(
        ["campaign", "state", "audience", "planned", "accepted", "refused", "in doubt"],
        (
            (
                *(s.campaign, _words(s.state), s.audience),
                *(s.ledger.planned, s.ledger.accepted, s.ledger.refused, s.ledger.in_doubt),
            )
            for s in found
        ),
    )


def tell_doubts(name: str, number: int, *, err: bool = False) -> None:
    """Say how many letters are in doubt, and what to do about it."""
    if number:
        click.echo(
            f"In doubt: {number}. Nobody knows whether they left, so they are not sent again by"
            f" themselves.\n  See `outreach campaigns doubtful {name}`, and then settle them with\n"
            f"  `outreach campaigns settle {name} --as accepted|refused|resend --by WHO`.",
            err=err,
        )


def _words(word: str) -> str:
    return word.replace("_", " ")
