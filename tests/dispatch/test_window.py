"""The sending window: open exactly when the clock on the wall says so."""
# ruff: noqa: DTZ001 -- a wall has no zone

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.dispatch.wallclock import changes, wall_of
from outreach.dispatch.window import Window
from outreach.errors import InputError
from outreach.places.zones import zone_names

MINUTE = timedelta(minutes=1)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
MOMENTS = st.datetimes(datetime(1995, 1, 3), datetime(2036, 12, 28), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def _shows_open(window: Window, moment: datetime, zone: str) -> bool:
    """Whether the clock stands within the hours, counted in another way."""
    clock = wall_of(moment, zone)
    minutes = (clock.hour * 60 + clock.minute - window.opens.hour * 60 - window.opens.minute) % 1440
    length = (
        (window.closes.hour - window.opens.hour) * 60 + window.closes.minute - window.opens.minute
    )
    return minutes < length % 1440


@given(st.sampled_from(zone_names()), MOMENTS, CLOCKS, CLOCKS, st.booleans())
@settings(max_examples=60)
def test_opens_and_shuts_when_the_clock_says_so(
    zone: str, moment: datetime, opens: time, closes: time, near_a_change: bool
) -> None:
    """Looked at minute by minute, also over midnight and around clocks that are put."""
    if opens == closes:
        return
    window = Window(opens, closes)
    put = changes(zone, moment, moment + timedelta(days=250)) if near_a_change else []
    if put and put[0].second == 0:
        moment = put[0] - timedelta(minutes=opens.minute)
    minutes = [moment + n * MINUTE for n in range(-1560, 1560)]
    shown = {m: _shows_open(window, m, zone) for m in minutes}
    assert window.is_open(moment, zone) == shown[moment]
    later = [m for m in minutes if m >= moment]
    found = {
        "open": next((m for m in later if shown[m]), None),
        "shut": next((m for m in later if not shown[m]), None),
        "opened": next((m for m in minutes[1560:0:-1] if shown[m] and not shown[m - MINUTE]), None),
        "was shut": next(
            (m for m in minutes[1560:0:-1] if not shown[m] and shown[m - MINUTE]), None
        ),
    }
    assert found["open"] in (None, window.next_open(moment, zone))
    assert found["shut"] in (None, window.next_shut(moment, zone))
    assert found["opened"] in (None, window.last_open(moment, zone))
    assert found["was shut"] in (None, window.last_shut(moment, zone))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("08:00-20:00", "08:00-20:00"),
        (" 8:00 - 20:00 ", "08:00-20:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("18:00-24:00", "18:00-00:00"),
        ("00:00-24:00", "None"),
        ("", "None"),
    ],
)
def test_reads_what_people_write(text: str, written: str) -> None:
    """The whole day is no window."""
    assert str(Window.read(text)) == written


@pytest.mark.parametrize(
    "text", ["08:00-08:00", "8-20", "25:00-26:00", "08:00", "08:60-09:00", "mornings", "-"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    """An empty one too."""
    with pytest.raises(InputError, match="sending window"):
        Window.read(text)
