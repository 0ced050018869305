"""Gatherings: planned, held, cancelled; and what came of them, counted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from answering import VOLUNTEERS, Sent
from sqlite_utils import Database

from outreach.errors import AlreadyExists, IllegalMove, InputError, NotFound
from outreach.facts.counting import count
from outreach.facts.tally import Ask
from outreach.followups import gatheringview, safetytalks
from outreach.followups.gatherings import MOVES as STATES
from outreach.followups.gatheringstates import GatheringState, ResultState
from outreach.followups.gatheringview import Filter, Gathering
from outreach.followups.results import MOVES as RESULTS
from outreach.model import CloseReason, Stage
from outreach.settings import Settings
from outreach.store import open_database
from outreach.workflow import followups, gatheringresults, gatherings
from outreach.workflow.followups_answers import answer_followup
from outreach.workflow.followups_pairs import merge_followups

W4R = "write-for-rights-2014"
CONCERT = {
    "organiser": "Jean Mbuyi",
    "email": "jean@example.org",
    "country": "Togo",
    "kind": "concert",
    "place": "Lomé",
    "date": "2014-02-20",
    "begins": "18:30",
    "cases": "Yorm Bopha",
    "campaign": "Write for Rights 2014",
    "expected": "60",
}


class House:
    """A workspace in which gatherings are kept."""

    def __init__(self, db: Database, settings: Settings, now: datetime) -> None:
        self.db, self.settings, self.now = db, settings, now

    def add(self, **said: Any) -> Gathering:
        """Write one down, as CONCERT but for what is said."""
        known = {k: said.pop(k) for k in ("followup_id", "supporter") if k in said}
        done = gatherings.add_gathering(
            self.db, self.settings, {**CONCERT, **said}, by="Amina", now=self.now, **known
        )
        return done.gathering

    def report(self, gathering_id: int, *, checked: bool = False, **said: str) -> int:
        """Say what came of one."""
        return gatheringresults.report_result(
            self.db,
            self.settings,
            gathering_id,
            said,
            reported_by="Jean",
            by="Amina",
            now=self.now,
            checked=checked,
        ).result_id

    def check(self, result_id: int) -> None:
        """Check a result."""
        gatheringresults.check_result(
            self.db, self.settings, result_id, by="Noor", now=self.now + timedelta(hours=1)
        )

    def move(self, gathering_id: int, state: GatheringState) -> None:
        """Move one."""
        gatherings.move_gathering(
            self.db, self.settings, gathering_id, state, by="Amina", now=self.now
        )

    def show(self, gathering_id: int) -> Gathering:
        """Read one."""
        return gatherings.show_gathering(self.db, self.settings, gathering_id).gathering

    def tally(self, *by: str) -> dict[tuple[str, ...], int]:
        """Count what the next campaign's messages would say."""
        ask = Ask(W4R, by, may_be_none=True)
        (tally,) = count(self.db, [ask], self.now.date())
        return dict(tally.counts)


@pytest.fixture
def house(db: Database, settings: Settings, now: datetime) -> House:
    """An empty one."""
    return House(db, settings, now)


