"""What a check finds: where, what, how bad, why it matters and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.compose.lint.kinds import KINDS, Severity

__all__ = ["Finding", "Severity", "finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `why` is said of its kind, the rest of this very place."""

    #: one of `kinds.KINDS`
    kind: str
    severity: Severity
    #: as people find it: templates/NAME/en.html
    file: str
    line: int | None
    what: str
    why: str
    mend: str


def finding(kind: str, file: str, line: int | None, what: str, *, mend: str = "") -> Finding:
    """Make a finding; `mend` stands for what its kind says of mending."""
    of_kind = KINDS[kind]
    return Finding(kind, of_kind.severity, file, line, what, of_kind.why, mend or of_kind.mend)
