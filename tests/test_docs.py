"""What is documented is what there is."""

from __future__ import annotations

import importlib
import inspect
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from sqlite_utils import Database

from outreach.store.migrations import migrations

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), ROOT / "README.md"]
sys.path.insert(0, str(DOCS))

import rendered  # noqa: E402 -- docs/ is no package

COMMANDS = [(path, c) for path, c in rendered.commands() if not isinstance(c, click.Group)]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
class TestEveryCommand:
    """Promises that every command keeps."""

    def test_says_what_it_does_and_gives_an_example(
        self, path: str, command: click.Command
    ) -> None:
        """Its help has a runnable example."""
        assert f"{path} " in f"{command.help} ".replace("\n", " ") or path in str(command.help)
        assert "Example" in str(command.help)

    def test_takes_debug(self, path: str, command: click.Command) -> None:
        """Its errors can be looked into."""
        assert "debug" in {p.name for p in command.params}

    def test_stands_in_the_reference(self, path: str, command: click.Command) -> None:
        """The reference has a heading for it."""
        assert f"## {path}\n" in (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    """By its path, from the repository or from outreach/, or the end of it."""
    known = [
        f"/{path.relative_to(ROOT)}{'/' if path.is_dir() else ''}"
        for top in ("outreach", "tests", "docs", "templates", "segments")
        for path in [ROOT / top, *(ROOT / top).rglob("*")]
    ]
    named = re.findall(r"`([a-z_/-]+(?:\.py|/))`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in known)] == []


def test_every_picture_is_shown_and_says_what_is_on_it() -> None:
    """It is there, in words too, small enough for a slow line; none is left over."""
    shown: dict[Path, list[str]] = {}
    for page in PAGES:
        for words, path in re.findall(r"!\[(.*?)\]\((.*?)\)", page.read_text(encoding="utf-8")):
            shown.setdefault((page.parent / path).resolve(), []).append(words)
    assert set(shown) == {path.resolve() for path in DOCS.rglob("*.png")}
    for path, said in shown.items():
        assert path.stat().st_size < 150_000, path.name
        assert min(len(words) for words in said) > 20, path.name


@pytest.mark.parametrize("migration", migrations._migrations, ids=lambda each: each.name)
def test_every_table_names_its_writer(migration: Any) -> None:
    """The writer is a module that exists and speaks of the table."""
    stated: dict[str, list[str]] = {}
    for modules, tables in re.findall(
        r"([a-z. ]+): ([a-z_, ]+)[;.]", inspect.getdoc(migration.fn).replace("\n", " ")
    ):
        for table in tables.split(", "):
            stated[table] = [] if "nobody" in modules else modules.strip().split(" and ")
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    for earlier in migrations._migrations:
        before = set(db.table_names())
        earlier.fn(db)
        if earlier is migration:
            assert set(stated) == set(db.table_names()) - before
    for table, modules in stated.items():
        for module in modules:
            assert re.search(
                rf"\b{table}\b", (inspect.getdoc(importlib.import_module(f"outreach.{module}")))
            )


def test_every_link_between_docs_leads_somewhere() -> None:
    """No page links to a file that is not there."""
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
