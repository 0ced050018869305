"""`outreach cron`: the one line of the crontab."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.dispatch import stopped_by_signals
from outreach.cli.doubts import tell_doubts
from outreach.cli.face import workspace_command
from outreach.cli.moments import length
from outreach.cli.output import one_line_json, print_text, words
from outreach.errors import DatabaseBusy
from outreach.store import utc_text
from outreach.workflow.campaigns import campaign_status
from outreach.workflow.cron import run_due
from outreach.workflow.formanswers import answer_forms
from outreach.workflow.happenings import CronRun, Event, Level
from outreach.workflow.staff import forget_daily
from outreach.workflow.subscribing import forget_unconfirmed
from outreach.workflow.webhooks import understand_waiting


@click.command()
@click.option(
    "--budget",
    type=length,
    default="4m",
    show_default=True,
    metavar="4m",
    help="End within this time; the next run goes on.",
)
@click.option(
    "--log",
    "log",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text: one line where something was done; json: an object a line for each event.",
)
@click.option("--quiet", is_flag=True, help="Say only what somebody should look at.")
@workspace_command
@click.pass_context
def cron(
    ctx: click.Context, desk: wiring.Workspace, budget: timedelta, log: str, quiet: bool
) -> None:
    """Send what is due: scheduled campaigns and single letters.

    What providers posted and nobody understood yet is understood first. For the crontab, each
    minute or each five. Safe to run twice at once. Says nothing where there is nothing to do. Exit
    code 1: a campaign waits for somebody.

    \b
    Example:
      outreach cron --budget 4m
    """

    heard: list[Event] = []

    def tell(event: Event) -> None:
        heard.append(event)
        if log == "json" and not (quiet and event.level is Level.INFO):
            click.echo(one_line_json(_entry(event)))

    try:
        with stopped_by_signals() as should_stop:
            _understand(desk, should_stop)
            run = run_due(
                desk.db,
                desk.settings,
                lambda: wiring.open_transport(desk.settings, desk.db),
                limits=wiring.limits(desk.settings),
                budget=budget,
                clock=wiring.utc_now,
                sleep=time.sleep,
                should_stop=should_stop,
                tell=tell,
            )
    except KeyboardInterrupt:
        done = "; ".join(_said(event) for event in heard if event.what == "sent")
        if log == "text":
            print_text(f"outreach cron: broken off{f'; {done}' if done else ''}.")
        for name in filter(None, dict.fromkeys(event.campaign for event in heard)):
            tell_doubts(name, campaign_status(desk.db, name).ledger.in_doubt, err=True)
        ctx.exit(exits.INTERRUPTED)
    told = [e for e in run.events if e.what != "busy" and not (quiet and e.level is Level.INFO)]
    if told and log == "text":
        print_text(f"outreach cron: {'; '.join(map(_said, told))}.")
    ctx.exit(_exit_code(run))


def _understand(desk: wiring.Workspace, should_stop: Callable[[], bool]) -> None:
    """Understand what providers posted, before anything is sent that it may forbid."""
    try:
        forget_unconfirmed(desk.db, wiring.utc_now())
        forget_daily(desk.db, wiring.utc_now())
        answered = answer_forms(
            desk.db, desk.settings, wiring.utc_now, sleep=time.sleep, should_stop=should_stop
        )
        understood = understand_waiting(
            desk.db, desk.settings, wiring.utc_now, should_stop=should_stop
        )
    except DatabaseBusy:
        return  # who writes is most likely at it
    for signup_id, fault in answered.failed.items():
        click.echo(f"outreach cron: form {signup_id} of the public pages waits: {fault}", err=True)
    for body_id, fault in understood.failed.items():
        click.echo(f"outreach cron: body {body_id} of events not understood: {fault}", err=True)


def _entry(event: Event) -> dict[str, object]:
    entry: dict[str, object] = {
        "time": utc_text(event.at),
        "level": event.level,
        "event": event.what,
        "campaign": event.campaign,
        **event.numbers,
    }
    return {**entry, "detail": event.detail} if event.detail else entry


def _said(event: Event) -> str:
    """Say an event in few words."""
    name = event.campaign or "letters"
    if event.what != "sent":
        detail = event.detail.rstrip(".").removeprefix(f"{words(event.what)}: ")
        return f"{name} {words(event.what)}: {detail}"
    shown = ("accepted", "refused", "in_doubt", "put_off", "withdrawn")
    parts = [f"{event.numbers[key]:,} {words(key)}" for key in shown if event.numbers[key]]
    if told := event.numbers.get("told"):
        parts.append(f"{told:,} settled by events")
    parts.append(f"{event.numbers['still_planned']:,} to go")
    return f"{name} {', '.join(parts)}"


def _exit_code(run: CronRun) -> int:
    if run.failure is not None:
        return exits.exit_code(run.failure)
    return exits.FOUND if run.to_look_at else exits.OK
