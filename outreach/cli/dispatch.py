"""`outreach dispatch`: send a planned campaign, or rehearse it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.doubts import tell_doubts
from outreach.cli.face import NUMBER, by_option, json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_json, progress_bar
from outreach.dispatch.rehearsal import Rehearsed
from outreach.dispatch.results import MOST_IN_VAIN, Dispatched, Stop
from outreach.errors import OutreachError, TransportError
from outreach.store import utc_text
from outreach.workflow import campaigns, differing, dispatching, holding

_WHY = {
    Stop.DONE: "Nothing more is due.",
    Stop.LIMIT: "Stopped at the limit.",
    Stop.HELD: "Stopped, as the campaign is held: {why}.",
    Stop.PACED: "Stopped: all that may go today has gone. More may go from {when}.",
    Stop.OUT_OF_TIME: "Stopped: the hours or the time that it has are over for now.",
    Stop.ASKED: "Stopped as asked, after the letter under way.",
    Stop.IN_VAIN: (
        f"Stopped: {MOST_IN_VAIN} letters in a row got nowhere, so the fault is hardly theirs."
        " Mend it first."
    ),
}


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--limit", type=NUMBER, help="Send at most this many letters.")
@click.option("--dry-run", is_flag=True, help="Compose everything, send and change nothing.")
@click.option("--approved", is_flag=True, help="Only if somebody stands for it as it is planned.")
@by_option
@json_option
@workspace_command
@click.pass_context
def dispatch(
    ctx: click.Context,
    desk: wiring.Workspace,
    name: str,
    limit: int | None,
    dry_run: bool,
    approved: bool,
    by: str,
    as_json: bool,
) -> None:
    """Send what is due of a planned campaign.

    Safe to call again after anything: nobody gets the message twice. Ctrl-C stops after the letter
    under way.

    \b
    Example:
      outreach dispatch spring --limit 10
    """
    batch_size = desk.settings.delivery.batch_size
    for say in (dispatching.letterhead_notice, differing.files_notice):
        if notice := say(desk.db, desk.settings, name):
            click.echo(f"Warning: {notice}", err=True)
    if dry_run:
        with progress_bar(f"Composing {name}") as progress:
            rehearsed = dispatching.rehearse_campaign(
                desk.db,
                name,
                batch_size=batch_size,
                limits=wiring.limits(desk.settings),
                now=wiring.utc_now(),
                limit=limit,
                progress=progress,
            )
        print_json(rehearsed) if as_json else _show_rehearsal(rehearsed)
        if why := dispatching.why_not_now(desk.db, desk.settings, name) or _no_transport(desk):
            click.echo(f"Warning: `outreach dispatch {name}` would be refused: {why}", err=True)
        ctx.exit(exits.FOUND if rehearsed.not_composable else exits.OK)
    dispatching.refuse_unapproved(desk.db, desk.settings, name)
    try:
        with (
            closing(wiring.open_transport(desk.settings, desk.db)) as transport,
            stopped_by_signals() as should_stop,
            progress_bar(f"Sending {name}") as progress,
        ):
            sent = dispatching.dispatch_campaign(
                desk.db,
                name,
                transport,
                batch_size=batch_size,
                limits=wiring.limits(desk.settings),
                clock=wiring.utc_now,
                limit=limit,
                only_approved=approved,
                by=by,
                should_stop=should_stop,
                progress=progress,
            )
    except (KeyboardInterrupt, TransportError) as error:
        ledger = campaigns.campaign_status(desk.db, name).ledger
        click.echo(
            f"Broken off. Accepted so far: {ledger.accepted}, refused: {ledger.refused},"
            f" still to go: {ledger.planned}.",
            err=True,
        )
        tell_doubts(name, ledger.in_doubt, err=True)
        if isinstance(error, TransportError):
            raise
        ctx.exit(exits.INTERRUPTED)
    if as_json:
        print_json(sent)
    else:
        _show(sent, holding.way_on(desk.db, name))
        if desk.settings.delivery.transport == "outbox" and sent.accepted:
            click.echo(f"The messages are files in {desk.settings.outbox_dir}.")
    ctx.exit(_exit_code(sent))


def _no_transport(desk: wiring.Workspace) -> str:
    """Say what a transport lacks that isn't asked for anything yet, such as its key; or ''."""
    try:
        wiring.open_transport(desk.settings, desk.db).close()
    except OutreachError as error:
        return str(error)
    return ""


@contextmanager
def stopped_by_signals() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (or SIGTERM) into a wish to stop, and the second into an end."""
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        # not click.echo: a signal may come while that is writing
        os.write(2, b"\nStopping after this letter. Ctrl-C again breaks off at once.\n")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code(sent: Dispatched) -> int:
    if sent.stopped is Stop.ASKED:
        return exits.INTERRUPTED
    return exits.FOUND if sent.to_look_at else exits.OK


def _show(sent: Dispatched, way_on: str) -> None:
    click.echo(f"Accepted: {sent.accepted}.")
    for reason, number in sent.refused.items():
        _tell(f"Refused, {reason.replace('_', ' ')}", number, sent.details.get(reason))
    for reason, number in sent.withdrawn.items():
        click.echo(f"Not sent any more, {reason.replace('_', ' ')}: {number}.")
    _tell("Put off", sent.put_off, sent.details.get("put_off"))
    doubt = sent.details.get("in_doubt", "").removeprefix("no clear answer: ")
    _tell("No clear answer", sent.in_doubt, doubt)
    _tell("On their way when an earlier run broke off", sent.abandoned)
    _tell("Settled by what the mail service had told already", sent.told)
    tell_doubts(sent.campaign, sent.all_in_doubt)
    click.echo(_WHY[sent.stopped].format(why=sent.held_why, when=sent.go_on_at))
    if sent.held_why and sent.stopped is not Stop.HELD:
        click.echo(f"The campaign is held: {sent.held_why}.")
    if way_on and sent.still_planned:
        click.echo(f"Still to go: {sent.still_planned}. Next: {way_on}.")
    elif sent.still_planned:
        waits = sent.next_try > utc_text(wiring.utc_now())
        when = f" The first may go at {sent.next_try}." if waits else ""
        click.echo(
            f"Still to go: {sent.still_planned}.{when} Next: `outreach dispatch {sent.campaign}`."
        )
    else:
        click.echo(f"Next: `outreach campaigns status {sent.campaign}`.")


def _tell(what: str, number: int, detail: str | None = None) -> None:
    if number:
        click.echo(f"{what}: {number}." + (f" The first: {detail}" if detail else ""))


def _show_rehearsal(rehearsed: Rehearsed) -> None:
    languages = ", ".join(f"{code} {number}" for code, number in rehearsed.languages.items())
    click.echo(f"Would go: {rehearsed.would_go}{f' ({languages})' if languages else ''}.")
    for reason, number in rehearsed.withdrawn.items():
        click.echo(f"Would not go any more, {reason.replace('_', ' ')}: {number}.")
    if rehearsed.waiting:
        click.echo(f"Put off till later: {rehearsed.waiting}.")
    if rehearsed.not_composable:
        click.echo(f"No message can be made for {rehearsed.not_composable}, the first because:")
        click.echo(f"  {rehearsed.first_problem}")
    click.echo("Nothing was sent or changed.")
