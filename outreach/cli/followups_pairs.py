"""`outreach followups duplicates`, `merge` and `split`: one follow-up of two, or two of one."""

from __future__ import annotations

from typing import Final

import click

from outreach.cli.face import NUMBER, as_option, json_option, workspace_command
from outreach.cli.output import counted, print_json, print_table
from outreach.followups.gatheringview import Filter
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups_pairs as workflow
from outreach.workflow.gatherings import list_gatherings


@click.command("duplicates")
@click.option(
    "--not",
    "apart",
    type=NUMBER,
    nargs=2,
    metavar="ID ID",
    help="These are two people: propose them no more.",
)
@as_option
@json_option
@workspace_command
def duplicates(desk: Workspace, apart: tuple[int, int] | None, by: str, as_json: bool) -> None:
    """List pairs that may be one person's: same address, or same name and country.

    \b
    Example:
      outreach followups duplicates
    """
    if apart:
        workflow.keep_apart(desk.db, desk.settings, *apart, by=by, now=utc_now())
        click.echo(f"{apart[0]} and {apart[1]} are two people's.")
        return
    found = workflow.propose_duplicates(desk.db)
    if as_json:
        print_json(found)
    elif found:
        print_table(
            ["keep", "other", "why", "both"], [[p.keep, p.other, p.why, p.shared] for p in found]
        )
        click.echo("\nNext: `outreach followups merge KEEP OTHER`.")
    else:
        click.echo("No two look like one person's.")


@click.command("merge")
@click.argument("keep", type=NUMBER)
@click.argument("other", type=NUMBER)
@as_option
@workspace_command
def merge(desk: Workspace, keep: int, other: int, by: str) -> None:
    """Put all of OTHER into KEEP, as they are one person's.

    What KEEP says stays; what it lacks is taken from OTHER, which is closed and points to KEEP. The
    person's further mails to either come to KEEP.

    \b
    Example:
      outreach followups merge 3 7
    """
    moved = workflow.merge_followups(desk.db, desk.settings, keep, other, by=by, now=utc_now())
    click.echo(f"Follow-up {keep} has all of {other}: {counted(len(moved), 'mail')} moved.")


@click.command("split")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@click.argument("mails", metavar="MAIL...", type=NUMBER, nargs=-1, required=True)
@as_option
@workspace_command
def split(desk: Workspace, followup_id: int, mails: tuple[int, ...], by: str) -> None:
    """Take mails out of a follow-up into a new one, as they are somebody else's.

    Their gatherings go along where it is plain whose they are.

    \b
    Example:
      outreach followups split 3 12
    """
    new = workflow.split_followup(desk.db, desk.settings, followup_id, mails, by=by, now=utc_now())
    click.echo(f"Follow-up {new} has {counted(len(mails), 'mail')} of {followup_id}.")
    for each in list_gatherings(desk.db, desk.settings, Filter(followup_id=new)):
        click.echo(f"Gathering {each.gathering_id} went along.")
    for each in list_gatherings(desk.db, desk.settings, Filter(followup_id=followup_id)):
        click.echo(
            f"Gathering {each.gathering_id} stays with {followup_id}. If it is theirs:"
            f" `outreach gatherings change {each.gathering_id} --followup {new}`."
        )


PAIRS: Final = (duplicates, merge, split)
