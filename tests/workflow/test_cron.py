"""The crontab's one line: what is due and approved goes out, once, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from campaigning import Desk
from sqlite_utils import Database

from outreach.dispatch import approvals, campaigns, lease
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.status import CampaignState
from outreach.dispatch.transports.memory import Memory
from outreach.errors import AccountRefused, MessageRefused, TransportError
from outreach.model import Letter, Outcome, Verdict
from outreach.settings import Settings
from outreach.store import atomic, open_database, utc_text
from outreach.workflow import cron
from outreach.workflow.campaigns import campaign_status, settle_doubts
from outreach.workflow.happenings import CronRun
from outreach.workflow.holding import pause_campaign, resume_campaign
from outreach.workflow.letters import Wish, list_letters, write_letter


@pytest.fixture
def desk(db: Database, settings: Settings) -> Desk:
    """The desk, at nine in the morning."""
    desk = Desk(db, settings)
    desk.write()
    return desk


def _what(run: CronRun) -> list[tuple[str, str, str]]:
    return [(event.level, event.what, event.campaign) for event in run.events]


def test_a_campaign_goes_when_it_is_due_and_not_before(desk: Desk) -> None:
    """And then it is complete, and there is nothing more to do."""
    desk.campaign()
    assert desk.state() is CampaignState.SCHEDULED
    assert desk.cron() == CronRun((), None)
    assert desk.opened == 0
    desk.at("2014-02-26T12:00:00")
    run = desk.cron()
    assert _what(run) == [("info", "sent", "spring")]
    assert run.events[0].numbers["accepted"] == 23
    assert (run.to_look_at, desk.state()) == (False, CampaignState.COMPLETE)
    assert desk.cron() == CronRun((), None)
    assert len(desk.accepted) == 23


def test_a_run_with_nothing_to_do_writes_nothing(desk: Desk) -> None:
    """It is called each minute."""
    desk.campaign()
    before = desk.db.conn.execute("PRAGMA data_version").fetchone(), desk.db.conn.total_changes
    desk.cron()
    after = desk.db.conn.execute("PRAGMA data_version").fetchone(), desk.db.conn.total_changes
    assert before == after


def test_waves_go_one_after_another(desk: Desk) -> None:
    """By the clocks of their readers."""
    desk.db.conn.execute("UPDATE supporters SET country = 'JP' WHERE supporter_id <= 10")
    desk.campaign(local=True, at="2014-02-27 09:00", zone="Europe/London")
    desk.at("2014-02-27T00:00:00")
    assert desk.cron().events[0].numbers["accepted"] == 10
    assert desk.state() is CampaignState.DISPATCHING
    desk.at("2014-02-27T08:59:00")
    assert desk.cron() == CronRun((), None)
    desk.at("2014-02-27T09:00:00")
    assert desk.cron().events[0].numbers["accepted"] == 13


def test_who_waits_for_approval_is_told_of_once(desk: Desk) -> None:
    """When it is due; a new plan is told of again."""
    desk.create()
    desk.plan()
    desk.schedule()
    desk.at("2014-02-26T12:00:00")
    assert _what(desk.cron()) == [("warning", "waits_for_approval", "spring")]
    assert desk.cron() == CronRun((), None)
    desk.plan()
    assert [event.what for event in desk.cron().events] == ["waits_for_approval"]
    assert desk.accepted == []
    desk.test()
    desk.approve()
    assert _what(desk.cron()) == [("info", "sent", "spring")]


def test_a_missed_campaign_waits_for_a_new_approval(desk: Desk) -> None:
    """A machine that was off doesn't send yesterday's news."""
    desk.campaign()
    desk.at("2014-02-26T18:30:00")
    run = desk.cron()
    assert _what(run) == [("warning", "missed", "spring")]
    assert "2014-02-26T12:00:00Z" in run.events[0].detail
    assert desk.state() is CampaignState.HELD
    campaign = campaigns.get(desk.db, "spring")
    assert approvals.standing(desk.db, campaign) == []
    assert desk.cron() == CronRun((), None)
    # by itself that doesn't bring the approval back
    resume_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert [event.what for event in desk.cron().events] == ["waits_for_approval"]
    assert desk.accepted == []
    desk.approve()
    assert _what(desk.cron()) == [("info", "sent", "spring")]


def test_a_first_try_that_failed_is_no_excuse_for_days(desk: Desk) -> None:
    """The mail server was away, and then the machine was off."""
    desk.campaign()
    desk.at("2014-02-26T12:00:30")
    works, desk.transport = desk.transport, Unreachable(TransportError("no answer"))
    assert [event.what for event in desk.cron().events] == ["failed"]
    desk.transport = works
    desk.at("2014-03-07T12:00:00")
    assert _what(desk.cron()) == [("warning", "missed", "spring")]
    assert desk.accepted == []


def test_a_letter_to_be_sent_again_can_be_missed_too(desk: Desk) -> None:
    """Somebody asked for it, and then nobody was there for days."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    desk.cron()
    desk.db.conn.execute("UPDATE deliveries SET state = 'in_doubt' WHERE supporter_id = 3")
    settle_doubts(desk.db, "spring", "resend", by="Maria", now=desk.clock())
    desk.at("2014-03-07T12:00:00")
    assert _what(desk.cron()) == [("warning", "missed", "spring")]


