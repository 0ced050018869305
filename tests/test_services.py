"""What becomes of a test whose service is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from services import need


def test_a_program_that_is_there_is_found() -> None:
    """By its path."""
    assert need(Path(sys.executable).name, "python3")


def test_without_its_program_a_test_is_skipped_and_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a developer's machine."""
    monkeypatch.delenv("OUTREACH_REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such: apt-get install its-package"):
        need("no-such", "its-package")


def test_where_services_are_required_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that in CI no test is left out unseen."""
    monkeypatch.setenv("OUTREACH_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install its-package"):
        need("no-such", "its-package")
