"""Waves: each reader's letter waits for the hour on their own wall."""
# ruff: noqa: DTZ001 -- a wall has no zone

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import letters as made
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.dispatch import campaigns, ledger, schedule, waves
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.wallclock import moment_of, wall_of
from outreach.dispatch.waves import Readers
from outreach.dispatch.window import Window
from outreach.places.zones import zone_names
from outreach.store import atomic

NINE = datetime(2014, 2, 26, 9, 0)
#: id -> time zone and country as the roll has them, and the zone that they are taken to live by
PEOPLE = {
    1: ("Asia/Tokyo", "JP", "Asia/Tokyo"),
    2: ("", "FR", "Europe/Paris"),
    3: ("", "US", "America/New_York"),
    4: ("", "BR", "America/Sao_Paulo"),
    5: ("Mars/Olympus", "NZ", "Pacific/Auckland"),
    6: ("", "", "Europe/London"),
    7: ("Pacific/Honolulu", "US", "Pacific/Honolulu"),
}


def _schedule(
    *,
    at: datetime = NINE,
    zone: str = "Europe/London",
    local: bool = True,
    window: str = "",
) -> Schedule:
    return Schedule(at, zone, local, Window.read(window), None, timedelta(hours=6), "Maria")


def _people(db: Database) -> None:
    made.add_people(db, PEOPLE)
    db.conn.executemany(
        "UPDATE supporters SET timezone = ?, country = ? WHERE supporter_id = ?",
        [(timezone, country, number) for number, (timezone, country, _) in PEOPLE.items()],
    )


def _moments(db: Database) -> dict[int, datetime]:
    rows = db.conn.execute("SELECT supporter_id, not_before FROM deliveries ORDER BY 1")
    return {number: datetime.fromisoformat(text) for number, text in rows if text}


def test_nobody_is_written_to_before_nine_on_their_own_wall(db: Database) -> None:
    """Theirs, else most of their country's, else the schedule's."""
    _people(db)
    campaign = made.planned_campaign(db)
    with atomic(db):
        found = waves.begin(db, campaign, _schedule())
    assert sum(wave.people for wave in found) == len(PEOPLE)
    assert waves.still_to_go(db, campaign, _schedule()) == found
    assert [wave.at for wave in found] == sorted(wave.at for wave in found)
    for number, moment in _moments(db).items():
        assert wall_of(moment, PEOPLE[number][2]) == NINE


def test_what_is_not_due_is_not_given_to_a_sender(db: Database) -> None:
    """So nothing leaves early, by hand either."""
    _people(db)
    campaign = made.planned_campaign(db)
    with atomic(db):
        waves.begin(db, campaign, _schedule())
    # nine in Tokyo, not yet in Paris
    early = datetime(2014, 2, 26, 1, 0, tzinfo=UTC)
    due = ledger.due(db, campaign.campaign_id, by=early, limit=None)
    assert {row.supporter_id for row in due} == {1, 5}


def test_all_at_once_is_one_wave(db: Database) -> None:
    """Without --local there is one clock."""
    _people(db)
    campaign = made.planned_campaign(db)
    with atomic(db):
        (wave,) = waves.begin(db, campaign, _schedule(local=False, zone="Asia/Kolkata"))
    assert (wave.at, wave.people) == (datetime(2014, 2, 26, 3, 30, tzinfo=UTC), 7)
    assert set(_moments(db).values()) == {wave.at}


def test_who_is_not_planned_is_left_alone(db: Database) -> None:
    """A wave moves nobody who has been written to, or is left out."""
    _people(db)
    made.add_people(db, [8], consent="unknown")
    campaign = made.planned_campaign(db)
    first = next(iter(ledger.due(db, campaign.campaign_id, by=made.START, limit=1)))
    with atomic(db):
        ledger.claim(db, [first], "me", made.START)
        waves.begin(db, campaign, _schedule())
    assert set(_moments(db)) == {2, 3, 4, 5, 6, 7}
    with atomic(db):
        waves.let_go(db, campaign)
    assert _moments(db) == {}