class TestWhatIsWrittenDown:
    """Adding, changing and reading."""

    def test_all_that_is_said_is_kept(self, house: House) -> None:
        """In its normal form; the zone is that of a country with one clock."""
        known = house.add(quote="We wrote all night", photos="https://p.example/1.jpg").known
        assert (known.country, known.zone, known.campaign) == ("TG", "Africa/Lome", W4R)
        assert (known.held_on, known.begins, known.cases) == (
            "2014-02-20",
            "18:30",
            ("yorm-bopha",),
        )
        assert (known.expected, known.quote_allowed, known.public) == (60, False, False)
        assert [(p.url, p.allowed) for p in known.photos] == [("https://p.example/1.jpg", True)]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("date", "2014-02-30"),
            ("date", "03/04/2014"),
            ("begins", "25:00"),
            ("country", "Atlantis"),
            ("kind", "coup"),
            ("email", "jean at example"),
            ("expected", "-10"),
            ("expected", "1,200"),
            ("photos", "javascript:alert(1)"),
            ("zone", "Africa/Nowhere"),
            ("public", "perhaps"),
            ("place", "x" * 300),
        ],
    )
    def test_what_can_t_be_understood_is_refused(
        self, house: House, field: str, value: str
    ) -> None:
        """And nothing is written."""
        with pytest.raises(InputError):
            house.add(**{field: value})
        assert house.db["gatherings"].count == 0

    def test_an_hour_that_the_clocks_jump_over_is_none(self, house: House) -> None:
        """Half past two doesn't come in the night in which summer time begins."""
        with pytest.raises(InputError, match="no hour"):
            house.add(country="DE", date="2014-03-30", begins="02:30")

    def test_an_hour_needs_a_zone_where_there_are_several(self, house: House) -> None:
        """Nobody guesses where in the United States."""
        with pytest.raises(InputError, match="several clocks"):
            house.add(country="US")
        assert house.add(country="US", zone="America/Chicago").known.zone == "America/Chicago"

    def test_the_same_key_pressed_twice_is_one_gathering(self, house: House) -> None:
        """The second is told which there is."""
        there = house.add()
        with pytest.raises(AlreadyExists, match=str(there.gathering_id)):
            house.add(expected="70")

    def test_one_that_was_cancelled_can_be_written_down_anew(self, house: House) -> None:
        """As another gathering, with another uid."""
        first = house.add()
        house.move(first.gathering_id, GatheringState.CANCELLED)
        assert house.add().uid != first.uid

    def test_a_uid_stays_whatever_changes(self, house: House) -> None:
        """Calendars know it by that."""
        first = house.add()
        gatherings.change_gathering(
            house.db,
            house.settings,
            first.gathering_id,
            {"place": "Kara", "date": "2014-02-21"},
            by="Amina",
            now=house.now,
        )
        changed = house.show(first.gathering_id)
        assert (changed.uid, changed.known.place) == (first.uid, "Kara")
        assert changed.version == first.version + 1
        # what it was is free for another
        assert house.add().uid != first.uid

    def test_every_change_is_told(self, house: House) -> None:
        """Who changed what from what to what."""
        gathering_id = house.add().gathering_id
        gatherings.change_gathering(
            house.db, house.settings, gathering_id, {"expected": ""}, by="Noor", now=house.now
        )
        told = gatherings.show_gathering(house.db, house.settings, gathering_id).history
        assert [(c.changed_by, c.field, c.old, c.new) for c in told] == [
            ("Amina", "state", "", "planned"),
            ("Noor", "expected", "60", ""),
        ]

    def test_a_change_over_a_newer_version_is_refused(self, house: House) -> None:
        """Two people don't undo each other's work."""
        there = house.add()
        house.move(there.gathering_id, GatheringState.HELD)
        with pytest.raises(IllegalMove, match="meanwhile"):
            gatherings.change_gathering(
                house.db,
                house.settings,
                there.gathering_id,
                {"place": "Kara"},
                by="Noor",
                now=house.now,
                version=there.version,
            )

    @pytest.mark.parametrize("state", list(GatheringState))
    def test_every_state_has_its_moves(self, state: GatheringState) -> None:
        """A new state has to be thought about."""
        assert state not in STATES[state]

    def test_what_is_not_there_is_not_found(self, house: House) -> None:
        """Whatever is asked of it."""
        for ask in (house.show, lambda n: house.report(n, letters="1"), house.check):
            with pytest.raises(NotFound):
                ask(99)


