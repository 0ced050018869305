"""A sent campaign for the tests of replies."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from answering import Sent, send_campaign
from sqlite_utils import Database

from outreach.settings import Settings


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: Path, now: datetime) -> Sent:
    """The campaign `events`, sent to Jean and Amina."""
    return send_campaign(db, settings, tmp_path / "mails", now)
