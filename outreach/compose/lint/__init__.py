"""What is wrong with a message, found before anybody gets it, and how to mend it.

`kinds.KINDS` is the table of all that can be found. A message's files are looked at as they are
written (`sources`); then it is composed for a few made-up readers, by the call that also sends it,
and their pages are looked at as they would arrive (`rules`, `textpart`, `contrast`). Pure; writes
no table.
"""

from outreach.compose.lint.checking import Checked, check_message
from outreach.compose.lint.findings import Finding
from outreach.compose.lint.kinds import KINDS, Kind, Severity
from outreach.compose.lint.mending import mended

__all__ = ["KINDS", "Checked", "Finding", "Kind", "Severity", "check_message", "mended"]