class TestWhatCounts:
    """Results become actions, once."""

    def test_nothing_counts_before_it_is_checked(self, house: House) -> None:
        """Then by kind, country and case."""
        gathering_id = house.add().gathering_id
        result_id = house.report(
            gathering_id, letters="1800", by_case="yorm-bopha petition_signature 200"
        )
        assert house.tally() == {}
        house.check(result_id)
        assert house.tally("kind", "country", "case") == {
            ("letter", "TG", ""): 1800,
            ("petition_signature", "TG", "yorm-bopha"): 200,
        }
        assert house.show(gathering_id).state is GatheringState.HELD

    def test_who_reported_and_who_checked_is_kept(self, house: House) -> None:
        """And when."""
        gathering_id = house.add().gathering_id
        house.check(house.report(gathering_id, letters="5"))
        result = house.show(gathering_id).result
        assert result is not None
        assert (result.reported_by, result.reported_at) == ("Jean", "2014-02-26T09:00:00Z")
        assert (result.checked_by, result.checked_at) == ("Noor", "2014-02-26T10:00:00Z")

    def test_a_correction_stands_in_place_of_what_it_corrects(self, house: House) -> None:
        """Also when it is checked twice."""
        gathering_id = house.add().gathering_id
        house.report(gathering_id, letters="1800", signatures="20", checked=True)
        correction = house.report(gathering_id, letters="1900")
        assert house.tally() == {(): 1820}
        for _ in range(2):
            house.check(correction)
        assert house.tally() == {(): 1900}
        told = gatherings.show_gathering(house.db, house.settings, gathering_id).results
        assert [r.state for r in told] == [ResultState.SUPERSEDED, ResultState.CHECKED]

    def test_what_was_superseded_never_counts_again(self, house: House) -> None:
        """There is no way back."""
        gathering_id = house.add().gathering_id
        first = house.report(gathering_id, letters="1", checked=True)
        house.report(gathering_id, letters="2", checked=True)
        with pytest.raises(IllegalMove, match="superseded"):
            house.check(first)
        assert house.tally() == {(): 2}

    def test_what_came_later_goes_on_waiting(self, house: House) -> None:
        """A check is of what somebody has read."""
        gathering_id = house.add().gathering_id
        first = house.report(gathering_id, letters="1")
        house.report(gathering_id, letters="2")
        house.check(first)
        assert (house.tally(), house.show(gathering_id).waiting) == ({(): 1}, 1)

    def test_a_cancelled_gathering_counts_nothing_until_it_comes_back(self, house: House) -> None:
        """What was reported is kept."""
        gathering_id = house.add().gathering_id
        house.report(gathering_id, letters="7", checked=True)
        house.move(gathering_id, GatheringState.CANCELLED)
        assert house.tally() == {}
        with pytest.raises(IllegalMove, match="cancelled"):
            house.report(gathering_id, letters="8")
        house.move(gathering_id, GatheringState.PLANNED)
        assert house.tally() == {(): 7}

    def test_a_dismissed_result_counts_no_more(self, house: House) -> None:
        """Somebody made it up."""
        gathering_id = house.add().gathering_id
        result_id = house.report(gathering_id, letters="7", checked=True)
        gatheringresults.dismiss_result(house.db, result_id, by="Noor", now=house.now)
        assert (house.tally(), house.show(gathering_id).result) == ({}, None)

    def test_what_is_mended_counts_where_it_belongs(self, house: House) -> None:
        """The country of a gathering is that of its letters."""
        gathering_id = house.add().gathering_id
        house.report(gathering_id, letters="7", checked=True)
        gatherings.change_gathering(
            house.db, house.settings, gathering_id, {"country": "BJ"}, by="Noor", now=house.now
        )
        assert house.tally("country") == {("BJ",): 7}

    @pytest.mark.parametrize(
        "said",
        [
            {"letters": "-10"},
            {"letters": "1.800"},
            {"letters": "9" * 11},
            {"by_case": "yorm-bopha letter"},
            {"by_case": "yorm-bopha letter 1; Yorm-Bopha letter 2"},
            {},
        ],
    )
    def test_a_number_that_is_none_is_refused(self, house: House, said: dict[str, str]) -> None:
        """Minus ten letters are not written by anybody."""
        gathering_id = house.add().gathering_id
        with pytest.raises(InputError):
            house.report(gathering_id, **said)
        assert house.db["gathering_results"].count == 0

    def test_nothing_comes_of_what_is_still_to_come(self, house: House) -> None:
        """The day after tomorrow."""
        gathering_id = house.add(date="2014-02-28").gathering_id
        with pytest.raises(InputError, match="still to come"):
            house.report(gathering_id, letters="10")

    def test_letters_count_for_a_campaign(self, house: House) -> None:
        """One that is named nowhere is asked for, and nothing is checked."""
        gathering_id = house.add(campaign="").gathering_id
        result_id = house.report(gathering_id, letters="10")
        with pytest.raises(InputError, match="which campaign"):
            house.check(result_id)
        assert house.show(gathering_id).result is None

    @pytest.mark.parametrize("state", list(ResultState))
    def test_every_state_of_a_result_has_its_moves(self, state: ResultState) -> None:
        """What is dismissed stays so."""
        assert (state is ResultState.DISMISSED) != bool(RESULTS[state])

    def test_what_a_wrong_correction_stood_for_waits_again(self, house: House) -> None:
        """No letters are lost without a word: it is checked once more, or dismissed too."""
        gathering_id = house.add().gathering_id
        right = house.report(gathering_id, letters="1800", checked=True)
        wrong = house.report(gathering_id, letters="1", checked=True)
        gatheringresults.dismiss_result(house.db, wrong, by="Noor", now=house.now)
        there = house.show(gathering_id)
        assert (there.result, there.waiting) == (None, 1)
        house.check(right)
        counted = house.show(gathering_id).result
        assert counted is not None
        assert (counted.result_id, counted.collected) == (right, 1800)


