"""Whether a program may answer a mail by itself (RFC 3834 §2). Writes nothing.

Whoever sends a mail on may read it as a person's and still not want a program to answer: lists,
other programs, and people whose server asks for it. Two robots that answer each other never stop.
"""

from __future__ import annotations

import re
from typing import Final

from outreach.replies.headers import Headers
from outreach.replies.mime import headers_of

_PRECEDENCE: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply", "autoreply"})
#: RFC 2369 and 2919, and what older lists write
_OF_LISTS: Final = (
    *("list-id", "list-post", "list-unsubscribe", "list-help", "list-subscribe", "list-owner"),
    *("mailing-list", "x-mailing-list", "x-listname", "x-mailman-version"),
)
#: what asks programs of Exchange, and others, not to answer
_SUPPRESSES: Final = frozenset({"all", "autoreply"})
#: behind these no person reads, or many do
_ROLE: Final = re.compile(
    r"""
    (?: mailer-daemon | postmaster | hostmaster | abuse | root | daemon | nobody | listserv
      | majordomo | mailman | sympa
      | (?:no|do[-_.]?not|never)[-_.]?(?:reply|respond|answer).*
      | bounces?(?:[-+_].*)? | .*-bounces? | owner-.* | .*-owner | .*-request
      | auto[-_.]?(?:reply|respond\w*|mailer).* )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def why_unanswered(raw: bytes, from_address: str) -> str:
    """Say why no program may answer a mail; '' where one may. Takes any bytes, never raises."""
    if not from_address:
        return "it names no sender"
    if _ROLE.fullmatch(from_address.partition("@")[0]):
        return "its sender's address is none that a person reads"
    return _asked_by(headers_of(raw))


def _asked_by(headers: Headers) -> str:
    submitted = headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted not in ("", "no"):
        return "it was sent automatically"
    if any(value.strip().lower() in _PRECEDENCE for value in headers.all("precedence")):
        return "its Precedence asks for no answers"
    if any(headers.has(name) for name in _OF_LISTS):
        return "it came by a mailing list"
    if any(path.replace(" ", "").startswith("<>") for path in headers.all("return-path")):
        return "its Return-Path is empty"
    asked = re.split(r"[\s,;]+", " ".join(headers.all("x-auto-response-suppress")).lower())
    if not _SUPPRESSES.isdisjoint(asked):
        return "its sender's server asks for no automatic answers"
    return ""
