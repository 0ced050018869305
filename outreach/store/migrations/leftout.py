"""An index over those of a ledger whom nothing reaches: few of many, looked at page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.store.migrations.registry import migrations, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations(name="0021_left_out")
def left_out(db: Database) -> None:
    """Add an index to the ledger; no table is new."""
    run(
        db,
        """
        CREATE INDEX deliveries_left_out ON deliveries (campaign_id, supporter_id)
            WHERE state IN ('excluded', 'withdrawn', 'cancelled')
        """,
    )