class TestAFollowup:
    """Whose gathering it is."""

    @pytest.fixture
    def followup_id(self, sent: Sent) -> int:
        """Jean's, who volunteered in Togo."""
        sent.take_in(sent.mail(f"Count me in, I will host an event!\n{VOLUNTEERS}"))
        (followup_id,) = sent.one("SELECT followup_id FROM followups")
        sent.db.conn.execute("UPDATE followups SET stage = 'confirmed'")
        return int(str(followup_id))

    def _stage(self, sent: Sent) -> object:
        return sent.one("SELECT stage FROM followups")[0]

    def test_what_they_wrote_is_asked_of_nobody_twice(
        self, house: House, sent: Sent, followup_id: int
    ) -> None:
        """Name, address, country and person are the follow-up's."""
        known = house.add(followup_id=followup_id, organiser="", email="", country="").known
        assert (known.organiser, known.email, known.country) == (
            "Jean Mbuyi",
            "jean.mbuyi@example.org",
            "TG",
        )
        assert known.supporter_id == 1

    def test_its_stage_goes_with_the_gathering(
        self, house: House, sent: Sent, followup_id: int
    ) -> None:
        """Planned, then held."""
        gathering_id = house.add(followup_id=followup_id).gathering_id
        assert self._stage(sent) == "gathering_planned"
        house.report(gathering_id, letters="10", checked=True)
        assert self._stage(sent) == "gathering_held"

    @pytest.mark.parametrize("stage", ["new", "contacted", "info_sent"])
    def test_whoever_plans_one_has_said_yes(
        self, house: House, sent: Sent, followup_id: int, stage: str
    ) -> None:
        """However far the follow-up was; both steps stand in its history."""
        sent.db.conn.execute("UPDATE followups SET stage = ?", [stage])
        gathering_id = house.add(followup_id=followup_id).gathering_id
        assert self._stage(sent) == "gathering_planned"
        house.report(gathering_id, letters="10", checked=True)
        assert self._stage(sent) == "gathering_held"

    def test_what_was_merged_stands_for_the_one_that_has_it_all(
        self, house: House, sent: Sent, followup_id: int
    ) -> None:
        """Whose calendar, talk and stage it is."""
        sent.take_in(sent.mail("I'd host too", sender="jm@example.net", to="news@example.org"))
        merge_followups(house.db, house.settings, followup_id, 2, by="Amina", now=house.now)
        assert house.add(followup_id=2).known.followup_id == followup_id
        stages = sent.all("SELECT stage FROM followups ORDER BY followup_id")
        assert stages == [("gathering_planned",), ("closed",)]

    @pytest.mark.parametrize("reason", list(CloseReason))
    def test_nothing_is_planned_with_whom_staff_are_done(
        self, house: House, followup_id: int, reason: CloseReason
    ) -> None:
        """Until somebody opens it again."""
        followups.close_followup(
            house.db, house.settings, followup_id, reason, by="Amina", now=house.now
        )
        with pytest.raises(IllegalMove, match="is closed"):
            house.add(followup_id=followup_id)

    def test_where_it_is_dangerous_the_talk_comes_first(
        self, house: House, sent: Sent, followup_id: int
    ) -> None:
        """The follow-up stays where it is until somebody wrote the talk down."""
        house.add(followup_id=followup_id, country="BY", zone="Europe/Minsk")
        assert self._stage(sent) == "confirmed"
        gatherings.record_safety_talk(
            house.db, followup_id, note="no pictures", by="Noor", now=house.now
        )
        house.add(followup_id=followup_id, country="BY", kind="debate")
        assert self._stage(sent) == "gathering_planned"

    @pytest.mark.parametrize("note", ["", "  \n"])
    def test_a_talk_of_which_nothing_is_said_is_none(
        self, house: House, followup_id: int, note: str
    ) -> None:
        """Pressing the button is not enough."""
        with pytest.raises(InputError, match="nothing is written down"):
            gatherings.record_safety_talk(
                house.db, followup_id, note=note, by="Noor", now=house.now
            )
        assert house.db["safety_talks"].count == 0


