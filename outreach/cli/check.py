"""`outreach templates check` and `outreach templates new`: a message looked over, or begun."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import click

from outreach.cli import exits
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.output import print_json, print_text
from outreach.compose.lint import Checked, Finding, Severity
from outreach.wiring import Workspace, utc_now
from outreach.workflow import lint as workflow
from outreach.workflow import newmessage


@click.command("check")
@click.argument("message")
@day_option("Check it as sent on that day")
@json_option
@workspace_command
@click.pass_context
def check(
    ctx: click.Context, desk: Workspace, message: str, day: date | None, as_json: bool
) -> None:
    """Look a message over before anybody gets it: files, links, colours, figures, rules.

    It is composed for a few made-up readers in each language. Exits with 1 when something was found
    that is worse than a note. All that can be found stands in docs/checks.md.

    \b
    Example:
      outreach templates check one-in-two-million
    """
    checked = workflow.check_template(desk.db, desk.settings, message, day=day, now=utc_now())
    if as_json:
        print_json(checked)
    else:
        _show(checked)
    ctx.exit(exits.OK if checked.clean else exits.FOUND)


@click.command("new")
@click.argument("name")
@click.option("--title", default="", help="What the message is about; else made of its name.")
@click.option(
    "--language",
    "languages",
    metavar="CODE",
    multiple=True,
    help="A language besides English; may be given again.",
)
@workspace_command
def new(desk: Workspace, name: str, title: str, languages: tuple[str, ...]) -> None:
    """Begin a new message: a folder in templates/ with a page in each language.

    \b
    Example:
      outreach templates new spring-letter --title "What spring brought" --language fr
    """
    made = newmessage.new_message(desk.settings, name, title=title, wanted=languages)
    click.echo(f"Began {made.name} in {', '.join(made.languages)}: {made.folder}")
    if made.to_translate:
        click.echo(f"Still in English: {', '.join(f'{tag}.html' for tag in made.to_translate)}.")
    click.echo("Next: write your own words in it, then")
    click.echo(f"  outreach templates check {made.name}")
    click.echo(f"  outreach preview {made.name}")


def _show(checked: Checked) -> None:
    for _, found in groupby(checked.findings, key=lambda f: f.severity):
        # by kind, in the order in which the first of each was found
        kinds: dict[str, list[Finding]] = {}
        for finding in found:
            kinds.setdefault(finding.kind, []).append(finding)
        for of_kind in kinds.values():
            _show_kind(of_kind)
    for_whom = (
        f"composed for {checked.readers} made-up readers in {', '.join(checked.languages)}"
        if checked.readers
        else "it could not be composed"
    )
    counted = ", ".join(
        f"{number} {severity}{'' if number == 1 else 's'}"
        for severity in Severity
        if (number := checked.count(severity))
    )
    click.echo(f"{checked.message} on {checked.day}: {counted or 'nothing found'}; {for_whom}.")


def _show_kind(found: list[Finding]) -> None:
    """Show where something was found; what is the same for several places is said once."""
    print_text(f"{found[0].severity} [{found[0].kind}]")
    remedies: dict[str, list[Finding]] = {}
    for one in found:
        remedies.setdefault(one.mend, []).append(one)
    for mend, places in remedies.items():
        for one in places:
            place = one.file + (f", line {one.line}" if one.line else "")
            print_text(f"{place}: {one.what}", "  ")
        print_text(f"How to mend it: {mend}", "    ")
    print_text(f"Why it matters: {found[0].why}", "  ")
    click.echo()
