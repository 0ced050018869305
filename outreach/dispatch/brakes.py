"""Brakes: whether a campaign does harm, by what became of its last letters. Reads only.

A provider that sees dead addresses or complaints closes the account, for all campaigns. So a run
that meets too many of either is held, for a person to look at its list. Gmail wants less than one
complaint in a thousand letters: https://support.google.com/a/answer/14229414
"""

from __future__ import annotations

from typing import Final

from outreach.model import Refusal, Suppression
from outreach.store import Database

#: so many letters are looked at, the last that were accepted or refused; of fewer the same
#: absolute numbers are too many
LETTERS: Final = 1_000
MOST_DEAD: Final = 50
MOST_COMPLAINTS: Final = 1

#: what was handled before somebody released the campaign has been looked at
_RELEASED: Final = """
    SELECT coalesce(max(happened_at), '') FROM campaign_history
    WHERE campaign_id = ? AND what = 'released'
"""
_LAST: Final = f"""
    SELECT count(*),
        count(*) FILTER (WHERE d.reason = '{Refusal.DEAD_ADDRESS}'
            OR d.state = 'accepted' AND x.reason = '{Suppression.DEAD_ADDRESS}'),
        count(*) FILTER (WHERE d.state = 'accepted' AND x.reason = '{Suppression.COMPLAINT}')
    FROM (
        SELECT supporter_id, state, reason FROM deliveries
        WHERE campaign_id = :campaign_id AND changed_at > :since
            AND state IN ('accepted', 'refused')
        ORDER BY changed_at DESC LIMIT {LETTERS}
    ) AS d
    CROSS JOIN supporters AS s ON s.supporter_id = d.supporter_id
    LEFT JOIN suppressions AS x ON x.email = s.email
"""


def why_hold(db: Database, campaign_id: int) -> str:
    """Say in plain words why the campaign must be held now; '' where nothing speaks against it."""
    (since,) = db.conn.execute(_RELEASED, [campaign_id]).fetchone()
    letters, dead, complaints = db.conn.execute(
        _LAST, {"campaign_id": campaign_id, "since": since}
    ).fetchone()
    if dead > MOST_DEAD:
        return (
            f"{dead} of the last {letters} letters went to addresses that do not exist, and"
            f" more than {MOST_DEAD} in {LETTERS} is too many: look at where the list comes from"
        )
    if complaints > MOST_COMPLAINTS:
        return (
            f"{complaints} of the last {letters} readers called it spam, and more than"
            f" {MOST_COMPLAINTS} in {LETTERS} is too many: look at how they came on the list"
        )
    return ""
