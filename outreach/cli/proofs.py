"""`outreach campaigns proof` and `verify`: a ledger as a file that proves itself."""

from __future__ import annotations

from pathlib import Path

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.face import folder_options, json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import counted, print_json, print_table, print_text, progress_bar
from outreach.errors import WorkspaceError
from outreach.workflow import ledgerproof as workflow
from outreach.workflow.ledgerproof import PersonLine, Verified


@click.command("proof")
@click.argument("name", shell_complete=CAMPAIGN)
@click.option(
    "--out", "file", required=True, type=click.Path(path_type=Path), help="A file that isn't there."
)
@json_option
@workspace_command
def proof(desk: wiring.Workspace, name: str, file: Path, as_json: bool) -> None:
    """Write a campaign's ledger into a file that proves itself.

    The file shows whether it was changed. It holds no address: a keyed hash stands for each person.
    Note the last hash down, or give it to somebody: whoever knows it can tell this proof from any
    that is made later.

    \b
    Example:
      outreach campaigns proof spring --out spring.proof.jsonl
    """
    with progress_bar("Writing the proof") as progress:
        done = workflow.write_proof(desk.db, name, file, now=wiring.utc_now(), progress=progress)
    if as_json:
        print_json(done)
        return
    click.echo(f"Wrote {counted(done.rows, 'delivery').replace('deliverys', 'deliveries')}.")
    click.echo(f"Last hash: {done.chain}")


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--person", metavar="EMAIL", default="", help="Tell what it says of this person.")
@json_option
@folder_options
@click.pass_context
def verify(
    ctx: click.Context, workspace: Path | None, file: Path, person: str, as_json: bool
) -> None:
    """Verify a proof: whether it is whole, and the ledger agrees.

    The ledger is asked where the workspace has this campaign. What went on since by legal moves is
    told apart from what contradicts. Exits with 1 where the file was changed or is contradicted.

    \b
    Example:
      outreach campaigns verify spring.proof.jsonl
    """
    with progress_bar("Verifying") as progress:
        try:
            with wiring.opened(workspace) as desk:
                found = workflow.verify_proof(desk.db, file, person=person, progress=progress)
        except WorkspaceError:
            if workspace is not None:
                raise
            # whoever checks a proof from elsewhere needs none
            found = workflow.verify_proof(None, file, person=person, progress=progress)
    if as_json:
        print_json(found)
    else:
        _show(found)
    ctx.exit(exits.OK if found.good else exits.FOUND)


def _show(found: Verified) -> None:
    proof = found.proof
    print_text(f"{proof.campaign}, planned {proof.planned_at} for {proof.audience} people.")
    if found.fault is not None:
        click.echo(f"Line {found.fault.line}: {found.fault.problem}.")
    else:
        click.echo("The file is whole: every line follows from the one above.")
    if found.line_ends_changed:
        click.echo("Its line ends were changed to CRLF, as mail does. What it says is the same.")
    print_table(["", "people"], [(s.replace("_", " "), n) for s, n in found.counts.items()])
    click.echo(f"Last hash: {found.chain}")
    if found.not_compared:
        click.echo(f"Not compared with the ledger: {found.not_compared}.")
    elif found.contradictions:
        click.echo(f"The ledger contradicts it in {counted(found.contradictions, 'row')}:")
        for difference in found.shown:
            line = f"line {difference.line}, " if difference.line else ""
            print_text(f"{line}delivery {difference.delivery_id}: {difference.what}", "  ")
    else:
        click.echo("The ledger says the same.")
    for move, number in found.moved_on.items():
        print_text(f"Went on since, {move.replace('_', ' ')}: {number}.")
    if found.person is not None:
        _show_person(found.person)


def _show_person(lines: tuple[PersonLine, ...]) -> None:
    if not lines:
        click.echo("Of this person it says nothing.")
    for line in lines:
        row = line.row
        reason = f" ({row.reason.replace('_', ' ')})" if row.reason else ""
        provider = f" by {row.provider} {row.provider_id}".rstrip() if row.provider else ""
        composed = f", composed {row.composed_at}" if row.composed_at else ""
        print_text(
            f"This person, line {line.line}: delivery {row.delivery_id} was"
            f" {row.state.replace('_', ' ')}{reason}{provider} at {row.changed_at}{composed}."
        )
