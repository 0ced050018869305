"""Complaints: a person pressed "this is spam", and their provider tells us. Writes nothing.

Most providers send RFC 5965 reports. Microsoft (JMRP) forwards the mail and names the person in a
header; others wrap a report of their own around it, which its subject tells.
"""

from __future__ import annotations

import re
from typing import Final

from outreach.model import ReplyKind
from outreach.replies.headers import mailbox
from outreach.replies.mime import Parsed
from outreach.replies.verdict import Verdict

#: https://sendersupport.olc.protection.outlook.com/snds/JMRP.aspx: the header of a JMRP report
_JMRP: Final = "x-hmxmroriginalrecipient"
#: who sends them, by whole address
_SENDERS = re.compile(
    r"""
      staff@(?:hotmail|outlook|live|msn)\.com | scomp@aol\.(?:net|com)
    | feedback@arf\.mail\.yahoo\.com | complaints@[\w.-]*email-abuse\.amazonses\.com
    | abuse@corp\.mail\.ru
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: addresses such as providers give it, and other people too
_LIKE_SENDERS = re.compile(
    r"""
      [^@]*(?:fbl|feedback-?loop|abuse-?report|spam-?report)[^@]*@.*
    | [^@]+@(?:fbl|feedback|arf)\..*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SUBJECT = re.compile(
    r"""
    (?:fwd?:[ ]?)? (?:
        complaint[ ]about[ ](?:a[ ])?message[ ]from
      | (?:(?:e-?mail|spam|abuse)[ ])+ (?:feedback[ ])? report[ ](?:for|about|from)
      | (?:e-?mail[ ])?feedback[ ](?:loop[ ])?report | (?:spam|abuse|user)[ ]complaint
      | \[?abuse[ ]?report | junk[ ]?(?:e?-?mail)?[ ]report
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: RFC 5965 §7.3 and RFC 6591: reports that no person made by a complaint
_NO_COMPLAINT: Final = {
    "not-spam": "is a feedback report that says: not spam",
    "auth-failure": "reports a failed check of the sender (RFC 6591), which nobody complains of",
}


def judge(parsed: Parsed) -> Verdict | None:
    """Say whether a mail is a complaint; None where it is not."""
    blocks = (*parsed.blocks, *parsed.attached)
    types = [block.get("feedback-type").strip().lower() for block in blocks]
    types = [kind for kind in types if kind]
    sender = mailbox(parsed.headers.get("from"))[1]
    known = _SENDERS.fullmatch(sender) is not None
    likely = known or _LIKE_SENDERS.fullmatch(sender) is not None
    if parsed.report == "feedback-report" or (types and likely):
        for kind, why in _NO_COMPLAINT.items():
            if kind in types:
                return Verdict(ReplyKind.AUTO_REPLY, 0.9, (why,))
        return Verdict(ReplyKind.COMPLAINT, 1.0, ("is a feedback report (RFC 5965)",))
    if parsed.headers.has(_JMRP) or parsed.returned.has(_JMRP):
        return Verdict(ReplyKind.COMPLAINT, 1.0, ("is a complaint that Microsoft forwards",))
    # a person's own report on something holds no mail of ours
    if (known or (likely and parsed.returned.fields)) and _SUBJECT.match(parsed.subject):
        return Verdict(ReplyKind.COMPLAINT, 0.9, ("is a complaint that a provider forwards",))
    if _SUBJECT.match(parsed.subject) and re.search(r"^feedback-type:", parsed.text, re.I | re.M):
        return Verdict(ReplyKind.COMPLAINT, 0.9, ("holds a feedback report as text",))
    return None
