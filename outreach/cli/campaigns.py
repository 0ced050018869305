"""`outreach campaigns`: make campaigns, plan them, see where they stand; and what else there is."""

from __future__ import annotations

from datetime import date

import click

from outreach import wiring
from outreach.cli import stands
from outreach.cli.approvals import approve, send_test
from outreach.cli.doubts import doubtful, settle, tell_doubts
from outreach.cli.face import by_option, day_option, json_option, workspace_command
from outreach.cli.facts import print_problems
from outreach.cli.holds import cancel, pause, restored, resume
from outreach.cli.looking import audience, diff, show
from outreach.cli.names import CAMPAIGN, MESSAGE, SEGMENT
from outreach.cli.output import print_json, print_table, print_text, words
from outreach.cli.proofs import proof, verify
from outreach.cli.schedules import schedule, unschedule
from outreach.dispatch.plan import Planned
from outreach.model import DeliveryState, Exclusion
from outreach.settings import Settings
from outreach.workflow import campaigns as workflow
from outreach.workflow import dispatching, drafts, holding
from outreach.workflow.restored import older_database

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
    """Make campaigns, plan, approve, schedule and watch them."""


@campaigns.command()
@click.argument("name")
@click.option(
    "--template", shell_complete=MESSAGE, required=True, help="The message: a folder in templates/."
)
@click.option(
    "--segment", shell_complete=SEGMENT, required=True, help="The people: a file in segments/."
)
@by_option
@workspace_command
def create(desk: wiring.Workspace, name: str, template: str, segment: str, by: str) -> None:
    """Make a campaign: one message to one segment.

    \b
    Example:
      outreach campaigns create spring --template one-in-two-million --segment all
    """
    made = workflow.create_campaign(
        desk.db,
        desk.settings,
        name,
        template=template,
        segment=segment,
        by=by,
        now=wiring.utc_now(),
    )
    click.echo(f"Made the campaign {made.name}: {made.template} to {made.segment}.")
    click.echo(f"Next: `outreach campaigns plan {made.name}`.")


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--template", shell_complete=MESSAGE, default="", help="The message it sends now.")
@click.option("--segment", shell_complete=SEGMENT, default="", help="The people it goes to now.")
@by_option
@workspace_command
def change(desk: wiring.Workspace, name: str, template: str, segment: str, by: str) -> None:
    """Give a draft another message or segment.

    A draft is a campaign that was never planned.

    \b
    Example:
      outreach campaigns change spring --segment took-part-2013
    """
    made = drafts.change_campaign(
        desk.db,
        desk.settings,
        name,
        template=template,
        segment=segment,
        by=by,
        now=wiring.utc_now(),
    )
    click.echo(f"The campaign {made.name} is {made.template} to {made.segment}.")


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@workspace_command
def remove(desk: wiring.Workspace, name: str) -> None:
    """Remove a draft, with its history.

    A draft is a campaign that was never planned.

    \b
    Example:
      outreach campaigns remove spring
    """
    drafts.remove_campaign(desk.db, name)
    click.echo(f"Removed {name}.")


@campaigns.command()
@click.argument("name", shell_complete=CAMPAIGN)
@day_option("State the facts of this day")
@by_option
@json_option
@workspace_command
def plan(desk: wiring.Workspace, name: str, day: date | None, by: str, as_json: bool) -> None:
    """Freeze a campaign's message and its audience.

    For everybody of the segment it is written down what is to happen, and why if nothing. Nothing
    is sent. Planning again takes in new people and new consent, until something has left.

    \b
    Example:
      outreach campaigns plan spring
    """
    now = wiring.utc_now()
    planned = workflow.plan_campaign(
        desk.db, desk.settings, name, day=day or now.date(), by=by, now=now
    )
    _warn(dispatching.examples_notice(desk.db, desk.settings, name))
    _warn(older_database(desk.db))
    print_json(planned) if as_json else _show_plan(planned, desk.settings)


def _warn(notice: str) -> None:
    if notice:
        click.echo(f"Warning: {notice}", err=True)


def _show_plan(planned: Planned, settings: Settings) -> None:
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
    if planned.approval_voided:
        click.echo(f"It must be approved again, as it was {planned.approval_voided}.")
    for reason, number in planned.excluded.items():
        click.echo(f"Left out, {words(reason)}: {number}.")
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
        click.echo(_next_step(planned, settings))
    elif planned.audience:
        click.echo(
            f"Next: `outreach campaigns audience {planned.campaign} --excluded` says who is left"
            " out, and why."
        )
    else:
        click.echo("Nobody is in the segment: see `outreach segments`.")


def _next_step(planned: Planned, settings: Settings) -> str:
    name, approval = planned.campaign, settings.approval
    if not dispatching.needs_approval(settings, planned.planned):
        return f"Next: `outreach dispatch {name} --dry-run`."
    whose = ""
    if planned.planned > approval.second_person_over:
        whose = f" (by a second person, as more than {approval.second_person_over:,} get it)"
    return (
        f"It goes to more than {approval.over:,} people, so somebody must stand for it. Next:\n"
        f"  `outreach campaigns test {name} --as EMAIL --to ADDRESS`,\n"
        f"  `outreach campaigns approve {name} --by WHO`{whose}, and then\n"
        f"  `outreach campaigns schedule {name} --at TIME` or `outreach dispatch {name}`."
    )


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
    click.echo(stands.sentence(found))
    if held := holding.held_in_words(desk.db, name):
        print_text(held)
    rows: list[tuple[str, int]] = [
        (words(state), getattr(ledger, state))
        for state in DeliveryState
        if state is not DeliveryState.EXCLUDED
    ]
    rows += [(f"excluded, {words(reason)}", n) for reason, n in ledger.excluded.items()]
    rows.append(("audience", found.audience))
    print_table(["", "people"], rows)
    if not found.balanced:
        click.echo(f"The ledger does not add up: it has {ledger.total} rows.")
    if ledger.claimed:
        click.echo(
            f"With a dispatcher: {ledger.claimed}. Where it is gone,"
            f" `outreach campaigns doubtful {found.campaign}` finds it out."
        )
    tell_doubts(found.campaign, ledger.in_doubt)


@campaigns.command("list")
@json_option
@workspace_command
def list_(desk: wiring.Workspace, as_json: bool) -> None:
    """List the campaigns, the newest first.

    Where they stand, when they are to go, whether they are approved and what holds them.

    \b
    Example:
      outreach campaigns list
    """
    found = workflow.list_campaigns(desk.db)
    _warn(older_database(desk.db))
    if as_json:
        print_json(found)
        return
    print_table(
        ["campaign", "state", "audience", "to go", "accepted", "note"],
        (
            (
                *(s.campaign, words(s.state), s.audience),
                *(s.ledger.planned + s.ledger.claimed, s.ledger.accepted, stands.notes(s)),
            )
            for s in found
        ),
    )


for command in (
    *(approve, send_test, audience, cancel, diff, doubtful),
    *(pause, proof, restored, resume, schedule, settle, show, unschedule, verify),
):
    campaigns.add_command(command)
