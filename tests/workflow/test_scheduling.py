"""Schedules: what is asked for is possible, and nothing leaves before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from campaigning import Desk

from outreach.dispatch import campaigns, lease, schedule
from outreach.dispatch.plan import lease_name
from outreach.dispatch.results import Stop
from outreach.dispatch.status import CampaignState
from outreach.errors import IllegalMove, InputError, LeaseHeld
from outreach.settings import Schedule
from outreach.store import atomic, utc_text
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.holding import pause_campaign
from outreach.workflow.scheduling import Wish, in_words, schedule_campaign, unschedule_campaign


def _moments(desk: Desk) -> set[str]:
    rows = desk.db.conn.execute("SELECT not_before FROM deliveries WHERE state = 'planned'")
    return {moment for (moment,) in rows}


def _by_hand(desk: Desk) -> Any:
    return dispatch_campaign(
        desk.db, "spring", desk.transport, batch_size=5, clock=desk.clock, sleep=desk.sleep
    )


def test_nothing_leaves_before_by_hand_either(desk: Desk) -> None:
    """Whoever dispatches it is told when the first may go."""
    desk.schedule(zone="Europe/Paris")
    sent = _by_hand(desk)
    assert (sent.accepted, sent.still_planned) == (0, 23)
    assert sent.next_try == "2014-02-26T11:00:00Z"
    desk.at("2014-02-26T11:00:00")
    assert _by_hand(desk).accepted == 23


def test_by_hand_it_ends_when_the_window_shuts(desk: Desk) -> None:
    """And the rest waits until it opens."""
    desk.schedule(window="11:00-12:01")
    desk.at("2014-02-26T12:00:30")
    sent = _by_hand(desk)
    assert sent.stopped is Stop.OUT_OF_TIME
    assert 0 < sent.accepted < 23
    assert _by_hand(desk).next_try == "2014-02-27T11:00:00Z"


def test_by_hand_it_ends_when_its_time_is_over(desk: Desk) -> None:
    """And is held, which says what to do."""
    desk.schedule(finish_by="2014-02-26 12:01")
    desk.at("2014-02-26T12:00:30")
    sent = _by_hand(desk)
    assert sent.stopped is Stop.OUT_OF_TIME
    with pytest.raises(IllegalMove, match="outreach campaigns schedule spring"):
        _by_hand(desk)
    assert desk.state() is CampaignState.HELD


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    """It only lists the waves."""
    found = desk.schedule()
    assert found.written
    with atomic(desk.db):
        unschedule_campaign(desk.db, "spring", now=desk.clock())
    changes = desk.db.conn.total_changes
    asked = schedule_campaign(
        desk.db, desk.settings, "spring", Wish("2014-02-26 12:00"), dry_run=True, now=desk.clock()
    )
    assert desk.db.conn.total_changes == changes
    assert (asked.waves, asked.written) == (found.waves, False)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"at": "2014-02-26 08:59"}, "past already in UTC"),
        ({"at": "soon"}, "no day and time"),
        ({"zone": "Europe/Lodnon"}, "did you mean 'Europe/London'"),
        ({"zone": "Asia/Tokyo", "at": "2014-02-26 17:59"}, "past already in Asia/Tokyo"),
        ({"window": "20:00-20:00"}, "empty"),
        ({"window": "evenings"}, "no sending window"),
        ({"finish_by": "2014-02-26 12:00"}, "finished before it begins"),
        ({"finish_by": "whenever"}, "no day and time"),
        ({"window": "14:00-15:00", "finish_by": "2014-02-26 13:00"}, "finished before it begins"),
    ],
)
def test_what_can_t_be_is_refused_in_a_sentence(
    desk: Desk, wish: dict[str, str], words: str
) -> None:
    """And nothing is written."""
    with pytest.raises(InputError, match=words):
        desk.schedule(**wish)
    assert schedule.find(desk.db, campaigns.get(desk.db, "spring")) is None
    assert _moments(desk) == {""}


def test_no_reader_is_written_to_in_the_past(desk: Desk) -> None:
    """By their own clock: in Auckland it is ten in the evening."""
    desk.db.conn.execute("UPDATE supporters SET country = 'NZ' WHERE supporter_id = 1")
    with pytest.raises(InputError, match="past already in Pacific/Auckland"):
        desk.schedule(local=True, at="2014-02-26 20:00", zone="Europe/London")
    assert desk.schedule(local=True, at="2014-02-27 20:00", zone="Europe/London").waves


def test_the_end_leaves_time_for_the_last_wave(desk: Desk) -> None:
    """Else some would be left out for the zone that they live in."""
    desk.db.conn.execute("UPDATE supporters SET timezone = 'Pacific/Honolulu' WHERE supporter_id=1")
    with pytest.raises(InputError, match="last wave begins, in Pacific/Honolulu"):
        desk.schedule(local=True, at="2014-02-27 09:00", finish_by="2014-02-27 18:00")


def test_a_new_schedule_replaces_the_old(desk: Desk) -> None:
    """And unscheduling takes it away."""
    desk.schedule()
    desk.schedule(at="2014-02-27 12:00")
    assert _moments(desk) == {"2014-02-27T12:00:00Z"}
    assert unschedule_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert _moments(desk) == {""}
    assert not unschedule_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert desk.history() == ["made", "planned", "scheduled", "scheduled", "unscheduled"]
    assert desk.state() is CampaignState.PLANNED


def test_planning_again_keeps_the_schedule(desk: Desk) -> None:
    """The new rows wait as the old ones did."""
    desk.schedule()
    desk.plan()
    assert _moments(desk) == {"2014-02-26T12:00:00Z"}
    assert desk.state() is CampaignState.SCHEDULED


def test_a_campaign_that_is_being_sent_gets_no_new_time(desk: Desk) -> None:
    """Its dispatcher has letters ready."""
    with atomic(desk.db):
        campaign = campaigns.get(desk.db, "spring")
        lease.take(desk.db, lease_name(campaign), "elsewhere:1:a", desk.clock())
    with pytest.raises(LeaseHeld):
        desk.schedule()
    assert _moments(desk) == {""}


def test_what_is_not_planned_has_no_time(desk: Desk) -> None:
    """Nor has what is all sent."""
    desk.create("draft")
    with pytest.raises(IllegalMove, match="not planned yet"):
        desk.schedule("draft")
    desk.db.conn.execute("UPDATE deliveries SET state = 'cancelled' WHERE state = 'planned'")
    with pytest.raises(IllegalMove, match="left to send"):
        desk.schedule()


def test_settings_say_what_is_not_said(desk: Desk) -> None:
    """Zone, window and lateness."""
    wishes = Schedule(zone="Asia/Tokyo", window="08:00-22:00", lateness=2)
    desk.settings = replace(desk.settings, schedule=wishes)
    found = desk.schedule(at="2014-02-27 07:00")
    assert [utc_text(wave.at) for wave in found.waves] == ["2014-02-26T23:00:00Z"]
    assert found.schedule.lateness == timedelta(hours=2)
    found = desk.schedule(at="2014-02-27 07:00", window="00:00-24:00", zone="UTC")
    assert [utc_text(wave.at) for wave in found.waves] == ["2014-02-27T07:00:00Z"]


def test_a_held_campaign_says_so_when_it_is_scheduled(desk: Desk) -> None:
    """A pause is somebody's word, and a schedule doesn't undo it."""
    pause_campaign(desk.db, "spring", by="Maria", why="wrong photo", now=desk.clock())
    assert desk.schedule().held_why == "wrong photo"
    assert desk.state() is CampaignState.HELD


def test_a_window_over_midnight_ends_on_the_next_day(desk: Desk) -> None:
    """In words too."""
    for window, words in (
        ("08:00-20:00", "between 08:00 and 20:00"),
        ("10:00-08:00", "between 10:00 and 08:00 the next day"),
    ):
        found = schedule_campaign(
            desk.db,
            desk.settings,
            "spring",
            Wish("2099-02-26 12:00", "Europe/London", window=window),
            now=desk.clock(),
        )
        assert in_words(found.schedule).endswith(words)
