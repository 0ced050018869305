"""The parts of docs/reference that are made from the code, so that they can't drift from it."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Iterator

import click
from sqlite_utils import Database

from outreach import errors, settings
from outreach.cli import exits, main
from outreach.compose import allowed
from outreach.compose.lint import KINDS
from outreach.store.migrations import migrations


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before what they hold, in alphabetical order."""
    yield from _below("outreach", main)


def _below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            _, below, _ = command.resolve_command(click.Context(command), [name])
            yield from _below(f"{path} {name}", below)


def cli() -> str:
    """The help of every command, as a terminal of 80 columns shows it."""
    parts = []
    for path, command in commands():
        context = click.Context(
            command, info_name=path, terminal_width=80, help_option_names=["-h", "--help"]
        )
        parts.append(f"## {path}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def settings_file() -> str:
    """outreach.toml as `outreach init` writes it."""
    return f"```toml\n{settings.default_file()}```\n"


def allowed_words() -> str:
    """The table of what templates may use of Jinja and Python."""
    rows = (
        ("filters", allowed.FILTERS),
        ("tests, after `is`", (name for name in allowed.TESTS if name.isalpha())),
        ("functions", ("range", "namespace")),
        ("in a text", (f"{name}()" for name in allowed.TEXT_METHODS)),
        ("in a list", (f"{name}()" for name in allowed.LIST_METHODS)),
        ("in a dictionary", (f"{name}()" for name in allowed.DICTIONARY_METHODS)),
        ("in a day", allowed.DAY_NAMES),
        ("in `loop`", allowed.LOOP_NAMES),
    )
    lines = ["| what | names |", "|---|---|"]
    for what, names in rows:
        lines.append(f"| {what} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(lines) + "\n"


def exit_codes() -> str:
    """The table of exit codes."""
    rows = [
        (exits.OK, "", "all went well"),
        (exits.FOUND, "", "the command worked and found something to mend"),
        (exits.USAGE, "", "the command line is wrong"),
        *((code, cls.__name__, meaning) for cls, (code, meaning) in exits.EXITS.items()),
        (exits.INTERRUPTED, "", "Ctrl-C"),
    ]
    lines = ["| code | error | meaning |", "|---|---|---|"]
    lines += [f"| {code} | {name} | {meaning} |" for code, name, meaning in sorted(rows)]
    return "\n".join(lines) + "\n"


def error_tree() -> str:
    """The tree of errors as errors.py draws it, and what each tells its reader to do."""
    tree = (errors.__doc__ or "").split("\n\n")[1]
    lines = ["```text", tree, "```", "", "| error | what to do |", "|---|---|"]
    lines += [f"| {cls.__name__} | {cls.next_step} |" for cls in exits.EXITS]
    return "\n".join(lines) + "\n"


def checks() -> str:
    """The table of all that `templates check` can find."""
    lines = [
        "| finding | severity | what it is | why it matters | how to mend it |",
        "|---|---|---|---|---|",
    ]
    for kind in KINDS.values():
        words = (f"`{kind.word}`", kind.severity, kind.what, kind.why, _code(kind.mend))
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """Show tags and Jinja as what they are."""
    return re.sub(r"(?<!`)(<[^<>]+>|\{[{%].*?[}%]\})(?!`)", r"`\1`", text)


def schema() -> str:
    """Every table as it is created, with the room that writes it."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    known: set[str] = set()
    parts = []
    for migration in migrations._migrations:
        migration.fn(db)
        tables = [t for t in db.table_names() if t not in known]
        known.update(tables)
        parts.append(f"## {migration.name}\n\n{inspect.getdoc(migration.fn)}\n")
        parts += [f"```sql\n{_dedented(str(db[t].schema))}\n```\n" for t in tables]
    return "\n".join(parts)


def _dedented(sql: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in sql.splitlines())
