"""What people chose to get counts whenever it is asked who may be written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import letters as made
import pytest
from campaigning import Desk
from sqlite_utils import Database

from outreach import settings as all_settings
from outreach.errors import TemplateError
from outreach.model import Consent, Exclusion, MessageKind
from outreach.settings import Settings
from outreach.store import atomic, utc_text
from outreach.supporters import consent, roll
from outreach.supporters.preferences import Often, Preferences, choose, preferences_of

NOTHING = Preferences("", Often.ALWAYS, frozenset(), Consent.UNKNOWN)


def _choose(db: Database, number: int, wanted: Preferences, now: datetime) -> None:
    with atomic(db):
        choose(db, roll.get(db, number), wanted, "test", now)


def _excluded(
    db: Database, now: datetime, kind: str = "", campaign_id: int = 99
) -> dict[int, Exclusion]:
    cap = consent.cap_of(all_settings.Cap(), campaign_id, now)
    return consent.excluded_now(db, [1, 2, 3], discreet_version=False, kind=kind, cap=cap)


def test_who_never_chose_gets_everything(db: Database, now: datetime) -> None:
    """Nobody is left out for want of an answer."""
    made.add_people(db, range(1, 4))
    assert preferences_of(db, roll.get(db, 1)) == NOTHING
    assert _excluded(db, now, kind="news") == {}


@pytest.mark.parametrize("kind", MessageKind)
def test_a_kind_that_somebody_does_not_want_is_left_out_for_them(
    db: Database, now: datetime, kind: MessageKind
) -> None:
    """That kind alone, and for them alone; and again when they change their mind."""
    made.add_people(db, range(1, 4))
    _choose(db, 2, replace(NOTHING, unwanted=frozenset({kind})), now)
    for other in MessageKind:
        left_out = {2: Exclusion.NOT_WANTED} if other is kind else {}
        assert _excluded(db, now, kind=other) == left_out
    assert _excluded(db, now) == {}
    _choose(db, 2, NOTHING, now)
    assert _excluded(db, now, kind=kind) == {}


@pytest.mark.parametrize(("often", "days"), [(Often.WEEKLY, 6.4), (Often.MONTHLY, 26)])
def test_one_letter_in_a_while_is_one(
    db: Database, now: datetime, often: Often, days: float
) -> None:
    """Of other campaigns than this; a letter each Monday morning is one a week."""
    made.add_people(db, range(1, 4))
    made.planned_campaign(db)
    db.conn.execute(
        "UPDATE deliveries SET state = 'accepted', changed_at = ?",
        [utc_text(now - timedelta(days=days))],
    )
    _choose(db, 3, replace(NOTHING, often=often), now)
    assert _excluded(db, now) == {3: Exclusion.CAPPED}
    assert _excluded(db, now, campaign_id=1) == {}
    assert _excluded(db, now + timedelta(days=2)) == {}
    db.conn.execute("UPDATE deliveries SET state = 'refused'")
    assert _excluded(db, now) == {}


def test_it_counts_at_planning_and_at_the_last_door(db: Database, settings: Settings) -> None:
    """Chosen after the plan, it still counts."""
    desk = Desk(db, settings)
    desk.write()
    manifest = settings.templates_dir / "hello" / "message.toml"
    manifest.write_text(manifest.read_text("utf-8") + 'kind = "events"\n', "utf-8")
    no_events = replace(NOTHING, unwanted=frozenset({MessageKind.EVENTS}))
    _choose(db, 1, no_events, desk.clock())
    desk.campaign()
    _choose(db, 2, no_events, desk.clock())
    desk.at("2014-02-26 12:30")
    desk.cron()
    found = db.conn.execute(
        "SELECT supporter_id, state FROM deliveries WHERE reason = 'not_wanted'"
    ).fetchall()
    assert found == [(1, "excluded"), (2, "withdrawn")]
    assert len(desk.accepted) == 21


def test_a_kind_that_there_is_not_is_told(db: Database, settings: Settings) -> None:
    """With those that there are."""
    desk = Desk(db, settings)
    desk.write()
    manifest = settings.templates_dir / "hello" / "message.toml"
    manifest.write_text(manifest.read_text("utf-8") + 'kind = "spam"\n', "utf-8")
    with pytest.raises(TemplateError, match=r"line 3.*news, action, events"):
        desk.create()
