"""Each step of the funnel, counted by one query in cells of country, language, arm and day.

Reads only. A cell is small: what is reported is added up of cells, so that each query goes through
its rows once, whatever is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from outreach.followups.stages import DONE
from outreach.model import ActionKind, ReplyKind
from outreach.replies import BY_PEOPLE
from outreach.reports.figures import NO_MESSAGE
from outreach.store import Database, utc_text
from outreach.tracking.events import EventKind


@dataclass(frozen=True, slots=True)
class Cell:
    """How many of one step, of one country, language and arm on one day."""

    #: the field of `funnel.Row` that it counts for
    step: str
    #: ISO code; '' where not known
    country: str
    #: BCP 47 of the message; NO_MESSAGE where there was none
    language: str
    arm: str
    #: YYYY-MM-DD in UTC, on which it happened; '' where not known
    day: str
    number: int
    #: of the steps `contacted` and `waiting`: how long it took, in hours
    hours: float = 0.0


def _in(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


_LANGUAGE: Final = f"coalesce(nullif(d.language, ''), '{NO_MESSAGE}')"

#: `OF campaign_id` is true of the campaigns that the report is about, ARM is the column or ''
_DELIVERIES: Final = f"""
    SELECT coalesce(s.country, ''), {_LANGUAGE}, ARM, substr(c.planned_at, 1, 10),
           iif(d.state = 'accepted', substr(d.changed_at, 1, 10), ''),
           coalesce((SELECT substr(min(e.occurred_at), 1, 10) FROM provider_events AS e
              WHERE e.delivery_id = d.delivery_id AND e.kind = '{EventKind.DELIVERED}'), ''),
           count(*)
      FROM deliveries AS d
      JOIN campaigns AS c ON c.campaign_id = d.campaign_id
      LEFT JOIN supporters AS s ON s.supporter_id = d.supporter_id
     WHERE OF d.campaign_id
     GROUP BY 1, 2, 3, 4, 5, 6
"""
#: each person once for a campaign, with what their first such mail says; who they are, see
#: `figures`
_REPLIED: Final = f"""
    SELECT country, language, arm, substr(first, 1, 10), count(*) FROM (
        SELECT min(i.received_at) AS first,
               coalesce(nullif(s.country, ''), r.country) AS country,
               {_LANGUAGE} AS language, ARM AS arm
          FROM replies AS r
          JOIN inbound AS i ON i.inbound_id = r.inbound_id
          LEFT JOIN deliveries AS d ON d.delivery_id = r.delivery_id
          LEFT JOIN supporters AS s ON s.supporter_id = r.supporter_id
         WHERE r.kind IN (KINDS) AND OF r.campaign_id
         GROUP BY r.campaign_id, coalesce(r.supporter_id, lower(r.from_address))
    ) GROUP BY 1, 2, 3, 4
"""
#: as for those who replied, so that a country's steps are of the same people
_COUNTRY: Final = "coalesce(nullif(s.country, ''), f.country)"
#: what was done with those that were merged into it was done for the person, too
_OF_IT: Final = """h.followup_id IN (SELECT o.followup_id FROM followups AS o
                    WHERE o.followup_id = f.followup_id OR o.merged_into = f.followup_id)"""
#: the follow-ups of people who offered to put on an event
_VOLUNTEERS: Final = f"""
      FROM followups AS f
      LEFT JOIN deliveries AS d ON d.delivery_id = f.delivery_id
      LEFT JOIN supporters AS s ON s.supporter_id = f.supporter_id
     WHERE f.merged_into IS NULL AND OF f.campaign_id
       AND EXISTS (SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
            WHERE m.followup_id = f.followup_id AND r.kind = '{ReplyKind.VOLUNTEER}')
"""
#: stages that somebody comes to by being answered; to later ones a gathering of theirs takes them
#: too, and the queue still has them wait
_ANSWERED: Final = _in(["contacted", "info_sent"])
_CONTACTED: Final = f"""
    SELECT country, language, arm, substr(answered, 1, 10), 1,
           max(0.0, (julianday(answered) - julianday(wrote)) * 24) FROM (
        SELECT {_COUNTRY} AS country, {_LANGUAGE} AS language, ARM AS arm,
               coalesce((SELECT min(h.changed_at) FROM followup_history AS h
                   WHERE {_OF_IT} AND (h.field = 'answer'
                      OR (h.field = 'stage' AND h.new IN ({_ANSWERED})))),
                   nullif(f.answered_at, '')) AS answered,
               (SELECT min(i.received_at) FROM followup_replies AS m
                   JOIN inbound AS i USING (inbound_id)
                  WHERE m.followup_id = f.followup_id) AS wrote
          {_VOLUNTEERS}
    ) WHERE answered IS NOT NULL
