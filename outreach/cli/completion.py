"""`outreach completion`: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from outreach.cli.face import plain_command


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@plain_command
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets your shell complete commands.

    \b
    Example:
      outreach completion bash >> ~/.bashrc
    """
    maker = get_completion_class(shell)
    if maker is not None:
        click.echo(maker(ctx.find_root().command, {}, "outreach", "_OUTREACH_COMPLETE").source())
