"""What a run leaves behind besides its letters: history, and settled doubts."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from campaigning import Desk
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.status import CampaignState
from outreach.dispatch.transports.memory import Memory, accept
from outreach.errors import LeaseHeld, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict
from outreach.store import open_database
from outreach.workflow import running
from outreach.workflow.campaigns import settle_doubts
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.happenings import Level
from outreach.workflow.holding import cancel_campaign


def _send(desk: Desk, transport: Memory | None = None, **more: int) -> None:
    dispatch_campaign(
        desk.db,
        "spring",
        transport or desk.transport,
        batch_size=5,
        clock=desk.clock,
        sleep=desk.sleep,
        by="Maria",
        limit=more.get("limit"),
    )


def _told(desk: Desk) -> list[tuple[str, str, str]]:
    found = campaigns.history(desk.db, campaigns.get(desk.db, "spring"))
    return [(event.by, event.what, event.detail) for event in found[2:]]


def test_a_run_is_in_the_history(desk: Desk) -> None:
    """When it began, by whose word, what it came to, and that all is complete."""
    _send(desk, limit=3)
    _send(desk)
    _send(desk)
    assert _told(desk) == [
        ("Maria", "sending began", "23 due, through memory"),
        ("Maria", "sending ended", "3 accepted, 20 to go, stopped: at its limit"),
        ("Maria", "sending began", "20 due, through memory"),
        ("Maria", "sending ended", "20 accepted, 0 to go"),
        ("outreach", "complete", "23 accepted, 2 left out of 25"),
    ]


def test_a_run_that_is_broken_off_tells_what_it_did(desk: Desk) -> None:
    """And what broke it off."""

    def answer(letter: Letter) -> Outcome:
        if len(desk.accepted) == 4:
            raise TransportError("the line is dead")
        desk.accepted.append(letter)
        return accept(letter)

    with pytest.raises(TransportError):
        _send(desk, Memory(answer))
    *_, (by, what, detail) = _told(desk)
    assert (by, what) == ("Maria", "sending ended")
    assert detail == "4 accepted, 19 to go, broken off: the line is dead"


def _doubt_with_an_event(desk: Desk) -> Memory:
    """Make a transport whose event comes while it has the letter, and whose answer never comes."""

    def answer(letter: Letter) -> Outcome:
        number, attempt = letter.attempt_id.split("-")
        with closing(sqlite3.connect(desk.settings.database)) as other, other:
            other.execute(
                "INSERT OR IGNORE INTO provider_bodies (body_id, body_key, provider, source,"
                " signed, received_at, raw) VALUES (1, x'00', 'sendgrid', 'test', 1, '', x'')"
            )
            other.execute(
                "INSERT INTO provider_events (event_key, body_id, provider, kind, delivery_id,"
                " attempt, occurred_at) VALUES (?, 1, 'sendgrid', 'delivered', ?, ?, '')",
                [letter.attempt_id, number, attempt],
            )
        return Outcome(letter.delivery_id, Verdict.IN_DOUBT, detail="reset")

    return Memory(answer)


def test_a_doubt_that_an_event_came_before_is_settled_at_the_end(desk: Desk) -> None:
    """The event was there while the letter was still with the transport."""
    sent = dispatch_campaign(
        desk.db, "spring", _doubt_with_an_event(desk), batch_size=5, clock=desk.clock, limit=3
    )
    assert (sent.in_doubt, sent.told, sent.all_in_doubt) == (3, 3, 0)
    assert not sent.to_look_at
    assert desk.state() is CampaignState.DISPATCHING


def test_the_crontab_is_not_alarmed_by_doubts_that_events_settled(desk: Desk) -> None:
    """Nobody has to look at them, though a run accepted nothing by itself."""
    desk.schedule()
    desk.test()
    desk.approve()
    desk.db.conn.execute("DELETE FROM deliveries WHERE delivery_id > 3")
    desk.db.conn.execute("UPDATE campaigns SET audience = 3")
    desk.transport = _doubt_with_an_event(desk)
    desk.at("2014-02-26 12:00:30")
    [event] = desk.cron().events
    assert (event.level, event.what) == (Level.INFO, "sent")
    assert (event.numbers["in_doubt"], event.numbers["told"]) == (0, 3)
    assert desk.state() is CampaignState.COMPLETE
    assert _told(desk)[-2:] == [
        ("outreach", "settled", "3 by what the mail service told"),
        ("outreach", "complete", "3 accepted of 3"),
    ]


def test_of_two_that_begin_at_once_one_is_in_the_history(desk: Desk) -> None:
    """The other has no lease, and so no beginning and no end."""

    def begin(db: Database) -> running.Run:
        return running.begin_run(db, "spring", by="Maria", through="memory", now=desk.clock())

    with closing(open_database(desk.settings.database)) as other:
        run = begin(desk.db)
        with pytest.raises(LeaseHeld):
            begin(other)
        with pytest.raises(LeaseHeld):
            _send(Desk(other, desk.settings))
        running.end_run(desk.db, run, None, "by hand", desk.clock())
        assert desk.history().count("sending began") == desk.history().count("sending ended") == 1
        _send(desk)
    assert desk.state() is CampaignState.COMPLETE


def test_settling_completes(desk: Desk) -> None:
    """By a person's word, once for each time."""

    def answer(letter: Letter) -> Outcome:
        verdict = Verdict.IN_DOUBT if letter.delivery_id == 1 else Verdict.REFUSED
        refusal = None if verdict is Verdict.IN_DOUBT else Refusal.DEAD_ADDRESS
        return Outcome(letter.delivery_id, verdict, refusal)

    _send(desk, Memory(answer))
    assert "complete" not in desk.history()
    settle_doubts(desk.db, "spring", "resend", by="Maria", now=desk.clock())
    assert "complete" not in desk.history()
    _send(desk)
    assert desk.history().count("complete") == 1


def test_cancelled_is_not_complete(desk: Desk) -> None:
    """Whether some went out before or not."""
    _send(desk, limit=3)
    cancel_campaign(desk.db, "spring", by="Maria", now=desk.clock())
    assert desk.state() is CampaignState.CANCELLED
    assert "complete" not in desk.history()
