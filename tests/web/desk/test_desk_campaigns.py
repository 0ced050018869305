"""A campaign's whole way at the desk, and what can go wrong on it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from desking import Browser, Staffed, words
from serving import served

from outreach.dispatch.status import CampaignState
from outreach.settings.sections import Approval
from outreach.web.desk.app import desk_app
from outreach.workflow.campaigns import campaign_status, plan_campaign
from outreach.workflow.showing import show_campaign

AUTUMN = "/campaigns/autumn"


def _tested(browser: Browser) -> None:
    sent = browser.send(
        AUTUMN, f"{AUTUMN}/test", **{"as": "p1@example.org", "to": "me@house.example"}
    )
    assert browser.result(sent).startswith("Handed 1 test in en to outbox: accepted")


class TestAnEngagementManager:
    """Makes, plans, tests, has approved, schedules, watches."""

    def test_brings_a_campaign_to_its_time(self, desk: Staffed) -> None:
        """Each step leads back to the campaign, and says what came of it."""
        maria, noor = desk.enter("Maria", "author"), desk.enter("Noor", "approver")
        made = maria.send(
            "/campaigns", "/campaigns", name="winter", template="hello", segment="everybody"
        )
        assert made.headers["location"].startswith("/campaigns/winter?")
        assert maria.result(made).startswith("Made winter: hello to everybody.")
        planned = maria.send("/campaigns/winter", "/campaigns/winter/plan", day="2014-02-26")
        assert maria.result(planned).startswith("Planned 23 of 25 readers")
        test = {"as": "p1@example.org", "to": "me@house.example, you@house.example"}
        sent = maria.send("/campaigns/winter", "/campaigns/winter/test", **test)
        assert "to outbox: accepted" in maria.result(sent)
        approved = noor.send("/campaigns/winter", "/campaigns/winter/approve", despite_doubts="")
        assert noor.result(approved) == "Approved for 23 readers."
        asked = "/campaigns/winter/schedule?at=2099-02-26T09:00&zone=Europe/London&local=yes"
        assert "It would go 2099-02-26 09:00 each reader&#39;s own time" in maria.page(asked)
        assert show_campaign(desk.db, "winter").schedule is None
        form = maria.form(asked, "/campaigns/winter/schedule")
        scheduled = maria.post("/campaigns/winter/schedule", form)
        assert maria.result(scheduled).startswith("Scheduled: 2099-02-26 09:00")
        assert campaign_status(desk.db, "winter").state is CampaignState.SCHEDULED
        history = [(e.by, e.what) for e in show_campaign(desk.db, "winter").history]
        assert history == [
            ("Maria", "made"),
            ("Maria", "planned"),
            ("Maria", "test sent"),
            ("Noor", "approved"),
            ("Maria", "scheduled"),
        ]
        assert [(who, what) for who, what, _, outcome in desk.acts() if outcome == "done"] == [
            ("Maria", "make"),
            ("Maria", "plan"),
            ("Maria", "send a test of"),
            ("Noor", "approve"),
            ("Maria", "schedule"),
        ]

    def test_stops_it_and_lets_it_go_on(self, desk: Staffed) -> None:
        """And cancels it only when sure."""
        maria = desk.enter("Maria", "author")
        paused = maria.send(AUTUMN, f"{AUTUMN}/pause", why="a wrong date")
        assert maria.result(paused) == "Held. Still to go: 23."
        assert "a wrong date" in maria.page(AUTUMN)
        resumed = maria.send(AUTUMN, f"{AUTUMN}/resume")
        assert maria.result(resumed).startswith("It may go on.")
        assert maria.send(AUTUMN, f"{AUTUMN}/cancel").status_code == 422
        cancelled = maria.send(AUTUMN, f"{AUTUMN}/cancel", sure="yes", why="no more")
        assert maria.result(cancelled) == "Cancelled for 23 readers."
        page = maria.page(f"{AUTUMN}/left-out")
        assert page.count("cancelled") >= 23

    def test_does_not_lift_a_hold_that_they_did_not_see(self, desk: Staffed) -> None:
        """Somebody may have found something since."""
        maria = desk.enter("Maria", "author")
        maria.send(AUTUMN, f"{AUTUMN}/pause", why="first")
        form = maria.form(AUTUMN, f"{AUTUMN}/resume")
        desk.db.conn.execute("UPDATE campaigns SET held_at = '2014-01-01T00:00:00Z'")
        answer = maria.post(f"{AUTUMN}/resume", form)
        assert answer.status_code == 409
        assert "somebody paused it since you looked" in answer.text


class TestTwice:
    """The back button after sending, a double click, two people at once."""

    def test_is_once(self, desk: Staffed) -> None:
        """The second says so, and tells what came of the first."""
        maria = desk.enter("Maria", "author")
        form = maria.form(AUTUMN, f"{AUTUMN}/pause") | {"why": "look"}
        first = maria.post(f"{AUTUMN}/pause", form)
        again = maria.post(f"{AUTUMN}/pause", form)
        assert maria.result(first) == "Held. Still to go: 23."
        assert maria.result(again).startswith("You had sent this form already")
        assert [event.what for event in show_campaign(desk.db, "autumn").history].count("held") == 1

    def test_at_the_same_moment_is_once(self, desk: Staffed) -> None:
        """Also with a test, which leaves the house."""
        maria = desk.enter("Maria", "author")
        form = maria.form(AUTUMN, f"{AUTUMN}/test")
        form |= {"as": "p1@example.org", "to": "me@house.example"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: maria.post(f"{AUTUMN}/test", form), range(4)))
        assert {answer.status_code for answer in answers} <= {303, 503}
        found = list((desk.settings.outbox_dir).rglob("*.eml"))
        assert (
            len([file for file in found if "test" in file.name or "TEST" in file.read_text()]) == 1
        )

    def test_two_approvals_at_once_are_two_peoples(self, desk: Staffed) -> None:
        """Each stands for it once, and neither is lost."""
        maria, noor, sam = (desk.enter(name) for name in ("Maria", "Noor", "Sam"))
        _tested(maria)
        forms = [(who, who.form(AUTUMN, f"{AUTUMN}/approve")) for who in (noor, sam)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: pair[0].post(f"{AUTUMN}/approve", pair[1]), forms))
        assert [answer.status_code for answer in answers] == [303, 303]
        standing = show_campaign(desk.db, "autumn").approvals
        assert sorted(approval.by for approval in standing) == ["Noor", "Sam"]
        again = noor.send(AUTUMN, f"{AUTUMN}/approve")
        assert noor.result(again) == "You had approved this plan already."

    def test_an_approval_is_of_what_was_looked_at(self, desk: Staffed) -> None:
        """Planned anew meanwhile with other words, it is not approved."""
        noor = desk.enter("Noor", "approver")
        _tested(noor)
        form = noor.form(AUTUMN, f"{AUTUMN}/approve")
        page = desk.settings.templates_dir / "hello" / "en.html"
        page.write_text(page.read_text("utf-8").replace("two million", "three million"), "utf-8")
        now = datetime.now(UTC)
        plan_campaign(desk.db, desk.settings, "autumn", day=now.date(), now=now)
        answer = noor.post(f"{AUTUMN}/approve", form)
        assert answer.status_code == 409
        assert "it was planned anew since you looked" in answer.text
        assert not show_campaign(desk.db, "autumn").approved

    @pytest.mark.parametrize("act", ["approve", "send"])
    def test_it_is_of_these_people_too(self, desk: Staffed, act: str) -> None:
        """Planned anew with the same words for others, or for as many, it is another plan."""
        noor = desk.enter("Noor")
        _tested(noor)
        if act == "send":
            assert noor.send(AUTUMN, f"{AUTUMN}/approve").status_code == 303
        form = noor.form(AUTUMN, f"{AUTUMN}/{act}")
        segment = desk.settings.segments_dir / "everybody.sql"
        before = segment.read_text("utf-8")
        now = datetime.now(UTC)
        for limit in (" LIMIT 2", ""):
            segment.write_text(before.rstrip().rstrip(";") + limit + "\n", "utf-8")
            plan_campaign(desk.db, desk.settings, "autumn", day=now.date(), now=now)
            answer = noor.post(f"{AUTUMN}/{act}", form)
            assert answer.status_code == 409
            assert "its people may be others" in words(answer.text)
        assert not show_campaign(desk.db, "autumn").approved

    def test_what_was_refused_can_be_sent_again(self, desk: Staffed) -> None:
        """Going back, mending it, sending the same form."""
        noor = desk.enter("Noor", "approver")
        form = noor.form(AUTUMN, f"{AUTUMN}/approve")
        refused = noor.post(f"{AUTUMN}/approve", form)
        assert refused.status_code == 409
        assert "nobody has been sent a test" in refused.text
        assert "What is wrong stands in the form" in refused.text
        _tested(noor)
        assert noor.post(f"{AUTUMN}/approve", form).status_code == 303


class TestASecondPerson:
    """A large campaign needs one."""

    def test_is_not_its_author(self, desk: Staffed) -> None:
        """Whatever role they have."""
        strict = replace(desk.settings, approval=Approval(second_person_over=5))
        with served(desk_app(strict)) as at:
            other = Staffed(desk.db, strict, at, desk.opened)
            maria, noor = other.enter("maria"), other.enter("Noor", "approver")
            _tested(maria)
            own = maria.send(AUTUMN, f"{AUTUMN}/approve")
            assert own.status_code == 409
            assert "somebody else must approve it" in words(own.text)
            assert noor.send(AUTUMN, f"{AUTUMN}/approve").status_code == 303


class TestDoubts:
    """Letters of which nobody knows whether they left."""

    def test_are_settled_by_name_only_those_that_are_ticked(self, desk: Staffed) -> None:
        """One that came to be in doubt after the page was shown is not."""
        sam = desk.enter("Sam", "approver")
        doubtful = "UPDATE deliveries SET state = 'in_doubt', attempts = 1 WHERE campaign_id = 2"
        desk.db.conn.execute(f"{doubtful} AND supporter_id IN (1, 2, 3)")
        path = f"{AUTUMN}/doubts"
        boxes = re.findall(r'name="(attempt:[\d-]+)"', sam.page(path))
        assert len(boxes) == 3
        nothing = sam.send(path, f"{AUTUMN}/settle", settlement="accepted")
        assert nothing.status_code == 422
        ticked = dict.fromkeys(boxes[:2], "yes")
        done = sam.send(path, f"{AUTUMN}/settle", settlement="accepted", **ticked)
        assert sam.result(done) == "Settled: 2. Still in doubt: 1."
        assert campaign_status(desk.db, "autumn").ledger.in_doubt == 1

    def test_are_settled_all_at_once_where_they_are_too_many_to_tick(self, desk: Staffed) -> None:
        """Those that were told of: where one more is in doubt since, none is settled.

        Also where another was settled meanwhile, so that they are as many as before, and where it
        is this very press that puts what a dead run had in doubt.
        """
        sam = desk.enter("Sam", "approver")
        doubtful = "UPDATE deliveries SET state = 'in_doubt', attempts = 1 WHERE campaign_id = 2"
        desk.db.conn.execute(f"{doubtful} AND state = 'planned' AND supporter_id <> 22")
        path = f"{AUTUMN}/doubts"
        assert "All 22 of them" in sam.page(path)
        form = sam.form(path, f"{AUTUMN}/settle") | _all(sam.page(path))
        last = "WHERE campaign_id = 2 AND supporter_id = 22"
        desk.db.conn.execute(f"UPDATE deliveries SET state = 'claimed', attempts = 1 {last}")
        late = sam.post(f"{AUTUMN}/settle", form)
        assert late.status_code == 409
        assert "there are 23" in late.text
        seen = _all(late.text)
        one = "WHERE campaign_id = 2 AND supporter_id = 3"
        desk.db.conn.execute(f"UPDATE deliveries SET state = 'accepted' {one}")
        assert sam.post(f"{AUTUMN}/settle", form).status_code == 409
        assert sam.post(f"{AUTUMN}/settle", form | seen).status_code == 409
        done = sam.post(f"{AUTUMN}/settle", form | _all(sam.page(path)))
        assert sam.result(done) == "Settled: 22. Still in doubt: 0."


def _all(page: str) -> dict[str, str]:
    """Tick that all of them are meant."""
    found = re.search(r'name="all" value="(\w+)"', page)
    assert found is not None
    return {"settlement": "resend", "all": found[1]}


class TestProgress:
    """Counts from the ledger, live."""

    def test_comes_as_it_changes(self, desk: Staffed) -> None:
        """And ends where nothing moves any more."""
        vic = desk.enter("Vic", "viewer")
        seen = []
        with vic.client.stream("GET", f"{AUTUMN}/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data: {"):
                    seen.append(json.loads(line[6:]))
                    if len(seen) == 1:
                        desk.db.conn.execute(
                            "UPDATE deliveries SET state = 'accepted'"
                            " WHERE campaign_id = 2 AND state = 'planned'"
                        )
        assert [(one["planned"], one["accepted"]) for one in seen] == [(23, 0), (0, 23)]
        assert seen[-1]["state"] == "complete"

    def test_is_not_begun_for_who_asks_only_for_its_head(self, desk: Staffed) -> None:
        """Their next request is answered at once, over the same connection."""
        vic = desk.enter("Vic", "viewer")
        host = vic.origin.removeprefix("http://")
        said = "; ".join(f"{name}={value}" for name, value in vic.client.cookies.items())
        head = f"HTTP/1.1\r\nHost: {host}\r\nCookie: {said}\r\n"
        answer = desk.at.raw(
            f"HEAD {AUTUMN}/live {head}\r\nGET /keys {head}Connection: close\r\n\r\n".encode()
        )
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert b"text/event-stream" in answer

    def test_is_a_page_too(self, desk: Staffed) -> None:
        """Which loads itself again where no script runs."""
        vic = desk.enter("Vic", "viewer")
        page = vic.page(f"{AUTUMN}/progress")
        assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
        assert "refresh" not in vic.page("/campaigns/spring/progress")


def test_a_diff_says_what_changed(desk: Staffed) -> None:
    """Line by line, harmless."""
    vic = desk.enter("Vic", "viewer")
    assert "Nothing has changed" in vic.page(f"{AUTUMN}/diff")
    page = desk.settings.templates_dir / "hello" / "en.html"
    page.write_text(page.read_text("utf-8").replace("two", "<script>"), "utf-8")
    text = vic.page(f"{AUTUMN}/diff")
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "has changed since planning" in vic.page(AUTUMN)


def test_there_is_no_campaign_of_that_name(desk: Staffed) -> None:
    """A page says so."""
    vic = desk.enter("Vic", "viewer")
    for path in ("/campaigns/nope", "/campaigns/%3Cscript%3E", "/campaigns/nope/left-out"):
        answer = vic.get(path)
        assert answer.status_code == 404
        assert "there is no campaign of this name" in answer.text
        assert "<script>" not in answer.text


def test_the_counts_of_a_large_campaign_are_asked_for_one_by_one(desk: Staffed) -> None:
    """The list is there at once: our script fetches them; without scripts a link leads there."""
    desk.db.conn.execute("UPDATE campaigns SET audience = 200000 WHERE name = 'autumn'")
    browser = desk.enter("Maria", "author")
    for page in (browser.page("/"), browser.page("/campaigns")):
        assert 'data-fetch="/campaigns/autumn/counts"' in page
        assert 'data-fetch="/campaigns/spring/counts"' not in page
    assert "planned 23 to go, 0 accepted" in words(browser.page("/campaigns/autumn/counts"))
    assert browser.get("/campaigns/nothing/counts").status_code == 404


def test_the_list_of_campaigns_has_pages(desk: Staffed) -> None:
    """The newest first."""
    desk.db.conn.executemany(
        "INSERT INTO campaigns (name, template, segment, created_at) VALUES (?, 'hello', 'all', ?)",
        [(f"old-{n}", "2014-02-26T09:00:00Z") for n in range(60)],
    )
    browser = desk.enter("Maria", "author")
    first, second = browser.page("/campaigns"), browser.page("/campaigns?page=2")
    assert 'href="/campaigns/old-59"' in first
    assert 'rel="next" href="/campaigns?page=2"' in first
    assert 'href="/campaigns/spring"' not in first
    assert 'href="/campaigns/spring"' in second
    assert 'rel="prev" href="/campaigns?page=1"' in second
    assert "There is none here" in browser.page("/campaigns?page=9")
