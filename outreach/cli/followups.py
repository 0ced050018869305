"""`outreach followups`: the queue of people who wrote back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import click

from outreach.cli.face import NUMBER, json_option, workspace_command
from outreach.cli.output import mailbox, print_json, print_table, print_text
from outreach.followups.stages import DONE
from outreach.followups.view import Followup, FollowupLine
from outreach.model import CloseReason, Stage
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups as workflow

#: letters of a name in a list
_WIDEST: Final = 20

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
    elif found:
        _print_list(found, utc_now())
    else:
        click.echo("There are no follow-ups." if include_done else "Nobody is waiting.")


def _print_list(found: Sequence[FollowupLine], now: datetime) -> None:
    """Print what helps to choose whom to answer, in lines that a terminal has room for."""
    columns: list[tuple[str, list[object]]] = [
        ("id", [row.followup_id for row in found]),
        ("waiting", [_waiting(row, now) for row in found]),
        ("stage", [row.stage for row in found]),
        ("name", [_cut(row.name) for row in found]),
        ("email", [row.email for row in found]),
        ("country", [row.country for row in found]),
    ]
    if len({row.campaign for row in found}) > 1:
        columns.append(("campaign", [_cut(row.campaign) for row in found]))
    if any(row.assignee for row in found):
        columns.append(("assignee", [_cut(row.assignee) for row in found]))
    # that there is no name and no country, the empty cells say
    notes = [[flag for flag in row.flags if flag not in ("no name", "no country")] for row in found]
    columns.append(("note", [", ".join(flags) for flags in notes]))
    print_table([name for name, _ in columns], zip(*(cells for _, cells in columns), strict=True))


def _waiting(row: FollowupLine, now: datetime) -> str:
    if row.stage in DONE:
        return "-"
    hours = max(now - datetime.fromisoformat(row.waiting_since), timedelta()) / timedelta(hours=1)
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


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
            f"Mail {mail.inbound_id}, {mail.received_at}, {mail.kind},"
            f" from {mailbox(mail.from_name, mail.from_address) or 'nobody'}: {mail.subject}"
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


@followups.command("move")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@click.argument("stage", type=click.Choice([s.value for s in Stage if s is not Stage.CLOSED]))
@_as_option
@workspace_command
def move(desk: Workspace, followup_id: int, stage: str, by: str) -> None:
    """Move a follow-up to another stage, once you have done what the stage says.

    \b
    Example:
      outreach followups move 3 contacted --as amina
    """
    workflow.move_followup(desk.db, followup_id, Stage(stage), by=by, now=utc_now())
    click.echo(f"Follow-up {followup_id} is {stage}.")


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
