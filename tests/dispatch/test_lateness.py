"""Lateness: missed is what could have gone and nobody was at work on; slow is not late."""
# ruff: noqa: DTZ001 -- a wall has no zone

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.dispatch.lateness import missed_since
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.waves import Readers
from outreach.dispatch.window import Window


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _missed(
    now: str,
    *,
    due: str = "2014-02-26T09:00Z",
    seen: str = "",
    approved: str = "",
    window: str = "",
) -> datetime | None:
    planned = Schedule(
        datetime(2014, 2, 26, 9),
        "Europe/London",
        False,
        Window.read(window),
        None,
        timedelta(hours=6),
        "Maria",
        last_seen_at=seen,
    )
    group = Readers("Europe/London", 5, due)
    return missed_since(planned, [group], approved_at=approved, now=_at(now))


def test_six_hours_are_not_too_late_and_a_second_more_is() -> None:
    """From the moment it was due."""
    assert _missed("2014-02-26T15:00:00") is None
    assert _missed("2014-02-26T15:00:01") == _at("2014-02-26T09:00")


@pytest.mark.parametrize(
    "since", [{"seen": "2014-02-26T14:00:00Z"}, {"approved": "2014-02-26T14:00:00Z"}]
)
def test_the_count_begins_anew_when_somebody_was_there(since: dict[str, str]) -> None:
    """At work on it, or approving it."""
    assert _missed("2014-02-26T20:00:00", **since) is None
    assert _missed("2014-02-26T20:00:01", **since) == _at("2014-02-26T14:00")


@pytest.mark.parametrize(
    ("now", "seen", "late"),
    [
        # the machine went off in the afternoon, and the window opened again five minutes ago
        ("2014-02-27T08:05:00", "2014-02-26T15:00:00Z", False),
        # seven hours after that it is late again
        ("2014-02-27T15:05:00", "2014-02-26T15:00:00Z", True),
        # it is night: what counts is how long it was open and nobody was there
        ("2014-02-27T03:00:00", "2014-02-26T19:55:00Z", False),
        ("2014-02-27T03:00:00", "2014-02-26T10:00:00Z", True),
        ("2014-02-26T21:00:00", "", True),
        # off for nine days, and the window opened five minutes ago: one night is no excuse for all
        ("2014-03-07T08:05:00", "", True),
        ("2014-03-07T08:05:00", "2014-02-26T19:55:00Z", True),
        # nobody came since it was shut: the hours before it opened are not late
        ("2014-02-27T08:05:00", "2014-02-26T23:00:00Z", False),
    ],
)
def test_outside_its_window_it_is_not_late(now: str, seen: str, late: bool) -> None:
    """Only hours at which it might have gone count."""
    assert (_missed(now, seen=seen, window="08:00-20:00") is not None) == late


def test_a_narrow_window_doesnt_hide_that_days_went_by() -> None:
    """Two hours a day add up to six only in days."""
    assert _missed("2014-02-27T09:05:00", window="09:00-11:00") is None
    assert _missed("2014-02-28T09:05:00", window="09:00-11:00") == _at("2014-02-26T09:00")


def test_what_has_no_moment_is_counted_from_the_last_that_is_known() -> None:
    """When somebody was at work on it; else from when it was to begin."""
    assert _missed("2014-02-26T15:00:00", due="") is None
    assert _missed("2014-03-26T09:00:00", due="") == _at("2014-02-26T09:00")
    assert _missed("2014-03-26T09:00:00", due="", seen="2014-03-26T08:00:00Z") is None


def test_nothing_due_is_nothing_missed() -> None:
    """Whatever the time."""
    planned = Schedule(datetime(2014, 2, 26, 9), "UTC", False, None, None, timedelta(hours=6), "")
    assert missed_since(planned, [], approved_at="", now=_at("2024-02-26T15:00:00")) is None
