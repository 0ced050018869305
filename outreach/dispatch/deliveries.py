"""Who got what: rows of the ledger, whole, of one person or by their number. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from outreach.store import Database


@dataclass(frozen=True, slots=True)
class Delivery:
    """One letter to one person, as the ledger has it."""

    delivery_id: int
    campaign: str
    supporter_id: int
    email: str
    state: str
    #: `Exclusion` or `Refusal`; '' where there is none
    reason: str
    #: of the message; '' where none was made
    language: str
    shape: str
    #: how often it was claimed for a transport, and how often that said: later
    attempts: int
    deferrals: int
    #: UTC, before which it may not leave; '' where it may at once, or is no longer planned
    not_before: str
    #: UTC: the Date of the message that left last; '' where none was recorded
    composed_at: str
    #: UTC, since when it is in this state
    changed_at: str
    #: the transport that had it; '' where none did
    provider: str
    provider_id: str
    detail: str
    #: hex digits of the SHA-256 of what left last; '' where none was recorded
    digest: str
    #: whether the person's record was erased
    erased: bool

    @property
    def attempt_id(self) -> str:
        """What the last transport was given as the id of its attempt; '' where there was none."""
        return f"{self.delivery_id}-{self.attempts}" if self.attempts else ""


_COLUMNS: Final = """
    d.delivery_id, c.name, d.supporter_id, s.email, d.state, d.reason, d.language, d.shape,
    d.attempts, d.deferrals, d.not_before, d.composed_at, d.changed_at, d.provider, d.provider_id,
    d.detail, lower(hex(d.digest)), d.address_hash <> x''
"""
#: through the campaigns, which are few: no index of deliveries begins with the person
_OF_PERSON: Final = f"""
    SELECT {_COLUMNS} FROM campaigns AS c
    CROSS JOIN deliveries AS d ON d.campaign_id = c.campaign_id AND d.supporter_id = :person
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE :campaign = '' OR c.name = :campaign
    ORDER BY d.delivery_id DESC
"""
_BY_ID: Final = f"""
    SELECT {_COLUMNS} FROM deliveries AS d
    CROSS JOIN campaigns AS c ON c.campaign_id = d.campaign_id
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    WHERE d.delivery_id = ?
"""


def of_person(db: Database, supporter_id: int, *, campaign: str = "") -> list[Delivery]:
    """Give all that was ever planned for a person, the newest first; '' asks for all campaigns."""
    rows = db.conn.execute(_OF_PERSON, {"person": supporter_id, "campaign": campaign})
    return [_delivery(row) for row in rows]


def by_id(db: Database, delivery_id: int) -> Delivery | None:
    """Give one delivery; None where there is none of this number."""
    row = db.conn.execute(_BY_ID, [delivery_id]).fetchone()
    return _delivery(row) if row else None


def _delivery(row: tuple[Any, ...]) -> Delivery:
    values: list[Any] = [*row[:-1], bool(row[-1])]
    return Delivery(*values)
