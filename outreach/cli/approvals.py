"""`outreach campaigns test` and `approve`: look at what is planned, and stand for it by name."""

from __future__ import annotations

from contextlib import closing

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.face import by_option, json_option, name_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_json, print_text
from outreach.cli.testsend import show_test
from outreach.workflow import approving, differing, testsend


@click.command("test")
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--as", "email", metavar="EMAIL", required=True, help="Whose message it is.")
@click.option(
    "--to",
    metavar="ADDRESS",
    required=True,
    multiple=True,
    help="Where the test goes; may be given again.",
)
@by_option
@json_option
@workspace_command
@click.pass_context
def send_test(
    ctx: click.Context,
    desk: wiring.Workspace,
    name: str,
    email: str,
    to: tuple[str, ...],
    by: str,
    as_json: bool,
) -> None:
    """Send a test of what a campaign says as it is planned.

    It is marked [TEST].
    `outreach test-send` does so for a message as its files are now.

    \b
    Example:
      outreach campaigns test spring --as ada@example.org --to me@outreach.example.org
    """
    with closing(wiring.open_transport(desk.settings, desk.db)) as transport:
        sent = testsend.send_campaign_test(
            desk.db, name, transport, email=email, to=to, by=by, now=wiring.utc_now()
        )
    if as_json:
        print_json(sent)
    else:
        show_test(sent, desk.settings)
    ctx.exit(exits.OK if sent.all_taken else exits.FOUND)


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@name_option
@click.option(
    "--despite-doubts",
    metavar="WHY",
    default="",
    help="Why it may state facts that are doubtful; kept with the approval.",
)
@click.option(
    "--seen",
    metavar="PLAN",
    default="",
    help="The plan that you looked at, as `campaigns show` names it: no other is approved.",
)
@json_option
@workspace_command
def approve(
    desk: wiring.Workspace, name: str, by: str, despite_doubts: str, seen: str, as_json: bool
) -> None:
    """Stand for a campaign as it is planned, by name.

    That is for its content, audience and facts. Its message is checked first, and a test of it must
    have been sent. For a large campaign it takes somebody other than its author, or two where
    nobody knows them. Planning again ends it.

    \b
    Example:
      outreach campaigns approve spring --by Noor --seen 3f0c59a1be42
    """
    done = approving.approve_campaign(
        desk.db,
        desk.settings,
        name,
        by=by,
        despite_doubts=despite_doubts,
        seen=seen.strip(),
        now=wiring.utc_now(),
    )
    if notice := differing.files_notice(desk.db, desk.settings, name):
        click.echo(f"Warning: {notice}", err=True)
    if as_json:
        print_json(done)
        return
    for found in done.warnings:
        place = found.file + (f", line {found.line}" if found.line else "")
        print_text(f"Warning: {place}: {found.what}.")
    if done.second_needed:
        click.echo(
            f"One of two: {done.by} stands for {name}. Nobody said who made it"
            f" (`campaigns create --by`), so for {done.people:,} people it takes somebody else too."
            f"\nNext: `outreach campaigns approve {name} --by WHO`."
        )
        return
    if done.already:
        click.echo(f"{done.by} has approved this plan of {name} already.")
    else:
        click.echo(f"Approved: {name}, for {done.people:,} people, by {done.by}.")
    if done.released:
        click.echo("It was held because it had been missed, and goes on now.")
    click.echo(
        "`outreach cron` sends it when it is due."
        if done.scheduled
        else f"Next: `outreach campaigns schedule {name} --at TIME`, or `outreach dispatch {name}`."
    )
