"""`outreach letters`: letters to one person that belong to no campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from outreach import wiring
from outreach.cli import exits, files
from outreach.cli.dispatch import stopped_by_signals
from outreach.cli.face import NUMBER, by_option, json_option, workspace_command
from outreach.cli.output import counted, mailbox, print_json, print_table, print_text, words
from outreach.dispatch.correspondence import StoredLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.model import DeliveryState
from outreach.workflow import letters as workflow
from outreach.workflow.campaigns import SETTLEMENTS

#: a state that only people of a campaign's segment have
_NEVER: Final = (DeliveryState.EXCLUDED,)


@click.group("letters")
def letters() -> None:
    """Look at letters to one person: thanks and answers."""


@letters.command("list")
@click.option("--to", "email", default="", metavar="EMAIL", help="Only those to this address.")
@click.option("--followup", type=NUMBER, metavar="ID", help="Only those of this follow-up.")
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in DeliveryState if state not in _NEVER]),
    multiple=True,
    help="Only those that stand so; may be given again.",
)
@click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in LetterPurpose]),
    help="Only those for this.",
)
@click.option("--returned", is_flag=True, help="Only those that came back, or were called spam.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@json_option
@workspace_command
def list_(
    desk: wiring.Workspace,
    email: str,
    followup: int | None,
    states: tuple[str, ...],
    purpose: str | None,
    returned: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List letters, the newest first.

    \b
    Example:
      outreach letters list --state in_doubt
    """
    found = workflow.list_letters(
        desk.db,
        followup_id=followup,
        email=email,
        states=[DeliveryState(state) for state in states],
        purpose=LetterPurpose(purpose) if purpose else None,
        returned=returned,
        limit=limit,
    )
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "written", "what", "to", "state", "subject"],
        [
            [
                letter.letter_id,
                letter.created_at,
                words(letter.purpose),
                letter.email,
                _standing(letter),
                letter.subject[:50],
            ]
            for letter in found
        ],
    )


@letters.command("show")
@click.argument("letter_id", metavar="ID", type=NUMBER)
@click.option(
    "--message",
    "out",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the letter as a mail, as it left; - writes it to the terminal.",
)
@json_option
@workspace_command
def show(desk: wiring.Workspace, letter_id: int, out: Path | None, as_json: bool) -> None:
    """Show one letter, and what became of it.

    \b
    Example:
      outreach letters show 7
    """
    if out is not None:
        _write(workflow.letter_again(desk.db, letter_id).mime, out)
        return
    shown = workflow.show_letter(desk.db, letter_id)
    if as_json:
        print_json(shown)
        return
    letter = shown.letter
    facts = {
        "Letter": f"{letter.letter_id}, {words(letter.purpose)}, written {letter.created_at}"
        f" by {letter.created_by}",
        "To": mailbox(letter.name, letter.email),
        "Subject": letter.subject,
        "State": f"{_standing(letter)}, since {letter.changed_at}",
        "Not before": letter.not_before,
        "Through": " ".join(filter(None, [letter.provider, letter.provider_id])),
        "Said of it": letter.detail,
        "Follow-up": str(letter.followup_id or ""),
        "Answers": f"mail {letter.inbound_id}" if letter.inbound_id else "",
        "Attached": ", ".join(shown.attachments),
    }
    for label, value in facts.items():
        if value:
            print_text(value.replace("\n", " "), f"{label + ':':<12}")
    click.echo()
    print_text(letter.text, "  ")


@letters.command("send")
@json_option
@workspace_command
def send(desk: wiring.Workspace, as_json: bool) -> None:
    """Send the letters that are due; `outreach cron` does it by itself.

    Nobody gets a letter twice, whatever happens. Exit code 1: somebody should look at one.

    \b
    Example:
      outreach letters send
    """
    with stopped_by_signals() as should_stop:
        sent = workflow.send_due_letters(
            desk.db,
            desk.settings,
            lambda: wiring.open_transport(desk.settings, desk.db),
            pace=wiring.limits(desk.settings).pacing,
            clock=wiring.utc_now,
            should_stop=should_stop,
        )
    if as_json:
        print_json(sent)
    elif not sent.anything and not sent.braked:
        click.echo("No letter is due.")
    else:
        said = [counted(sent.accepted, "letter") + " accepted"]
        said += [f"{number} refused ({words(why)})" for why, number in sent.refused.items()]
        said += [f"{number} withheld ({words(why)})" for why, number in sent.withdrawn.items()]
        doubts = sent.in_doubt + sent.abandoned
        said += [f"{doubts} in doubt"] if doubts else []
        said += [f"{sent.put_off} put off"] if sent.put_off else []
        said += [f"{sent.braked} held back for an hour"] if sent.braked else []
        click.echo(f"{', '.join(said)}.")
        for why, detail in sent.details.items():
            print_text(f"{words(why)}: {detail}", "  ")
        if doubts:
            click.echo("Next: see `outreach letters list --state in_doubt`, then `settle` each.")
    if sent.to_look_at:
        raise click.exceptions.Exit(exits.FOUND)


@letters.command("settle")
@click.argument("letter_id", metavar="ID", type=NUMBER)
@click.option(
    "--as",
    "settlement",
    type=click.Choice(list(SETTLEMENTS)),
    required=True,
    help="What became of it; resend: it did not leave, so send it again.",
)
@by_option
@workspace_command
def settle(desk: wiring.Workspace, letter_id: int, settlement: str, by: str) -> None:
    """Settle a letter in doubt, by your word; your name is kept with it.

    \b
    Example:
      outreach letters settle 7 --as accepted --by Maria
    """
    letter = workflow.settle_letter(desk.db, letter_id, settlement, by=by, now=wiring.utc_now())
    click.echo(f"Letter {letter_id} is {words(letter.state)}.")


@letters.command("cancel")
@click.argument("letter_id", metavar="ID", type=NUMBER)
@by_option
@workspace_command
def cancel(desk: wiring.Workspace, letter_id: int, by: str) -> None:
    """Keep a letter from leaving that has not left yet.

    \b
    Example:
      outreach letters cancel 7 --by Maria
    """
    workflow.cancel_letter(desk.db, letter_id, by=by, now=wiring.utc_now())
    click.echo(f"Letter {letter_id} is cancelled.")


def _standing(letter: StoredLetter) -> str:
    """Say where a letter stands."""
    reason = f" ({words(letter.reason)})" if letter.reason else ""
    came_back = f", came back ({words(letter.returned)})" if letter.returned else ""
    return f"{words(letter.state)}{reason}{came_back}"


def _write(mime: bytes, out: Path) -> None:
    if str(out) == "-":
        click.echo(mime, nl=False)
        return
    files.write(out, mime)
    click.echo(f"Written to {out}.", err=True)
