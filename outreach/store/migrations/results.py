"""What organisers tell of several gatherings in one mail, for followups.results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0022_results_of_several")
def results_of_several(db: Database) -> None:
    """A mail may be heard of several gatherings; there is no new table."""
    run(
        db,
        "DROP INDEX gathering_results_mail",
        # no mail is heard twice of one gathering
        """
        CREATE UNIQUE INDEX gathering_results_mail ON gathering_results (inbound_id, gathering_id)
            WHERE inbound_id IS NOT NULL
        """,
    )
