"""`outreach replies fetch`: what is new in the mailboxes."""

from __future__ import annotations

import click

from outreach.cli import exits
from outreach.cli.face import NUMBER, json_option, workspace_command
from outreach.cli.output import counted, print_json, print_text, progress_bar
from outreach.errors import harmless
from outreach.wiring import Workspace, utc_now
from outreach.workflow.fetching import FetchedReplies, fetch_replies


@click.command("fetch")
@click.option("--limit", type=NUMBER, metavar="N", help="Fetch at most so many mails in all.")
@json_option
@workspace_command
def fetch(desk: Workspace, limit: int | None, as_json: bool) -> None:
    """Fetch new mails from each [[mailbox]] of outreach.toml, by IMAP.

    For the crontab: says nothing where nothing came, else one line. Nothing in a mailbox is marked,
    moved or deleted, unless its `after` says so. A mailbox that can't be read is named, and the
    others are read. Exit code 1: a mail could not be fetched or understood.

    \b
    Example:
      outreach replies fetch
    """
    with progress_bar("Fetching mails") as progress:
        done = fetch_replies(desk.db, desk.settings, clock=utc_now, limit=limit, progress=progress)
    if as_json:
        print_json(done)
    elif done.new or done.kinds:
        print_text(_summary(done))
    failure = None
    found = done.failed > 0
    for box in done.mailboxes:
        for mail in box.unfetched:
            found = True
            why = f"{box.mailbox}, mail {mail.uid} was not fetched: {mail.reason}"
            click.echo(harmless(f"{why.rstrip('.')}; it is tried again."), err=True)
        if box.failure is not None:
            failure = failure or box.failure
            click.echo(f"Error: {box.failure}", err=True)
    if done.failed:
        waiting = f"{counted(done.failed, 'mail')} could not be understood"
        click.echo(f"{waiting}; see `outreach replies failed`.", err=True)
    if failure is not None:
        raise click.exceptions.Exit(exits.exit_code(failure))
    if found:
        raise click.exceptions.Exit(exits.FOUND)


def _summary(done: FetchedReplies) -> str:
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in done.kinds.items())
    parts = [f"{counted(done.new, 'new mail')}" + (f" ({kinds})" if kinds else "")]
    parts += [f"{done.repeated} here before"] * bool(done.repeated)
    parts += [f"{counted(done.followups_opened, 'follow-up')} opened"] * bool(done.followups_opened)
    parts += [f"{done.followups_joined} joined"] * bool(done.followups_joined)
    parts += [f"{done.suppressed} not to be written to again"] * bool(done.suppressed)
    parts += [f"{done.snoozed} snoozed"] * bool(done.snoozed)
    parts += [f"{done.acknowledged} thanked by a letter"] * bool(done.acknowledged)
    parts += [f"{done.unmatched} of no campaign"] * bool(done.unmatched)
    return f"outreach replies fetch: {', '.join(parts)}."
