"""The house rules that no linter knows."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import pytest

import outreach

PACKAGE = Path(outreach.__file__).parent
MODULES = {str(p.relative_to(PACKAGE)): p for p in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_at_most_400_lines(name: str) -> None:
    """What grows beyond that is two things."""
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 400


def test_half_of_the_modules_have_about_100_lines() -> None:
    """The tree tells the story only where its leaves are small."""
    sizes = [len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES.values()]
    assert statistics.median(sizes) <= 130


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"^\s*(import|from) premailer\b", {"compose/inline.py"}),
        (
            r"^\s*(import|from) (sendgrid|python_http_client)\b",
            {"dispatch/transports/sendgrid_client.py"},
        ),
        (r"^\s*(import|from) cryptography\b", {"tracking/sendgrid.py"}),
        (r"\bos\.(environ|getenv)\b", {"settings/files.py"}),
        (r"\b(datetime\.now|utcnow|date\.today|time\.time)\(", {"wiring.py"}),
        # how fast a progress bar goes
        (r"\bmonotonic\(", {"wiring.py", "cli/output.py"}),
        (r"^\s*(import|from) click\b", {n for n in MODULES if n.startswith("cli/")}),
        (r"\bsys\.exit\b|\bprint\(", set()),
    ],
)
def test_a_thing_stands_only_where_it_is_allowed(pattern: str, allowed: set[str]) -> None:
    """One place for each outside thing, so that it can be changed in one place."""
    found = {
        n for n, p in MODULES.items() if re.search(pattern, p.read_text("utf-8"), re.MULTILINE)
    }
    assert found <= allowed


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "common", "constants", "types"])
def test_there_is_no_drawer(name: str) -> None:
    """A module is named for its noun."""
    assert not [n for n in MODULES if Path(n).stem == name]
