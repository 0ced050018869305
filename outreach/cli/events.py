"""`outreach events`: what providers tell of letters after they took them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from outreach.cli import exits
from outreach.cli.face import NUMBER, json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import counted, print_json, print_table, progress_bar, words
from outreach.errors import InputError, NotFound, harmless
from outreach.wiring import Workspace, utc_now
from outreach.workflow import events as workflow
from outreach.workflow.events import AppliedEvents, Posted


@click.group("events")
def events() -> None:
    """Take in what SendGrid tells of letters after it took them."""


@events.command("import")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
)
@click.option(
    "--signature", default="", help="X-Twilio-Email-Event-Webhook-Signature, of one file."
)
@click.option("--timestamp", default="", help="X-Twilio-Email-Event-Webhook-Timestamp, of it.")
@click.option("--unsigned", is_flag=True, help="Believe files that nobody signed.")
@json_option
@workspace_command
def import_(
    desk: Workspace,
    files: tuple[Path, ...],
    signature: str,
    timestamp: str,
    unsigned: bool,
    as_json: bool,
) -> None:
    """Take in bodies of SendGrid's Event Webhook, saved byte for byte; - is standard input.

    What was taken in before changes nothing. Letters in doubt are settled by the id of their
    attempt, and addresses that are dead or want no more are not written to again. Exits with 1
    where a file was refused, or something stored can't be understood.

    \b
    Example:
      outreach events import body.json --signature "$SIGNATURE" --timestamp "$TIMESTAMP"
    """
    if bool(signature) != bool(timestamp):
        raise click.UsageError("--signature and --timestamp go together")
    if signature and (len(files) > 1 or unsigned):
        raise click.UsageError("--signature is of one file, and goes without --unsigned")
    if not signature and not unsigned:
        raise click.UsageError(
            "say with --signature and --timestamp what proves it, or with --unsigned that you"
            " believe it"
        )
    with progress_bar("Taking events in") as progress:
        done = workflow.import_events(
            desk.db,
            desk.settings,
            _posts(files, signature, timestamp),
            unsigned=unsigned,
            now=utc_now(),
            progress=progress,
        )
    if as_json:
        print_json(done)
    else:
        _show(done)
    if done.refused or done.failed:
        raise click.exceptions.Exit(exits.FOUND)


@events.command("list")
@click.option(
    "--campaign", shell_complete=CAMPAIGN, metavar="NAME", default="", help="Only of this one."
)
@click.option("--limit", default=100, show_default=True, type=NUMBER)
@json_option
@workspace_command
def list_(desk: Workspace, campaign: str, limit: int, as_json: bool) -> None:
    """List the last events, the newest first.

    \b
    Example:
      outreach events list --campaign spring
    """
    found = workflow.list_events(desk.db, campaign=campaign, limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        ["at", "what", "campaign", "attempt", "address", "words"],
        (
            [
                line.occurred_at,
                f"{line.bounce} {words(line.kind)}".strip(),
                line.campaign or "-",
                _attempt(line.delivery_id, line.attempt),
                line.address or "-",
                line.detail,
            ]
            for line in found
        ),
    )


@events.command("apply")
@click.option("--again", is_flag=True, help="Understand all that is stored anew.")
@json_option
@workspace_command
def apply(desk: Workspace, again: bool, as_json: bool) -> None:
    """Do what follows from the events that are stored, also for letters in doubt since.

    A body that can't be understood waits, and is told by its number; exits with 1 then.

    \b
    Example:
      outreach events apply --again
    """
    with progress_bar("Applying events") as progress:
        done = workflow.apply_events(desk.db, again=again, now=utc_now(), progress=progress)
    if as_json:
        print_json(done)
    else:
        _show(done)
    if done.failed:
        raise click.exceptions.Exit(exits.FOUND)


def _posts(files: tuple[Path, ...], signature: str, timestamp: str) -> Iterator[Posted]:
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except FileNotFoundError as error:
            raise NotFound("there is no such file", file=file) from error
        except OSError as error:
            raise InputError(f"the file can't be read: {error.strerror}", file=file) from error
        yield Posted(str(file), raw, signature, timestamp)


def _show(done: AppliedEvents) -> None:
    bodies = "body" if done.bodies == 1 else "bodies"
    click.echo(
        f"{done.bodies} {bodies}, {done.repeated_bodies} here before;"
        f" {counted(done.events, 'event')}, {done.new} new."
    )
    if done.kinds:
        print_table(["what", "events"], [[words(k), n] for k, n in done.kinds.items()])
    click.echo(
        f"Doubts settled: {done.settled}. Addresses not to be written to again: {done.suppressed}."
    )
    if done.left_out:
        click.echo(f"Opens and clicks of people who may not be tracked, not kept: {done.left_out}.")
    if done.unmatched:
        click.echo(f"Events about nobody on the list: {done.unmatched}.")
    for refused in done.refused:
        click.echo(harmless(f"Refused: {refused.source}: {refused.reason}."), err=True)
    for number, why in done.failed.items():
        click.echo(f"Not understood, it goes on waiting: stored body {number} ({why}).", err=True)


def _attempt(delivery_id: int | None, attempt: int) -> str:
    if delivery_id is None:
        return "-"
    return f"{delivery_id}-{attempt}" if attempt else f"{delivery_id}-?"
