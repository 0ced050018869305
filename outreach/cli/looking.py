"""`outreach campaigns show`, `diff` and `audience`: all of a campaign, and what changed since."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from outreach import wiring
from outreach.cli import exits, stands
from outreach.cli.face import json_option, workspace_command
from outreach.cli.moments import in_hours
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import (
    one_line_json,
    print_facts,
    print_json,
    print_table,
    print_text,
    words,
)
from outreach.cli.schedules import print_waves
from outreach.dispatch.audience import Drift, Member
from outreach.dispatch.campaigns import Event
from outreach.workflow import differing, holding, scheduling, showing
from outreach.workflow.running import BEGAN, ENDED
from outreach.workflow.showing import Shown

#: in the history, of a run
_RUN = (BEGAN, ENDED)
#: so many lines of runs in a row are shown one by one
_SHOWN = 6
#: what a spreadsheet would take for the beginning of a formula
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@json_option
@workspace_command
def show(desk: wiring.Workspace, name: str, as_json: bool) -> None:
    """Show all of a campaign, with its history.

    Its plan, its people, its schedule, who stands for it, and what was done with it.

    \b
    Example:
      outreach campaigns show spring
    """
    found = showing.show_campaign(desk.db, name)
    if as_json:
        print_json(found)
        return
    click.echo(stands.sentence(found.status))
    print_facts(_facts(found))
    if held := holding.held_in_words(desk.db, name):
        print_text(f"\n{held}")
    if found.waves:
        click.echo("\nStill planned, by when it begins:")
        print_waves(found.waves)
    if found.approvals:
        click.echo("\nApprovals:")
        print_table(
            ["at", "by", "content", "ended", "why"],
            ((a.at, a.by, a.content_hash[:12], a.voided_at, a.voided_why) for a in found.approvals),
        )
    click.echo("\nHistory:")
    print_table(
        ["at", "by", "what", ""],
        ((e.at, e.by, e.what, e.detail) for e in _in_short(found.history)),
    )
    if found.settings:
        click.echo("\nPlanned with:")
        print_table(["setting", "value"], sorted(found.settings.items()))


def _in_short(history: Iterable[Event]) -> Iterator[Event]:
    """Give a history without the runs between the first and the last of a row of them.

    The crontab makes thousands; JSON has them all.
    """
    for (running, _), grouped in groupby(
        history, lambda e: (e.what in _RUN, e.what in _RUN and e.by)
    ):
        events = list(grouped)
        if not running or len(events) <= _SHOWN:
            yield from events
            continue
        first, *between, last = events
        runs = sum(event.what == _RUN[0] for event in between)
        yield first
        yield Event("", first.by, f"{runs:,} more runs", "all are in --json")
        yield last


def _facts(found: Shown) -> Iterator[tuple[str, str]]:
    campaign, ledger, schedule = found.campaign, found.status.ledger, found.schedule
    yield "message", campaign.template
    yield "segment", campaign.segment
    yield "made", _at_by(campaign.created_at, campaign.created_by)
    if not campaign.planned_at:
        return
    yield "planned", f"{campaign.planned_at}, states the facts of {campaign.day}"
    yield "content", campaign.content_hash[:12]
    yield "plan", found.plan
    yield "audience", str(found.status.audience)
    for state in ("planned", "claimed", "accepted", "refused", "in_doubt", "withdrawn"):
        if getattr(ledger, state):
            yield f"  {words(state)}", str(getattr(ledger, state))
    if ledger.cancelled:
        yield "  cancelled", str(ledger.cancelled)
    for reason, number in ledger.excluded.items():
        yield f"  left out, {words(reason)}", str(number)
    yield "test", "sent" if found.tested else "none of this content"
    yield "approved", "yes" if found.approved else "no"
    if schedule is None:
        yield "schedule", "none"
    else:
        yield "schedule", scheduling.in_words(schedule)
        yield "  by", _at_by(schedule.scheduled_at, schedule.scheduled_by)
        yield "  lateness", in_hours(schedule.lateness)


def _at_by(at: str, by: str) -> str:
    return at + (f" by {by}" if by else "")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@json_option
@workspace_command
@click.pass_context
def diff(ctx: click.Context, desk: wiring.Workspace, name: str, as_json: bool) -> None:
    """Show what planning a campaign again would change.

    Compares files, facts, settings and people. Exit code 1 where it would make a difference.

    \b
    Example:
      outreach campaigns diff spring
    """
    found = differing.diff_campaign(desk.db, desk.settings, name, now=wiring.utc_now())
    if as_json:
        print_json(found)
    else:
        for change in found.changes:
            print_text(f"{change.kind}, {change.name}:")
            print_text("\n".join(change.diff), "  ")
        if found.audience is not None:
            _tell_drift(found.audience)
        for problem in found.problems:
            print_text(f"Can't be compared: {problem}")
        if not found.any:
            click.echo(f"Nothing has changed since {name} was planned at {found.planned_at}.")
    ctx.exit(exits.FOUND if found.any else exits.OK)


def _tell_drift(drift: Drift) -> None:
    if not drift.added and not drift.dropped:
        return
    click.echo(
        f"Audience: +{drift.added} -{drift.dropped}. The segment has {drift.audience_now} people"
        f" now and had {drift.audience}; {drift.would_be_planned} would be planned."
    )


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--excluded", is_flag=True, help="Only those who are left out, and why.")
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV that is safe for spreadsheets.")
@json_option
@workspace_command
def audience(
    desk: wiring.Workspace,
    name: str,
    excluded: bool,
    addresses: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List everybody of a campaign's audience.

    With their state and the reason for it.

    \b
    Example:
      outreach campaigns audience spring --excluded
    """
    members = showing.campaign_audience(desk.db, name, left_out=excluded, addresses=addresses)
    if as_json:
        _print_array(members)
    elif as_csv:
        _print_csv(members)
    else:
        click.echo(f"{'supporter':>9}  {'state':<9}  {'reason':<19}  {'not before':<20}  address")
        for m in members:
            line = f"{m.supporter_id:>9}  {m.state:<9}  {m.reason:<19}  {m.not_before:<20}  "
            print_text(line + m.email)


def _print_array(members: Iterator[Member]) -> None:
    """Print one JSON array, an object a line, without holding it."""
    between = "[\n"
    for member in members:
        click.echo(between + one_line_json(member), nl=False)
        between = ",\n"
    click.echo("[]" if between == "[\n" else "\n]")


def _print_csv(members: Iterator[Member]) -> None:
    columns = ("supporter_id", "email", "state", "reason", "not_before", "changed_at")
    click.echo(",".join(columns))
    for member in members:
        line = io.StringIO()
        cells = [str(getattr(member, column)) for column in columns]
        safe = [f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells]
        csv.writer(line, lineterminator="").writerow(safe)
        click.echo(line.getvalue())
