"""The one place that decides who may be written to, and who may be tracked. Writes: suppressions.

Planning asks it of a whole segment in SQL; the last door asks it again of each batch, with the very
same expression, as consent and suppressions may have changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from outreach.model import Consent, Exclusion, Supporter, Suppression
from outreach.store import Database, utc_text

#: SQL for the `Exclusion` word of a person, or '' where they may be written to. It stands over
#: `supporters AS s LEFT JOIN suppressions AS x ON x.email = s.email` and binds
#: `:discreet_version`: 1 where the message has one. The first reason that is true counts.
EXCLUSION_SQL: Final = f"""
    CASE
        WHEN instr(s.email, '@') = 0 THEN '{Exclusion.NO_ADDRESS}'
        WHEN x.email IS NOT NULL THEN '{Exclusion.SUPPRESSED}'
        WHEN s.consent = '{Consent.DENIED}' THEN '{Exclusion.OPTED_OUT}'
        WHEN s.consent <> '{Consent.GRANTED}' THEN '{Exclusion.NO_CONSENT}'
        WHEN s.safety <> 'standard' AND NOT :discreet_version
            THEN '{Exclusion.NO_DISCREET_VERSION}'
        ELSE ''
    END
"""

#: weakest first: a dead address may come to life again, a complaint is never taken back
_STRENGTH: Final = (
    Suppression.DEAD_ADDRESS,
    Suppression.STAFF,
    Suppression.UNSUBSCRIBED,
    Suppression.COMPLAINT,
)


def excluded_now(
    db: Database, supporter_ids: Sequence[int], *, discreet_version: bool
) -> dict[int, Exclusion]:
    """Give those of `supporter_ids` who may not be written to at this moment, with the reason.

    An id that nobody has any more counts as having no address. Up to 1,000 ids at a time are one
    query.
    """
    excluded: dict[int, Exclusion] = {}
    for start in range(0, len(supporter_ids), 1000):
        batch = supporter_ids[start : start + 1000]
        names = {f"id{n}": supporter_id for n, supporter_id in enumerate(batch)}
        reasons: dict[int, str] = dict(
            db.conn.execute(
                f"SELECT s.supporter_id, {EXCLUSION_SQL} FROM supporters AS s"
                " LEFT JOIN suppressions AS x ON x.email = s.email"
                f" WHERE s.supporter_id IN ({', '.join(':' + name for name in names)})",
                {**names, "discreet_version": int(discreet_version)},
            )
        )
        for supporter_id in batch:
            reason = reasons.get(supporter_id, Exclusion.NO_ADDRESS)
            if reason:
                excluded[supporter_id] = Exclusion(reason)
    return excluded


def may_track(supporter: Supporter) -> bool:
    """Whether opens and clicks of this person may be recorded: only if they said yes."""
    return supporter.tracking is Consent.GRANTED


def suppress(db: Database, email: str, reason: Suppression, source: str, now: datetime) -> bool:
    """Never write to this normalised address again; `source` says for people who told us.

    Safe to call again. Where the address is suppressed already, only a stronger reason replaces
    the one that stands there. Runs inside the caller's transaction.

    Returns:
        False if the address was suppressed already.
    """
    standing = suppression_of(db, email)
    if standing is None or _STRENGTH.index(reason) > _STRENGTH.index(standing):
        db.conn.execute(
            "INSERT INTO suppressions (email, reason, source, suppressed_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (email) DO UPDATE SET reason = excluded.reason,"
            " source = excluded.source, suppressed_at = excluded.suppressed_at",
            [email, reason, source, utc_text(now)],
        )
    return standing is None


def suppression_of(db: Database, email: str) -> Suppression | None:
    """Why this address must not be written to, or None where nothing stands against it."""
    row = db.conn.execute("SELECT reason FROM suppressions WHERE email = ?", [email]).fetchone()
    return None if row is None else Suppression(row[0])