class TestDanger:
    """Where hosting is dangerous."""

    def test_nothing_is_public(self, house: House) -> None:
        """Neither at once nor by a change of country."""
        with pytest.raises(InputError, match="dangerous"):
            house.add(country="BY", public="yes")
        there = house.add(public="yes")
        with pytest.raises(InputError, match="dangerous"):
            gatherings.change_gathering(
                house.db,
                house.settings,
                there.gathering_id,
                {"country": "BY"},
                by="Noor",
                now=house.now,
            )

    def test_what_was_public_is_so_no_more_where_it_became_dangerous(
        self, house: House, at_risk: Callable[[str], Settings]
    ) -> None:
        """The settings decide each time that it is read."""
        there = house.add(public="yes")
        assert there.public
        found = gatherings.show_gathering(house.db, at_risk("TG"), there.gathering_id).gathering
        assert (found.public, found.guarded) == (False, True)

    def test_an_organiser_who_is_written_to_discreetly_is_guarded_anywhere(
        self, house: House
    ) -> None:
        """Whatever the country."""
        house.db.conn.execute(
            "INSERT INTO supporters (supporter_id, email, safety)"
            " VALUES (1, 'jean@example.org', 'discreet')"
        )
        assert house.add(supporter="jean@example.org").guarded
        with pytest.raises(InputError, match="discreetly"):
            house.add(supporter="jean@example.org", kind="debate", public="yes")

    def test_whoever_answers_in_place_of_one_to_whom_we_write_discreetly_is_guarded(
        self, house: House, sent: Sent
    ) -> None:
        """It may be the same person: not public, no name outside, and the talk comes first."""
        sent.db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 1")
        sent.take_in(sent.mail("Count me in, I will host an event!", sender="f@example.net"))
        assert sent.one("SELECT supporter_id FROM followups") == (None,)
        with pytest.raises(InputError, match="discreetly"):
            house.add(followup_id=1, public="yes")
        there = house.add(followup_id=1)
        assert there.guarded
        assert gatheringview.masked(there).known.organiser == ""
        assert sent.one("SELECT stage FROM followups") == ("new",)
        assert safetytalks.needs_talk(sent.db, frozenset(), 1)

    @pytest.fixture
    def at_risk(self, settings: Settings) -> Callable[[str], Settings]:
        """Settings by which these countries are dangerous."""

        def made(codes: str) -> Settings:
            return replace(settings, gatherings=replace(settings.gatherings, dangerous=codes))

        return made


def test_the_list_is_by_day_and_by_what_is_asked(house: House) -> None:
    """Those without a day come last, cancelled ones not at all."""
    later = house.add(date="2014-02-25").gathering_id
    earlier = house.add(kind="debate").gathering_id
    undated = house.add(date="", begins="", country="BJ").gathering_id
    house.move(house.add(kind="vigil").gathering_id, GatheringState.CANCELLED)

    def listed(**asked: Any) -> list[int]:
        found = gatherings.list_gatherings(house.db, house.settings, Filter(**asked))
        return [g.gathering_id for g in found]

    assert listed() == [earlier, later, undated]
    assert listed(country="BJ") == [undated]
    assert listed(kind="debate") == [earlier]
    assert listed(since="2014-02-21", until="2014-02-28") == [later]
    assert len(listed(include_cancelled=True)) == 4
    house.report(later, letters="5")
    assert listed(waiting=True) == [later]
    assert listed(limit=2) == [earlier, later]
    assert listed(limit=2, skip=2) == [undated]
    assert listed(limit=2, skip=3) == []
    public = house.add(date="2014-03-01", public="yes").gathering_id
    latest = house.add(date="2014-03-02", public="yes").gathering_id
    assert listed(public=True) == [public, latest]
    assert listed(public=True, limit=1, skip=1) == [latest]


