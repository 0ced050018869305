"""What a person can ask of the reports."""

from __future__ import annotations

from outreach.reports import figures
from outreach.reports.figures import Report
from outreach.store import Database


def campaign_report(db: Database, name: str) -> Report:
    """Count what came of a campaign, as it stands now. Changes nothing.

    Raises:
        NotFound: there is no such campaign.
    """
    return figures.report(db, name)
