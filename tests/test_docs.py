"""What is documented is what there is."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

DOCS = Path(__file__).parent.parent / "docs"
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


def test_every_link_between_docs_leads_somewhere() -> None:
    """No page links to a file that is not there."""
    import re

    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
