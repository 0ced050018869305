"""What a kind of finding is, how bad it can be, and the limits that findings are measured by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: widths as a terminal has them: a Chinese character counts for two letters
LONGEST_SUBJECT: Final = 70
PHONE_SUBJECT: Final = 45
SHORTEST_PREHEADER, LONGEST_PREHEADER = 30, 150
#: bytes of HTML. Whether Gmail counts in thousands or in 1,024s is not published
LARGE_HTML, CLIPPED_HTML = 80_000, 102_000
#: WCAG 2.2, 1.4.3
LEAST_CONTRAST, LEAST_CONTRAST_LARGE = 4.5, 3.0


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    #: somebody gets no message, or one that breaks a rule
    ERROR = "error"
    #: the message works, and some people get less than they should
    WARNING = "warning"
    #: worth knowing; nothing need be done
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding."""

    word: str
    severity: Severity
    what: str
    why: str
    mend: str
