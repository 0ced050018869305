"""An answer is due within working hours of the volunteer's own week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.followups.worktime import Week, due_at, week_of, weekend_of
from outreach.places import countries
from outreach.settings import Followups, Settings


def moment(text: str) -> datetime:
    """Read a moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "since", "due"),
    [
        # a Wednesday morning in Lomé: two days of eight hours
        ("TG", "2014-02-26 09:00", "2014-02-27 17:00"),
        # at night it begins at nine the next day
        ("TG", "2014-02-26 23:00", "2014-02-28 17:00"),
        # Friday afternoon in Togo: Saturday and Sunday don't count
        ("TG", "2014-02-28 16:00", "2014-03-04 16:00"),
        # in Egypt Friday and Saturday don't, and Cairo is two hours ahead
        ("EG", "2014-02-27 14:00", "2014-03-03 14:00"),
        # in Iran Friday alone doesn't; Tehran is three and a half hours ahead
        ("IR", "2014-02-27 13:30", "2014-03-02 13:30"),
        # nobody knows where: by [schedule] zone
        ("", "2014-02-26 09:00", "2014-02-27 17:00"),
    ],
)
def test_sixteen_hours_are_two_days_of_work_there(
    settings: Settings, country: str, since: str, due: str
) -> None:
    """By that country's clock and weekend."""
    assert due_at(settings, moment(since), country) == moment(due)


def test_the_supporters_own_zone_comes_before_their_countrys(settings: Settings) -> None:
    """Somebody in Los Angeles is no New Yorker."""
    assert due_at(settings, moment("2014-02-26 12:00"), "US") == moment("2014-02-27 22:00")
    assert due_at(settings, moment("2014-02-26 12:00"), "US", "America/Los_Angeles") == moment(
        "2014-02-28 01:00"
    )


def test_settings_may_know_a_weekend_better(settings: Settings) -> None:
    """Nepal rests on Saturday alone, whatever a table of weekends says."""
    stated = replace(settings, followups=Followups(weekends="NP=sat IR=thu,fri"))
    assert week_of(stated, "NP").weekend == {5}
    assert week_of(stated, "IR").weekend == {3, 4}
    assert week_of(stated, "TG").weekend == {5, 6}


def test_every_country_has_a_week() -> None:
    """No code is unknown to it, and nobody works on no day."""
    for country in (*countries(), "", "ZZ", "??"):
        assert 1 <= len(weekend_of(country)) <= 2


def test_a_week_without_a_working_day_counts_all() -> None:
    """Rather than looking for one for ever."""
    week = Week(ZoneInfo("UTC"), time(9), time(17), frozenset(range(7)))
    assert week.after(moment("2014-03-01 09:00"), 8) == moment("2014-03-01 17:00")


def test_a_night_in_which_clocks_change_is_as_long_as_it_is() -> None:
    """New York, 9 March 2014: the hour from two to three is none."""
    week = Week(ZoneInfo("America/New_York"), time(0), time(23, 59), frozenset())
    assert week.after(moment("2014-03-09 06:30"), 1) == moment("2014-03-09 07:30")


moments = st.integers(1_262_304_000, 1_893_456_000).map(lambda s: datetime.fromtimestamp(s, UTC))
zones = st.sampled_from(["UTC", "Asia/Tehran", "America/New_York", "Pacific/Chatham"])


@given(moments, st.integers(1, 100), zones, st.sampled_from(["TG", "EG", "IR", "IN"]))
def test_what_is_due_is_due_at_work(since: datetime, hours: int, zone: str, country: str) -> None:
    """Never at night or on a weekend, never sooner than the hours, later where they are more."""
    week = Week(ZoneInfo(zone), time(9), time(17), weekend_of(country))
    due = week.after(since, hours)
    local = due.astimezone(week.zone)
    assert local.weekday() not in week.weekend
    assert time(9) <= local.time() <= time(17)
    assert due - since >= timedelta(hours=hours)
    assert week.after(since, hours + 1) > due
