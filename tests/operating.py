"""What tests of commands share: a workspace with a message and people, and the commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click
import letters as made
from click.testing import CliRunner, Result
from sqlite_utils import Database

from outreach.cli import main
from outreach.settings import FILE_NAME, Settings

EVERYBODY = "-- title: Everybody\n-- reason: a test\nSELECT supporter_id FROM supporters\n"
CREATE = ("campaigns", "create", "spring", "--template", "hello", "--segment", "everybody")
PLAN = ("campaigns", "plan", "spring", "--day", "2014-02-26")

#: the example's words -> somebody's own
OWN = {
    "Example Rights Network": "Rights for Rivers",
    "1 Example Street, Example Town, EX1 1EX": "2 Quay, Riverton",
    "Sam Example": "Noor",
    "news@outreach.example.org": "news@rivers.example.org",
    "events+{token}@outreach.example.org": "events+{token}@rivers.example.org",
}


def new_workspace(settings: Settings, db: Database) -> Path:
    """Give it the message hello, the segment everybody and 25 people, two of whom said nothing."""
    shutil.copytree(settings.templates_dir / "one-in-two-million", settings.templates_dir / "hello")
    (settings.segments_dir / "everybody.sql").write_text(EVERYBODY, "utf-8")
    made.add_people(db, range(1, 24))
    made.add_people(db, [24, 25], consent="unknown")
    return settings.root


def outreach(workspace: Path, *arguments: str) -> Result:
    """Run a command there."""
    return CliRunner().invoke(main, ["--workspace", str(workspace), *arguments])


def commands_of(command: click.Command) -> dict[str, click.Command]:
    """The commands of a group by name, imported; none of what is no group."""
    found: dict[str, click.Command] = {}
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            _, below, _ = command.resolve_command(click.Context(command), [name])
            assert below is not None
            found[name] = below
    return found


def status(workspace: Path) -> dict[str, Any]:
    """Where the campaign spring stands."""
    said = outreach(workspace, "campaigns", "status", "spring", "--json")
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def edit(path: Path, changes: dict[str, str]) -> None:
    """Replace words in a file; each must be there."""
    text = path.read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def deliver_by(workspace: Path, transport: str, **settings: str | int) -> None:
    """Choose a transport and its settings, with everything of the example filled in."""
    path = workspace / FILE_NAME
    edit(path, {**OWN, 'transport = "outbox"': f'transport = "{transport}"'})
    lines, section = path.read_text("utf-8").splitlines(), ""
    for number, line in enumerate(lines):
        section = line if line.startswith("[") else section
        key = line.partition(" =")[0]
        if section == f"[{transport}]" and key in settings:
            lines[number] = f"{key} = {json.dumps(settings[key])}"
    path.write_text("\n".join(lines), "utf-8")