def test_approving_a_missed_campaign_lets_it_go_on(desk: Desk) -> None:
    """As the reason for which it is held says."""
    desk.campaign()
    desk.at("2014-02-28T18:30:00")
    desk.cron()
    desk.approve()
    assert not campaigns.get(desk.db, "spring").held_at
    assert _what(desk.cron()) == [("info", "sent", "spring")]


def test_what_is_under_way_and_slow_is_not_missed(desk: Desk) -> None:
    """As long as somebody is at work on it."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    for _ in range(6):
        desk.cron(budget=timedelta(seconds=10))
        desk.sleep(5 * 3600)
    assert desk.state() is CampaignState.COMPLETE
    assert "held" not in desk.history()


def test_a_pause_is_no_lateness(desk: Desk) -> None:
    """Whoever resumes it knows how late it is."""
    desk.campaign()
    pause_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    desk.at("2014-02-27T12:00:00")
    assert desk.cron() == CronRun((), None)
    resume_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert _what(desk.cron()) == [("info", "sent", "spring")]


def test_nothing_leaves_outside_the_window(desk: Desk) -> None:
    """It goes on when the window opens, and that is not late."""
    desk.campaign(window="08:00-12:01")
    desk.at("2014-02-26T12:00:40")
    desk.cron()
    first = len(desk.accepted)
    assert 0 < first < 23
    assert utc_text(desk.clock.moment) < "2014-02-26T12:01:05Z"
    desk.at("2014-02-26T12:05:00")
    assert desk.cron() == CronRun((), None)
    desk.at("2014-02-27T07:59:00")
    assert desk.cron() == CronRun((), None)
    desk.at("2014-02-27T08:00:00")
    desk.cron()
    assert len(desk.accepted) == 23


def test_what_is_not_finished_in_time_is_held(desk: Desk) -> None:
    """Nothing leaves after it, and a new schedule lets it go on."""
    desk.campaign(finish_by="2014-02-26 12:01")
    desk.at("2014-02-26T12:00:40")
    desk.cron()
    sent = len(desk.accepted)
    assert 0 < sent < 23
    campaign = campaigns.get(desk.db, "spring")
    assert campaign.held_why.startswith("out of time: it was to be finished by 2014-02-26 12:01")
    desk.sleep(3600)
    assert desk.cron() == CronRun((), None)
    assert len(desk.accepted) == sent
    desk.schedule(at="2014-02-26 15:00")
    desk.at("2014-02-26T15:00:00")
    assert desk.cron().events[0].numbers["accepted"] == 23 - sent


def test_a_campaign_whose_time_is_over_before_it_began_is_held(desk: Desk) -> None:
    """Nobody was there between beginning and end."""
    desk.campaign(finish_by="2014-02-26 13:00")
    desk.at("2014-02-26T13:00:00")
    assert _what(desk.cron()) == [("warning", "held", "spring")]
    assert desk.accepted == []


def test_a_run_ends_within_its_budget(desk: Desk) -> None:
    """And the next goes on with the rest."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    begun = desk.clock.moment
    desk.cron(budget=timedelta(seconds=30))
    assert desk.clock.moment - begun <= timedelta(seconds=30)
    assert 0 < len(desk.accepted) < 23
    desk.cron()
    assert len(desk.accepted) == 23