class TestAnAnswer:
    """A letter of staff to somebody who puts on a gathering."""

    @pytest.fixture
    def followup_id(self, sent: Sent) -> int:
        """That of Jean, who volunteered in Togo."""
        sent.db.conn.execute(
            "INSERT INTO followups (followup_id, campaign_id, name, email, country, language,"
            " stage, opened_at) VALUES (3, 5, 'Jean', 'jean@example.org', 'TG', 'fr',"
            " 'confirmed', '2014-02-26T09:00:00Z')"
        )
        return 3

    def _files(self, house: House, followup_id: int) -> tuple[str, ...]:
        return answer_followup(
            house.db,
            house.settings,
            followup_id,
            "organiser-welcome",
            by="Amina",
            now=house.now,
            again=True,
        ).files

    def test_the_confirmation_has_a_calendar_file_once(
        self, house: House, followup_id: int
    ) -> None:
        """And again when the gathering has changed."""
        there = house.add(followup_id=followup_id, date="2014-03-20")
        assert self._files(house, followup_id) == ("event.ics",)
        assert self._files(house, followup_id) == ()
        gatherings.change_gathering(
            house.db,
            house.settings,
            there.gathering_id,
            {"date": "2014-03-21"},
            by="Amina",
            now=house.now,
        )
        assert self._files(house, followup_id) == ("event.ics",)

    def test_nobody_is_confirmed_before_the_risks_were_talked_over(
        self, house: House, followup_id: int
    ) -> None:
        """Neither by a move nor by an answer; it is said with the follow-up."""
        house.db.conn.execute("UPDATE followups SET country = 'BY', stage = 'contacted'")
        move = partial(
            followups.move_followup,
            house.db,
            house.settings,
            followup_id,
            Stage.CONFIRMED,
            by="Amina",
            now=house.now,
        )
        case = followups.show_followup(house.db, house.settings, followup_id, now=house.now)
        assert case.talk_needed
        with pytest.raises(IllegalMove, match="talked it over"):
            move()
        with pytest.raises(IllegalMove, match="talked it over"):
            answer_followup(
                house.db,
                house.settings,
                followup_id,
                "organiser-welcome",
                stage=Stage.CONFIRMED,
                by="Amina",
                now=house.now,
            )
        gatherings.record_safety_talk(
            house.db, followup_id, note="a private room", by="Noor", now=house.now
        )
        move()


def test_a_merged_follow_up_hands_its_gatherings_and_its_talk_over(
    house: House, sent: Sent
) -> None:
    """Nothing of the person is left behind."""
    for number in (3, 4):
        house.db.conn.execute(
            "INSERT INTO followups (followup_id, name, email, country, stage, opened_at)"
            " VALUES (?, 'Jean', 'jean@example.org', 'BY', 'contacted', '2014-02-26T09:00:00Z')",
            [number],
        )
    gatherings.record_safety_talk(house.db, 4, note="a private room", by="Noor", now=house.now)
    there = house.add(followup_id=4, country="BY")
    merge_followups(house.db, house.settings, 3, 4, by="Amina", now=house.now)
    assert house.show(there.gathering_id).known.followup_id == 3
    case = followups.show_followup(house.db, house.settings, 3, now=house.now)
    assert not case.talk_needed


def test_of_two_who_press_the_same_key_at_once_one_is_told(house: House) -> None:
    """One gathering, one result that counts, whoever was first."""
    house.add()
    result_id = house.report(1, letters="40")
    told: list[Exception] = []

    def press() -> None:
        other = open_database(house.settings.database)
        hands = House(other, house.settings, house.now)
        try:
            hands.add(kind="debate")
        except AlreadyExists as error:
            told.append(error)
        hands.check(result_id)
        other.close()

    both = [Thread(target=press) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(told) == 1
    assert house.db["gatherings"].count == 2
    assert house.tally() == {(): 40}
