"""Planning writes everybody down."""

from __future__ import annotations

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns, lease, plan
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import CampaignState, status
from outreach.dispatch.transports.memory import Memory
from outreach.errors import AlreadyExists, IllegalMove, InputError, LeaseHeld
from outreach.model import Suppression
from outreach.store import atomic
from outreach.supporters import consent


def _list(db: Database) -> None:
    made.add_people(db, [1, 2, 3])
    made.add_people(db, [4, 5], consent="unknown")
    made.add_people(db, [6], consent="denied")
    made.add_people(db, [7, 8, 9])
    db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 7")
    consent.suppress(db, "P8@Example.org", Suppression.COMPLAINT, "a test", made.START)
    db.conn.execute("UPDATE supporters SET email = 'none' WHERE supporter_id = 9")


def test_everybody_gets_a_row_with_the_reason(db: Database) -> None:
    """Those left out too, so that the sum is the audience."""
    _list(db)
    campaign = made.planned_campaign(db)
    found = status(db, campaign)
    assert found.state is CampaignState.PLANNED
    assert found.balanced
    assert found.audience == 9
    assert found.ledger.planned == 3
    assert found.ledger.excluded == {
        "no_consent": 2,
        "opted_out": 1,
        "no_discreet_version": 1,
        "suppressed": 1,
        "no_address": 1,
    }


def test_a_discreet_version_lets_discreet_people_in(db: Database) -> None:
    """They are left out of messages without one only."""
    _list(db)
    made.planned_campaign(db)
    planned = made.plan_again(db, discreet_version=True)
    assert planned.planned == 4
    assert "no_discreet_version" not in planned.excluded


def test_planning_again_takes_in_what_changed(db: Database) -> None:
    """New people and new consent count, and the plan says what changed."""
    _list(db)
    made.planned_campaign(db)
    made.add_people(db, [10, 11])
    db.conn.execute("UPDATE supporters SET consent = 'granted' WHERE supporter_id = 4")
    db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 1")
    planned = made.plan_again(db)
    assert planned.changed == plan.Changed(planned_before=3, added=3, dropped=1)
    assert (planned.audience, planned.planned) == (11, 5)
    assert status(db, campaigns.get(db, "spring")).balanced


def test_two_campaigns_are_planned_apart(db: Database) -> None:
    """The second counts its own rows only."""
    _list(db)
    made.planned_campaign(db)
    made.planned_campaign(db, "summer")
    assert made.plan_again(db, "spring").planned == 3
    assert made.plan_again(db, "summer").excluded["no_consent"] == 2


def test_what_has_left_can_not_be_planned_again(db: Database) -> None:
    """The plan stands, and nothing of it changes."""
    _list(db)
    made.planned_campaign(db)
    Sender(db, made.orders(db), Memory(), made.Clock()).run(limit=1)
    before = list(db.query("SELECT * FROM deliveries"))
    with pytest.raises(IllegalMove, match="have left"):
        made.plan_again(db)
    assert before == list(db.query("SELECT * FROM deliveries"))


def test_nobody_plans_under_a_dispatchers_hands(db: Database) -> None:
    """While one is at work its plan is not replaced."""
    _list(db)
    campaign = made.planned_campaign(db)
    lease.take(db, plan.lease_name(campaign), "elsewhere:1:a", made.START)
    with pytest.raises(LeaseHeld):
        made.plan_again(db)


def test_orders_for_an_older_plan_are_not_carried_out(db: Database) -> None:
    """A message frozen before the plan was replaced never goes to the people of the new one."""
    _list(db)
    made.planned_campaign(db)
    old = made.orders(db)
    with atomic(db):
        db.conn.execute("UPDATE campaigns SET day = '2014-02-27'")
    with pytest.raises(IllegalMove, match="planned anew"):
        Sender(db, old, Memory(), made.Clock()).run()
    assert status(db, campaigns.get(db, "spring")).state is CampaignState.PLANNED


def test_an_empty_segment_is_an_empty_plan(db: Database) -> None:
    """It balances."""
    campaign = made.planned_campaign(db)
    assert status(db, campaign).balanced
    assert status(db, campaign).audience == 0


def test_the_frozen_message_is_kept_once_and_not_longer_than_needed(db: Database) -> None:
    """Two campaigns share it; one planned anew with another leaves no rubbish."""
    made.planned_campaign(db)
    made.planned_campaign(db, "summer")
    assert db["frozen_messages"].count == 1
    assert campaigns.frozen_content(db, campaigns.get(db, "summer")) == "content"


@pytest.mark.parametrize("name", ["", "Spring", "a b", "-a", "a-", "a/b", "x" * 65, "é", "a\n"])
def test_a_campaigns_name_is_fit_for_files_and_links(db: Database, name: str) -> None:
    """Anything else is refused."""
    with pytest.raises(InputError):
        campaigns.create(db, name, template="t", segment="s", now=made.START)


def test_a_name_is_given_once(db: Database) -> None:
    """A second campaign needs another."""
    campaigns.create(db, "a", template="t", segment="s", now=made.START)
    with pytest.raises(AlreadyExists):
        campaigns.create(db, "a", template="t", segment="s", now=made.START)
    with pytest.raises(IllegalMove, match="not planned"):
        campaigns.frozen_content(db, campaigns.get(db, "a"))
    assert status(db, campaigns.get(db, "a")).state is CampaignState.DRAFT
