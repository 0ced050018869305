"""A campaign's whole ledger as lines that prove each other. Writes: deliveries (`address_hash`).

Each line is one JSON object, its keys sorted, without spaces, in ASCII; `chain` is SHA-256 over the
chain of the line before, as hex digits (64 zeros for the first), and the line without `chain`. So
nothing can be changed, taken out, doubled or moved without all that follows being written anew,
which the last chain shows to whoever noted it down.

A person is a keyed hash of their address. It is the same for ASCII's upper and lower case, and kept
in the ledger when a record is erased, so that the proof stays the same bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from outreach.dispatch.campaigns import Campaign
from outreach.errors import IllegalMove
from outreach.model import Progress, no_progress
from outreach.store import Database
from outreach.tokens import SigningKey

FORMAT: Final = "outreach proof 1"
#: stands before the first line
START: Final = "0" * 64

_PURPOSE: Final = b"whom a proof speaks of"
_MARK: Final = b"which key a proof was made with"
#: lines between two reports of progress
_STEP: Final = 1000

_FIRST_AND_LAST: Final = """
    SELECT coalesce(min(delivery_id), 0), coalesce(max(delivery_id), -1) FROM deliveries
    WHERE campaign_id = ?
"""
#: A campaign's rows stand together, so they are read as they lie: `+` keeps SQLite from the index
#: of campaigns, which has another order and would be sorted first.
_ROWS: Final = """
    SELECT d.delivery_id, d.address_hash, coalesce(s.email, ''), d.state, d.reason, d.attempts,
        d.provider, d.provider_id, d.language, d.shape, d.composed_at, d.changed_at,
        lower(hex(d.digest))
    FROM deliveries AS d LEFT JOIN supporters AS s USING (supporter_id)
    WHERE d.delivery_id BETWEEN ? AND ? AND +d.campaign_id = ?
    ORDER BY d.delivery_id
"""
#: through the campaigns, which are few: no index of deliveries begins with the person
_KEEP: Final = """
    UPDATE deliveries SET address_hash = ? WHERE delivery_id IN (
        SELECT d.delivery_id FROM campaigns AS c CROSS JOIN deliveries AS d
            ON d.campaign_id = c.campaign_id AND d.supporter_id = ?
    )
"""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: which plan of which campaign."""

    campaign: str
    content_hash: str
    day: str
    #: UTC
    planned_at: str
    audience: int
    key_id: int
    #: tells this key from others with its number
    key_mark: str
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One delivery, as the proof has it."""

    delivery_id: int
    #: hex digits
    person: str
    state: str
    reason: str
    attempts: int
    provider: str
    provider_id: str
    language: str
    shape: str
    #: UTC
    composed_at: str
    changed_at: str
    #: hex digits of the message's SHA-256; '' where none was recorded
    digest: str


@dataclass(frozen=True, slots=True)
class End:
    """The last line."""

    rows: int
    #: by state
    counts: dict[str, int]


Line = Header | ProofRow | End


class Chain:
    """Writes lines, each with the hash of all before it."""

    def __init__(self) -> None:
        #: of the last line
        self.end = START

    def written(self, line: Line) -> bytes:
        """Write the next line."""
        entry = as_entry(line)
        self.end = following(self.end, entry)
        return canonical({**entry, "chain": self.end}) + b"\n"


def as_entry(line: Line) -> dict[str, Any]:
    """Give a line as the object that is written."""
    return {each.name: getattr(line, each.name) for each in fields(line)}


def following(chain: str, entry: Mapping[str, Any]) -> str:
    """Give the chain of a line that follows the one with this chain."""
    return hashlib.sha256(chain.encode() + canonical(entry)).hexdigest()


def canonical(entry: Mapping[str, Any]) -> bytes:
    """Write an object in the one way in which it can be written."""
    return _encode(entry).encode("ascii")


_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def proof_key(keys: Mapping[int, SigningKey]) -> SigningKey:
    """Choose the key for hashes of people: the oldest, so that new keys don't change a proof."""
    return keys[min(keys)]


def key_mark(key: SigningKey) -> str:
    """Give 16 hex digits that tell this key from others, and nothing else about it."""
    return hmac.digest(key.secret, _MARK, "sha256")[:8].hex()


def person_hash(key: SigningKey, email: str) -> bytes:
    """Give what stands for a normalised address: 32 bytes that nobody without the key can guess."""
    derived = hmac.digest(key.secret, _PURPOSE, "sha256")
    return hmac.digest(derived, email.lower().encode(), "sha256")


def keep_hash(db: Database, supporter_id: int, email: str, key: SigningKey) -> int:
    """Keep what proofs say of somebody whose record is about to be erased; give how many rows.

    `email` is their normalised address, and `key` that of `proof_key`. Runs inside the caller's
    transaction, before the address is gone. Safe to call again.
    """
    return db.conn.execute(_KEEP, [person_hash(key, email), supporter_id]).rowcount


def header_of(campaign: Campaign, key: SigningKey) -> Header:
    """Say which plan of which campaign a proof is of."""
    return Header(
        campaign=campaign.name,
        content_hash=campaign.content_hash,
        day=campaign.day,
        planned_at=campaign.planned_at,
        audience=campaign.audience,
        key_id=key.key_id,
        key_mark=key_mark(key),
    )


def ledger_rows(db: Database, campaign: Campaign, key: SigningKey) -> Iterator[ProofRow]:
    """Give the rows of a campaign in the order of their ids, one after another from the disk."""
    first, last = db.conn.execute(_FIRST_AND_LAST, [campaign.campaign_id]).fetchone()
    derived = hmac.digest(key.secret, _PURPOSE, "sha256")
    for number, kept, email, *rest in db.conn.execute(_ROWS, [first, last, campaign.campaign_id]):
        person = kept or hmac.digest(derived, email.lower().encode(), "sha256")
        yield ProofRow(number, person.hex(), *rest)


def proof_lines(
    db: Database, campaign: Campaign, key: SigningKey, progress: Progress = no_progress
) -> Iterator[tuple[bytes, str]]:
    """Write the proof of a campaign, line by line, each with its chain.

    The caller keeps the database as it is meanwhile: `store.snapshot`.

    Raises:
        IllegalMove: the campaign is not planned, or its ledger doesn't add up.
    """
    if not campaign.planned_at:
        raise IllegalMove(
            f"the campaign {campaign.name} is not planned yet, so there is nothing to prove",
            next_step=f"plan it with `outreach campaigns plan {campaign.name}`",
        )
    chain, counts = Chain(), Counter[str]()
    yield chain.written(header_of(campaign, key)), chain.end
    for number, row in enumerate(ledger_rows(db, campaign, key), 1):
        counts[row.state] += 1
        yield chain.written(row), chain.end
        if not number % _STEP:
            progress(number, campaign.audience)
    if counts.total() != campaign.audience:
        raise IllegalMove(
            f"the ledger of {campaign.name} has {counts.total()} rows for an audience of"
            f" {campaign.audience}",
            next_step="report this, with a copy of the database",
        )
    yield chain.written(End(counts.total(), dict(counts))), chain.end
