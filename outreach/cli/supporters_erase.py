"""`outreach supporters erase` and `export`: what a person may ask of whoever keeps their data."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli import files
from outreach.cli.face import json_option, workspace_command
from outreach.cli.output import print_json, print_table
from outreach.wiring import Workspace, utc_now
from outreach.workflow import erasing as workflow
from outreach.workflow.givingout import export_person


@click.command("erase")
@click.argument("who", metavar="EMAIL|ID")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would go and what stays.")
@click.option(
    "--rebuild",
    is_flag=True,
    help="Write the database's file anew in any case, and not only where a trace is found.",
)
@json_option
@workspace_command
def erase(
    desk: Workspace, who: str, yes: bool, dry_run: bool, rebuild: bool, as_json: bool
) -> None:
    """Erase a person: all that is kept of them goes, but that they must not be written to.

    Shows what goes and what stays, and asks. It is for those who are not on the list, too: whoever
    wrote to us is erased by address. With --json it asks nothing, and wants --yes or --dry-run.

    \b
    Examples:
      outreach supporters erase amina@example.org --dry-run
      outreach supporters erase 4711
    """
    if as_json and not (yes or dry_run):
        raise click.UsageError("With --json, say --yes or --dry-run.")
    if as_json and dry_run:
        print_json(workflow.look(desk.db, desk.settings, who))
        return
    if not yes or dry_run:
        found = workflow.look(desk.db, desk.settings, who)
        _show(found)
        if dry_run:
            click.echo("This was a dry run: nothing was erased.")
            return
        if not found.hindrance:
            click.confirm("Erase them for good", abort=True)
    done = workflow.erase(desk.db, desk.settings, who, now=utc_now(), rebuild=rebuild)
    if as_json:
        print_json(done)
    else:
        _tell(done)


def _show(found: workflow.Preview) -> None:
    person = found.person
    click.echo(f"Addresses: {', '.join(person.spellings)}")
    if person.supporter_ids:
        click.echo(f"On the list as: {', '.join(map(str, person.supporter_ids))}")
    print_table(
        ["what", "rows", "becomes", "why"],
        [[part.table, part.rows, part.becomes, part.why] for part in found.going],
    )
    if found.files:
        click.echo(f"Files of the outbox that go: {found.files}")
    if person.others:
        click.echo(
            f"What is theirs names other addresses too: {', '.join(person.others)}."
            " If one of them is theirs, erase it as well."
        )
    _tell_of_others(found)
    if found.before:
        click.echo("They were erased before; what is left or came since goes.")


def _tell(done: workflow.Erased) -> None:
    rows = sum(part.rows for part in done.going)
    click.echo(f"Erased: rows {rows}, files {done.files}, planned letters {done.withdrawn}.")
    _tell_of_others(done)
    if done.swept.rebuilt:
        click.echo("The database's file was written anew.")
    if done.elsewhere:
        named = ", ".join(f"{table} ({rows})" for table, rows in done.elsewhere.items())
        click.echo(f"An address of theirs stands in what others wrote, and stays: {named}")
    if not done.is_clean:
        click.echo(workflow.NOT_CLEAN)
    elif not done.elsewhere:
        click.echo("The database's files were searched: no address of theirs stands in them.")
    click.echo("Backups, exported files and rejected rows of lists are yours to erase.")


def _tell_of_others(found: workflow.Preview | workflow.Erased) -> None:
    for what, numbers in (
        ("Mails of others name their address, or are linked to them,", found.mails_of_others),
        ("Follow-ups of others too name them or hold mails of theirs,", found.followups_of_others),
        ("Gatherings that may be somebody else's name them,", found.gatherings_of_others),
    ):
        if numbers:
            named = ", ".join(map(str, numbers[:20]))
            more = f" and {len(numbers) - 20} more" if len(numbers) > 20 else ""
            click.echo(f"{what} and stay: {named}{more}")


@click.command("export")
@click.argument("who", metavar="EMAIL|ID")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; else it is shown.")
@workspace_command
def export(desk: Workspace, who: str, out: Path | None) -> None:
    """Give out all that is held on a person as JSON, whether they are on the list or not.

    \b
    Example:
      outreach supporters export amina@example.org --out amina.json
    """
    text = export_person(desk.db, who)
    if out is None:
        click.echo(text, nl=False)
        return
    files.write(out, text.encode(), new=True)
    click.echo(f"Wrote {out}.")
