"""Other people's newsletters, apart from what a person writes by way of a list. Writes nothing.

An organisation's own address may be a list (a Google Group, say), and then every person's mail
carries a list's headers. A list on which people write to each other names where to post.
"""

from __future__ import annotations

from typing import Final

from outreach.model import ReplyKind
from outreach.replies.mime import Parsed
from outreach.replies.verdict import IS_ANSWER, Verdict

_LIST: Final = ("list-unsubscribe", "list-id")
#: what only the programs that send newsletters write
_BULK: Final = (
    "list-unsubscribe-post",
    "feedback-id",
    "x-campaign",
    "x-campaignid",
    "x-campaign-id",
    "x-mc-user",
    "x-mailchimp-id",
    "x-csa-complaints",
    "x-report-abuse",
    "x-mailgun-tag",
    "x-sg-eid",
    "x-job",
)


def judge(parsed: Parsed) -> Verdict | None:
    """Say whether a mail is a newsletter; None where it is not."""
    headers = parsed.headers
    if headers.has("in-reply-to") or headers.has("references") or IS_ANSWER.match(parsed.subject):
        return None
    listed = any(headers.has(name) for name in _LIST)
    bulk = any(headers.has(name) for name in _BULK)
    if listed and bulk:
        return Verdict(ReplyKind.NEWSLETTER, 0.9, ("carries the headers of a newsletter",))
    if listed and not _is_discussion(parsed):
        return Verdict(ReplyKind.NEWSLETTER, 0.8, ("carries a mailing list's headers",))
    return None


def _is_discussion(parsed: Parsed) -> bool:
    post = parsed.headers.get("list-post").strip().lower()
    return post.startswith("<mailto:") and parsed.headers.get("precedence").lower() != "bulk"
