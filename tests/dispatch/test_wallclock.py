"""Wall times: a reader's clock shows what was asked for, or the rule for clocks that are put."""
# ruff: noqa: DTZ001 -- a wall has no zone

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.dispatch.wallclock import Oddity, changes, moment_of, wall_of, wall_time, zone_named
from outreach.errors import InputError
from outreach.places.zones import zone_names

ZONES = st.sampled_from(zone_names())
WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)).map(
    lambda wall: wall.replace(second=0, microsecond=0)
)


def _near_changes(zone: str, wall: datetime) -> list[datetime]:
    """Wall times of that year just around the moments at which clocks are put."""
    begin = datetime(wall.year, 1, 1, tzinfo=UTC)
    found = changes(zone, begin, begin + timedelta(days=366))
    return [
        wall_of(moment, zone) + timedelta(minutes=minutes)
        for moment in found
        for minutes in (-75, -30, -1, 0, 1, 30, 75)
    ]


@given(ZONES, WALLS)
def test_the_clock_shows_what_was_asked_for(zone: str, asked: datetime) -> None:
    """Or it never does, and it is the first moment after the gap; of two it is the first."""
    for wall in [asked, *_near_changes(zone, asked)]:
        meant = moment_of(wall, zone)
        shown = wall_of(meant.at, zone)
        both = {wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
        truly = {moment for moment in both if wall_of(moment, zone) == wall}
        if truly:
            assert shown == wall
            assert meant.at == min(truly)
            assert meant.oddity == (Oddity.COMES_TWICE if len(truly) > 1 else Oddity.NONE)
        else:
            before = wall_of(meant.at - timedelta(seconds=1), zone)
            assert before < wall < shown
            assert meant.oddity is Oddity.NEVER_COMES


@pytest.mark.parametrize(
    ("wall", "zone", "at", "oddity"),
    [
        ("2014-02-26 09:00", "Europe/London", "2014-02-26T09:00", ""),
        ("2014-02-26 09:00", "America/Sao_Paulo", "2014-02-26T12:00", ""),
        ("2014-03-30 01:30", "Europe/London", "2014-03-30T01:00", "never_comes"),
        ("2014-10-26 01:30", "Europe/London", "2014-10-26T00:30", "comes_twice"),
        # half an hour, a whole day, midnight itself
        ("2014-10-05 02:15", "Australia/Lord_Howe", "2014-10-04T15:30", "never_comes"),
        ("2011-12-30 09:00", "Pacific/Apia", "2011-12-30T10:00", "never_comes"),
        ("2013-10-20 00:00", "America/Sao_Paulo", "2013-10-20T03:00", "never_comes"),
    ],
)
def test_clocks_that_are_put(wall: str, zone: str, at: str, oddity: str) -> None:
    """As the almanacs have it."""
    meant = moment_of(wall_time(wall), zone)
    assert (meant.at, meant.oddity) == (datetime.fromisoformat(at).replace(tzinfo=UTC), oddity)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2014-02-30 09:00",
        "2014-02-26",
        "09:00",
        "2014-02-26 25:00",
        "1066-01-01 9:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """In one sentence."""
    with pytest.raises(InputError):
        wall_time(text)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("europe/london", "Europe/London"),
        ("London", "Europe/London"),
        ("Sao Paulo", "America/Sao_Paulo"),
        ("Europe/Lodnon", "Europe/London"),
    ],
)
def test_a_zone_that_is_nearly_one_is_named(name: str, meant: str) -> None:
    """Not guessed: somebody's hour hangs on it."""
    with pytest.raises(InputError, match=f"did you mean '{meant}'"):
        zone_named(name)


@pytest.mark.parametrize("name", ["GMT+1", "gmt -3", "UTC+2", "+01:00", "etc/gmt+1", "EST5"])
def test_hours_beside_a_clock_are_no_zone(name: str) -> None:
    """Etc/GMT+1 is west of Greenwich, and whoever writes GMT+1 lives east of it."""
    with pytest.raises(InputError) as refused:
        zone_named(name)
    assert "did you mean" not in str(refused.value)
    assert "name a city, such as Europe/Paris" in str(refused.value)


@pytest.mark.parametrize("name", ["", "xyzzy", "../etc/passwd", "Europe/\0London", "🕘"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """Whatever it is."""
    with pytest.raises(InputError, match="no time zone"):
        zone_named(name)
