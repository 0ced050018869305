"""The one place that decides who may be written to, and who may be tracked. Writes: suppressions.

Planning asks it of a whole segment in SQL; the last door asks it again of each batch, with the very
same expression, as consent, suppressions and what else was sent to them may have changed since.

What a person wishes, and the care that they need, is of their mailbox: it counts for each address
whose mail comes there. A dead address is only itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach import addresses, settings
from outreach.model import Consent, Exclusion, Supporter, Suppression
from outreach.store import Database, utc_text
from outreach.supporters.roll import COLUMNS, Record

#: letters of other campaigns that reached a person lately, or may have, read along the index
#: `deliveries_reached`
_REACHED: Final = """
    (SELECT count(*) FROM deliveries AS d WHERE d.supporter_id = s.supporter_id
        AND d.state IN ('claimed', 'accepted', 'in_doubt')
        AND d.changed_at > :cap_since AND d.campaign_id <> :cap_apart)
"""
#: and those that reached them since they last may have had one, as they chose themselves
_REACHED_ALREADY: Final = """
    EXISTS (SELECT 1 FROM preferences AS p JOIN deliveries AS d ON d.supporter_id = p.supporter_id
        WHERE p.supporter_id = s.supporter_id AND d.state IN ('claimed', 'accepted', 'in_doubt')
        AND d.campaign_id <> :cap_apart AND d.changed_at > CASE p.often
            WHEN 'weekly' THEN :week_since WHEN 'monthly' THEN :month_since ELSE '9999' END)
"""
_EXCLUSION: Final = f"""
    CASE
        WHEN instr(s.email, '@') = 0 THEN '{Exclusion.NO_ADDRESS}'
        WHEN x.email IS NOT NULL THEN '{Exclusion.SUPPRESSED}'
        WHEN s.consent = '{Consent.DENIED}' THEN '{Exclusion.OPTED_OUT}'
        WHEN s.consent <> '{Consent.GRANTED}' THEN '{Exclusion.NO_CONSENT}'
        WHEN s.safety <> 'standard' AND NOT :discreet_version
            THEN '{Exclusion.NO_DISCREET_VERSION}'
        WHEN EXISTS (SELECT 1 FROM unwanted_kinds AS u
            WHERE u.supporter_id = s.supporter_id AND u.kind = :kind)
            THEN '{Exclusion.NOT_WANTED}'
        {{capped}}
        ELSE ''
    END
"""


#: a little less than they say, so that a letter each Monday morning is one a week
_WEEK: Final = timedelta(days=6, hours=12)
_MONTH: Final = timedelta(days=27)


@dataclass(frozen=True, slots=True)
class Cap:
    """How many letters one person may get, those of one campaign apart. Moments are UTC.

    At most `messages` `since` a moment, 0 for no limit; none `week_since` and `month_since` others
    where the person chose one a week or a month at most; '' leaves out what they chose.
    """

    messages: int
    since: str
    campaign_id: int
    week_since: str = ""
    month_since: str = ""


def cap_of(cap: settings.Cap, campaign_id: int, now: datetime) -> Cap:
    """Give the cap that the settings, and people's own choices, put on a campaign now."""
    return Cap(
        cap.messages,
        utc_text(now - timedelta(days=cap.days)),
        campaign_id,
        utc_text(now - _WEEK),
        utc_text(now - _MONTH),
    )


def exclusion_sql(cap: Cap | None) -> str:
    """Give SQL for the `Exclusion` word of a person, or '' where they may be written to.

    It stands over `supporters AS s LEFT JOIN suppressions AS x ON x.email = s.email` and binds the
    names of `exclusion_names`. The first reason that is true counts.
    """
    conditions = []
    if cap and cap.messages:
        conditions.append(f"{_REACHED} >= :cap_messages")
    if cap and cap.week_since:
        conditions.append(_REACHED_ALREADY)
    capped = f"WHEN {' OR '.join(conditions)} THEN '{Exclusion.CAPPED}'" if conditions else ""
    return _EXCLUSION.format(capped=capped)


def exclusion_names(
    cap: Cap | None, *, discreet_version: bool, kind: str = ""
) -> dict[str, int | str]:
    """Give what `exclusion_sql` binds, for a message of this kind.

    `discreet_version`: whether the message has one.
    """
    names: dict[str, int | str] = {"discreet_version": int(discreet_version), "kind": kind}
    if cap:
        names |= {
            "cap_messages": cap.messages,
            "cap_since": cap.since,
            "cap_apart": cap.campaign_id,
            "week_since": cap.week_since,
            "month_since": cap.month_since,
        }
    return names


