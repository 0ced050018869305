"""The cap: nobody is written to more often than was decided, over all campaigns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import letters as made
import pytest
from sqlite_utils import Database

from outreach import settings
from outreach.dispatch import campaigns
from outreach.dispatch.orders import Limits
from outreach.dispatch.plan import Planned
from outreach.dispatch.rehearsal import rehearse
from outreach.dispatch.results import Dispatched
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import status
from outreach.dispatch.transports.memory import Memory
from outreach.store import utc_text
from outreach.supporters import consent
from outreach.supporters.consent import Cap

TWO_A_WEEK = settings.Cap(messages=2, days=7)


def _had(db: Database, name: str, state: str, ago: timedelta, people: str = "1") -> None:
    """Give people (by SQL on their ids) a letter of an earlier campaign, so long ago."""
    made.planned_campaign(db, name)
    number = campaigns.get(db, name).campaign_id
    db.conn.execute(
        "UPDATE " + "deliveries SET state = ?, changed_at = ?"
        f" WHERE campaign_id = ? AND supporter_id IN ({people})",
        [state, utc_text(made.START - ago), number],
    )


def _planned(db: Database, cap: settings.Cap, now: datetime = made.START) -> Planned:
    number = made.planned_campaign(db).campaign_id
    return made.plan_again(db, cap=consent.cap_of(cap, number, now))


def _run(db: Database, cap: settings.Cap = TWO_A_WEEK) -> tuple[Dispatched, list[int]]:
    memory = Memory()
    orders = replace(made.orders(db), limits=Limits(cap=cap))
    sent = Sender(db, orders, memory, made.Clock()).run()
    return sent, [letter.delivery_id for letter in memory.accepted]


@pytest.fixture(autouse=True)
def people(db: Database) -> None:
    """Four people on the roll."""
    made.add_people(db, range(1, 5))


def test_who_has_had_enough_is_left_out_at_planning(db: Database) -> None:
    """With the reason; who has had one less is not."""
    _had(db, "a", "accepted", timedelta(days=6, hours=23), "1, 2, 3")
    _had(db, "b", "accepted", timedelta(hours=1), "1, 2")
    planned = _planned(db, TWO_A_WEEK)
    assert (planned.planned, planned.excluded) == (2, {"capped": 2})
    assert status(db, campaigns.get(db, "spring")).balanced


def test_without_a_cap_nobody_is_left_out(db: Database) -> None:
    """That is how it is from the beginning."""
    for name in "abcdef":
        _had(db, name, "accepted", timedelta(hours=1))
    assert _planned(db, settings.Cap()).planned == 4
    assert _run(db, settings.Cap())[0].accepted == 4


@pytest.mark.parametrize(
    ("state", "ago", "counts"),
    [
        ("accepted", timedelta(days=6), True),
        ("in_doubt", timedelta(days=6), True),
        ("claimed", timedelta(0), True),
        ("accepted", timedelta(days=7), False),
        ("refused", timedelta(days=1), False),
        ("planned", timedelta(days=1), False),
        ("withdrawn", timedelta(days=1), False),
        ("excluded", timedelta(days=1), False),
    ],
)
def test_what_may_have_reached_a_person_counts(
    db: Database, state: str, ago: timedelta, counts: bool
) -> None:
    """And only for as long as was decided."""
    _had(db, "a", state, ago)
    assert _planned(db, settings.Cap(messages=1, days=7)).excluded == (
        {"capped": 1} if counts else {}
    )


def test_the_last_door_asks_again(db: Database) -> None:
    """Another campaign may have been faster since the plan was made."""
    made.planned_campaign(db)
    _had(db, "a", "accepted", timedelta(days=1), "1, 2")
    _had(db, "b", "accepted", timedelta(hours=1), "2, 3")
    orders = replace(made.orders(db), limits=Limits(cap=TWO_A_WEEK))
    assert rehearse(db, orders, moment=made.START).withdrawn == {"capped": 1}
    sent, went = _run(db)
    assert (sent.withdrawn, went) == ({"capped": 1}, [1, 3, 4])
    assert status(db, campaigns.get(db, "spring")).balanced


def test_a_campaign_does_not_count_for_itself(db: Database) -> None:
    """A letter that was put off, or that an operator sends again, is not one more."""
    once = settings.Cap(messages=1, days=30)
    made.planned_campaign(db)
    assert _run(db, once)[0].accepted == 4
    db.conn.execute("UPDATE " + "deliveries SET state = 'planned' WHERE supporter_id = 2")
    assert _run(db, once)[0].accepted == 1


def test_another_reason_comes_first(db: Database) -> None:
    """Who said no is told from who has had enough."""
    _had(db, "a", "accepted", timedelta(days=1), "1, 2")
    db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 1")
    planned = _planned(db, settings.Cap(messages=1, days=7))
    assert planned.excluded == {"capped": 1, "opted_out": 1}


def test_letters_are_counted_along_an_index(db: Database) -> None:
    """Only those of the last days are looked at; without a cap none are."""
    cap = Cap(1, "2014", 1)
    rows = db.conn.execute(
        f"EXPLAIN QUERY PLAN SELECT {consent.exclusion_sql(cap)}"
        " FROM supporters AS s LEFT JOIN suppressions AS x ON x.email = s.email",
        consent.exclusion_names(cap, discreet_version=True),
    )
    plan = "\n".join(str(row[3]) for row in rows)
    assert "USING INDEX deliveries_reached (supporter_id=? AND changed_at>?)" in plan
    assert "deliveries" not in consent.exclusion_sql(None)
