"""`outreach preview`: one person's message, in the terminal or in a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from outreach.cli.face import workspace_command
from outreach.cli.names import MESSAGE
from outreach.errors import InputError
from outreach.model import Mailbox, Message
from outreach.wiring import Workspace, utc_now
from outreach.workflow import preview as workflow


@click.command("preview")
@click.argument("message", shell_complete=MESSAGE)
@click.option("--as", "email", metavar="EMAIL", default="", help="Whose; else a made-up reader's.")
@click.option("--language", metavar="CODE", default="", help="As if they had asked for it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "eml"]),
    default="text",
    show_default=True,
    help="eml is the whole mail, as it would leave.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="State what was true on that day; else today.",
)
@workspace_command
def preview(
    desk: Workspace,
    /,
    message: str,
    email: str,
    language: str,
    form: str,
    out: Path | None,
    day: datetime | None,
) -> None:
    """Show a message as one person would get it. Its links do nothing.

    \b
    Example:
      outreach preview one-in-two-million --language fr
    """
    shown = workflow.explained_preview(
        desk.db,
        desk.settings,
        message,
        email=email,
        language=language,
        day=day.date() if day else None,
        now=utc_now(),
    )
    click.echo(f"In {shown.message.language}, because {shown.language_reason}.", err=True)
    content = _content(shown.message, form)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror}",
            file=out,
            next_step="choose another place",
        ) from error
    click.echo(f"Written to {out}.", err=True)


def _content(message: Message, form: str) -> bytes:
    if form == "eml":
        return message.mime
    if form == "html":
        return message.html.encode() + b"\n"
    lines = [
        f"From: {_mailbox(message.sender)}",
        f"To: {_mailbox(message.recipient)}",
        f"Reply-To: {message.reply_to}",
        f"Subject: {message.subject}",
        f"Preheader: {message.preheader}",
        "",
        message.text.rstrip("\n"),
    ]
    return "\n".join(lines).encode() + b"\n"


def _mailbox(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.email}>" if mailbox.name else mailbox.email
