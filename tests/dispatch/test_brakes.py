"""The brakes: a campaign that does harm is held before it does more."""

from __future__ import annotations

from datetime import timedelta

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import brakes, campaigns
from outreach.dispatch.results import Stop
from outreach.dispatch.sender import Sender
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import AccountRefused
from outreach.model import Letter, Outcome, Refusal, Suppression, Verdict
from outreach.store import utc_text
from outreach.supporters import consent


def _history(db: Database) -> list[tuple[str, str]]:
    return list(db.conn.execute("SELECT what, done_by FROM campaign_history"))


def _handled(db: Database, people: int, *, dead: int = 0, minutes: int = 0) -> None:
    """Put rows into the ledger as a run would have left them, of whom the first `dead` bounced."""
    rows = [
        (
            "refused" if number <= dead else "accepted",
            "dead_address" if number <= dead else "",
            utc_text(made.START + timedelta(minutes=minutes, seconds=number)),
            number,
        )
        for number in range(1, people + 1)
    ]
    db.conn.executemany(
        "UPDATE " + "deliveries SET state = ?, reason = ?, changed_at = ? WHERE delivery_id = ?",
        rows,
    )


@pytest.fixture
def campaign_id(db: Database) -> int:
    """A campaign planned for 1,200 people."""
    made.add_people(db, range(1, 1201))
    return made.planned_campaign(db).campaign_id


@pytest.mark.parametrize(
    ("people", "dead", "held"),
    [
        (60, 50, False),
        (60, 51, True),
        (1_000, 50, False),
        (1_000, 51, True),
        # two hundred of them came before the last thousand
        (1_200, 250, False),
        (1_200, 251, True),
    ],
)
def test_more_than_five_in_a_hundred_dead_addresses(
    db: Database, campaign_id: int, people: int, dead: int, held: bool
) -> None:
    """Of the last 1,000; of fewer the same number, so that a small list isn't held for three."""
    _handled(db, people, dead=dead)
    why = brakes.why_hold(db, campaign_id)
    assert bool(why) == held
    if held:
        assert why.startswith(f"51 of the last {min(people, 1_000)} letters went to addresses")


def test_a_bounce_that_came_later_counts_as_much(db: Database, campaign_id: int) -> None:
    """Accepted by the provider, and suppressed since."""
    _handled(db, 1_000, dead=30)
    for number in range(101, 122):
        email = f"p{number}@example.org"
        assert not brakes.why_hold(db, campaign_id)
        consent.suppress(db, email, Suppression.DEAD_ADDRESS, "a bounce", made.START)
    assert "51 of the last 1000" in brakes.why_hold(db, campaign_id)


@pytest.mark.parametrize("people", [10, 1_000])
def test_more_than_one_complaint_in_a_thousand(db: Database, campaign_id: int, people: int) -> None:
    """One can happen; who unsubscribes does no harm."""
    _handled(db, people)
    consent.suppress(db, "p3@example.org", Suppression.COMPLAINT, "a report", made.START)
    consent.suppress(db, "p4@example.org", Suppression.UNSUBSCRIBED, "a click", made.START)
    consent.suppress(db, "p1100@example.org", Suppression.COMPLAINT, "not asked", made.START)
    assert not brakes.why_hold(db, campaign_id)
    consent.suppress(db, "p5@example.org", Suppression.COMPLAINT, "a report", made.START)
    assert brakes.why_hold(db, campaign_id).startswith(f"2 of the last {people} readers")


def test_other_campaigns_are_not_to_blame(db: Database, campaign_id: int) -> None:
    """A list may hold bad addresses where another does not."""
    _handled(db, 100, dead=100)
    assert brakes.why_hold(db, campaign_id)
    assert not brakes.why_hold(db, made.planned_campaign(db, "summer").campaign_id)


def test_what_was_looked_at_does_not_hold_it_again(db: Database, campaign_id: int) -> None:
    """Only letters handled after somebody released it count."""
    _handled(db, 100, dead=60)
    campaign = campaigns.get(db, "spring")
    why = brakes.why_hold(db, campaign_id)
    campaigns.hold(db, campaign, by="outreach", why=why, now=made.START + timedelta(minutes=2))
    campaigns.release(db, campaign, by="Maria", now=made.START + timedelta(minutes=3))
    assert not brakes.why_hold(db, campaign_id)
    _handled(db, 50, dead=50, minutes=5)
    assert not brakes.why_hold(db, campaign_id)
    _handled(db, 51, dead=51, minutes=5)
    assert brakes.why_hold(db, campaign_id).startswith("51 of the last 51")


def test_the_last_letters_are_found_along_an_index(db: Database) -> None:
    """It is asked after each batch, of a campaign of a million as well."""
    rows = db.conn.execute(
        "EXPLAIN QUERY PLAN " + brakes._LAST, {"campaign_id": 1, "since": "2014"}
    )
    plan = "\n".join(str(row[3]) for row in rows)
    assert "USING INDEX deliveries_handled (campaign_id=? AND changed_at>?)" in plan
    assert "TEMP B-TREE" not in plan


def _no_such_user(letter: Letter) -> Outcome:
    return Outcome(letter.delivery_id, Verdict.REFUSED, Refusal.DEAD_ADDRESS, detail="550 5.1.1")


def test_a_run_is_held_within_a_batch(db: Database, campaign_id: int) -> None:
    """It says why; the rest stays planned, and the next run does nothing."""
    memory, clock = Memory(_no_such_user), made.Clock()
    sent = Sender(db, made.orders(db), memory, clock).run()
    assert sent.stopped is Stop.HELD
    assert sent.refused == {"dead_address": 60}
    assert sent.held_why.startswith("60 of the last 60 letters")
    assert sent.to_look_at
    assert _history(db)[-1] == ("held", "outreach")
    again = Sender(db, made.orders(db), memory, clock).run()
    assert (again.stopped, again.refused, again.held_why) == (Stop.HELD, {}, sent.held_why)


def test_a_released_campaign_goes_on(db: Database, campaign_id: int) -> None:
    """Somebody has looked at it."""
    memory, clock = Memory(_no_such_user), made.Clock()
    Sender(db, made.orders(db), memory, clock).run()
    memory.answer = accept
    campaigns.release(db, campaigns.get(db, "spring"), by="Maria", now=clock())
    sent = Sender(db, made.orders(db, batch_size=500), memory, clock).run()
    assert (sent.stopped, sent.accepted) == (Stop.DONE, 1_140)


def test_a_provider_that_refuses_us_holds_the_campaign(db: Database, campaign_id: int) -> None:
    """With its words, and nobody is spent."""

    def answer(letter: Letter) -> Outcome:
        raise AccountRefused("401 the key of news@example.org was revoked")

    with pytest.raises(AccountRefused):
        Sender(db, made.orders(db), Memory(answer), made.Clock()).run()
    held = Sender(db, made.orders(db), Memory(), made.Clock()).run()
    assert held.held_why == "memory refuses us: 401 the key of (address) was revoked"
    assert held.still_planned == 1_200
