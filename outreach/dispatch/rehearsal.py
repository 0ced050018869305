"""A rehearsal: all that a run would do up to the transport, and nothing written. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from outreach.dispatch import ledger
from outreach.dispatch.orders import Orders, on_trial, problem
from outreach.model import Progress, no_progress
from outreach.store import Database
from outreach.supporters import consent, roll


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a run would do at this moment."""

    campaign: str
    #: letters that would go, by language
    languages: dict[str, int]
    #: people who would be taken out at the last door, by `Exclusion`
    withdrawn: dict[str, int]
    #: people for whom there is no message, and the first of the reasons
    not_composable: int
    first_problem: str
    #: planned, but put off till later
    waiting: int

    @property
    def would_go(self) -> int:
        """Letters that would go."""
        return sum(self.languages.values())


def rehearse(
    db: Database,
    orders: Orders,
    *,
    moment: datetime,
    limit: int | None = None,
    progress: Progress = no_progress,
) -> Rehearsed:
    """Compose everything that is due at `moment`, at most `limit` letters, and send nothing.

    Tokens in what is composed do nothing, so `orders.key` is not used.
    """
    languages: Counter[str] = Counter()
    withdrawn: Counter[str] = Counter()
    problems, first_problem = 0, ""
    total = ledger.count_due(db, orders.campaign.campaign_id, by=moment)
    planned, _ = ledger.still_planned(db, orders.campaign.campaign_id)
    wanted = total if limit is None else min(limit, total)
    due = iter(ledger.due(db, orders.campaign.campaign_id, by=moment, limit=None))
    cap = consent.cap_of(orders.limits.cap, orders.campaign.campaign_id, moment)
    tried = 0
    while tried < wanted:
        rows = list(islice(due, min(orders.batch_size, wanted - tried)))
        if not rows:
            break
        ids = [row.supporter_id for row in rows]
        shut = consent.excluded_now(
            db, ids, discreet_version=orders.discreet_version, kind=orders.kind, cap=cap
        )
        withdrawn.update(str(reason) for reason in shut.values())
        people = roll.fetch(db, [i for i in ids if i not in shut])
        for row in rows:
            if row.supporter_id in shut:
                continue
            tried += 1
            try:
                message = on_trial(orders.compose, people[row.supporter_id], moment)
                languages[message.language] += 1
            except Exception as error:
                problems += 1
                first_problem = first_problem or problem(error)
        progress(tried, wanted)
    return Rehearsed(
        campaign=orders.campaign.name,
        languages=dict(sorted(languages.items())),
        withdrawn=dict(sorted(withdrawn.items())),
        not_composable=problems,
        first_problem=first_problem,
        waiting=planned - total,
    )
