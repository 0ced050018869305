"""`outreach followups`: the queue of people who wrote back."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from outreach.cli import files
from outreach.cli.face import (
    NUMBER,
    Elsewhere,
    Shelf,
    as_option,
    json_option,
    workspace_command,
)
from outreach.cli.followups_acts import ACTS
from outreach.cli.followups_pairs import PAIRS
from outreach.cli.followups_shown import as_object, print_case, since, until
from outreach.cli.output import counted, print_json, print_table, words
from outreach.followups.namedviews import VIEWS, View
from outreach.followups.view import Asked, FollowupLine
from outreach.model import Stage
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups as workflow
from outreach.workflow.followups_export import HEADER, as_csv, export_rows

#: letters of a name in a list
_WIDEST: Final = 20
#: what the empty cells say already
_SEEN: Final = ("no name", "no country")


#: what takes the making of messages: the file that it stands in, and the first sentence of its help
_HEAVY: Final = {
    "next": (
        "followups_next",
        "Work the queue: shows who needs an answer, overdue first, and takes one key for each act.",
    ),
    "reply": (
        "followups_reply",
        "Answer somebody: a message folder in their language, in the thread of their last mail.",
    ),
}


@click.group("followups", cls=Shelf)
def followups() -> None:
    """Look after the people who wrote back."""


for command in (*ACTS, *PAIRS):
    followups.add_command(command)
for name, (file, summary) in _HEAVY.items():
    followups.add_command(Elsewhere(name, file, summary))


def _asked(**values: object) -> Asked:
    view, stage = values.pop("view"), values.pop("stage")
    return Asked(
        view=View(str(view).replace("-", "_")) if view else None,
        stage=Stage(str(stage)) if stage else "",
        **values,  # type: ignore[arg-type]
    )


def _filters(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command the options by which follow-ups are chosen."""
    names = [view.replace("_", "-") for view in View]
    options = [
        click.option("--view", type=click.Choice(names), help="One of the ten views."),
        click.option("--campaign", default="", metavar="NAME", help="Only answers to it."),
        click.option("--stage", type=click.Choice([s.value for s in Stage]), help="Only these."),
        click.option("--assignee", default="", metavar="WHO", help="Only those this person has."),
        click.option("--country", default="", metavar="CODE", help="Only of this country."),
        click.option("--language", default="", metavar="CODE", help="Only in this language."),
        click.option("--tag", default="", metavar="WORD", help="Only those with this tag."),
        click.option("--search", default="", metavar="TEXT", help="Part of a name or address."),
        click.option("--all", "include_done", is_flag=True, help="Those that are done, too."),
        click.option("--limit", type=NUMBER, default=None, metavar="N", help="At most so many."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@followups.command("list")
@_filters
@as_option
@json_option
@workspace_command
def list_(desk: Workspace, /, by: str, as_json: bool, limit: int | None, **chosen: object) -> None:
    """List the open follow-ups: those overdue first, then by when their answer is due.

    The views are needs-answer, overdue, mine, unassigned, missing (a name or a country), unsure
    (little certainty), unmatched (answer no campaign), opt-outs (to be confirmed), waiting (on
    them) and snoozed.

    \b
    Example:
      outreach followups list --view overdue --country CD
    """
    asked = _asked(me=by, limit=limit or 0, **chosen)
    now = utc_now()
    found = workflow.list_followups(desk.db, desk.settings, asked, now=now)
    if as_json:
        print_json(found)
    elif found:
        _print_list(found, now)
    elif asked == Asked(me=by, include_done=True):
        click.echo("There are no follow-ups.")
    else:
        click.echo("Nobody is waiting." if asked == Asked(me=by) else "There is none like that.")


def _print_list(found: Sequence[FollowupLine], now: datetime) -> None:
    """Print what helps to choose whom to answer, in lines that a terminal has room for."""
    columns: list[tuple[str, list[object]]] = [
        ("id", [row.followup_id for row in found]),
        ("waiting", [since(row.waiting_since, now) or "-" for row in found]),
        ("due", [_due(row, now) for row in found]),
        ("stage", [words(row.stage) for row in found]),
        ("name", [_cut(row.name) for row in found]),
        ("email", [row.email for row in found]),
        ("country", [row.country for row in found]),
    ]
    if len({row.campaign for row in found}) > 1:
        columns.append(("campaign", [_cut(row.campaign) for row in found]))
    if any(row.assignee for row in found):
        columns.append(("assignee", [_cut(row.assignee) for row in found]))
    if any(row.tags for row in found):
        columns.append(("tags", [" ".join(row.tags) for row in found]))
    notes = [[flag for flag in row.flags if flag not in _SEEN] for row in found]
    columns.append(("note", [", ".join(flags) for flags in notes]))
    print_table([name for name, _ in columns], zip(*(cells for _, cells in columns), strict=True))


def _due(row: FollowupLine, now: datetime) -> str:
    if row.merged_into is not None:
        return f"in {row.merged_into}"
    if row.snoozed_until > f"{now:%Y-%m-%d}":
        return row.snoozed_until
    return until(row.due_at, now)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


@followups.command("show")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@as_option
@json_option
@workspace_command
def show(desk: Workspace, followup_id: int, by: str, as_json: bool) -> None:
    """Show one follow-up: the person, their mails and what was done.

    \b
    Example:
      outreach followups show 3
    """
    now = utc_now()
    case = workflow.show_followup(desk.db, desk.settings, followup_id, me=by, now=now)
    if as_json:
        print_json(as_object(case))
    else:
        print_case(case, now, history=True)


@followups.command("stats")
@as_option
@json_option
@workspace_command
def stats(desk: Workspace, by: str, as_json: bool) -> None:
    """Count the queue: by view, stage and person, and how soon people are answered.

    \b
    Example:
      outreach followups stats
    """
    found = workflow.queue_stats(desk.db, desk.settings, me=by, now=utc_now())
    if as_json:
        print_json(found)
        return
    print_table(
        ["view", "follow-ups", "that"],
        [[view.replace("_", "-"), count, VIEWS[view][0]] for view, count in found.views.items()],
    )
    if found.stages:
        click.echo()
        print_table(
            ["stage", "follow-ups"],
            [[words(stage), found.stages[stage]] for stage in Stage if stage in found.stages],
        )
    if found.loads:
        click.echo()
        print_table(
            ["who", "open", "needs answer", "overdue"],
            [
                [load.assignee or "nobody", load.open, load.needs_answer, load.overdue]
                for load in found.loads
            ],
        )
    told = []
    if found.median_hours is not None:
        told.append(f"Half of them had their first answer within {found.median_hours:.1f} h.")
    if found.longest_wait_hours is not None:
        told.append(f"Somebody has been waiting for {found.longest_wait_hours:.1f} h.")
    if told:
        click.echo("\n" + " ".join(told))


@followups.command("export")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file, which must be a new one; else it is printed.",
)
@_filters
@as_option
@workspace_command
def export(
    desk: Workspace, /, out: Path | None, by: str, limit: int | None, **chosen: object
) -> None:
    """Write follow-ups as CSV, in UTF-8. No spreadsheet takes anything in it for a formula.

    \b
    Example:
      outreach followups export --view overdue --out overdue.csv
    """
    asked = _asked(me=by, limit=limit or 0, **chosen)
    rows = export_rows(desk.db, desk.settings, asked, now=utc_now())
    if out is None:
        writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([HEADER, *rows])
        return
    files.write(out, as_csv(rows).encode(), new=True)
    click.echo(f"Wrote {counted(len(rows), 'follow-up')} to {out}.")
