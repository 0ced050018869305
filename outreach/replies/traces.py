"""Where a mail points to what we sent: its recipients, its thread, the mail inside a report.

Only text is gathered here; whether a token in it is ours, `match` asks. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from outreach import addresses
from outreach.model import ReplyKind
from outreach.replies.bounces import Bounce
from outreach.replies.headers import mailbox
from outreach.replies.mime import Parsed, parse_fields
from outreach.tokens import TOKEN

#: in the order in which they are believed; relays and aliases add those after Cc
_RECIPIENTS: Final = (
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
    "x-forwarded-for",
    "resent-to",
    "apparently-to",
)
#: fields that name whom a report is about: RFC 3464, then RFC 5965
_ABOUT: Final = ("original-recipient", "final-recipient", "original-rcpt-to")
#: a token with no further letter or digit at either side. What stands before is taken, not looked
#: back at: the engine skips to such places, and a newsletter's text is long
_CANDIDATE = re.compile(rf"[^A-Za-z0-9]((?ai:{TOKEN.pattern}))(?![A-Za-z0-9])")
_MOST_CANDIDATES: Final = 50
#: letters and digits as x, all else as a space: most mails hold no word as long as a token
_WORDS: Final = bytes(
    ord("x" if chr(byte).isalnum() and byte < 128 else " ") for byte in range(256)
)
_LONG_WORD: Final = b"x" * 24


@dataclass(frozen=True, slots=True)
class Traces:
    """What may lead to the delivery that a mail answers; header values as they stand."""

    message_id: str = ""
    recipients: tuple[str, ...] = ()
    #: In-Reply-To, then References from the newest
    thread: tuple[str, ...] = ()
    #: of the mail that a report or bounce is about: its Message-ID, then where replies should go
    returned: tuple[str, ...] = ()
    #: normalised addresses that a bounce or complaint is about
    about: tuple[str, ...] = ()
    #: what looks like a token in the subject or in the text, our quoted links among it
    said: tuple[str, ...] = ()
    #: the normalised address of Reply-To; ''
    reply_to: str = ""
    #: of a bounce: the name that we gave to the attempt (RFC 3461), by the report's word alone
    envelope_id: str = ""


def traces(parsed: Parsed, kind: ReplyKind, bounce: Bounce | None = None) -> Traces:
    """Gather the traces of a mail."""
    is_report = kind in (ReplyKind.BOUNCE, ReplyKind.COMPLAINT)
    headers = parsed.headers
    references = re.split(r"[\s,]+", " ".join(headers.all("references")))
    return Traces(
        message_id=headers.get("message-id"),
        recipients=_recipients(parsed),
        thread=(*headers.all("in-reply-to"), *reversed(references)),
        returned=_returned(parsed) if is_report else (),
        about=tuple(dict.fromkeys(_about(parsed, bounce))) if is_report else (),
        said=candidates((parsed.subject, parsed.text)),
        reply_to=mailbox(headers.get("reply-to"))[1],
        envelope_id=_envelope_id(parsed) if is_report else "",
    )


def _envelope_id(parsed: Parsed) -> str:
    return next(filter(None, (b.get("original-envelope-id") for b in parsed.blocks)), "").strip()


def is_to_token(parsed: Parsed) -> bool:
    """Whether a recipient's address holds what looks like a token of ours."""
    return bool(candidates(_recipients(parsed)))


def _recipients(parsed: Parsed) -> tuple[str, ...]:
    return tuple(chain.from_iterable(parsed.headers.all(name) for name in _RECIPIENTS))


def _returned(parsed: Parsed) -> tuple[str, ...]:
    names = ("message-id", "reply-to", "references", "list-unsubscribe")
    # bounces in plain text hold the returned headers in the middle of the text
    for headers in (parsed.returned, parse_fields(parsed.text)):
        found = tuple(chain.from_iterable(headers.all(name) for name in names))
        if found:
            return found
    return ()


def _about(parsed: Parsed, bounce: Bounce | None) -> Iterator[str]:
    """What the report's own fields name counts; only without them, to whom the original went."""
    named = [block.get(field) for block in parsed.blocks for field in _ABOUT]
    named.append(parsed.headers.get("x-hmxmroriginalrecipient"))
    found = [address for value in named if (address := _address_in(value))]
    yield from found
    if found:
        return
    # a bounce in plain text has no fields: all that it speaks of is in the text
    if bounce is not None:
        yield from bounce.recipients
    returned = parsed.returned if parsed.returned.fields else parse_fields(parsed.text)
    for value in returned.all("to"):
        if address := mailbox(value)[1]:
            yield address


def _address_in(value: str) -> str:
    return addresses.normalise(value.rpartition(";")[2])


def candidates(values: Iterable[str]) -> tuple[str, ...]:
    """Give what looks like a token in the values, each once, in order, in lower case."""
    found = (
        match[1].lower()
        for value in values
        if _LONG_WORD in value.encode("ascii", "replace").translate(_WORDS)
        for match in _CANDIDATE.finditer(f" {value}")
    )
    return tuple(dict.fromkeys(found))[:_MOST_CANDIDATES]
