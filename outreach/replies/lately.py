"""Whom we wrote to lately, found by an address. Reads: deliveries, campaigns, supporters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach import addresses
from outreach.store import Database, utc_text
from outreach.supporters.consent import of_mailbox_sql

#: how long after a campaign a mail without a token is taken for an answer to it
RECENT: Final = timedelta(days=90)
#: how far the clocks of senders go wrong
_SKEW: Final = timedelta(days=1)
#: more people who have variants of one address are no one's
_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Recent:
    """A letter that reached somebody lately, or may have."""

    delivery_id: int
    campaign_id: int
    supporter_id: int


def recent_delivery(db: Database, email: str, received: datetime) -> Recent | None:
    """Give the newest letter to exactly this address within RECENT before a mail was received.

    CROSS JOIN keeps SQLite to this order: a look into each campaign for one person, by the key.
    """
    row = db.conn.execute(
        "SELECT d.delivery_id, d.campaign_id, d.supporter_id"
        " FROM supporters AS s CROSS JOIN campaigns AS c"
        " CROSS JOIN deliveries AS d USING (campaign_id, supporter_id)"
        " WHERE s.email = ? AND d.state IN ('accepted', 'claimed', 'in_doubt')"
        " AND d.changed_at BETWEEN ? AND ? ORDER BY d.changed_at DESC, d.delivery_id DESC LIMIT 1",
        [email, utc_text(received - RECENT), utc_text(received + _SKEW)],
    ).fetchone()
    return None if row is None else Recent(*row)


def by_number(db: Database, delivery_id: int) -> tuple[Recent, str] | None:
    """Give a letter by its number, whenever it left, and to which address."""
    row = db.conn.execute(
        "SELECT d.delivery_id, d.campaign_id, d.supporter_id, s.email FROM deliveries AS d"
        " JOIN supporters AS s USING (supporter_id) WHERE d.delivery_id = ?",
        [delivery_id],
    ).fetchone()
    return None if row is None else (Recent(*row[:3]), row[3])


def supporter_of(db: Database, email: str) -> int | None:
    """Give the supporter with exactly this address, or None."""
    row = db.conn.execute("SELECT supporter_id FROM supporters WHERE email = ?", [email]).fetchone()
    return None if row is None else int(row[0])


def variants_on_the_list(db: Database, email: str) -> list[str]:
    """Give the other addresses of supporters whose mail comes to the same mailbox as `email`'s."""
    rows = db.conn.execute(
        f"SELECT s.email FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')} LIMIT :most",
        {"mailbox": addresses.mailbox(email), "most": _MOST + 1},
    )
    return [listed for (listed,) in rows if not addresses.same(listed, email)][:_MOST]
