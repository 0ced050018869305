"""Every kind of finding: the one table that the checks, the command and docs/checks.md share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outreach.compose.lint.kind import Kind, Severity
from outreach.compose.lint.kinds_of_files import MAKING, WORDS
from outreach.compose.lint.kinds_of_pages import INBOX, LINKS_AND_PICTURES, LOOKS, RULES

__all__ = ["KINDS", "Kind", "Severity"]

#: word -> kind, in the order of the documentation
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.word: kind for kind in (*MAKING, *INBOX, *RULES, *LINKS_AND_PICTURES, *LOOKS, *WORDS)}
)
