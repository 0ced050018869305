"""`outreach campaigns pause`, `resume` and `cancel`, in effect within one batch; `restored`."""

from __future__ import annotations

import click

from outreach import wiring
from outreach.cli.doubts import tell_doubts
from outreach.cli.face import by_option, name_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_text
from outreach.workflow import holding
from outreach.workflow.restored import believe_restored

why_option = click.option("--why", metavar="TEXT", default="", help="Why; kept with it.")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@by_option
@why_option
@workspace_command
def pause(desk: wiring.Workspace, name: str, by: str, why: str) -> None:
    """Let nothing more of a campaign leave until it is resumed.

    A dispatcher at work stops within its batch, and within seconds where that is slow.

    \b
    Example:
      outreach campaigns pause spring --by Maria --why "wrong photo"
    """
    paused = holding.pause_campaign(desk.db, name, by=by, why=why, now=wiring.utc_now())
    if paused.changed:
        click.echo(f"Held: {name}. Still to go: {paused.still_planned}.")
    else:
        print_text(f"{name} was held already, by {paused.by or 'somebody'}: {paused.why}.")
    if paused.on_their_way:
        click.echo(
            f"With a dispatcher at this moment: {paused.on_their_way}. It stops within seconds or"
            " its batch, so some of them still leave."
        )
    tell_doubts(name, paused.abandoned)
    click.echo(f"Next: `outreach campaigns resume {name}`.")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@by_option
@workspace_command
def resume(desk: wiring.Workspace, name: str, by: str) -> None:
    """Let a campaign that is held go on.

    \b
    Example:
      outreach campaigns resume spring --by Maria
    """
    resumed = holding.resume_campaign(desk.db, name, by=by, now=wiring.utc_now())
    if resumed.changed:
        print_text(f"Goes on: {name}. It was held: {resumed.why}.")
    elif resumed.still_planned:
        click.echo(f"{name} was not held.")
    else:
        click.echo(f"There is nothing to resume: {name} was not held, and has nothing to send.")
    if not resumed.still_planned:
        return
    click.echo(f"Still to go: {resumed.still_planned}.")
    if not resumed.scheduled:
        click.echo(f"Next: `outreach dispatch {name}`.")
    elif resumed.approved:
        click.echo("`outreach cron` sends it when it is due.")
    else:
        click.echo(f"Nobody has approved it. Next: `outreach campaigns approve {name} --by WHO`.")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@by_option
@why_option
@workspace_command
def cancel(desk: wiring.Workspace, name: str, by: str, why: str) -> None:
    """Cancel all that has not left yet.

    Also while a dispatcher is at work; what it has ready may leave still.

    \b
    Example:
      outreach campaigns cancel spring --by Maria
    """
    done = holding.cancel_campaign(desk.db, name, by=by, why=why, now=wiring.utc_now())
    if not done.cancelled + done.on_their_way + done.abandoned:
        click.echo(f"There is nothing to cancel: {name} has nothing to send.")
        return
    click.echo(f"Cancelled: {done.cancelled}.")
    if done.on_their_way:
        click.echo(
            f"With a dispatcher now: {done.on_their_way}. Cancel again when it has ended, for those"
            " that did not leave."
        )
    tell_doubts(name, done.abandoned)


@click.command()
@name_option
@workspace_command
def restored(desk: wiring.Workspace, by: str) -> None:
    """Let campaigns leave again after a backup was put back.

    An older database doesn't know who was written to since. By your word nobody will get twice what
    they should get once: look in the log of the mail service first, and cancel what left.

    \b
    Example:
      outreach campaigns restored --by Maria
    """
    done = believe_restored(desk.db, by=by, now=wiring.utc_now())
    print_text(f"What left until {done.sent_until} is answered for by {by}.")
    if done.open:
        print_text(f"May leave again: {', '.join(done.open)}.")
    else:
        click.echo("No campaign has anything to send.")
