"""What all commands share: the root group that turns errors into exit codes, and common options."""

from __future__ import annotations

import functools
import importlib
import io
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from outreach.cli import exits
from outreach.errors import InputError, OutreachError
from outreach.settings import login_name, staff_from_environment, staff_or_login

if TYPE_CHECKING:
    from outreach.wiring import Workspace

P = ParamSpec("P")
R = TypeVar("R")


#: where a command leaves the exit code that every failure of it shall have
FAILURE = "outreach.failure"


class Elsewhere(click.Command):
    """Stands for a command whose file is not imported yet: help and completion need no more."""

    def __init__(self, name: str, file: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self._file = file

    def imported(self) -> click.Command:
        """Import the command itself."""
        module = importlib.import_module(f"outreach.cli.{self._file}")
        name = str(self.name).replace("-", "_")
        # a word of Python's own has a _ behind it
        command: click.Command = getattr(module, name, None) or getattr(module, f"{name}_")
        return command


class Shelf(click.Group):
    """A group whose commands may stand elsewhere."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is to run or to be completed, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, Elsewhere):
            command = command.imported()
            self.add_command(command, name)
        return name, command, rest


class Face(Shelf):
    """The root of all commands: errors become one sentence on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; `--debug` shows the traceback too."""
        # SQLite is for commands that run, not for help and completion
        from outreach.store.database import translated

        if isinstance(sys.stdout, io.TextIOWrapper):
            # a name in a script that the terminal lacks is shown as escapes
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            with translated(None), _text_only():
                return super().invoke(ctx)
        except OutreachError as error:
            _say(ctx, str(error))
            ctx.exit(ctx.meta.get(FAILURE, exits.exit_code(error)))
        except (KeyboardInterrupt, click.Abort):
            _say(ctx, "stopped; what was not finished was not changed.")
            ctx.exit(ctx.meta.get(FAILURE, exits.INTERRUPTED))
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            # only the type: what a library says may hold a key or an address
            fault = f"a fault of this program ({type(error).__name__})"
            _say(ctx, f"{fault}; run it again with --debug and report it.")
            ctx.exit(ctx.meta.get(FAILURE, exits.BUG))

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command; a group of commands takes --workspace and --debug before their names."""
        if isinstance(cmd, click.Group):
            _debug_option(_folder(expose_value=False)(cmd))
        super().add_command(cmd, name)


@contextmanager
def _text_only() -> Iterator[None]:
    """Refuse bytes of the command line that are no text: Python passes them on, SQLite does not."""
    try:
        yield
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        raise InputError("this is not UTF-8 text", value=error.object) from error


def _say(ctx: click.Context, sentence: str) -> None:
    if ctx.find_root().meta.get("outreach.debug"):
        traceback.print_exc(file=sys.stderr)
    click.echo(f"Error: {sentence}", err=True)


def _remember(key: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> Any:
        root = ctx.find_root()
        if value:
            root.meta[key] = value
        return root.meta.get(key)

    return callback


_folder = functools.partial(
    click.option,
    "--workspace",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_remember("outreach.workspace"),
    help="The workspace's folder; else the nearest upwards that holds an outreach.toml.",
)
_folder_option = _folder()
_debug_option = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember("outreach.debug"),
    help="Show the whole traceback of an error.",
)


def day_option(meaning: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a command --day, as the argument `day`: a date, or None for today."""
    return click.option(
        "--day", type=_read_day, metavar="YYYY-MM-DD", help=f"{meaning}; else today."
    )


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no day; write it as YYYY-MM-DD, as in 2014-02-26."
        ) from error


#: numbers that people give: more is a slip, and beyond 64 bits no number of SQLite
NUMBER = click.IntRange(1, 1_000_000_000)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
by_option = click.option(
    "--by",
    metavar="WHO",
    default=staff_or_login,
    help="Who you are, for the history; else what OUTREACH_STAFF says, else your login.",
)
#: where somebody's word decides
name_option = click.option(
    "--by",
    metavar="WHO",
    default=staff_from_environment,
    help="Your name, which stands for this; else what OUTREACH_STAFF says. A login is not enough.",
)
as_option = click.option(
    "--as",
    "by",
    metavar="WHO",
    default=lambda: staff_from_environment() or login_name(),
    help="Who you are; else what OUTREACH_STAFF says, else your login name.",
)


def named_workspace(ctx: click.Context) -> Path | None:
    """Give the folder that --workspace named, wherever it stood; None where it didn't."""
    folder: Path | None = ctx.find_root().meta.get("outreach.workspace")
    return folder


def plain_command(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command --debug; for those that need no workspace."""
    return _debug_option(command)


def folder_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command --workspace, as the argument `workspace`, without opening it; and --debug."""
    return _folder_option(_debug_option(command))


def workspace_command(
    command: Callable[Concatenate[Workspace, P], R],
) -> Callable[..., R]:
    """Give a command --workspace and --debug, and the opened workspace as its first argument."""

    @functools.wraps(command)
    def run(*args: Any, workspace: Path | None, **kwargs: Any) -> R:
        from outreach import wiring

        with wiring.opened(workspace) as desk:
            return command(desk, *args, **kwargs)

    return _folder_option(_debug_option(run))
