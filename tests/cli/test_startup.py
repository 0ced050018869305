"""What a command imports: its own part of the program, and no library that it has no use for."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from operating import commands_of

from outreach import cli
from outreach.cli import COMMANDS, exits, main
from outreach.cli.face import Elsewhere, Face
from outreach.settings import Settings

#: libraries that only messages, their dispatch or their check have a use for
HEAVY = {"premailer", "cssutils", "sendgrid", "requests", "inscriptis", "tinycss2", "jinja2"}
RUN = """
import json, sys
from outreach.cli import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _imported(*words: str) -> set[str]:
    """Give the modules that a command leaves behind, in a process of its own."""
    command = [sys.executable, "-c", RUN, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "words",
    [("supporters", "import", "people.csv"), ("supporters", "list"), ("followups", "list")],
    ids=" ".join,
)
def test_the_daily_commands_wait_for_no_library_of_others(
    settings: Settings, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take no part in making messages."""
    monkeypatch.chdir(settings.root)
    Path("people.csv").write_text("email\na@example.org\n", encoding="utf-8")
    assert not _imported(*words) & HEAVY


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("-h",)], ids=" ".join)
def test_help_opens_no_file_of_a_command(words: tuple[str, ...]) -> None:
    """All commands are listed, and none of them is imported; nor is what runs them."""
    imported = _imported(*words)
    assert not imported & (HEAVY | {"sqlite_utils", "lxml", "babel", "tabulate"})
    assert not imported & {f"outreach.cli.{file}" for file, _ in COMMANDS.values()}


def test_premailer_waits_for_a_message(settings: Settings) -> None:
    """Who looks at campaigns makes none."""
    imported = _imported("--workspace", str(settings.root), "campaigns", "list")
    assert not imported & {"premailer", "cssutils", "sendgrid", "requests"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_says(name: str) -> None:
    """By the same name, in the same words."""
    command = commands_of(main)[name]
    assert not isinstance(command, Elsewhere)
    assert command.name == name
    assert command.get_short_help_str(1000) == COMMANDS[name][1]
    assert not command.hidden


def test_every_command_can_be_asked_for() -> None:
    """None is written and then forgotten in the list."""

    def below(command: click.Command) -> Iterator[click.Command]:
        yield command
        for own in commands_of(command).values():
            yield from below(own)

    files = [
        importlib.import_module(f"outreach.cli.{m.name}")
        for m in pkgutil.iter_modules(cli.__path__)
    ]
    written = {v for file in files for v in vars(file).values() if isinstance(v, click.Command)}
    assert written <= set(below(main))


def test_a_slip_of_the_keyboard_is_told_the_nearest_command() -> None:
    """Also while that is not imported."""
    assert "'supporters'" in CliRunner().invoke(main, ["suporters"]).stderr


def test_a_command_whose_file_is_missing_is_a_fault_of_ours() -> None:
    """And not a word that nobody knows."""
    face = Face("root", commands=[Elsewhere("gone", "gone", "Nothing is there.")])
    result = CliRunner().invoke(face, ["gone"])
    assert result.exit_code == exits.BUG
    assert "ModuleNotFoundError" in result.stderr


@pytest.mark.parametrize("group", ["", "campaigns", "deliveries"])
def test_no_summary_is_cut_in_a_list_of_commands(group: str) -> None:
    """Whoever looks for a command reads whole sentences, also on 80 columns."""
    said = CliRunner().invoke(main, [group, "--help"] if group else ["--help"], terminal_width=80)
    listed = said.stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed
