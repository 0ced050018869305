"""What a person can ask of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from outreach.reports import figures
from outreach.reports.figures import Report
from outreach.reports.funnel import Dimension, Funnel, funnel
from outreach.settings import Settings
from outreach.store import Database


def campaign_report(db: Database, settings: Settings, name: str) -> Report:
    """Count what came of a campaign, as it stands now. Changes nothing.

    Raises:
        NotFound: there is no such campaign.
    """
    guarded = settings.gatherings
    return figures.report(db, name, guarded.dangers, guarded.least_shown)


def funnel_report(
    db: Database,
    settings: Settings,
    names: Sequence[str],
    *,
    now: datetime,
    by: Sequence[Dimension] = tuple(Dimension),
) -> Funnel:
    """Count everything from the audience to the letters; of all campaigns, where none is named.

    Changes nothing.

    Raises:
        NotFound: there is no such campaign.
    """
    guarded = settings.gatherings
    return funnel(db, names, now, by=by, dangers=guarded.dangers, least=guarded.least_shown)
