"""What a mail is. A pure function of the parsed mail and of the person's own words."""

from __future__ import annotations

from outreach.replies import machines, people
from outreach.replies.mime import Parsed
from outreach.replies.verdict import Verdict


def classify(parsed: Parsed, own: str, filled: int) -> Verdict:
    """Say what a mail is.

    `own` is what the person wrote, '' where they only quoted; `filled` is how many of the
    asked-for lines they filled in.
    """
    return machines.judge(parsed) or people.judge(parsed.subject, own, filled)
