"""Tell the mail that no person wrote, and what it is instead.

The order matters: complaints and receipts are reports in form, as bounces are, and most bounces
carry the marks of automatic answers. Writes nothing.
"""

from __future__ import annotations

from outreach.model import ReplyKind
from outreach.replies import automatic, complaints, newsletters, receipts
from outreach.replies.bounces import read_bounce
from outreach.replies.mime import Parsed
from outreach.replies.verdict import Verdict


def judge(parsed: Parsed) -> Verdict | None:
    """Say what a machine's mail is; None where a person may have written it."""
    return (
        complaints.judge(parsed)
        or receipts.judge(parsed)
        or _bounced(parsed)
        or newsletters.judge(parsed)
        or automatic.judge(parsed)
    )


def _bounced(parsed: Parsed) -> Verdict | None:
    found = read_bounce(parsed)
    if found is None:
        return None
    bounce, certainty, why = found
    reasons = (why, f"status {bounce.status}") if bounce.status else (why,)
    return Verdict(ReplyKind.BOUNCE, certainty, reasons, bounce)
