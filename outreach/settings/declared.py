"""How a setting is declared: its default, what it means, and what it may be."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from outreach.settings.checks import Check


def setting(default: Any, doc: str, check: Check) -> Any:
    """Declare a field of a section; its value is of the default's type and passes `check`."""
    return field(default=default, metadata={"doc": doc, "check": check})
