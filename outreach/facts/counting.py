"""Counts the actions that a message asks for, when its campaign is planned. Writes no table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Final

from outreach.errors import TemplateError, shown
from outreach.facts.tally import Ask, Tally
from outreach.store import Database

#: how SQL reads a dimension
_COLUMNS: Final = {
    "kind": "kind",
    "country": "country",
    "case": "case_key",
    "year": "substr(done_on, 1, 4)",
}
#: a message holds no more numbers than that
_MOST_COUNTS: Final = 50_000


def count(db: Database, asks: Iterable[Ask], day: date) -> tuple[Tally, ...]:
    """Count what is asked for, as far as it was done by `day`; actions without a day count too.

    Raises:
        TemplateError: nothing was done for a campaign by then, so that its name may be a slip, and
            the message doesn't say what then; or the counts are too many for a message to hold.
    """
    return tuple(_counted(db, ask, day) for ask in sorted(set(asks)))


def _counted(db: Database, ask: Ask, day: date) -> Tally:
    by = ", ".join(_COLUMNS[name] for name in ask.by)
    rows = db.conn.execute(
        f"SELECT sum(quantity){', ' if by else ''}{by} FROM actions"
        " WHERE campaign = ? AND done_on <= ?"
        f" GROUP BY {by or 'campaign'} LIMIT {_MOST_COUNTS + 1}",
        [ask.campaign, day.isoformat()],
    ).fetchall()
    if not rows and not ask.may_be_none:
        raise _error(
            f"by {day} there are no actions for this campaign{_meant(db, ask.campaign)}",
            ask,
            "see `outreach actions list`",
        )
    if len(rows) > _MOST_COUNTS:
        how = " and ".join(ask.by)
        raise _error(f"counted by {how} it has over {_MOST_COUNTS:,} numbers", ask, "count by less")
    return Tally(
        ask.campaign, ask.by, MappingProxyType({tuple(row[1:]): int(row[0]) for row in rows})
    )


def _meant(db: Database, campaign: str) -> str:
    there_are = [str(row[0]) for row in db.conn.execute("SELECT DISTINCT campaign FROM actions")]
    near = difflib.get_close_matches(campaign, there_are, 1, 0.5)
    return f", did you mean {shown(near[0])}" if near and near[0] != campaign else ""


def _error(problem: str, ask: Ask, next_step: str) -> TemplateError:
    return TemplateError(
        problem, file=ask.file or None, line=ask.line, value=ask.campaign, next_step=next_step
    )
