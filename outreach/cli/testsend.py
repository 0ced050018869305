"""`outreach test-send`: one person's message to somebody in the house."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.output import print_json, print_text
from outreach.cli.standing import in_words
from outreach.model import Verdict
from outreach.settings import Settings
from outreach.workflow import testsend as workflow
from outreach.workflow.testsend import Handed, TestSent

_WORDS = {
    Verdict.REFUSED: "Refused for",
    Verdict.TRY_LATER: "Not sent, may be tried again, to",
    Verdict.IN_DOUBT: "In doubt whether it left for",
}


@click.command("test-send")
@click.argument("message")
@click.argument("more", nargs=-1, metavar="[ADDRESS]...")
@click.option("--as", "email", metavar="EMAIL|ID", required=True, help="Whose message it is.")
@click.option(
    "--to",
    metavar="ADDRESS",
    required=True,
    multiple=True,
    help="Where the test goes; may be given again, or followed by more addresses.",
)
@click.option("--language", metavar="CODE", default="", help="As if they had asked for it.")
@day_option("State what was true on that day")
@json_option
@workspace_command
@click.pass_context
def test_send(
    ctx: click.Context,
    desk: wiring.Workspace,
    message: str,
    more: tuple[str, ...],
    email: str,
    to: tuple[str, ...],
    language: str,
    day: date | None,
    as_json: bool,
) -> None:
    """Send what one person would get to somebody else.

    It is exactly that, marked [TEST]. Its links do nothing, no campaign counts it, and the person
    gets nothing unless named in --to.

    \b
    Example:
      outreach test-send one-in-two-million --as ada@example.org --to me@outreach.example.org
    """
    with closing(wiring.open_transport(desk.settings, desk.db)) as transport:
        sent = workflow.send_test(
            desk.db,
            desk.settings,
            message,
            transport,
            email=email,
            to=(*to, *more),
            language=language,
            day=day,
            now=wiring.utc_now(),
        )
    if as_json:
        print_json(sent)
    else:
        show_test(sent, desk.settings)
    ctx.exit(exits.OK if sent.all_taken else exits.FOUND)


def show_test(sent: TestSent, settings: Settings) -> None:
    """Say what became of a test."""
    print_text(f"Subject: {sent.subject}")
    discreet = "; the discreet version" if sent.discreet else ""
    click.echo(f"As {sent.supporter} would get it: in {sent.language}, because", nl=False)
    click.echo(f" {sent.language_reason}{discreet}.")
    click.echo(f"{sent.supporter}: {in_words(sent.standing)}")
    for test in sent.tests:
        print_text(_line(test, sent.transport, settings))
    click.echo("Its links do nothing, and no campaign counts it.")


def _line(test: Handed, transport: str, settings: Settings) -> str:
    if test.verdict is not Verdict.ACCEPTED:
        return f"{_WORDS[test.verdict]} {test.address}: {test.detail}"
    if transport == "outbox":
        file = settings.outbox_dir / "new" / test.provider_id
        return f"For {test.address}, written to the outbox and not sent: {file}"
    return f"Handed over for {test.address} by {transport}; whether it arrives, its mailbox shows."