@given(
    st.lists(st.sampled_from(zone_names()), min_size=1, max_size=8, unique=True),
    st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1)),
    st.sampled_from(["", "08:00-20:00", "22:00-06:00"]),
)
@settings(max_examples=80)
def test_every_wave_is_at_the_hour_asked_for_or_when_the_window_opens(
    zones: list[str], wall: datetime, window: str
) -> None:
    """Whatever the zone and the day."""
    at = wall.replace(second=0, microsecond=0)
    planned = _schedule(at=at, window=window)
    found = waves.waves(planned, [Readers(zone, n, "") for n, zone in enumerate(zones, 1)])
    assert sorted(zone for wave in found for zone in wave.zones) == sorted(zones)
    for wave in found:
        for zone in wave.zones:
            meant = moment_of(at, zone)
            assert (zone in wave.never_comes) == (meant.oddity == "never_comes")
            assert (zone in wave.comes_twice) == (meant.oddity == "comes_twice")
            assert wave.at >= meant.at
            if planned.window is None or planned.window.is_open(meant.at, zone):
                assert wave.at == meant.at
            if planned.window is not None:
                assert planned.window.is_open(wave.at, zone)


def test_whose_window_is_shut_waits_until_it_opens(db: Database) -> None:
    """By each reader's own clock; the others have until the first of theirs shuts."""
    _people(db)
    campaign = made.planned_campaign(db)
    planned = _schedule(window="08:00-20:00")
    with atomic(db):
        waves.begin(db, campaign, planned)
    # half past eight in the evening in Auckland; nine in the morning in London was half an hour ago
    now = datetime(2014, 2, 27, 7, 30, tzinfo=UTC)
    with atomic(db):
        due = waves.readers(db, campaign, planned, due_by=now)
        until = waves.put_off_shut(db, campaign, planned, due, now)
    moments = _moments(db)
    later = {number for number, moment in moments.items() if moment > now}
    assert later == {3, 4, 5, 6, 7}
    for number in later:
        clock = wall_of(moments[number], PEOPLE[number][2])
        assert (clock.hour, clock.minute) == (8, 0)
    # Tokyo has half past four in the afternoon, Paris half past eight in the morning
    assert until == datetime(2014, 2, 27, 11, 0, tzinfo=UTC)


def test_a_schedule_is_read_as_it_was_written(db: Database) -> None:
    """With everything, and with as little as there can be."""
    made.add_people(db, [1])
    campaign = made.planned_campaign(db)
    assert schedule.find(db, campaign) is None
    full = Schedule(
        NINE,
        "Europe/London",
        True,
        Window.read("22:00-24:00"),
        datetime(2014, 2, 28, 12, 30),
        timedelta(minutes=90),
        "Maria",
        "2014-02-26T09:00:00Z",
    )
    for written in (full, _schedule(local=False)):
        with atomic(db):
            schedule.write(db, campaigns.get(db, "spring"), written, made.START)
        found = schedule.find(db, campaign)
        assert found is not None
        assert found.begins_at == written.begins_at
        assert (found.zone, found.local, found.window) == (
            written.zone,
            written.local,
            written.window,
        )
        assert (found.finish_by, found.lateness) == (written.finish_by, written.lateness)


def test_a_wave_says_what_the_clocks_there_show(db: Database) -> None:
    """Beside the moment in UTC, zone by zone, as planned and as written down."""
    _people(db)
    campaign = made.planned_campaign(db)
    wanted = _schedule(window="10:00-18:00")
    found = waves.waves(wanted, waves.readers(db, campaign, wanted))
    with atomic(db):
        waves.begin(db, campaign, wanted)
    written = waves.still_to_go(db, campaign, wanted)
    assert written == found
    for wave in found:
        assert wave.walls == (NINE.replace(hour=10),) * len(wave.zones)