"""
_CONFIRMED: Final = f"""
    SELECT country, language, arm, substr(confirmed, 1, 10), count(*) FROM (
        SELECT {_COUNTRY} AS country, {_LANGUAGE} AS language, ARM AS arm,
               (SELECT min(h.changed_at) FROM followup_history AS h
                 WHERE {_OF_IT} AND h.field = 'stage' AND h.new IN (
                    'confirmed', 'gathering_planned', 'gathering_held')) AS confirmed
          {_VOLUNTEERS}
    ) WHERE confirmed IS NOT NULL GROUP BY 1, 2, 3, 4
"""
_WAITING: Final = f"""
    SELECT {_COUNTRY}, {_LANGUAGE}, ARM, substr(f.waiting_since, 1, 10), 1,
           max(0.0, (julianday(:now) - julianday(f.waiting_since)) * 24)
      {_VOLUNTEERS} AND f.waiting_since <> '' AND f.stage NOT IN ({_in(list(DONE))})
"""
_HELD: Final = f"""
    SELECT g.country, {_LANGUAGE}, ARM, g.held_on, sum(coalesce(r.events, 1))
      FROM gatherings AS g
      LEFT JOIN gathering_results AS r
             ON r.gathering_id = g.gathering_id AND r.state = 'checked'
      LEFT JOIN followups AS f ON f.followup_id = g.followup_id
      LEFT JOIN deliveries AS d ON d.delivery_id = f.delivery_id
     WHERE g.state = 'held' AND OF f.campaign_id
     GROUP BY 1, 2, 3, 4
"""
#: what was collected there, of one kind or of all
_COLLECTED: Final = f"""
    SELECT g.country, {_LANGUAGE}, ARM, g.held_on, sum(n.quantity)
      FROM gatherings AS g
      JOIN gathering_results AS r ON r.gathering_id = g.gathering_id AND r.state = 'checked'
      JOIN gathering_counts AS n ON n.result_id = r.result_id
      LEFT JOIN followups AS f ON f.followup_id = g.followup_id
      LEFT JOIN deliveries AS d ON d.delivery_id = f.delivery_id
     WHERE g.state = 'held' AND n.kind IN (KINDS) AND OF f.campaign_id
     GROUP BY 1, 2, 3, 4
"""

#: the step -> its one query; that of the first three is _DELIVERIES
QUERIES: Final = {
    "replied": _REPLIED.replace("KINDS", _in(list(BY_PEOPLE))),
    "volunteered": _REPLIED.replace("KINDS", f"'{ReplyKind.VOLUNTEER}'"),
    "contacted": _CONTACTED,
    "confirmed": _CONFIRMED,
    "held": _HELD,
    "letters": _COLLECTED.replace("KINDS", f"'{ActionKind.LETTER}'"),
    "collected": _COLLECTED.replace("KINDS", _in(list(ActionKind))),
    "waiting": _WAITING,
}


def cells(db: Database, campaigns: str | None, now: datetime) -> Iterator[Cell]:
    """Count all steps of these campaigns, ids as JSON; None: of all, and of what is of none."""
    asked = {"campaigns": campaigns, "now": utc_text(now)}
    arm = "coalesce(d.arm, '')" if has_arms(db) else "''"
    rows: Any = db.conn.execute(_asking(_DELIVERIES, campaigns, arm), asked)
    for country, language, name, planned, accepted, delivered, number in rows:
        yield Cell("audience", country, language, name, planned, number)
        if accepted:
            yield Cell("accepted", country, language, name, accepted, number)
        if delivered:
            yield Cell("delivered", country, language, name, delivered, number)
    for step, sql in QUERIES.items():
        for row in db.conn.execute(_asking(sql, campaigns, arm), asked):
            yield Cell(step, *row)


def _asking(sql: str, campaigns: str | None, arm: str) -> str:
    """Finish a query: with an OR in place of one of two texts, SQLite would use no index."""
    of = "true" if campaigns is None else r"\1 IN (SELECT value FROM json_each(:campaigns))"
    return re.sub(r"\bOF ([a-z._]+)", of, sql.replace("ARM", arm))


def has_arms(db: Database) -> bool:
    """Whether deliveries name the arm of an experiment that they got."""
    names = [row[1] for row in db.conn.execute("PRAGMA table_info(deliveries)")]
    return "arm" in names