#: what a person themselves said of our mail
SAID: Final = frozenset({Suppression.UNSUBSCRIBED, Suppression.COMPLAINT})
#: weakest first: a dead address may come to life again, a complaint is never taken back
_STRENGTH: Final = (
    Suppression.DEAD_ADDRESS,
    Suppression.STAFF,
    Suppression.UNSUBSCRIBED,
    Suppression.COMPLAINT,
)


def excluded_now(
    db: Database,
    supporter_ids: Sequence[int],
    *,
    discreet_version: bool,
    kind: str = "",
    cap: Cap | None = None,
) -> dict[int, Exclusion]:
    """Give those of `supporter_ids` who may not be written to at this moment, with the reason.

    An id that nobody has any more counts as having no address. One query.
    """
    names = exclusion_names(cap, discreet_version=discreet_version, kind=kind)
    reasons: dict[int, str] = dict(_asked(db, supporter_ids, "s.supporter_id", names, cap))
    return {
        number: Exclusion(reason)
        for number in supporter_ids
        if (reason := reasons.get(number, Exclusion.NO_ADDRESS))
    }


def records_now(
    db: Database,
    supporter_ids: Sequence[int],
    *,
    discreet_version: bool,
    kind: str = "",
    cap: Cap | None = None,
) -> dict[int, Record]:
    """Read many people, with the reason that `excluded_now` gives, or '', behind each record.

    Ids that nobody has are left out. One query.
    """
    names = exclusion_names(cap, discreet_version=discreet_version, kind=kind)
    rows = _asked(db, supporter_ids, COLUMNS, names, cap)
    return {row[0]: row for row in rows}


def _asked(
    db: Database,
    supporter_ids: Sequence[int],
    columns: str,
    names: Mapping[str, int | str],
    cap: Cap | None,
) -> sqlite3.Cursor:
    return db.conn.execute(
        f"SELECT {columns}, {exclusion_sql(cap)} FROM json_each(:ids) AS i"
        " CROSS JOIN supporters AS s ON s.supporter_id = i.value"
        " LEFT JOIN suppressions AS x ON x.email = s.email",
        {**names, "ids": json.dumps(list(supporter_ids))},
    )


#: SQL over `supporters AS s`: whether what a person opens and follows may be counted now. A yes to
#: that ends with any no to our mail, also for letters that they already have
MAY_BE_TRACKED: Final = f"""
    (s.tracking = '{Consent.GRANTED}' AND s.consent <> '{Consent.DENIED}' AND NOT EXISTS (
        SELECT 1 FROM suppressions AS said WHERE said.email = s.email
        AND said.reason IN ('{Suppression.UNSUBSCRIBED}', '{Suppression.COMPLAINT}')))
"""


def may_track(supporter: Supporter) -> bool:
    """Whether a letter may be made so that it can be counted; `MAY_BE_TRACKED` is asked again."""
    return supporter.tracking is Consent.GRANTED and supporter.consent is not Consent.DENIED


def suppress(db: Database, email: str, reason: Suppression, source: str, now: datetime) -> bool:
    """Never write to this normalised address again; `source` says for people who told us.

    What a person said counts for all addresses on the list whose mail comes to their mailbox.
    Safe to call again. Where an address is suppressed already, only a stronger reason replaces
    the one that stands there, and what is proved what nothing proves (see `UNPROVEN`). Runs inside
    the caller's transaction.

    Returns:
        False if the address was suppressed already.
    """
    if reason in SAID:
        names = {"mailbox": addresses.mailbox(email)}
        for (listed,) in db.conn.execute(
            f"SELECT s.email FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')}", names
        ).fetchall():
            if not addresses.same(listed, email):
                _suppress(db, listed, reason, source, now)
    fresh = _suppress(db, email, reason, source, now)
    if reason is Suppression.UNSUBSCRIBED and not source.endswith(UNPROVEN):
        _prove(db, email, source, now)
    return fresh


def _suppress(db: Database, email: str, reason: Suppression, source: str, now: datetime) -> bool:
    standing = suppression_of(db, email)
    take_over(db, email, reason, source, utc_text(now))
    return standing is None


