"""The desk in a real browser: every page that links lead to, by phone and by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Window, window
from desking import Staffed
from journeying import HOSTILE
from playwright.sync_api import Browser, Error, expect
from serving import served
from starlette.applications import Starlette
from starlette.routing import Match, Route

from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.supporters.signups import Signup, SignupPurpose
from outreach.web.desk.app import desk_app
from outreach.workflow import formanswers, staff, subscribing
from outreach.workflow.campaigns import create_campaign, plan_campaign

pytestmark = pytest.mark.xdist_group("browser")

_MOST_PAGES: Final = 120
#: to check each of the messages takes a moment
_NEWSLETTERS: Final = ("good-news", "launch", "one-in-two-million", "running-tally")
#: a campaign whose page has other forms than that of one that is planned
DRAFT: Final = "winter"
#: what a page fetches piece by piece stands where links to it did
_INCOMPLETE: Final = "[data-fetch] > a"
#: kinds of pages that only some people and campaigns have
_HIDDEN: Final = {
    f"/campaigns/{{name}} {DRAFT}",
    "/followups/{number:int}/merge",
    "/supporters/{number:int}/erase",
}
_LINKS: Final = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"


@pytest.fixture
def house(sent: Settings, tmp_path: Path) -> Settings:
    """A workspace with a campaign that went, one that is planned, one that is not yet.

    Two who volunteer are perhaps one person.

    What people are called, and what they write, is a script.
    """
    settings = load(sent.root, environment={})
    for name in _NEWSLETTERS:
        shutil.rmtree(settings.templates_dir / name)
    now = datetime.now(UTC)
    with closing(open_database(settings.database)) as db:
        db.conn.execute("UPDATE supporters SET given_name = ?, family_name = ?", [HOSTILE, HOSTILE])
        for name in (DRAFT, "autumn"):
            create_campaign(
                db, settings, name, template="hello", segment="everybody", by="Maria", now=now
            )
        plan_campaign(db, settings, "autumn", day=now.date(), by="Maria", now=now)
        words = f"A debate at my school {HOSTILE} with {'w' * 90}"
        for email in ("p1@example.org", "p2@example.org"):
            said = Signup(SignupPurpose.TAKE_PART, email, HOSTILE, "TG", "fr", words)
            subscribing.ask(db, said, "", now)
        formanswers.answer_forms(db, settings, lambda: now, sleep=lambda _: None)
        db.conn.execute("UPDATE followups SET email = 'p1@example.org'")
    return settings


@pytest.fixture
def app(house: Settings) -> Starlette:
    """The desk."""
    return desk_app(house)


@pytest.fixture
def desk(house: Settings, app: Starlette) -> Iterator[Staffed]:
    """It, served."""
    with (
        closing(open_database(house.database)) as db,
        served(app) as at,
        closing(Staffed(db, house, at)) as desk,
    ):
        yield desk


@pytest.fixture
def phone(browser: Browser, desk: Staffed) -> Iterator[Window]:
    """A phone in whose browser an admin has signed in."""
    staff.add_staff(desk.db, "Maria", role="admin", now=datetime.now(UTC))
    with window(browser, desk.at.url) as one:
        one.go(desk.link("Maria"))
        with one.page.expect_navigation():
            one.page.locator("main button").press("Enter")
        yield one


def _kind(app: Starlette, url: str) -> str:
    """Name the kind of page that an address is of; '' where it is none of ours."""
    parts = urlsplit(url)
    scope = {"type": "http", "path": parts.path, "method": "GET"}
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            shows = parse_qs(parts.query).get("view", [""])[0]
            if route.path.endswith("/preview"):
                return f"{route.path} {shows}"
            return f"{route.path} {DRAFT}" if parts.path == f"/campaigns/{DRAFT}" else route.path
    return ""


def _walk(phone: Window, app: Starlette) -> Iterator[str]:
    """Follow all links from the first page on; give each kind of page when it is there."""
    waiting, met = [f"{phone.origin}/"], set[str]()
    for url in waiting:
        kind = _kind(app, url)
        if not url.startswith(f"{phone.origin}/") or not kind or kind in met:
            continue
        met.add(kind)
        try:
            answer = phone.page.goto(url)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            continue
        assert answer is not None
        assert answer.status == 200, (url, answer.status)
        if "html" not in answer.headers["content-type"]:
            continue
        expect(phone.page.locator(_INCOMPLETE)).to_have_count(0, timeout=60_000)
        waiting += phone.page.evaluate(_LINKS)
        yield kind
    assert len(met) < _MOST_PAGES
    assert met >= _HIDDEN


def test_every_page_is_for_everybody(phone: Window, app: Starlette) -> None:
    """No violation by axe-core, light and dark, no scrolling sideways, all by Tab; nothing foreign.

    New pages are met by the links that lead to them.
    """
    found = [
        f"{kind}: {fault}" for kind in _walk(phone, app) for fault in phone.faults_everywhere()
    ]
    assert not found, "\n".join(found)
    assert phone.elsewhere == []
    assert phone.complaints == []
