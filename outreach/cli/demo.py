"""`outreach demo`: the whole way from a list to a queue of volunteers, with made-up people.

It runs the same commands that a person would type, and shows each before what it prints.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from outreach.cli.face import plain_command
from outreach.demo.actions import action_file
from outreach.demo.answers import answers
from outreach.demo.people import Person, people, supporter_file
from outreach.errors import AlreadyExists, WorkspaceError
from outreach.settings import FILE_NAME, default_file
from outreach.wiring import utc_now

CAMPAIGN: Final = "one-in-two-million"
SEGMENT: Final = "took-part-2013-no-office"
#: the day whose facts the message states
DAY: Final = "2014-02-26"
PREVIEWS: Final = ("en", "fr", "ar")

#: commands to try after it
NEXT: Final = (
    ("followups", "show", "1"),
    ("replies", "list", "--kind", "volunteer"),
    ("segments", "explain", SEGMENT),
    ("preview", CAMPAIGN, "--language", "es", "--day", DAY),
    ("campaigns", "status", CAMPAIGN, "--json"),
)

#: lies in a folder that the demo made, and lets the next demo replace it
_MARK: Final = ".outreach-demo"
#: all that the demo makes in its folder; anything else there is left alone
_MADE: Final = (
    "outreach.toml", "outreach.db", "outreach.db-wal", "outreach.db-shm", "outreach.db.mark",
    "templates", "segments", "outbox", "incoming",
    "supporters.csv", "supporters.csv.rejected.csv", "actions.csv",
    *(f"preview-{language}.html" for language in PREVIEWS),
)  # fmt: skip


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    default="outreach-demo",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where; a demo that is there already is replaced.",
)
@plain_command
@click.pass_context
def demo(ctx: click.Context, folder: Path) -> None:
    """Show everything with 5,000 made-up people.

    It needs no server, no account and no network.

    \b
    Example:
      outreach demo --dir outreach-demo
    """
    began = utc_now()
    story = Story(ctx, folder)
    _make_room(folder)
    story.heading("Make a workspace")
    story.run("init", str(folder))
    # small batches, so that the bar moves
    story.write(FILE_NAME, default_file().replace("batch_size = 500", "batch_size = 50").encode())
    click.echo(f"From here on each command is run with --workspace {folder}.")
    persons = _supporters(story)
    _actions(story, persons)
    story.heading("Who is this for? Segments are SQL files, counted here")
    story.run("segments", "list")
    _previews(story)
    _campaign(story)
    _replies(story, persons)
    story.heading("Who wants to put on an event? The queue of people to answer")
    story.run("followups", "list")
    story.heading("What came of it")
    story.run("report", CAMPAIGN)
    _what_next(story, (utc_now() - began).total_seconds())


@dataclass(slots=True)
class Story:
    """Tells the demo step by step, by running commands of this program in `folder`."""

    ctx: click.Context
    folder: Path
    steps: int = 0

    def heading(self, words: str) -> None:
        """Begin a step."""
        self.steps += 1
        click.secho(f"\n{self.steps}. {words}", bold=True)

    def run(self, *command: str) -> None:
        """Show a command and run it; the demo ends with the first that doesn't work."""
        click.secho(f"$ outreach {shlex.join(command)}", dim=True)
        root = self.ctx.find_root()
        before = ["--debug"] if root.meta.get("outreach.debug") else []
        before += [] if command[0] == "init" else ["--workspace", str(self.folder)]
        code = root.command.main(
            [*before, *command], prog_name=root.info_name, standalone_mode=False
        )
        if code:
            self.ctx.exit(code)

    def write(self, name: str, content: bytes) -> str:
        """Write a file of the demo, and give its path."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise WorkspaceError(
                f"the file can't be written: {error.strerror or error}",
                file=path,
                next_step="name a folder that you may write with --dir",
            ) from error
        return str(path)


def _make_room(folder: Path) -> None:
    """Leave `folder` as it is if it isn't ours; else take away what an earlier demo made."""
    mark = folder / _MARK
    try:
        if folder.exists() and any(folder.iterdir()) and not mark.is_file():
            raise AlreadyExists(
                "the folder holds other things than an earlier demo",
                file=folder,
                next_step="name a new one with --dir",
            )
        for made in (folder / name for name in _MADE):
            if made.is_dir() and not made.is_symlink():
                shutil.rmtree(made)
            else:
                made.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text("Made by `outreach demo`, which may replace what it made here.\n")
    except OSError as error:
        raise WorkspaceError(
            f"no demo can be made here: {error.strerror or error}",
            file=folder,
            next_step="name a folder that you may write with --dir",
        ) from error


def _supporters(story: Story) -> tuple[Person, ...]:
    story.heading(
        "Import 5,000 people in 83 countries, flaws and all, as Action Network exports them"
    )
    persons = people()
    story.run("supporters", "import", story.write("supporters.csv", supporter_file(persons)))
    return persons


def _actions(story: Story, persons: tuple[Person, ...]) -> None:
    story.heading("Import what they did for Write for Rights")
    story.run("actions", "import", story.write("actions.csv", action_file(persons)))


def _previews(story: Story) -> None:
    story.heading("See the message as one person will get it, and in three languages as HTML")
    story.run("preview", CAMPAIGN, "--day", DAY)
    for language in PREVIEWS:
        out = str(story.folder / f"preview-{language}.html")
        story.run(
            *("preview", CAMPAIGN, "--day", DAY, "--language", language),
            *("--format", "html", "--out", out),
        )


def _campaign(story: Story) -> None:
    story.heading("Plan the campaign and dispatch it into the embedded outbox")
    story.run("campaigns", "create", CAMPAIGN, "--template", CAMPAIGN, "--segment", SEGMENT)
    story.run("campaigns", "plan", CAMPAIGN, "--day", DAY)
    story.run("dispatch", CAMPAIGN)


def _replies(story: Story, persons: tuple[Person, ...]) -> None:
    story.heading("25 mails come back: here the demo writes them, as mail programs do")
    letters = (story.folder / "outbox" / "new").glob("*.eml")
    mails = answers((letter.read_bytes() for letter in letters), persons, utc_now())
    for part in ("cur", "tmp"):
        (story.folder / "incoming" / part).mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails, 1):
        story.write(f"incoming/new/{number:02}.demo", mail)
    story.run("replies", "import", str(story.folder / "incoming"))


def _what_next(story: Story, seconds: float) -> None:
    click.secho(f"\nThat was everything, in {seconds:.0f} seconds. To try next:", bold=True)
    program = sys.argv[0] if Path(sys.argv[0]).name == "outreach" else "outreach"
    if program == shutil.which("outreach"):
        program = "outreach"
    for command in NEXT:
        click.echo(f"  {shlex.join([program, '--workspace', str(story.folder), *command])}")
    click.echo(f"The messages are in {story.folder / 'outbox'}, for any mail program to open.")
    serve = shlex.join([program, "--workspace", str(story.folder), "serve"])
    click.echo(f"In a browser, with previews, the queue and reports: {serve}")
