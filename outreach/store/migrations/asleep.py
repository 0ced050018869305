"""Follow-ups that were put off before there was a bound to it, for followups.changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database

#: as `followups.queue` has it; nobody who sleeps for longer is ever seen again
_TOO_FAR = "snoozed_until > date('now', '+400 days')"


@migrations(name="0024_asleep")
def asleep(db: Database) -> None:
    """Whoever would sleep for longer than anybody can be put off now is awake; the history tells.

    There is no new table.
    """
    run(
        db,
        f"""
        INSERT INTO followup_history
            (followup_id, version, changed_at, changed_by, field, old, new)
        SELECT followup_id, version + 1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), 'rule',
               'snoozed_until', snoozed_until, ''
          FROM followups WHERE {_TOO_FAR}
        """,
        f"UPDATE followups SET snoozed_until = '', version = version + 1 WHERE {_TOO_FAR}",
    )
