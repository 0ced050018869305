"""`outreach gatherings result`, `check` and `dismiss`: what came of an event, if it counts."""

from __future__ import annotations

from typing import Any, Final

import click

from outreach.cli.face import NUMBER, as_option, json_option, workspace_command
from outreach.cli.output import print_json
from outreach.followups.gatheringrows import KIND_COLUMNS
from outreach.followups.gatheringstates import ResultState
from outreach.wiring import Workspace, utc_now
from outreach.workflow import gatheringresults as workflow

_COLUMNS: Final = (*KIND_COLUMNS, "events", "attended")


@click.command("result")
@click.argument("gathering_id", metavar="ID", type=NUMBER)
@click.option("--letters", metavar="NUMBER", help="Letters and cards.")
@click.option("--emails", metavar="NUMBER", help="Emails.")
@click.option("--sms", metavar="NUMBER", help="Text messages.")
@click.option("--faxes", metavar="NUMBER", help="Faxes.")
@click.option("--tweets", metavar="NUMBER", help="Tweets.")
@click.option("--signatures", metavar="NUMBER", help="Signatures of petitions.")
@click.option(
    "--case",
    "by_case",
    multiple=True,
    metavar="CASE KIND NUMBER",
    help='What was for one case: "yorm-bopha letter 300"; not in the numbers above.',
)
@click.option("--attended", metavar="NUMBER", help="People who came.")
@click.option("--events", metavar="NUMBER", help="Events, where this stands for several.")
@click.option("--estimated", is_flag=True, help="Nobody counted.")
@click.option("--said", default="", metavar="TEXT", help="In the organiser's words.")
@click.option("--reported-by", default="", metavar="WHO", help="Who says so; else you.")
@click.option("--checked", is_flag=True, help="You have checked it: it counts at once.")
@as_option
@json_option
@workspace_command
def result(
    desk: Workspace,
    /,
    gathering_id: int,
    by_case: tuple[str, ...],
    estimated: bool,
    said: str,
    reported_by: str,
    checked: bool,
    by: str,
    as_json: bool,
    **numbers: Any,
) -> None:
    """Write down what came of an event: all of it, also where it corrects what was said before.

    It counts once somebody has checked it, in place of what counted before.

    \b
    Example:
      outreach gatherings result 7 --letters 1800 --signatures 250 --attended 60 --checked
    """
    form = {name: numbers[name] for name in _COLUMNS if numbers[name] is not None}
    form |= {"by_case": ";".join(by_case), "said": said, "estimated": "yes" if estimated else ""}
    done = workflow.report_result(
        desk.db,
        desk.settings,
        gathering_id,
        form,
        reported_by=reported_by,
        by=by,
        now=utc_now(),
        checked=checked,
    )
    if as_json:
        print_json(done)
    elif done.state is ResultState.CHECKED:
        click.echo(f"Result {done.result_id} counts: {done.collected:,} in all.")
    else:
        click.echo(
            f"Result {done.result_id} waits to be checked:"
            f" `outreach gatherings check {done.result_id}`."
        )


@click.command("check")
@click.argument("result_ids", metavar="RESULT...", type=NUMBER, nargs=-1, required=True)
@as_option
@json_option
@workspace_command
def check(desk: Workspace, result_ids: tuple[int, ...], by: str, as_json: bool) -> None:
    """Let reported results count, once you have checked them.

    \b
    Example:
      outreach gatherings check 12 13
    """
    done = [
        workflow.check_result(desk.db, desk.settings, number, by=by, now=utc_now())
        for number in result_ids
    ]
    if as_json:
        print_json(done)
        return
    for each in done:
        click.echo(f"Result {each.result_id} counts: {each.collected:,} in all.")


@click.command("dismiss")
@click.argument("result_id", metavar="RESULT", type=NUMBER)
@as_option
@json_option
@workspace_command
def dismiss(desk: Workspace, result_id: int, by: str, as_json: bool) -> None:
    """Say that a result says nothing that counts.

    Where it counted until now, what it stood for waits to be checked again.

    \b
    Example:
      outreach gatherings dismiss 12
    """
    done = workflow.dismiss_result(desk.db, result_id, by=by, now=utc_now())
    if as_json:
        print_json(done)
    else:
        click.echo(f"Result {result_id} counts for nothing.")