def take_over(db: Database, email: str, reason: str, source: str, suppressed_at: str) -> bool:
    """Suppress just this address, unless a reason as strong stands there; give whether it did.

    Runs inside the caller's transaction. Safe to call again.
    """
    standing, reason = suppression_of(db, email), Suppression(reason)
    if standing is not None and _STRENGTH.index(reason) <= _STRENGTH.index(standing):
        return False
    db.conn.execute(
        "INSERT INTO suppressions (email, reason, source, suppressed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (email) DO UPDATE SET reason = excluded.reason,"
        " source = excluded.source, suppressed_at = excluded.suppressed_at",
        [email, reason, source, suppressed_at],
    )
    return True


def take_back(
    db: Database, email: str, reason: Suppression, source: str, suppressed_at: datetime
) -> bool:
    """Undo one suppression, if it still is the very one that was made then, by that source.

    It is undone for each address of the mailbox for which it counted. Runs inside the caller's
    transaction. Gives whether it was this one.
    """
    names = {
        "email": email,
        "mailbox": addresses.mailbox(email),
        "reason": reason,
        "source": source,
        "at": utc_text(suppressed_at),
    }
    same = "reason = :reason AND source = :source AND suppressed_at = :at"
    taken = db.conn.execute(f"DELETE FROM suppressions WHERE email = :email AND {same}", names)
    if not taken.rowcount:
        return False
    db.conn.execute(
        f"DELETE FROM suppressions AS x WHERE {of_mailbox_sql('x', ':mailbox')} AND {same}", names
    )
    return True


#: ends the source of a wish of which nothing shows whose it is: granted at once, and a person may
#: ask whether it was meant, or take it back
UNPROVEN: Final = ", which nothing proves"


def _prove(db: Database, email: str, source: str, now: datetime) -> None:
    db.conn.execute(
        "UPDATE suppressions AS x SET source = :source, suppressed_at = :at"
        f" WHERE {of_mailbox_sql('x', ':mailbox')} AND reason = '{Suppression.UNSUBSCRIBED}'"
        f" AND source LIKE '%{UNPROVEN}'",
        {"source": source, "at": utc_text(now), "mailbox": addresses.mailbox(email)},
    )


def is_unproven(db: Database, email: str) -> bool:
    """Whether nothing proves yet that whoever has this address wants no more."""
    asked = f"SELECT 1 FROM suppressions WHERE email = ? AND source LIKE '%{UNPROVEN}'"
    return db.conn.execute(asked, [email]).fetchone() is not None


def take_back_unproven(db: Database, source: str) -> tuple[str, ...]:
    """Undo the wish of a source, where nothing proved it since; give the addresses.

    Runs inside the caller's transaction.

    Raises:
        ValueError: the source is not of those that nothing proves.
    """
    if not source.endswith(UNPROVEN):
        raise ValueError(source)
    taken = db.conn.execute(
        "DELETE FROM suppressions WHERE reason = ? AND source = ? RETURNING email",
        [Suppression.UNSUBSCRIBED, source],
    )
    return tuple(email for (email,) in taken.fetchall())


def welcome_back(db: Database, email: str) -> bool:
    """Let an address be written to again whose owner has proved that it lives and asks for it.

    A complaint and the word of staff stay. Runs inside the caller's transaction. Safe to call
    again. Gives whether nothing stands against it now.
    """
    db.conn.execute(
        "DELETE FROM suppressions WHERE email = ? AND reason IN (?, ?)",
        [email, Suppression.UNSUBSCRIBED, Suppression.DEAD_ADDRESS],
    )
    return suppression_of(db, email) is None


def suppression_of(db: Database, email: str) -> Suppression | None:
    """Why this address must not be written to, or None where nothing stands against it."""
    row = db.conn.execute("SELECT reason FROM suppressions WHERE email = ?", [email]).fetchone()
    return None if row is None else Suppression(row[0])


def suppressed_at(db: Database, email: str, reason: Suppression, source: str) -> str:
    """When that source suppressed an address for that reason; '' where that doesn't stand."""
    row = db.conn.execute(
        "SELECT suppressed_at FROM suppressions WHERE email = ? AND reason = ? AND source = ?",
        [email, reason, source],
    ).fetchone()
    return row[0] if row else ""


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


def listed(db: Database, email: str) -> str:
    """Give the address on the list whose mail comes to the mailbox of this one; '' for none.

    Of several the very same, if it is among them.
    """
    row = db.conn.execute(
        f"SELECT s.email FROM supporters AS s WHERE {of_mailbox_sql('s', ':mailbox')}"
        " OR s.email = :email ORDER BY s.email <> :email, s.supporter_id LIMIT 1",
        {"email": email, "mailbox": addresses.mailbox(email)},
    ).fetchone()
    return row[0] if row else ""
