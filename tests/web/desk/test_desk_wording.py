"""What the desk says of errors: nothing that only a command line can follow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import outreach
from outreach import errors
from outreach.errors import InputError, NotFound, OutreachError
from outreach.web.desk.wording import told

_CLASSES = [
    cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, OutreachError)
]


@pytest.mark.parametrize("cls", _CLASSES)
def test_no_class_sends_whoever_reads_a_page_to_a_terminal(cls: type[OutreachError]) -> None:
    """Its advice is for the page, or stands apart, for whoever has a command line."""
    _, advice, command = told(cls("it can't be done"))
    assert "command" not in advice
    assert not set(advice) & set("`")
    assert "`" in command or "--" in command or not command


def test_where_the_workspace_is_on_the_server_is_not_told(tmp_path: Path) -> None:
    """The name of the file is enough."""
    problem, advice, _ = told(NotFound("there is no message", file=tmp_path / "templates"))
    assert problem == "templates: there is no message"
    assert advice == "check the name"
    assert told(InputError("no", file="templates/a/en.html", line=3))[0].startswith(
        "templates/a/en.html, line 3: "
    )


def test_advice_for_pages_names_no_command() -> None:
    """Wherever it is written."""
    found = []
    for path in Path(outreach.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "at_desk":
                found += [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
    assert len(found) > 20
    assert not [text for text in found if "`" in text or "--" in text]
