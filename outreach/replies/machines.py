"""Tell the mail that no person wrote: reports, bounces, newsletters, automatic answers.

The order matters: most bounces also carry the marks of automatic answers. Writes nothing.
"""

from __future__ import annotations

from typing import Final

from outreach.model import ReplyKind
from outreach.replies.bounces import read_bounce
from outreach.replies.mime import Parsed
from outreach.replies.verdict import IS_ANSWER, Verdict
from outreach.replies.words import pattern, plain

_AUTO_HEADERS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoresponse",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-auto-reply-from",
)


def judge(parsed: Parsed) -> Verdict | None:
    """Say what a machine's mail is; None where a person may have written it."""
    headers = parsed.headers
    if parsed.report == "feedback-report" or headers.has("x-hmxmroriginalrecipient"):
        types = [b.get("feedback-type").strip().lower() for b in parsed.blocks]
        if "not-spam" in types:
            return _auto(0.9, "is a feedback report that says: not spam")
        return Verdict(ReplyKind.COMPLAINT, 1.0, ("is a feedback report (RFC 5965)",))
    if parsed.report == "disposition-notification":
        return Verdict(ReplyKind.RECEIPT, 1.0, ("is a read receipt (RFC 8098)",))
    bounced = read_bounce(parsed)
    if bounced is not None:
        bounce, certainty, why = bounced
        reasons = [why, f"status {bounce.status}"] if bounce.status else [why]
        return Verdict(ReplyKind.BOUNCE, certainty, tuple(reasons), bounce)
    if (headers.has("list-unsubscribe") or headers.has("list-id")) and not (
        headers.has("in-reply-to") or IS_ANSWER.match(parsed.subject)
    ):
        return Verdict(ReplyKind.NEWSLETTER, 0.8, ("carries a mailing list's headers",))
    return _automatic(parsed)


def _automatic(parsed: Parsed) -> Verdict | None:
    headers = parsed.headers
    submitted = headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted not in ("", "no"):
        return _auto(1.0, "says that it was sent automatically (RFC 3834)")
    # X-Auto-Response-Suppress is no sign: it asks others not to answer, and people's mail has it
    for name in _AUTO_HEADERS:
        if headers.get(name).lower() not in ("", "no"):
            return _auto(0.95, f"has the header {name}")
    if headers.get("precedence").strip().lower() in ("auto_reply", "junk", "bulk"):
        return _auto(0.9, "has a Precedence that machines use")
    if "autoresponder" in headers.get("x-post-messageclass").lower():
        return _auto(0.95, "has the header x-post-messageclass")
    if pattern("phrases.toml", "auto_subject").match(plain(parsed.subject)):
        return _auto(0.9, "its subject is that of an automatic answer")
    if headers.get("return-path").replace(" ", "") == "<>":
        return _auto(0.7, "has an empty Return-Path")
    return None


def _auto(certainty: float, why: str) -> Verdict:
    return Verdict(ReplyKind.AUTO_REPLY, certainty, (why,))
