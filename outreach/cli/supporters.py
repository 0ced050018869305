"""`outreach supporters`: take lists in; add, show and list people."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.face import NUMBER, Elsewhere, Shelf, json_option, workspace_command
from outreach.cli.output import print_json, print_table, progress_bar
from outreach.errors import shown
from outreach.model import Consent, Safety
from outreach.supporters.formats import Role
from outreach.supporters.layout import parse_columns
from outreach.wiring import Workspace, utc_now
from outreach.workflow import supporters as workflow


@click.group("supporters", cls=Shelf)
def supporters() -> None:
    """Keep the list of people who may be written to."""


@supporters.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="", help="Where the list is from, for people to read.")
@click.option(
    "--consent",
    "ground",
    default="",
    metavar="TEXT",
    help="The ground on which those may be written to of whom the list says nothing.",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=HEADER,...",
    help="Which column is which, where the header does not tell: by name, or by number from 1;"
    " also consent=, opt_out=, and attribute= for one that means nothing to us.",
)
@click.option("--dry-run", is_flag=True, help="Only tell: write nothing.")
@json_option
@workspace_command
def import_(
    desk: Workspace,
    file: Path,
    source: str,
    ground: str,
    columns: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take in a CSV file: our own, an export of Action Network, CiviCRM, Mailchimp or
    NationBuilder, or a spreadsheet.

    Rows that can't be used are written to FILE.rejected.csv, with the reason; an earlier such file
    is not touched. The same file a second time changes nothing.

    \b
    Examples:
      outreach supporters import people.csv --source "Action Network, May 2014"
      outreach supporters import liste.csv --columns email=E-Mail,given_name=Rufname \\
          --consent "signed up at the stall in Lomé"
    """
    with progress_bar("Importing") as progress:
        report = workflow.import_supporters(
            desk.db,
            file,
            now=utc_now(),
            source=source,
            consent_ground=ground,
            columns=parse_columns(columns),
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json(report)
    else:
        _tell(report)


def _tell(report: workflow.ImportReport) -> None:
    click.echo(f"Read {report.file} as {report.format} ({report.encoding}).")
    _tell_columns(report)
    if not report.rows:
        click.echo("The file has a header and no rows: there is nothing to import.")
        return
    print_table(
        ["rows", "imported", "merged", "rejected"],
        [[report.rows, report.imported, report.merged, report.rejected]],
    )
    for reason, count in report.rejects.items():
        click.echo(f"Rejected for {reason}: {count}{_MEANINGS.get(reason, '')}")
    if report.rejected_file:
        click.echo(f"The rejected rows are in {report.rejected_file}, each with its reason.")
    for note, count in report.notes.items():
        if note not in _ADVICE:
            click.echo(f"Noticed {note}: {count} (what was written is kept with the person)")
    words = ", ".join(map(shown, report.unclear_words))
    for note, advice in _ADVICE.items():
        if note in report.notes:
            click.echo(_rows(report.notes[note]) + " " + advice.format(words=words))
    if report.dry_run:
        click.echo("This was a dry run: nothing was written.")


#: reason -> what it means, where the word doesn't say it
_MEANINGS = {"erased": " (they asked to be erased; only they themselves can come back)"}
#: note -> what it means and what to do about it
_ADVICE = {
    "no_consent": "with no word on consent: planning leaves these people out, unless they have"
    " agreed elsewhere.\nIf there is a ground on which they may be written to, import the file"
    ' again with --consent "the ground".',
    "consent_not_given": "of people who never confirmed: planning leaves them out unless they"
    " agreed before.\nOnly their own yes can change that; --consent can't.",
    "consent_unclear": "with a word on consent that can't be read ({words}): planning leaves"
    " these people out.\nWrite yes or no instead and import the file again; or say --columns"
    " attribute=HEADER, if that column is not about writing to people.",
    "safety_not_recognised": "with a word on safety that can't be read: these people get discreet"
    " messages only.\nWhat was written is kept with them; import the file again with standard"
    " there for those who need no such care.",
    "no_longer_discreet": "that said standard of people who were discreet: from now on they get the"
    " same messages as everybody.",
    "left_under_another_spelling": "of people who were not on the list, and who said no under"
    " another spelling of their address: nothing is sent to them under this one either.",
}


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _tell_columns(report: workflow.ImportReport) -> None:
    kept = [name for name, taken in report.columns.items() if taken == (Role.ATTRIBUTE.value,)]
    for name, taken in report.columns.items():
        if name not in kept:
            click.echo(f"  {shown(name)} is {' and '.join(taken)}")
    if kept:
        more = f" and {len(kept) - 8} more" if len(kept) > 8 else ""
        click.echo(f"  kept as attributes: {', '.join(map(shown, kept[:8]))}{more}")
    for name in report.doubtful_columns:
        click.echo(
            f"  {shown(name)} may speak of consent: if so, say --columns consent= or opt_out="
        )
    for name in report.maybe_discreet_columns:
        click.echo(
            f"  {shown(name)} may say who gets discreet messages only: if so, say --columns safety="
        )


@supporters.command("show")
@click.argument("who", metavar="EMAIL|ID")
@json_option
@workspace_command
def show(desk: Workspace, who: str, as_json: bool) -> None:
    """Show one person: what the list says, where it is from, and what stands against writing.

    \b
    Example:
      outreach supporters show amina@example.org
    """
    found = workflow.show_supporter(desk.db, who)
    if as_json:
        print_json(found)
        return
    person = found.supporter
    rows = [
        ("id", person.supporter_id),
        ("email", person.email),
        ("given name", person.given_name),
        ("family name", person.family_name),
        ("country", person.country),
        ("language", person.language),
        ("time zone", person.timezone),
        ("joined", person.joined),
        ("tags", ", ".join(person.tags)),
        ("may be written to", person.consent),
        ("on what ground", person.consent_ground),
        ("said at", person.consent_at),
        ("may be tracked", person.tracking),
        ("safety", person.safety),
        ("suppressed", found.suppression or ""),
        *_origin(found),
        *person.attributes.items(),
    ]
    print_table(["", ""], [row for row in rows if row[1] != ""])


def _origin(found: workflow.Shown) -> list[tuple[str, str]]:
    if found.origin is None:
        return []
    return [
        ("came with", found.origin.file),
        ("from", found.origin.source),
        ("imported at", found.origin.imported_at),
    ]


@supporters.command("list")
@click.option("--country", default="", help="A code, or a name in any language.")
@click.option("--language", default="", help="A code, or a name in any language.")
@click.option("--tag", default="")
@click.option("--limit", default=100, show_default=True, type=NUMBER)
@json_option
@workspace_command
def list_(
    desk: Workspace, country: str, language: str, tag: str, limit: int, as_json: bool
) -> None:
    """List people, in the order in which they came.

    \b
    Example:
      outreach supporters list --country Togo --language fr --limit 20
    """
    people = workflow.list_supporters(
        desk.db, country=country, language=language, tag=tag, limit=limit
    )
    if as_json:
        print_json(people)
        return
    print_table(
        ["id", "email", "given name", "family name", "country", "language", "consent"],
        [
            [
                *(person.supporter_id, person.email, person.given_name, person.family_name),
                *(person.country, person.language, person.consent),
            ]
            for person in people
        ],
    )


@supporters.command("add")
@click.argument("email")
@click.option("--given-name", default="")
@click.option("--family-name", default="")
@click.option("--country", default="", help="A code, or a name in any language.")
@click.option("--language", default="", help="A code, or a name in any language.")
@click.option(
    "--consent",
    "ground",
    default="",
    metavar="GROUND",
    help="The ground on which the person may be written to; without one they may not.",
)
@click.option("--tracking", type=click.Choice(["yes", "no"]), help="May opens be recorded?")
@click.option("--discreet", is_flag=True, help="Only messages with a discreet version.")
@json_option
@workspace_command
def add(
    desk: Workspace,
    email: str,
    given_name: str,
    family_name: str,
    country: str,
    language: str,
    ground: str,
    tracking: str | None,
    discreet: bool,
    as_json: bool,
) -> None:
    """Add one person.

    \b
    Example:
      outreach supporters add amina@example.org --given-name Amina --country Togo \\
          --consent "asked by letter, 3 May 2014"
    """
    answers = {"yes": Consent.GRANTED, "no": Consent.DENIED}
    added = workflow.add_supporter(
        desk.db,
        email,
        now=utc_now(),
        given_name=given_name,
        family_name=family_name,
        country=country,
        language=language,
        consent_ground=ground,
        tracking=answers.get(tracking or "", Consent.UNKNOWN),
        safety=Safety.DISCREET if discreet else Safety.STANDARD,
    )
    if as_json:
        print_json(added)
        return
    person = added.supporter
    click.echo(f"Added {person.email} with id {person.supporter_id}.")
    if added.suppression is not None:
        click.echo(f"This address is suppressed ({added.suppression}): nothing is sent to it.")
    elif person.consent is Consent.DENIED:
        click.echo("They said no under another spelling of this address: nothing is sent to it.")
    elif person.consent is Consent.UNKNOWN:
        click.echo("Without a consent (--consent) planning leaves this person out.")


#: name -> the first sentence of its help; their file takes longer to import than all others
_ELSEWHERE = {
    "erase": "Erase a person: all that is kept of them goes, but that they must not be written to.",
    "export": "Give out all that is held on a person as JSON, whether they are on the list or not.",
}
for name, summary in _ELSEWHERE.items():
    supporters.add_command(Elsewhere(name, "supporters_erase", summary))
