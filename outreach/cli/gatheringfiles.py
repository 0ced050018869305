"""`outreach gatherings import` and `export`: events in and out of files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from outreach.cli import files
from outreach.cli.face import as_option, json_option, workspace_command
from outreach.cli.output import print_json, progress_bar
from outreach.followups.gatheringview import Filter
from outreach.places import country_code
from outreach.wiring import Workspace, utc_now
from outreach.workflow import gatheringfiles as workflow
from outreach.workflow.gatheringfiles import ImportedGatherings

#: reason -> what to do about it
_ADVICE: Final = {
    "no_campaign": "name the campaign for which the letters count, in a column or in [gatherings]",
    "public_where_dangerous": "leave public empty there: nothing in that country is shown",
    "no_zone": "the country has several time zones: add a column zone, such as America/Toronto",
}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--checked", is_flag=True, help="You have checked the results: they count at once.")
@click.option("--dry-run", is_flag=True, help="Only tell: write nothing.")
@as_option
@json_option
@workspace_command
def import_(
    desk: Workspace, file: Path, checked: bool, dry_run: bool, by: str, as_json: bool
) -> None:
    """Read a CSV file of events, such as `export` writes: country and kind, and what else is known.

    Rows that can't be used go to FILE.rejected.csv, each with its reason; an earlier such file is
    not touched. The same file twice changes nothing.

    \b
    Example:
      outreach gatherings import events.csv --dry-run
    """
    with progress_bar("Reading gatherings") as progress:
        done = workflow.import_gatherings(
            desk.db,
            desk.settings,
            file,
            by=by,
            now=utc_now(),
            checked=checked,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json(done)
    else:
        _tell(done)


def _tell(done: ImportedGatherings) -> None:
    click.echo(
        f"{done.rows} rows: {done.imported} imported, {done.repeated} here already,"
        f" {done.rejected} rejected." + (" Nothing was changed." if done.dry_run else "")
    )
    for reason, number in done.rejects.items():
        advice = f"; {_ADVICE[reason]}" if reason in _ADVICE else ""
        click.echo(f"  {reason}: {number}{advice}")
    if done.checked:
        click.echo(f"Results that count: {done.checked}")
    if done.to_check:
        click.echo(f"Results to be checked: {done.to_check} (`outreach gatherings list --waiting`)")
    if done.rejected_file:
        click.echo(f"Rejected rows, each with its reason: {done.rejected_file}")
    if done.ignored_columns:
        click.echo(f"Columns that were not used: {', '.join(map(repr, done.ignored_columns))}")


@click.command("export")
@click.option("--ical", is_flag=True, help="A calendar (RFC 5545) in place of CSV.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; else it is printed.")
@click.option("--country", default="", help="Only there: a code or a name.")
@click.option("--campaign", default="", metavar="KEY", help="Only for this campaign.")
@click.option("--public", is_flag=True, help="Only those that may be spoken of in public.")
@click.option("--all", "include_cancelled", is_flag=True, help="Cancelled ones, too.")
@workspace_command
def export(
    desk: Workspace,
    ical: bool,
    out: Path | None,
    country: str,
    campaign: str,
    public: bool,
    include_cancelled: bool,
) -> None:
    """Write events as CSV, which `import` reads, or as a calendar.

    Where hosting is dangerous there is no name, and no place but the country.

    \b
    Examples:
      outreach gatherings export --out events.csv
      outreach gatherings export --ical --country Togo --out togo.ics
    """
    code = country_code(country)
    if country and not code:
        raise click.BadParameter(f"no country has this code or name: {country!r}.")
    asked = Filter(
        country=code, campaign=campaign, public=public, include_cancelled=include_cancelled
    )
    if ical:
        made = workflow.export_calendar(desk.db, desk.settings, asked, utc_now())
    else:
        made = workflow.export_csv(desk.db, desk.settings, asked).encode()
    if out is None:
        click.echo(made, nl=False)
        return
    files.write(out, made)
    click.echo(f"Wrote {out}.")