def test_what_was_due_first_goes_first(desk: Desk) -> None:
    """Whichever was made first."""
    desk.campaign("late", at="2014-02-26 14:00")
    desk.campaign("early", at="2014-02-26 13:00")
    desk.at("2014-02-26T14:30:00")
    assert [event.campaign for event in desk.cron().events] == ["early", "late"]


def test_what_is_wrong_with_one_stops_no_other(desk: Desk) -> None:
    """The others are sent, and somebody is told."""
    for name in ("broken", "spring"):
        desk.campaign(name)
    desk.db.conn.execute("INSERT INTO frozen_messages VALUES ('spoilt', 'no JSON');")
    desk.db.conn.execute("UPDATE campaigns SET content_hash = 'spoilt' WHERE name = 'broken'")
    desk.db.conn.execute("UPDATE approvals SET content_hash = 'spoilt' WHERE campaign_id = 1")
    desk.at("2014-02-26T12:00:00")
    run = desk.cron()
    assert _what(run) == [("error", "failed", "broken"), ("info", "sent", "spring")]
    assert (run.failure, run.to_look_at) == (None, True)


def test_one_campaign_of_the_example_starves_no_other(desk: Desk) -> None:
    """It was planned before anybody wrote down who sends."""
    desk.campaign("first")
    ours = replace(desk.settings.organisation, name="Sea Watchers", postal_address="1 Quay, Port")
    sender = replace(
        desk.settings.sender, name="Sea", email="s@sea.example", reply_to="r@sea.example"
    )
    smtp = replace(desk.settings.delivery, transport="smtp")
    desk.settings = replace(desk.settings, organisation=ours, sender=sender, delivery=smtp)
    desk.campaign("spring", at="2014-02-26 12:05")
    desk.at("2014-02-26T12:06:00")
    run = desk.cron()
    assert _what(run) == [("error", "failed", "first"), ("info", "sent", "spring")]
    desk.at("2014-02-26T19:00:00")
    assert _what(desk.cron()) == [("warning", "missed", "first")]


def test_a_message_that_the_provider_refuses_is_held_and_starves_no_other(desk: Desk) -> None:
    """The fault is in what is the same in every letter of this campaign."""
    desk.campaign("first")
    desk.campaign("spring", at="2014-02-26 12:05")

    class Picky(Memory):
        def send(self, letters: object) -> object:  # type: ignore[override]
            if campaigns.get(desk.db, "first").held_at:
                return super().send(letters)  # type: ignore[arg-type]
            raise MessageRefused("SendGrid does not take this message: no content")

    desk.transport = Picky(desk.takes_a_while)
    desk.at("2014-02-26T12:06:00")
    run = desk.cron()
    assert _what(run) == [("error", "failed", "first"), ("info", "sent", "spring")]
    assert "no content" in campaigns.get(desk.db, "first").held_why
    assert (run.failure, desk.cron()) == (None, CronRun((), None))


def test_a_long_campaign_leaves_the_others_their_share(desk: Desk) -> None:
    """And has what they leave of it."""
    desk.campaign("first")
    desk.campaign("spring", at="2014-02-26 12:05")
    desk.at("2014-02-26T12:06:00")
    desk.cron(budget=timedelta(seconds=30))
    assert all(campaign_status(desk.db, n).ledger.accepted > 2 for n in ("first", "spring"))
    desk.cron(budget=timedelta(seconds=110))
    assert desk.state("first") is desk.state("spring") is CampaignState.COMPLETE


def test_whose_turn_does_not_come_is_not_missed(desk: Desk) -> None:
    """Somebody was there: it is slow, and not late."""
    desk.campaign("first")
    desk.campaign("spring", at="2014-02-26 12:05")
    for hour in ("12:06", "17:30", "23:00"):
        desk.at(f"2014-02-26T{hour}:00")
        desk.cron(budget=timedelta(seconds=2))
    assert not campaigns.get(desk.db, "spring").held_at


