"""Notice that a database was put back from a backup, which doesn't know who was written to since.

Beside the database lies its mark, a small file that names the last line of the histories of all
campaigns, as it was when a run began or ended. A database without that very line is older than the
mark. It is written after the commit of the line, so a power cut never makes the mark the newer one.
Where there is no mark, as with a database that was moved alone, nothing can be known.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from outreach.dispatch import campaigns
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.store import Database

#: why a campaign is held begins with it
RESTORED: Final = "an older database"

_LAST: Final = """
    SELECT history_id, happened_at, what FROM campaign_history ORDER BY history_id DESC LIMIT 1
"""
_SAME: Final = """
    SELECT 1 FROM campaign_history WHERE history_id = ? AND happened_at = ? AND what = ?
"""
_UNFINISHED: Final = """
    SELECT name FROM campaigns WHERE EXISTS (SELECT 1 FROM deliveries
        WHERE deliveries.campaign_id = campaigns.campaign_id AND state IN ('planned', 'claimed'))
"""


def held_as_restored(campaign: Campaign) -> bool:
    """Whether we hold a campaign because its database is older than what was sent."""
    return campaign.held_by == OURSELVES and campaign.held_why.startswith(RESTORED)


def hold_all_if_older(db: Database, now: datetime) -> list[str]:
    """Hold every campaign that is not finished if the database is older than its mark; name them.

    Also those that are held already, as a person may let them go on. Inside the caller's
    transaction; `leave_mark` follows it, so that it is said once.
    """
    mark = _mark(db)
    if mark is None or db.conn.execute(_SAME, mark).fetchone():
        return []
    names = [name for (name,) in db.conn.execute(_UNFINISHED)]
    for name in names:
        campaign = campaigns.get(db, name)
        why = (
            f"{RESTORED} was put back: it doesn't know what was sent later, until {mark[1]} at"
            " least, so some people may have got this already"
        )
        if campaign.held_at:
            campaigns.release(db, campaign, by=OURSELVES, now=now)
            why += f"; it was held before: {campaign.held_why}"
        campaigns.hold(db, campaign, by=OURSELVES, why=why, now=now)
    return names


def leave_mark(db: Database) -> None:
    """Write down beside the database how far it is. Nothing where that can't be written."""
    file, line = _file(db), db.conn.execute(_LAST).fetchone()
    if file is None or line is None:
        return
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        with beside.open("w", encoding="ascii") as writing:
            json.dump(line, writing)
            writing.flush()
            os.fsync(writing.fileno())
        beside.replace(file)


def _mark(db: Database) -> tuple[int, str, str] | None:
    """Read the mark; None where there is none that can be read."""
    file = _file(db)
    with suppress(OSError, ValueError):
        line = json.loads(file.read_text("ascii")) if file else None
        if isinstance(line, list) and [type(word) for word in line] == [int, str, str]:
            return (line[0], line[1], line[2])
    return None


def _file(db: Database) -> Path | None:
    """Give where the mark is; None for a database in memory."""
    for _, name, path in db.conn.execute("PRAGMA database_list"):
        if name == "main" and path:
            return Path(f"{path}.mark")
    return None
