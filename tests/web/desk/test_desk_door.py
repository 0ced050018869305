"""Who comes in at the desk and who doesn't, by real requests over a socket."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from desking import Staffed, words
from serving import served
from standins_smtp import FaultySmtp, Taken

from outreach.settings import Settings
from outreach.settings.servers import Desk
from outreach.staff.sessions import SEEN_EVERY
from outreach.store import open_database, utc_text
from outreach.web.bounds import Bounds
from outreach.web.desk.app import desk_app
from outreach.workflow import staff

NOW = datetime.now(UTC)


class TestALoginLink:
    """Fifteen minutes, once."""

    def test_is_not_used_up_by_looking(self, desk: Staffed) -> None:
        """Scanners of mails follow links; only the button signs in."""
        staff.add_staff(desk.db, "Noor", role="author", now=NOW)
        link, browser = desk.link("Noor"), desk.browser()
        for _ in range(3):
            assert browser.client.head(link).status_code == 200
            assert "Sign in as Noor" in browser.page(link)
        assert not browser.client.cookies
        answer = browser.post(link, {"x": ""})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Good to see you, Noor" in browser.page("/")

    def test_that_was_stolen_later_lets_nobody_in(self, desk: Staffed) -> None:
        """Used or old, it says the same."""
        staff.add_staff(desk.db, "Noor", role="author", now=NOW)
        link = desk.link("Noor")
        desk.browser().post(link, {"x": ""})
        thief = desk.browser()
        for answer in (thief.get(link), thief.post(link, {"x": ""})):
            assert answer.status_code == 404
            assert "lets nobody in" in answer.text
        assert thief.get("/").headers["location"] == "/sign-in"
        assert not thief.client.cookies

    def test_gives_a_cookie_that_scripts_and_other_sites_don_t_get(self, desk: Staffed) -> None:
        """And names nobody."""
        staff.add_staff(desk.db, "Noor", role="author", now=NOW)
        cookie = desk.browser().post(desk.link("Noor"), {"x": ""}).headers["set-cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Noor" not in cookie

    def test_can_t_be_guessed_for_long(self, desk: Staffed) -> None:
        """One network, thirty wrong ones in ten minutes."""
        browser = desk.browser()
        answers = [browser.post(f"/sign-in/{n}", {"x": ""}).status_code for n in range(32)]
        assert answers == [404] * 30 + [429] * 2


class TestAForeignPage:
    """What another site makes a browser send."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:1"},
            {},
        ],
    )
    def test_does_nothing_even_with_the_right_form(
        self, desk: Staffed, headers: dict[str, str]
    ) -> None:
        """Its origin gives it away."""
        noor = desk.enter("Noor")
        form = noor.form("/campaigns/autumn", "/campaigns/autumn/pause")
        assert noor.post("/campaigns/autumn/pause", form, headers).status_code == 403
        assert desk.acts() == []

    def test_knows_no_form(self, desk: Staffed) -> None:
        """Without the fields of this session it is refused; with a colleague's too."""
        noor, maria = desk.enter("Noor"), desk.enter("Maria")
        others = maria.form("/campaigns/autumn", "/campaigns/autumn/pause")
        for form in ({"why": "x"}, {"form": "a", "seal": "b" * 24}, others):
            answer = noor.post("/campaigns/autumn/pause", form)
            assert answer.status_code == 403
            assert "Nothing was done" in answer.text
        assert desk.acts() == []

    def test_can_t_frame_or_read_the_desk(self, desk: Staffed) -> None:
        """No page of ours stands in another's, nor do its parts."""
        noor = desk.enter("Noor")
        answer = noor.get("/campaigns")
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert noor.get("/campaigns", **{"sec-fetch-site": "cross-site"}).status_code == 403
        led = noor.get("/", **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
        assert led.status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8321", "", "127.0.0.1.evil.ex"])
    def test_gives_us_no_name(self, desk: Staffed, host: str) -> None:
        """A name of theirs that leads to this machine is none of ours."""
        assert desk.browser().get("/sign-in", host=host).status_code == 421


class TestAColleague:
    """Roles, and their end."""

    def test_that_was_removed_is_out_at_once(self, desk: Staffed) -> None:
        """Pages, forms and live counts."""
        noor = desk.enter("Noor", "approver")
        form = noor.form("/campaigns/autumn", "/campaigns/autumn/pause")
        staff.remove_staff(desk.db, "Noor", now=NOW)
        assert noor.get("/campaigns").headers["location"] == "/sign-in"
        assert noor.get("/campaigns/autumn/live").status_code == 401
        answer = noor.post("/campaigns/autumn/pause", form)
        assert answer.status_code == 401
        assert "What you sent was not done" in answer.text
        assert desk.acts() == [("", "remove from the staff", "staff Noor", "done")]

    def test_does_what_their_role_allows(self, desk: Staffed) -> None:
        """What they try beyond it is written down."""
        vic = desk.enter("Vic", "viewer")
        form = vic.form("/", "/sign-out")
        page = vic.page("/campaigns/autumn")
        assert set(re.findall(r'<form[^>]*action="([^"]*)"', page)) == {"/sign-out"}
        for act in ("plan", "test", "approve", "schedule", "pause", "resume", "cancel", "settle"):
            assert vic.post(f"/campaigns/autumn/{act}", form).status_code == 403
        assert vic.get("/staff").status_code == 403
        assert "see who supporters are" in vic.get("/messages/hello/preview?as=1").text
        assert vic.get("/messages/hello/body?as=1").status_code == 403
        assert "p1@" not in vic.page("/campaigns/autumn/left-out")
        assert [outcome for *_, outcome in desk.acts()] == ["denied"] * 8

    def test_signs_out(self, desk: Staffed) -> None:
        """The cookie is worth nothing then, whoever kept it."""
        noor = desk.enter("Noor")
        kept = dict(noor.client.cookies)
        assert noor.send("/", "/sign-out").headers["location"] == "/sign-in"
        other = desk.browser()
        other.client.cookies.update(kept)
        assert other.get("/").status_code == 303

    def test_adds_another_who_gets_in_by_a_link(self, desk: Staffed) -> None:
        """The link is shown once, and never again."""
        maria = desk.enter("Maria")
        added = maria.send("/staff", "/staff", name="Noor", role="approver", email="")
        assert maria.result(added).startswith("Added Noor as approver")
        form = maria.form("/staff", "/staff/link") | {"name": "Noor"}
        shown = maria.post("/staff/link", form)
        found = re.search(r"/sign-in/[\w-]+", shown.text)
        assert found is not None
        assert maria.post("/staff/link", form).status_code == 303
        noor = desk.browser()
        assert noor.post(found[0], {"x": ""}).status_code == 303
        assert found[0].split("/")[-1] not in maria.page("/acts")


class TestSingleSignOn:
    """A proxy that says who it is."""

    def enter(self, house: Settings, where: Desk, headers: dict[str, str]) -> tuple[int, str]:
        """Ask for the first page through a proxy."""
        settings = replace(house, desk=where)
        with closing(open_database(house.database)) as db, served(desk_app(settings)) as at:
            if not staff.list_staff(db):
                staff.add_staff(db, "Noor", role="author", email="noor@house.example", now=NOW)
            answer = at.client.get("/", headers=headers)
            return answer.status_code, words(answer.text)

    def test_lets_in_whom_it_names(self, house: Settings) -> None:
        """Whoever is of the staff; nobody else."""
        where = Desk(proxies="127.0.0.0/8", login_header="X-Forwarded-Email")
        status, text = self.enter(house, where, {"x-forwarded-email": "NOOR@house.example"})
        assert (status, "Good to see you, Noor" in text) == (200, True)
        assert self.enter(house, where, {"x-forwarded-email": "eve@house.example"})[0] == 303

    def test_is_believed_of_the_listed_only(self, house: Settings) -> None:
        """Not where nothing is listed, nor where the header is another, nor of two headers."""
        said = {"x-forwarded-email": "noor@house.example", "x-forwarded-for": "10.1.1.1"}
        for where in (
            Desk(proxies="10.0.0.0/8", login_header="X-Forwarded-Email"),
            Desk(proxies="", login_header="X-Forwarded-Email"),
            Desk(proxies="127.0.0.1", login_header=""),
        ):
            assert self.enter(house, where, said)[0] == 303


class TestTheDatabase:
    """Locked, or gone."""

    def test_locked_is_told_and_reading_goes_on(self, desk: Staffed) -> None:
        """What was sent is not done, and can be sent again as it is."""
        noor = desk.enter("Noor")
        form = noor.form("/campaigns/autumn", "/campaigns/autumn/pause")
        desk.db.conn.execute("BEGIN IMMEDIATE")
        answer = noor.post("/campaigns/autumn/pause", form)
        assert noor.get("/campaigns/autumn").status_code == 200
        desk.db.conn.execute("ROLLBACK")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "Not done: another command is writing" in answer.text
        assert noor.result(noor.post("/campaigns/autumn/pause", form)).startswith("Held.")

    def test_locked_for_long_keeps_nobody_from_looking(self, house: Settings) -> None:
        """That they were seen, and what they have open, is not worth waiting for: an hour here."""
        patient = Bounds(busy_seconds=3600)
        with (
            closing(open_database(house.database)) as db,
            served(desk_app(house, patient)) as at,
            closing(Staffed(db, house, at)) as desk,
        ):
            noor = desk.enter("Noor")
            db.conn.execute(
                "INSERT INTO followups (followup_id, name, email, stage, opened_at, due_at)"
                " VALUES (1, 'Jean', 'jean@example.org', 'new', '2014-02-26T09:00:00Z',"
                " '2014-02-27T09:00:00Z')"
            )
            # not seen for longer than it takes to be written down again
            db.conn.execute("UPDATE sessions SET seen_at = ?", [utc_text(NOW - SEEN_EVERY * 2)])
            db.conn.execute("BEGIN IMMEDIATE")
            for path in ("/keys", "/followups/1"):
                assert noor.get(path).status_code == 200
            assert noor.get("/followups/next").headers["location"] == "/followups/1"
            passed = noor.page("/followups/next?passed=1")
            assert "1 follow-up" in words(passed)
            db.conn.execute("ROLLBACK")

    def test_failing_in_the_midst_of_an_act_is_told_as_it_is(self, house: Settings) -> None:
        """A test that has left is not said to be undone, and the same form doesn't send another."""
        other = sqlite3.connect(house.database, isolation_level=None, check_same_thread=False)
        with FaultySmtp(taken=_Locking(other)) as server, closing(other):
            smtp = replace(house.smtp, host="127.0.0.1", port=server.port, security="none")
            sending = replace(house, delivery=replace(house.delivery, transport="smtp"), smtp=smtp)
            with (
                closing(open_database(house.database)) as db,
                served(desk_app(sending, Bounds(busy_seconds=0.2))) as at,
                closing(Staffed(db, sending, at)) as desk,
            ):
                noor, autumn = desk.enter("Noor"), "/campaigns/autumn"
                form = noor.form(autumn, f"{autumn}/test")
                form |= {"as": "p1@example.org", "to": "me@house.example"}
                told = noor.post(f"{autumn}/test", form)
                other.execute("ROLLBACK")
                assert told.status_code == 500
                assert "Nobody knows whether this was done" in told.text
                assert "was not done" not in told.text
                assert f'href="{autumn}"' in told.text
                again = noor.result(noor.post(f"{autumn}/test", form))
                assert "nobody knows yet how it ended" in again
                assert server.took == ["me@house.example"]
                assert [outcome for *_, outcome in desk.acts()] == ["asked"]

    def test_gone_is_told(self, house: Settings) -> None:
        """On a page that needs none."""
        with served(desk_app(house, Bounds(busy_seconds=0.2))) as at:
            house.database.rename(house.root / "away.db")
            answer = at.client.get("/")
        assert answer.status_code == 503
        assert "The database can't be used right now" in answer.text


class TestWhatIsTooMuch:
    """A post of 40 MB, and one that never ends."""

    def test_is_refused(self, desk: Staffed) -> None:
        """By anybody, and the desk goes on."""
        noor = desk.enter("Noor")
        answer = noor.post("/campaigns", {"name": "x" * 40_000_000})
        assert answer.status_code == 413
        assert "That is too much" in answer.text
        assert noor.get("/").status_code == 200

    def test_is_no_form_of_ours(self, desk: Staffed) -> None:
        """Whatever is in it."""
        noor = desk.enter("Noor")
        for kind, body in (("text/plain", b"x"), ("application/json", b"{}")):
            headers = {"origin": noor.origin, "content-type": kind}
            assert noor.client.post("/campaigns", content=body, headers=headers).status_code == 400


def test_no_address_leads_to_whatever_name_a_request_gives(desk: Staffed) -> None:
    """A slash behind a page is another address, of nothing."""
    noor = desk.enter("Noor")
    for path in ("/sign-in/", "/campaigns/"):
        answer = noor.get(path)
        assert (answer.status_code, "location" in answer.headers) == (404, False)


def test_the_desk_is_not_the_public_side(desk: Staffed) -> None:
    """Nothing of the one is reached through the other."""
    noor = desk.enter("Noor")
    for path in ("/u/x", "/p/x", "/v/x", "/subscribe", "/webhooks/sendgrid"):
        assert noor.get(path).status_code == 404


class _Locking(list[Taken]):
    """What a mail server took: with the first, somebody else takes the turn to write."""

    def __init__(self, other: sqlite3.Connection) -> None:
        super().__init__()
        self._other = other

    def append(self, taken: Taken) -> None:
        super().append(taken)
        self._other.execute("BEGIN IMMEDIATE")
