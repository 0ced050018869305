"""`outreach replies`: take mails in, and look at what came."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from outreach.cli import exits
from outreach.cli.face import FAILURE, NUMBER, json_option, plain_command, workspace_command
from outreach.cli.fetching import fetch
from outreach.cli.output import (
    counted,
    mailbox,
    one_line_json,
    print_json,
    print_table,
    print_text,
    progress_bar,
)
from outreach.cli.readmails import as_object, print_read
from outreach.cli.reprocessing import correct, failed, reprocess
from outreach.errors import harmless
from outreach.model import ReplyKind
from outreach.replies.mailfiles import Refused
from outreach.wiring import Workspace, utc_now
from outreach.workflow import replies as workflow
from outreach.workflow.reading import read_apart


@click.group("replies")
def replies() -> None:
    """Take in the mails that come back."""


for command in (correct, failed, fetch, reprocess):
    replies.add_command(command)


def _handed_over(
    ctx: click.Context, _: click.Parameter, paths: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Tell a mail server to try again, whatever keeps us from storing what it hands over."""
    if workflow.STDIN in paths:
        ctx.find_root().meta[FAILURE] = exits.TRY_AGAIN
    return paths


@replies.command("import")
@click.argument(
    "paths",
    metavar="PATH...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    callback=_handed_over,
    is_eager=True,
)
@json_option
@workspace_command
def import_(desk: Workspace, paths: tuple[Path, ...], as_json: bool) -> None:
    """Read .eml files, folders of them, mbox files and Maildir folders; - is standard input.

    A mail that was read before changes nothing. What is no mail is named, and the others are taken
    in; the exit code is then 1. A mail server may pipe mails to `outreach replies import -`: the
    exit code is 0 as soon as a mail is stored, and 75 where it can't be, so that the server keeps
    it and tries again.

    \b
    Example:
      outreach replies import incoming/
    """
    with progress_bar("Reading mails") as progress:
        done = workflow.import_replies(
            desk.db,
            desk.settings,
            paths,
            now=utc_now(),
            stdin=sys.stdin.buffer,
            progress=progress,
        )
    if as_json:
        print_json(done)
    elif workflow.STDIN not in paths or sys.stdout.isatty():
        # what a command says, a mail server may send back to whoever wrote the mail
        _print_import(done)
    if not as_json:
        for refused in done.refused:
            click.echo(harmless(f"Refused: {refused.source}: {refused.reason}."), err=True)
    if done.refused:
        raise click.exceptions.Exit(exits.FOUND)


def _print_import(done: workflow.ImportedReplies) -> None:
    resumed = f", and {done.resumed} left from an import that was stopped" if done.resumed else ""
    read = counted(done.read, "mail")
    click.echo(f"Read {read}: {done.new} new, {done.repeated} here before{resumed}.")
    if done.kinds:
        print_table(["kind", "mails"], [[kind, count] for kind, count in done.kinds.items()])
    click.echo(
        f"Follow-ups: {done.followups_opened} opened,"
        f" {counted(done.followups_joined, 'mail')} joined one."
        f" Addresses not to be written to again: {done.suppressed}."
    )
    if done.snoozed:
        slept = f"Follow-ups that sleep until somebody is back: {done.snoozed}"
        click.echo(f"{slept}; see `outreach followups list`.")
    print_thanks(done.acknowledged, done.unacknowledged)
    if done.failed:
        waiting = f"{counted(done.failed, 'mail')} could not be understood"
        click.echo(f"{waiting}; see `outreach replies failed`.", err=True)
    if done.unmatched:
        click.echo(f"Mails that answer no campaign: {done.unmatched}; see `outreach replies list`.")


def print_thanks(acknowledged: int, unacknowledged: Mapping[str, int]) -> None:
    """Say how many volunteers are thanked by a letter of its own, and why others are not."""
    if acknowledged:
        click.echo(
            f"Acknowledgements written: {acknowledged}; they leave with `outreach cron` or"
            " `outreach letters send`."
        )
    for why, number in unacknowledged.items():
        print_text(f"{counted(number, 'volunteer')} not thanked by a letter: {why}")


@replies.command("read")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@json_option
@plain_command
def read(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say what is understood of mails, without taking them in; needs no workspace.

    Reads .eml files, mbox files, Maildir folders, folders of .eml files, and standard input for
    `-`. With --json, or where the output is no terminal, it prints one JSON object a line for
    each mail. What can't be read is named, and the others are read; the exit code is then 1.

    \b
    Example:
      outreach replies read incoming/ --json
    """
    refused = 0
    as_json = as_json or not sys.stdout.isatty()
    for found in read_apart(paths, sys.stdin.buffer):
        if isinstance(found, Refused):
            refused += 1
            click.echo(harmless(f"Refused: {found.source}: {found.reason}."), err=True)
        elif as_json:
            click.echo(one_line_json(as_object(found)))
        else:
            print_read(found)
    if refused:
        raise click.exceptions.Exit(exits.FOUND)


@replies.command("list")
@click.option("--campaign", default="", metavar="NAME", help="Only answers to this campaign.")
@click.option("--kind", type=click.Choice([kind.value for kind in ReplyKind]), help="Only these.")
@click.option(
    "--deciding", is_flag=True, help="Of a person's answers to one letter only what counts."
)
@json_option
@workspace_command
def list_(desk: Workspace, campaign: str, kind: str | None, deciding: bool, as_json: bool) -> None:
    """List the mails that came in, oldest first.

    \b
    Example:
      outreach replies list --kind volunteer
    """
    chosen = ReplyKind(kind) if kind else None
    found = workflow.list_replies(desk.db, campaign=campaign, kind=chosen, deciding=deciding)
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "received", "kind", "sure", "campaign", "from", "subject"],
        [
            [
                row.inbound_id,
                row.received_at,
                row.kind,
                f"{row.certainty:.0%}",
                row.campaign or "-",
                row.from_address or row.from_name or "-",
                row.subject[:60],
            ]
            for row in found
        ],
    )


@replies.command("show")
@click.argument("inbound_id", metavar="ID", type=NUMBER)
@json_option
@workspace_command
def show(desk: Workspace, inbound_id: int, as_json: bool) -> None:
    """Show one mail: what it is and why, what it says, and what was found in it.

    \b
    Example:
      outreach replies show 7
    """
    found = workflow.show_reply(desk.db, inbound_id)
    if as_json:
        print_json(found)
        return
    line = found.line
    facts = {
        "Mail": f"{line.inbound_id}, received {line.received_at} from {found.source}",
        "From": mailbox(line.from_name, line.from_address),
        "Subject": line.subject,
        "Kind": f"{line.kind} ({line.certainty:.0%} sure): {'; '.join(line.why)}",
        "Bounce": found.bounce_class,
        "Campaign": f"{line.campaign} (by {line.matched_by})" if line.campaign else "",
        "Letter": f"{found.letter_id}, see `outreach letters show {found.letter_id}`"
        if found.letter_id
        else "",
        "Supporter": str(found.supporter_id or ""),
        "Name": line.name,
        "Email": line.email,
        "Country": " ".join(filter(None, [line.country, f"({found.country_text})"]))
        if found.country_text
        else line.country,
        "Language": found.language,
        "Phone": found.phone,
        "Back on": found.return_date,
    }
    for label, value in facts.items():
        if value:
            print_text(value.replace("\n", " "), f"{label + ':':<11}")
    for heading, text in (("", found.reply), ("\nSignature:", found.signature)):
        if text:
            click.echo(heading)
            print_text(text, "  ")
