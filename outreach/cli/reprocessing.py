"""`outreach replies failed`, `reprocess` and `correct`: what was not understood, or wrongly."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import click

from outreach.cli import exits
from outreach.cli.face import NUMBER, by_option, json_option, workspace_command
from outreach.cli.output import counted, print_json, print_table, progress_bar, words
from outreach.wiring import Workspace, utc_now
from outreach.workflow import reprocessing as workflow

#: their text is too long for a table
_LONG = frozenset({"why", "reply", "quoted", "signature"})


@click.command("failed")
@json_option
@workspace_command
def failed(desk: Workspace, as_json: bool) -> None:
    """List the mails that could not be understood, and those that a mailbox did not give.

    They are kept. Those that could not be understood are tried again by `outreach replies
    reprocess`, those that were not fetched by each `outreach replies fetch`. Exit code 1: there are
    some.

    \b
    Example:
      outreach replies failed
    """
    found = workflow.list_waiting(desk.db)
    if as_json:
        print_json(found)
    else:
        if found.failed:
            print_table(
                ["id", "received", "from", "tries", "error"],
                [[f.inbound_id, f.received_at, f.sender, f.tries, f.error] for f in found.failed],
            )
        if found.skipped:
            print_table(
                ["mailbox", "folder", "uid", "tries", "reason"],
                [[s.mailbox, s.folder, s.uid, s.tries, s.reason] for s in found.skipped],
            )
        if not found.failed and not found.skipped:
            click.echo("Every mail is here and understood.")
    if found.failed or found.skipped:
        raise click.exceptions.Exit(exits.FOUND)


@click.command("reprocess")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only mails that came on this day (UTC) or later.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option
@workspace_command
def reprocess(desk: Workspace, since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Understand stored mails again, as this version does, and say what changed.

    An opt-out that is found now counts at once, and none is undone. What somebody put right stays.
    Mails that could not be understood are tried again. Exit code 1: some still can't be.

    \b
    Example:
      outreach replies reprocess --since 2014-02-01 --dry-run
    """
    with progress_bar("Understanding again") as progress:
        done = workflow.reprocess_replies(
            desk.db,
            desk.settings,
            since=f"{since:%Y-%m-%d}" if since else "",
            dry_run=dry_run,
            now=utc_now(),
            progress=progress,
        )
    if as_json:
        print_json(done)
    else:
        _print(done)
    if done.failed:
        raise click.exceptions.Exit(exits.FOUND)


def _print(done: workflow.Reprocessed) -> None:
    lines = [
        [mail.inbound_id, words(change.field), change.old or "-", change.new or "-"]
        for mail in done.changed
        for change in mail.changes
        if change.field not in _LONG
    ]
    if lines:
        print_table(["id", "what", "was", "is"], lines)
    longer = Counter(c.field for mail in done.changed for c in mail.changes if c.field in _LONG)
    if longer:
        said = ", ".join(f"{words(field)} of {count}" for field, count in longer.most_common())
        click.echo(f"Other texts: {said}.")
    would = "Nothing was written. " if done.dry_run else ""
    click.echo(
        f"{would}{counted(done.mails, 'mail')}: {len(done.changed)} changed,"
        f" {len(done.recovered)} understood for the first time, {done.failed} not understood."
    )
    click.echo(
        f"Follow-ups: {done.followups_opened} opened,"
        f" {counted(done.followups_joined, 'mail')} joined one, {done.snoozed} snoozed."
        f" Addresses not to be written to again: {done.suppressed}."
    )


@click.command("correct")
@click.argument("inbound_id", metavar="ID", type=NUMBER)
@click.argument("field", type=click.Choice(workflow.CORRECTABLE))
@click.argument("value")
@by_option
@workspace_command
def correct(desk: Workspace, inbound_id: int, field: str, value: str, by: str) -> None:
    """Put right what was understood of a mail; no later understanding overwrites it.

    Nothing else follows from it: a follow-up, or a supporter's record, stays as it is.

    \b
    Example:
      outreach replies correct 7 country CD --by sam
    """
    workflow.correct_reply(desk.db, inbound_id, field, value, by=by, now=utc_now())
    click.echo(f"Mail {inbound_id}: {field} is now {value or 'empty'}.")
