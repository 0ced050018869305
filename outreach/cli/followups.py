"""`outreach followups`: the queue of people who wrote back."""

from __future__ import annotations

import click

from outreach.cli.face import NUMBER, json_option, workspace_command
from outreach.cli.output import print_json, print_table, print_text
from outreach.followups.view import Followup
from outreach.model import CloseReason, Stage
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups as workflow

_as_option = click.option(
    "--as",
    "by",
    metavar="BY",
    default="command line",
    help="Who makes the change, for the history.",
)


@click.group("followups")
def followups() -> None:
    """Look after the people who wrote back."""


@followups.command("list")
@click.option("--campaign", default="", metavar="NAME", help="Only answers to this campaign.")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only these.")
@click.option("--assignee", default="", metavar="WHO", help="Only those this person has.")
@click.option("--all", "include_done", is_flag=True, help="Those that are done, too.")
@json_option
@workspace_command
def list_(
    desk: Workspace,
    campaign: str,
    stage: str | None,
    assignee: str,
    include_done: bool,
    as_json: bool,
) -> None:
    """List the open follow-ups, those that wait longest first.

    \b
    Example:
      outreach followups list --stage new
    """
    found = workflow.list_followups(
        desk.db,
        campaign=campaign,
        stage=Stage(stage) if stage else None,
        assignee=assignee,
        include_done=include_done,
    )
    if as_json:
        print_json(found)
        return
    print_table(
        [
            "id",
            "stage",
            "name",
            "email",
            "country",
            "campaign",
            "waiting since",
            "assignee",
            "note",
        ],
        [
            [
                row.followup_id,
                row.stage,
                row.name,
                row.email,
                row.country,
                row.campaign or "-",
                row.waiting_since,
                row.assignee,
                ", ".join([f"{row.certainty:.0%}", *row.flags]),
            ]
            for row in found
        ],
    )


@followups.command("show")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@json_option
@workspace_command
def show(desk: Workspace, followup_id: int, as_json: bool) -> None:
    """Show one follow-up: the person, their mails and what was done.

    \b
    Example:
      outreach followups show 3
    """
    found = workflow.show_followup(desk.db, followup_id)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Followup) -> None:
    line = found.line
    facts = {
        "Follow-up": f"{line.followup_id}, {line.stage}"
        + (f" ({line.close_reason})" if line.close_reason else ""),
        "Name": line.name,
        "Email": line.email,
        "Country": line.country,
        "Language": line.language,
        "Campaign": line.campaign,
        "Waiting": f"since {line.waiting_since}",
        "Assignee": line.assignee,
        "Note": ", ".join(line.flags),
    }
    for label, value in facts.items():
        if value:
            print_text(value, f"{label + ':':<11}")
    for mail in found.mails:
        click.echo()
        print_text(
            f"Mail {mail.inbound_id}, {mail.received_at}, {mail.kind}, from {mail.from_name}"
            f" <{mail.from_address}>: {mail.subject}"
        )
        print_text("\n".join(filter(None, [mail.reply, mail.signature])), "  ")
    click.echo()
    print_table(
        ["when", "who", "what", "before", "after"],
        [[c.changed_at, c.changed_by, c.field, c.old, c.new] for c in found.history],
    )


@followups.command("assign")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@click.argument("who")
@_as_option
@workspace_command
def assign(desk: Workspace, followup_id: int, who: str, by: str) -> None:
    """Give a follow-up to somebody; '' takes it from whoever has it.

    \b
    Example:
      outreach followups assign 3 amina
    """
    changed = workflow.assign_followup(desk.db, followup_id, who, by=by, now=utc_now())
    has_it = f"{who.strip()} has" if who.strip() else "nobody has"
    already = "" if changed else " already"
    print_text(f"{has_it} follow-up {followup_id}{already}.")


@followups.command("close")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in CloseReason]),
    help="Why.",
)
@_as_option
@workspace_command
def close(desk: Workspace, followup_id: int, reason: str, by: str) -> None:
    """Close a follow-up. It opens again when the person writes, unless closed as spam.

    \b
    Example:
      outreach followups close 3 --reason not_now
    """
    workflow.close_followup(desk.db, followup_id, CloseReason(reason), by=by, now=utc_now())
    click.echo(f"Follow-up {followup_id} is closed ({reason}).")
