"""How a setting is declared: its default, what stands beside it in the file, and its check."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from outreach.settings.checks import Check


def setting(default: Any, doc: str, check: Check) -> Any:
    """Declare a key of a section: `doc` is its comment, `check` says what else it must be."""
    return field(default=default, metadata={"doc": doc, "check": check})
