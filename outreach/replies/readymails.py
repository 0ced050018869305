"""A mail with all that is stored of it, worked out before its turn to be. Writes nothing."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.replies.dedupe import bytes_key, identity, parsed_or_none
from outreach.replies.envelope import NOTHING, Envelope
from outreach.replies.mime import Parsed, headers_of
from outreach.replies.moments import moment_in
from outreach.store import utc_text

#: of zlib: the highest that costs little, as a mail is stored once and seldom read again
_COMPRESSION: Final = 3


@dataclass(frozen=True, slots=True)
class ReadyMail:
    """A mail as it will be stored."""

    same_bytes: bytes
    #: in the order of the columns
    values: tuple[object, ...]
    parsed: Parsed | None


def make_ready(
    raw: bytes, source: str, now: datetime, *, envelope: Envelope = NOTHING, whole_size: int = 0
) -> ReadyMail:
    """Make all that is stored of a mail, as `inbox.store` does. Needs no database."""
    # a file's name need not be text
    source = source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    same_bytes, parsed = bytes_key(raw), parsed_or_none(raw)
    identified = identity(raw, parsed)
    headers = parsed.headers if parsed else headers_of(raw)
    values = (
        identified.key,
        same_bytes,
        identified.message_id,
        source,
        utc_text(moment_in(headers, now)),
        whole_size,
        envelope.as_json(),
        zlib.compress(raw, _COMPRESSION),
    )
    return ReadyMail(same_bytes, values, parsed)
