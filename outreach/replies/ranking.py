"""Which of several mails that answer one letter counts. Reads: replies, inbound.

A wish to get no more stands above all, then what a person wrote, then a bounce, then what machines
say: an automatic answer must not hide the person's own, and nothing undoes an opt-out. Of equals
the newest counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outreach.model import ReplyKind

#: the lowest counts; our own mails answer nothing
RANKS: Final[Mapping[ReplyKind, int]] = {
    ReplyKind.UNSUBSCRIBE: 0,
    ReplyKind.COMPLAINT: 0,
    ReplyKind.VOLUNTEER: 1,
    ReplyKind.QUESTION: 1,
    ReplyKind.THANKS: 1,
    ReplyKind.DECLINE: 1,
    ReplyKind.UNKNOWN: 1,
    ReplyKind.BOUNCE: 2,
    ReplyKind.AUTO_REPLY: 3,
    ReplyKind.RECEIPT: 3,
    ReplyKind.NEWSLETTER: 4,
    ReplyKind.SPAM: 4,
    ReplyKind.OWN: 5,
}

_RANKED: Final = " ".join(f"WHEN '{kind}' THEN {rank}" for kind, rank in RANKS.items())
#: SQL over `replies AS r JOIN inbound AS i`: no other answer of this person to this letter counts
#: more. A friend who answers with the same letter's token is another person.
DECIDES: Final = f"""
    NOT EXISTS (
        SELECT 1 FROM replies AS o JOIN inbound AS j USING (inbound_id)
         WHERE o.delivery_id = r.delivery_id AND o.supporter_id IS r.supporter_id
           AND (o.supporter_id IS NOT NULL OR o.from_address = r.from_address)
           AND (CASE o.kind {_RANKED} END < CASE r.kind {_RANKED} END
                OR (CASE o.kind {_RANKED} END = CASE r.kind {_RANKED} END
                    AND (j.received_at, o.inbound_id) > (i.received_at, r.inbound_id))))
"""
