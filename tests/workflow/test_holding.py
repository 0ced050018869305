"""Pause, resume, cancel: in effect within a batch, and written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campaigning import Desk

from outreach.dispatch import campaigns, plan
from outreach.dispatch.results import Stop
from outreach.dispatch.status import CampaignState
from outreach.dispatch.transports.memory import Memory
from outreach.errors import IllegalMove
from outreach.model import Letter, Outcome
from outreach.store import open_database, utc_text
from outreach.workflow.campaigns import campaign_status, doubtful_letters, settle_doubts
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.holding import cancel_campaign, pause_campaign, resume_campaign


def test_a_pause_takes_effect_within_the_batch(desk: Desk) -> None:
    """From another process, while letters are handed over; resumed, the rest goes."""
    other = open_database(desk.settings.database)

    def answer(letter: Letter) -> Outcome:
        if len(desk.accepted) == 7:
            pause_campaign(other, "spring", by="Maria", why="wrong photo", now=desk.clock())
        return desk.takes_a_while(letter)

    sent = dispatch_campaign(
        desk.db, "spring", Memory(answer), batch_size=5, clock=desk.clock, sleep=desk.sleep
    )
    other.close()
    assert (sent.stopped, sent.held_why) == (Stop.HELD, "wrong photo")
    assert 7 < sent.accepted <= 7 + 2 * 5
    assert desk.state() is CampaignState.HELD
    with pytest.raises(IllegalMove, match=r"by Maria: wrong photo.*campaigns resume spring"):
        dispatch_campaign(desk.db, "spring", desk.transport, batch_size=5, clock=desk.clock)
    assert resume_campaign(desk.db, "spring", by="Noor", now=desk.clock()).why == "wrong photo"
    dispatch_campaign(desk.db, "spring", desk.transport, batch_size=5, clock=desk.clock)
    assert len(desk.accepted) == 23
    run = ["sending began", "sending ended"]
    assert desk.history() == [
        *("made", "planned", "sending began", "held", "sending ended", "released"),
        *(*run, "complete"),
    ]


def test_the_first_pause_stands(desk: Desk) -> None:
    """Whoever comes second learns who was first."""
    assert pause_campaign(desk.db, "spring", by="Maria", why="photo", now=desk.clock()).changed
    again = pause_campaign(desk.db, "spring", by="Noor", now=desk.clock())
    assert (again.changed, again.by, again.why) == (False, "Maria", "photo")
    assert resume_campaign(desk.db, "spring", by="Noor", now=desk.clock()).changed
    assert not resume_campaign(desk.db, "spring", by="Noor", now=desk.clock()).changed


def test_nothing_left_is_nothing_to_pause(desk: Desk) -> None:
    """A complete campaign stays complete."""
    dispatch_campaign(desk.db, "spring", desk.transport, batch_size=5, clock=desk.clock)
    with pytest.raises(IllegalMove, match="left to send"):
        pause_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert desk.state() is CampaignState.COMPLETE


def test_cancelling_is_written_down_once(desk: Desk) -> None:
    """With who and why; a second time changes nothing."""
    done = cancel_campaign(desk.db, "spring", by="Maria", why="too late", now=desk.clock())
    assert (done.cancelled, done.on_their_way) == (23, 0)
    assert cancel_campaign(desk.db, "spring", by="Maria", now=desk.clock()).cancelled == 0
    last = campaigns.history(desk.db, campaigns.get(desk.db, "spring"))[-1]
    assert (last.by, last.what, last.detail) == ("Maria", "cancelled", "23 people: too late")
    assert campaign_status(desk.db, "spring").ledger.cancelled == 23


def test_a_pause_that_nobody_had_seen_is_not_ended(desk: Desk) -> None:
    """Who resumes says since when it was held as they looked; in between it was held anew."""
    pause_campaign(desk.db, "spring", by="Maria", why="a date", now=desk.clock())
    seen = campaigns.get(desk.db, "spring").held_at
    resume_campaign(desk.db, "spring", by="Noor", held_at=seen, now=desk.clock())
    later = desk.clock() + timedelta(minutes=1)
    pause_campaign(desk.db, "spring", by="Maria", why="a photo", now=later)
    with pytest.raises(IllegalMove, match="somebody paused it since you looked"):
        resume_campaign(desk.db, "spring", by="Noor", held_at=seen, now=later)
    assert campaigns.get(desk.db, "spring").held_why == "a photo"
    assert resume_campaign(desk.db, "spring", by="Noor", now=later).changed
    assert not resume_campaign(desk.db, "spring", by="Noor", held_at=seen, now=later).changed


def test_a_campaign_out_of_time_is_not_just_resumed(desk: Desk) -> None:
    """It would be held again at once; it needs a new time, or none."""
    desk.schedule(finish_by="2014-02-26 13:00")
    desk.at("2014-02-26T13:00:00")
    desk.test()
    desk.approve()
    desk.cron()
    with pytest.raises(IllegalMove, match="outreach campaigns unschedule spring"):
        resume_campaign(desk.db, "spring", by="Maria", now=desk.clock())


def _killed(desk: Desk, *, claimed: int) -> None:
    """Leave claims and a lease behind, as a dispatcher on a dead process's number does."""
    desk.db.conn.execute(
        "UPDATE " + "deliveries SET state = 'claimed', attempts = 1, holder = 'elsewhere:1:x'"
        " WHERE delivery_id IN"
        " (SELECT delivery_id FROM deliveries WHERE state = 'planned' LIMIT ?)",
        [claimed],
    )
    lease_name = plan.lease_name(campaigns.get(desk.db, "spring"))
    desk.db.conn.execute(
        "INSERT INTO leases (name, holder, expires_at) VALUES (?, 'elsewhere:1:x', ?)",
        [lease_name, utc_text(desk.clock() + timedelta(minutes=15))],
    )


def test_a_pause_tells_what_a_killed_dispatcher_had(desk: Desk) -> None:
    """While it may live its letters are with it; when it is gone they are in doubt."""
    _killed(desk, claimed=4)
    paused = pause_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert (paused.on_their_way, paused.abandoned) == (4, 0)
    assert doubtful_letters(desk.db, "spring", now=desk.clock()) == []
    later = desk.clock() + timedelta(minutes=16)
    paused = pause_campaign(desk.db, "spring", by="Maria", now=later)
    assert (paused.on_their_way, paused.abandoned, paused.still_planned) == (0, 4, 19)
    assert campaign_status(desk.db, "spring").ledger.in_doubt == 4


def test_letters_of_a_killed_dispatcher_can_be_seen_and_settled_while_held(desk: Desk) -> None:
    """No dispatch is needed in between."""
    pause_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    _killed(desk, claimed=4)
    later = desk.clock() + timedelta(minutes=16)
    settled = settle_doubts(desk.db, "spring", "accepted", by="Maria", now=desk.clock())
    assert settled.settled == 0
    assert len(doubtful_letters(desk.db, "spring", now=later)) == 4
    assert settle_doubts(desk.db, "spring", "resend", by="Maria", now=later).settled == 4
    assert campaign_status(desk.db, "spring").ledger.planned == 23


def test_cancelling_leaves_nothing_with_a_killed_dispatcher(desk: Desk) -> None:
    """What it had is in doubt, the rest is cancelled."""
    _killed(desk, claimed=4)
    later = desk.clock() + timedelta(minutes=16)
    done = cancel_campaign(desk.db, "spring", by="Maria", now=later)
    assert (done.cancelled, done.on_their_way, done.abandoned) == (19, 0, 4)
