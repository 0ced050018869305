"""What events are found by, as few things as can be: each is work for every event that comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0020_events")
def events(db: Database) -> None:
    """What events are looked up by; tracking.journal writes them. There is no new table."""
    run(
        db,
        # nobody asks for the events of a body
        "DROP INDEX provider_events_body",
        # nearly all are of a delivery, which says whose they are
        "DROP INDEX provider_events_supporter",
        """
        CREATE INDEX provider_events_supporter ON provider_events (supporter_id)
            WHERE delivery_id IS NULL
        """,
        "DROP INDEX provider_events_letter",
        """
        CREATE INDEX provider_events_letter ON provider_events (letter_id)
            WHERE letter_id IS NOT NULL
        """,
    )
