"""The figures of one campaign, counted each time from the ledger and the replies. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from outreach.dispatch import campaigns
from outreach.dispatch.status import Ledger, status
from outreach.model import ReplyKind
from outreach.replies import BY_PEOPLE
from outreach.store import Database

#: stands where a language would, for people to whom no message was made
NO_MESSAGE: Final = "(none)"
#: stands for the dangerous countries of which a number is too small to be shown by name
UNNAMED: Final = "*"


@dataclass(frozen=True, slots=True)
class Part:
    """The people of one country, or of one language of the message."""

    #: ISO 3166-1 alpha-2, '' for those of whom it isn't known; or the BCP 47 tag of their message,
    #: NO_MESSAGE for those who had none; or UNNAMED
    code: str
    audience: int = 0
    accepted: int = 0
    #: people who wrote back
    replied: int = 0
    #: people who offered to put on an event
    volunteers: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one campaign. People are counted once, however often they wrote."""

    campaign: str
    state: str
    #: UTC; '' until planned
    planned_at: str
    audience: int
    ledger: Ledger
    #: why people were left out after planning, by `Exclusion`
    withdrawn_reasons: Mapping[str, int]
    #: why messages were refused, by `Refusal`
    refused_reasons: Mapping[str, int]
    #: mails by `ReplyKind`, the commonest first; several of one person all count
    replies: Mapping[str, int]
    replied: int
    volunteers: int
    #: people who wrote back for each accepted message; friends to whom it was forwarded count
    #: too. None before any was accepted
    reply_rate: float | None
    #: None before any was accepted
    volunteers_per_thousand: float | None
    #: the largest audience first
    countries: tuple[Part, ...]
    languages: tuple[Part, ...]


def report(db: Database, name: str, dangers: Set[str] = frozenset(), least: int = 1) -> Report:
    """Count what came of the campaign `name`.

    Countries of `dangers` with a number of people below `least` are one part together, and so are
    languages of which such a number is mostly of people there.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    number = campaign.campaign_id
    standing = status(db, campaign)
    replied, volunteers = _people_who_wrote(db, number)
    accepted = standing.ledger.accepted
    in_danger = {part.code: part for part in _parts(db, number, "language", dangers)}
    return Report(
        campaign=campaign.name,
        state=standing.state,
        planned_at=campaign.planned_at,
        audience=standing.audience,
        ledger=standing.ledger,
        withdrawn_reasons=_reasons(db, number, "withdrawn"),
        refused_reasons=_reasons(db, number, "refused"),
        replies=dict(db.conn.execute(_KINDS, [number])),
        replied=replied,
        volunteers=volunteers,
        reply_rate=round(replied / accepted, 4) if accepted else None,
        volunteers_per_thousand=round(1000 * volunteers / accepted, 2) if accepted else None,
        countries=_guarded(_parts(db, number, "country"), dangers, least),
        languages=_guarded(_parts(db, number, "language"), dangers, least, in_danger),
    )


def too_few(number: int | None, least: int) -> bool:
    """Whether a number stands for so few people that they might be found."""
    return number is not None and 0 < number < least


def _guarded(
    parts: Sequence[Part],
    dangers: Set[str],
    least: int,
    in_danger: Mapping[str, Part] | None = None,
) -> tuple[Part, ...]:
    """Put parts that stand for few people in danger together; `in_danger`: those of each part."""

    def there(part: Part) -> Part:
        if in_danger is None:
            return part if part.code in dangers else Part(part.code)
        return in_danger.get(part.code, Part(part.code))

    hidden = [
        part
        for part in parts
        if any(
            too_few(number, least) and 2 * few > number
            for number, few in zip(_numbers(part), _numbers(there(part)), strict=True)
        )
    ]
    if not hidden:
        return tuple(parts)
    sums = (sum(numbers) for numbers in zip(*map(_numbers, hidden), strict=True))
    return (*(part for part in parts if part not in hidden), Part(UNNAMED, *sums))


def _numbers(part: Part) -> tuple[int, int, int, int]:
    return part.audience, part.accepted, part.replied, part.volunteers


_REASONS: Final = """
    SELECT reason, count(*) FROM deliveries
     WHERE campaign_id = ? AND state = ?
     GROUP BY reason ORDER BY count(*) DESC, reason
"""
_KINDS: Final = """
    SELECT kind, count(*) FROM replies
     WHERE campaign_id = ?
     GROUP BY kind ORDER BY count(*) DESC, kind
"""

#: each delivery with its person's country, and the language of the message if there was one
_SENT: Final = f"""
    SELECT coalesce(s.country, '') AS country,
           coalesce(nullif(d.language, ''), '{NO_MESSAGE}') AS language,
           d.state
      FROM deliveries AS d
      LEFT JOIN supporters AS s ON s.supporter_id = d.supporter_id
     WHERE d.campaign_id = :campaign_id
"""

#: each reply with who wrote it: a supporter's number, else the address, for a token proves the
#: message and not the reader: messages are forwarded. The country is the supporter's, else the one
#: that the mail states; the language is that of the message they read
_BACK: Final = f"""
    SELECT coalesce(r.supporter_id, lower(r.from_address)) AS person,
           coalesce(nullif(s.country, ''), r.country) AS country,
           coalesce(nullif(d.language, ''), '{NO_MESSAGE}') AS language,
           r.kind = '{ReplyKind.VOLUNTEER}' AS is_volunteer
      FROM replies AS r
      LEFT JOIN deliveries AS d ON d.delivery_id = r.delivery_id
      LEFT JOIN supporters AS s ON s.supporter_id = r.supporter_id
     WHERE r.campaign_id = :campaign_id
       AND r.kind IN ({", ".join(f"'{kind}'" for kind in sorted(BY_PEOPLE))})
"""  # fmt: skip


def _reasons(db: Database, campaign_id: int, state: str) -> dict[str, int]:
    return dict(db.conn.execute(_REASONS, [campaign_id, state]))


def _people_who_wrote(db: Database, campaign_id: int) -> tuple[int, int]:
    """Count the people who wrote back, and those of them who offered to put on an event."""
    replied, volunteers = db.conn.execute(
        "SELECT count(DISTINCT person), count(DISTINCT person) FILTER (WHERE is_volunteer)"
        f" FROM ({_BACK})",
        {"campaign_id": campaign_id},
    ).fetchone()
    return int(replied), int(volunteers)


def _parts(
    db: Database, campaign_id: int, column: str, only: Set[str] | None = None
) -> tuple[Part, ...]:
    """Count by `column` of the two views above; with `only`, people of these countries alone."""
    where = "" if only is None else " WHERE country IN (SELECT value FROM json_each(:only))"
    rows = db.conn.execute(
        f"SELECT {column}, sum(audience), sum(accepted), sum(replied), sum(volunteers) FROM ("
        f" SELECT {column}, count(*) AS audience, sum(state = 'accepted') AS accepted,"
        f" 0 AS replied, 0 AS volunteers FROM ({_SENT}){where} GROUP BY {column}"
        " UNION ALL"
        f" SELECT {column}, 0, 0, count(DISTINCT person),"
        f" count(DISTINCT person) FILTER (WHERE is_volunteer) FROM ({_BACK}){where}"
        f" GROUP BY {column}"
        f") GROUP BY {column} ORDER BY 2 DESC, 5 DESC, 4 DESC, {column}",
        {"campaign_id": campaign_id, "only": json.dumps(sorted(only or ()))},
    )
    return tuple(Part(*row) for row in rows)
