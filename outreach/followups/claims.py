"""Who has a follow-up open now. Writes: followup_claims.

A notice, not a lock: whoever comes second is told, and decides. What keeps two from undoing each
other is the version. All functions run inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.store import Database, utc_text


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody has a follow-up open."""

    who: str
    #: UTC
    since: str


def take(db: Database, followup_id: int, who: str, lasts: timedelta, now: datetime) -> Claim | None:
    """Say that `who` has a follow-up open; the second one doesn't take it from the first.

    Safe to call again: that renews it.

    Returns:
        the claim of somebody else; None where there is none.
    """
    other = of_another(db, followup_id, who, lasts, now)
    if other is None:
        moment = utc_text(now)
        db.conn.execute(
            "INSERT INTO followup_claims (followup_id, who, since, seen_at)"
            " VALUES (:id, :who, :now, :now) ON CONFLICT (followup_id) DO UPDATE SET"
            " since = iif(who = :who COLLATE NOCASE AND seen_at >= :oldest, since, :now),"
            " who = :who, seen_at = :now",
            {"id": followup_id, "who": who, "now": moment, "oldest": utc_text(now - lasts)},
        )
    return other


def of_another(
    db: Database, followup_id: int, who: str, lasts: timedelta, now: datetime
) -> Claim | None:
    """Give the claim of somebody else than `who`, made or renewed within `lasts`."""
    row = db.conn.execute(
        "SELECT who, since FROM followup_claims"
        " WHERE followup_id = ? AND who <> ? COLLATE NOCASE AND seen_at >= ?",
        [followup_id, who, utc_text(now - lasts)],
    ).fetchone()
    return Claim(*row) if row else None


def drop(db: Database, followup_id: int, who: str) -> None:
    """Say that `who` has it open no more."""
    db.conn.execute(
        "DELETE FROM followup_claims WHERE followup_id = ? AND who = ? COLLATE NOCASE",
        [followup_id, who],
    )
