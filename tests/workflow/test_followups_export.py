"""Follow-ups as a file for outside: who may be in danger has no name there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from answering import Sent, send_campaign
from sqlite_utils import Database

from outreach.followups.view import Asked
from outreach.settings import Settings
from outreach.workflow import gatherings
from outreach.workflow.followups_export import export_rows

IN_FRANCE = "I would like to help.\nName: Jean Mbuyi\nCountry: France\n"


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: Path, now: datetime) -> Sent:
    """The campaign `events`, sent to Jean and Amina."""
    return send_campaign(db, settings, tmp_path / "mails", now)


def named(sent: Sent) -> list[tuple[str, str]]:
    """Give the names and addresses that leave the house."""
    return [(row[3], row[4]) for row in export_rows(sent.db, sent.settings, Asked(), now=sent.now)]


def test_who_is_in_no_danger_has_a_name(sent: Sent) -> None:
    """Nothing else is left out."""
    sent.take_in(sent.mail(IN_FRANCE))
    assert named(sent) == [("Jean Mbuyi", "jean@example.org")]


def test_a_dangerous_country_of_the_list_counts(sent: Sent) -> None:
    """Whatever a mail says."""
    sent.db.conn.execute("UPDATE supporters SET country = 'AE' WHERE supporter_id = 1")
    sent.take_in(sent.mail(IN_FRANCE))
    assert named(sent) == [("", "")]


def test_a_gathering_in_a_dangerous_country_counts(sent: Sent) -> None:
    """Whose organiser is listed elsewhere."""
    sent.take_in(sent.mail(IN_FRANCE))
    held = {"kind": "debate", "date": "2014-03-10", "country": "BY"}
    gatherings.add_gathering(sent.db, sent.settings, held, by="Amina", now=sent.now, followup_id=1)
    assert named(sent) == [("", "")]


@pytest.mark.parametrize("change", ["country = ''", "certainty = 0.4"])
def test_where_the_country_is_not_known_nobody_is_named(sent: Sent, change: str) -> None:
    """Nor where it is not certain."""
    sent.take_in(sent.mail(IN_FRANCE))
    sent.db.conn.execute(f"UPDATE followups SET {change}")
    assert named(sent) == [("", "")]