class Unreachable(Memory):
    """Takes nothing."""

    def __init__(self, error: TransportError) -> None:
        super().__init__()
        self.error = error

    def send(self, letters: object) -> object:  # type: ignore[override]
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "held"), [(TransportError("no answer"), 0), (AccountRefused("401"), 1)]
)
def test_a_mail_service_that_fails_ends_the_run(
    desk: Desk, error: TransportError, held: int
) -> None:
    """It fails for every campaign alike; nobody is spent."""
    for name in ("autumn", "spring"):
        desk.campaign(name)
    desk.transport = Unreachable(error)
    desk.at("2014-02-26T12:00:00")
    run = desk.cron()
    assert run.failure is error
    assert [event.campaign for event in run.events] == ["autumn"]
    assert sum(bool(campaigns.get(desk.db, n).held_at) for n in ("autumn", "spring")) == held
    assert all(campaign_status(desk.db, n).ledger.planned == 23 for n in ("autumn", "spring"))


class Mute(Memory):
    """Takes letters, says nothing of them or accepts some first, and then can't be used."""

    def __init__(self, accepts: int, takes: int) -> None:
        super().__init__()
        self.accepts, self.takes = accepts, takes

    def send(self, letters: object) -> object:  # type: ignore[override]
        """Accept, be silent, fail."""
        for number, letter in enumerate(letters):  # type: ignore[arg-type, var-annotated]
            if number >= self.accepts + self.takes:
                break
            verdict = Verdict.ACCEPTED if number < self.accepts else Verdict.IN_DOUBT
            yield Outcome(letter.delivery_id, verdict, detail="no clear answer: 500")
        raise TransportError("it gives no clear answers")


def test_doubts_of_a_failed_run_are_told_and_hold_it(desk: Desk) -> None:
    """Else each run, minute by minute, would put more letters in doubt."""
    desk.campaign()
    desk.transport = Mute(0, 5)
    desk.at("2014-02-26T12:00:00")
    run = desk.cron()
    assert [event.what for event in run.events] == ["sent", "held", "failed"]
    assert run.events[0].level == "warning"
    assert (run.events[0].numbers["in_doubt"], run.events[0].numbers["still_planned"]) == (5, 18)
    assert "5 letters got no clear answer" in campaigns.get(desk.db, "spring").held_why
    assert desk.cron() == CronRun((), None)
    assert campaign_status(desk.db, "spring").ledger.in_doubt == 5


def test_a_failed_run_in_which_letters_left_tells_of_them_and_goes_on(desk: Desk) -> None:
    """A connection may break once."""
    desk.campaign()
    desk.transport = Mute(7, 1)
    desk.at("2014-02-26T12:00:00")
    run = desk.cron()
    assert [event.what for event in run.events] == ["sent", "failed"]
    assert (run.events[0].numbers["accepted"], run.events[0].numbers["in_doubt"]) == (7, 1)
    assert not campaigns.get(desk.db, "spring").held_at


def test_a_run_that_got_nowhere_is_told_of(desk: Desk) -> None:
    """A mail service that lets us wait and wait does so until somebody looks."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")

    class Waits(Memory):
        def send(self, letters: object) -> object:  # type: ignore[override]
            again = desk.clock() + timedelta(seconds=30)
            raise TransportError("it asks us to wait", retry_at=again)

    desk.transport = Waits()
    run = desk.cron(budget=timedelta(minutes=4))
    assert _what(run) == [("warning", "nowhere", "spring")]
    assert run.to_look_at


def test_whoever_breaks_a_run_off_hears_what_it_did(desk: Desk) -> None:
    """By the events, as there is no result."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")

    class Interrupted(Memory):
        def send(self, letters: object) -> object:  # type: ignore[override]
            next(iter(letters))  # type: ignore[call-overload]
            raise KeyboardInterrupt

    desk.transport = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        desk.cron()
    assert [(event.what, event.numbers["in_doubt"]) for event in desk.told] == [("sent", 1)]


