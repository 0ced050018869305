"""Receipts: a program tells that a mail of ours was shown, or deleted unread. Writes nothing."""

from __future__ import annotations

import re
from typing import Final

from outreach.model import ReplyKind
from outreach.replies.labels import Asked, fields_in
from outreach.replies.mime import Parsed
from outreach.replies.verdict import Verdict
from outreach.replies.words import phrases, plain

#: letters of the longest receipt in words
_LONGEST: Final = 1200
#: a receipt tells two moments, when our mail was sent and when it was read, or one in a "was read"
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")


def judge(parsed: Parsed) -> Verdict | None:
    """Say whether a mail is a receipt; None where it is not."""
    if parsed.report == "disposition-notification":
        return Verdict(ReplyKind.RECEIPT, 1.0, ("is a read receipt (RFC 8098)",))
    subject = phrases("machines.toml", "receipt_subject").begins(plain(parsed.subject))
    if subject and _by_words(parsed.text):
        return Verdict(ReplyKind.RECEIPT, 0.8, ("tells when our mail was sent and when read",))
    return None


def _by_words(text: str) -> bool:
    """Receipts of Exchange and Domino without a report: our subject, and two moments."""
    if len(text) > _LONGEST or "?" in text:
        return False
    if any(asked is Asked.COUNTRY for line in text.split("\n") for asked, _ in fields_in(line)):
        # which no receipt names, and we ask for
        return False
    labelled = re.findall(r"^\s*[^\W\d][^\n:：]{0,30}[:：]\s*\S", text, re.MULTILINE)
    return len(_TIME.findall(text)) >= 2 and len(labelled) >= 2
