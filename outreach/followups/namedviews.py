"""The ten views of the queue, each one condition in SQL over `followups AS f`. Writes nothing.

They ask for `:today` (a UTC day), `:now` (UTC) and `:me` (a name). One may stand in several.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from outreach.followups import unproven
from outreach.followups.stages import DONE
from outreach.model import ReplyKind

#: below that, staff should read the mail before they answer it
UNSURE: Final = 0.6


class View(StrEnum):
    """What a person may want to see of the queue."""

    NEEDS_ANSWER = "needs_answer"
    OVERDUE = "overdue"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    MISSING = "missing"
    UNSURE = "unsure"
    UNMATCHED = "unmatched"
    OPT_OUTS = "opt_outs"
    WAITING = "waiting"
    SNOOZED = "snoozed"


_DONE: Final = ", ".join(f"'{stage}'" for stage in sorted(DONE))
#: somebody may still have to do something
OPEN: Final = f"f.stage NOT IN ({_DONE})"
_OURS: Final = f"{OPEN} AND f.due_at <> '' AND f.snoozed_until <= :today"

#: a person wants no more mail, and nothing keeps us from writing to them yet, or nothing proves it
_UNHEARD: Final = f"""({unproven.STANDS} OR EXISTS (
    SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
     WHERE m.followup_id = f.followup_id AND r.kind = '{ReplyKind.UNSUBSCRIBE}'
       AND NOT EXISTS (SELECT 1 FROM suppressions AS s WHERE s.email = r.from_address)
       AND NOT {unproven.UNDONE}))"""

#: view -> what it shows, and its condition
VIEWS: Final[Mapping[View, tuple[str, str]]] = {
    View.NEEDS_ANSWER: ("somebody waits for us", _OURS),
    View.OVERDUE: ("and should have their answer by now", f"{_OURS} AND f.due_at <= :now"),
    View.MINE: ("are yours", f"{OPEN} AND f.assignee = :me COLLATE NOCASE AND :me <> ''"),
    View.UNASSIGNED: ("are nobody's", f"{OPEN} AND f.assignee = ''"),
    View.MISSING: ("lack a name or a country", f"{OPEN} AND (f.name = '' OR f.country = '')"),
    View.UNSURE: ("are understood with little certainty", f"{OPEN} AND f.certainty < {UNSURE}"),
    View.UNMATCHED: ("answer no campaign that we know", f"{OPEN} AND f.campaign_id IS NULL"),
    View.OPT_OUTS: ("want no more mail, which somebody must confirm", f"{OPEN} AND {_UNHEARD}"),
    View.WAITING: (
        "have their answer: we wait for them",
        f"{OPEN} AND f.due_at = '' AND f.snoozed_until <= :today",
    ),
    View.SNOOZED: ("sleep until a day to come", f"{OPEN} AND f.snoozed_until > :today"),
}