def test_the_second_of_two_at_once_does_nothing(desk: Desk) -> None:
    """Silently: the first is at work."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    with atomic(desk.db):
        lease.take(desk.db, cron.LEASE, f"elsewhere:{os.getpid()}:abc", desk.clock())
    assert desk.cron() == CronRun((), None)
    assert desk.accepted == []
    desk.sleep(1200)
    assert desk.cron().events[0].numbers["accepted"] == 23


DIE = """
import os, sys
from pathlib import Path
from outreach.dispatch.transports.memory import Memory
from outreach.settings import load
from outreach.store import open_database
sys.path.insert(0, sys.argv[2])
import letters as made
from datetime import datetime, UTC, timedelta
from outreach.dispatch.orders import NO_LIMITS
from outreach.workflow import cron

class Dies(Memory):
    def send(self, letters):
        next(iter(letters))
        os._exit(9)

settings = load(Path(sys.argv[1]))
clock = made.Clock(datetime(2014, 2, 26, 12, tzinfo=UTC))
cron.run_due(open_database(settings.database), settings, Dies, limits=NO_LIMITS,
    budget=timedelta(hours=1), clock=clock, sleep=print)
"""


def test_a_crash_is_taken_over_and_what_was_claimed_is_in_doubt(desk: Desk) -> None:
    """Also where nothing else of the campaign is left to send."""
    desk.campaign()
    here = str(Path(__file__).parent.parent)
    died = subprocess.run([sys.executable, "-c", DIE, str(desk.settings.root), here], timeout=60)
    assert died.returncode == 9
    assert campaign_status(desk.db, "spring").ledger.claimed == 23
    desk.at("2014-02-26T12:01:00")
    run = desk.cron()
    assert _what(run) == [("warning", "sent", "spring")]
    assert run.events[0].numbers["in_doubt"] == 23
    assert desk.state() is CampaignState.IN_DOUBT
    assert desk.cron() == CronRun((), None)


def test_two_crons_at_once_send_everything_once(desk: Desk) -> None:
    """Each with a connection of its own, the one begun while the other sends."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    other = Desk(open_database(desk.settings.database), desk.settings)
    other.clock = desk.clock

    class Overlapping(Memory):
        def send(self, letters: object) -> object:  # type: ignore[override]
            assert other.cron() == CronRun((), None)
            return super().send(letters)  # type: ignore[arg-type]

    desk.transport = Overlapping(desk.takes_a_while)
    desk.cron()
    other.db.close()
    assert len(desk.accepted) == 23
    assert other.accepted == []


def test_a_letter_to_be_sent_again_is_not_late(desk: Desk) -> None:
    """Whoever settles a doubt weeks later wants it sent."""
    desk.campaign()
    desk.at("2014-02-26T12:00:00")
    desk.cron()
    desk.db.conn.execute("UPDATE deliveries SET state = 'in_doubt' WHERE supporter_id = 3")
    desk.at("2014-03-26T12:00:00")
    settle_doubts(desk.db, "spring", "resend", by="Maria", now=desk.clock())
    assert desk.cron().events[0].numbers["accepted"] == 1
    assert len(desk.accepted) == 24


def test_single_letters_leave_with_the_crontab(desk: Desk) -> None:
    """Before campaigns, and with no campaign at all; a run without any opens nothing."""
    wish = Wish(LetterPurpose.ANSWER, "organiser-welcome", "zuhura@example.org", language="en")
    write_letter(desk.db, desk.settings, wish, now=desk.clock())
    run = desk.cron()
    assert _what(run) == [("info", "sent", "")]
    assert run.events[0].numbers["accepted"] == 1
    assert not run.to_look_at
    opened = desk.opened
    assert desk.cron() == CronRun((), None)
    assert desk.opened == opened


def test_a_mail_service_that_fails_letters_is_told(desk: Desk) -> None:
    """And the letter waits."""

    def fails(letter: Letter) -> Outcome:
        raise TransportError("no route")

    wish = Wish(LetterPurpose.ANSWER, "organiser-welcome", "zuhura@example.org", language="en")
    write_letter(desk.db, desk.settings, wish, now=desk.clock())
    desk.transport = Memory(fails)
    run = desk.cron()
    assert _what(run) == [("error", "failed", "")]
    assert isinstance(run.failure, TransportError)
    assert [letter.state for letter in list_letters(desk.db)] == ["planned"]
