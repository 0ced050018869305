"""The one place that decides who may be written to, and who may be tracked. Writes: suppressions.

Planning asks it of a whole segment in SQL; the last door asks it again of each batch, with the very
same expression, as consent, suppressions and what else was sent to them may have changed since.

What a person wishes, and the care that they need, is of their mailbox: it counts for each address
whose mail comes there. A dead address is only itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach import addresses, settings
from outreach.model import Consent, Exclusion, Supporter, Suppression
from outreach.store import Database, utc_text

#: letters of other campaigns that reached a person lately, or may have, read along the index
#: `deliveries_reached`
_REACHED: Final = """
    (SELECT count(*) FROM deliveries AS d WHERE d.supporter_id = s.supporter_id
        AND d.state IN ('claimed', 'accepted', 'in_doubt')
        AND d.changed_at > :cap_since AND d.campaign_id <> :cap_apart)
"""
_EXCLUSION: Final = f"""
    CASE
        WHEN instr(s.email, '@') = 0 THEN '{Exclusion.NO_ADDRESS}'
        WHEN x.email IS NOT NULL THEN '{Exclusion.SUPPRESSED}'
        WHEN s.consent = '{Consent.DENIED}' THEN '{Exclusion.OPTED_OUT}'
        WHEN s.consent <> '{Consent.GRANTED}' THEN '{Exclusion.NO_CONSENT}'
        WHEN s.safety <> 'standard' AND NOT :discreet_version
            THEN '{Exclusion.NO_DISCREET_VERSION}'
        {{capped}}
        ELSE ''
    END
"""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `messages` to one person `since` a moment (UTC), those of one campaign apart."""

    messages: int
    since: str
    campaign_id: int


def cap_of(cap: settings.Cap, campaign_id: int, now: datetime) -> Cap | None:
    """Give the cap that the settings put on a campaign at this moment; None where there is none."""
    if not cap.messages:
        return None
    return Cap(cap.messages, utc_text(now - timedelta(days=cap.days)), campaign_id)


def exclusion_sql(cap: Cap | None) -> str:
    """Give SQL for the `Exclusion` word of a person, or '' where they may be written to.

    It stands over `supporters AS s LEFT JOIN suppressions AS x ON x.email = s.email` and binds the
    names of `exclusion_names`. The first reason that is true counts.
    """
    capped = f"WHEN {_REACHED} >= :cap_messages THEN '{Exclusion.CAPPED}'" if cap else ""
    return _EXCLUSION.format(capped=capped)


def exclusion_names(cap: Cap | None, *, discreet_version: bool) -> dict[str, int | str]:
    """Give what `exclusion_sql` binds. `discreet_version`: whether the message has one."""
    names: dict[str, int | str] = {"discreet_version": int(discreet_version)}
    if cap:
        names |= {
            "cap_messages": cap.messages,
            "cap_since": cap.since,
            "cap_apart": cap.campaign_id,
        }
    return names


#: what a person themselves said of our mail
_SAID: Final = frozenset({Suppression.UNSUBSCRIBED, Suppression.COMPLAINT})
#: weakest first: a dead address may come to life again, a complaint is never taken back
_STRENGTH: Final = (
    Suppression.DEAD_ADDRESS,
    Suppression.STAFF,
    Suppression.UNSUBSCRIBED,
    Suppression.COMPLAINT,
)


def excluded_now(
    db: Database, supporter_ids: Sequence[int], *, discreet_version: bool, cap: Cap | None = None
) -> dict[int, Exclusion]:
    """Give those of `supporter_ids` who may not be written to at this moment, with the reason.

    An id that nobody has any more counts as having no address. One query.
    """
    names = exclusion_names(cap, discreet_version=discreet_version)
    reasons: dict[int, str] = dict(
        db.conn.execute(
            f"SELECT s.supporter_id, {exclusion_sql(cap)} FROM json_each(:ids) AS i"
            " CROSS JOIN supporters AS s ON s.supporter_id = i.value"
            " LEFT JOIN suppressions AS x ON x.email = s.email",
            {**names, "ids": json.dumps(list(supporter_ids))},
        )
    )
    return {
        number: Exclusion(reason)
        for number in supporter_ids
        if (reason := reasons.get(number, Exclusion.NO_ADDRESS))
    }


def may_track(supporter: Supporter) -> bool:
    """Whether opens and clicks of this person may be recorded: only if they said yes."""
    return supporter.tracking is Consent.GRANTED


def suppress(db: Database, email: str, reason: Suppression, source: str, now: datetime) -> bool:
    """Never write to this normalised address again; `source` says for people who told us.

    What a person said counts for all addresses on the list whose mail comes to their mailbox.
    Safe to call again. Where an address is suppressed already, only a stronger reason replaces
    the one that stands there. Runs inside the caller's transaction.

    Returns:
        False if the address was suppressed already.
    """
    if reason in _SAID:
        names = {"mailbox": addresses.mailbox(email)}
        for (listed,) in db.conn.execute(
            f"SELECT s.email FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')}", names
        ).fetchall():
            if not addresses.same(listed, email):
                _suppress(db, listed, reason, source, now)
    return _suppress(db, email, reason, source, now)


def _suppress(db: Database, email: str, reason: Suppression, source: str, now: datetime) -> bool:
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


def of_mailbox_sql(table: str, mailbox: str) -> str:
    """Give SQL for the rows of supporters or suppressions, as `table`, that are of a mailbox.

    `mailbox` is an expression. Most addresses are their own mailbox, and found by their own index.
    """
    return (
        f"({table}.email = {mailbox}"
        f" OR ({table}.mailbox = {mailbox} AND {table}.mailbox <> {table}.email))"
    )


def is_shut(db: Database, email: str) -> bool:
    """Whether nothing may go to an address by itself, whoever on the list it is of.

    It is suppressed, or its mailbox is of somebody who said no or is not to be written to.
    """
    row = db.conn.execute(
        "SELECT 1 FROM suppressions WHERE email = :email"
        f" UNION ALL SELECT 1 FROM suppressions AS x WHERE {of_mailbox_sql('x', ':mailbox')}"
        f" AND x.reason <> '{Suppression.DEAD_ADDRESS}'"
        f" UNION ALL SELECT 1 FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')}"
        f" AND s.consent = '{Consent.DENIED}' LIMIT 1",
        {"email": email, "mailbox": addresses.mailbox(email)},
    ).fetchone()
    return row is not None


def needs_care(db: Database, email: str) -> bool:
    """Whether an address comes to somebody on the list who gets discreet messages only."""
    row = db.conn.execute(
        f"SELECT 1 FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')}"
        " AND s.safety <> 'standard' LIMIT 1",
        {"mailbox": addresses.mailbox(email)},
    ).fetchone()
    return row is not None
