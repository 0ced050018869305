"""The pages for what goes wrong, in a real browser; and the way about the desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from browsing import DESKTOP, PHONE, Window, window
from desking import Staffed
from playwright.sync_api import Browser, expect
from readers import Public
from serving import served

from outreach.settings import Settings
from outreach.store import open_database
from outreach.tokens import Purpose
from outreach.web.bounds import Bounds
from outreach.web.desk.app import desk_app
from outreach.web.public.app import public_app
from outreach.workflow import staff

pytestmark = pytest.mark.xdist_group("browser")

BOUNDS = Bounds(busy_seconds=0.2, guesses=2, forms=2)
#: more than a form may hold
TOO_MUCH = 70_000


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Keep the database from being written to, as an import does."""
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def desk(sent: Settings) -> Iterator[Staffed]:
    """The desk, which does not wait long."""
    with (
        closing(open_database(sent.database)) as db,
        served(desk_app(sent, BOUNDS)) as at,
        closing(Staffed(db, sent, at)) as desk,
    ):
        yield desk


@pytest.fixture
def strict(sent: Settings) -> Iterator[Public]:
    """The public pages, which are soon tired of wrong links."""
    with closing(open_database(sent.database)) as db, served(public_app(sent, BOUNDS)) as at:
        yield Public(db, sent, at)


def _signed_in(one: Window, desk: Staffed, name: str, role: str) -> None:
    staff.add_staff(desk.db, name, role=role, now=datetime.now(UTC))
    one.go(desk.link(name))
    with one.page.expect_navigation():
        one.page.locator("main button").press("Enter")


def _told(one: Window, heading: str) -> list[str]:
    """What is wrong with the page, which has this heading."""
    expect(one.page.get_by_role("heading", level=1)).to_have_text(heading)
    return [f"{heading}: {fault}" for fault in one.faults()]


def _shown_again(one: Window, heading: str) -> list[str]:
    """What is wrong with the page, which shows a refused form again."""
    expect(one.page.get_by_role("alert")).to_contain_text("Not done: ")
    return _told(one, heading)


def test_each_error_of_the_desk_is_told_to_everybody(desk: Staffed, browser: Browser) -> None:
    """No violation by axe-core, nothing sticks out, a way on; and the way there is open again."""
    found = []
    with window(browser, desk.at.url, PHONE) as one:
        _signed_in(one, desk, "Maria", "admin")
        one.go("/nothing-here")
        found += _told(one, "There is no such page")
        one.go("/supporters/99999")
        found += _told(one, "There is no such thing")
        one.go("/campaigns")
        one.page.locator("#name").evaluate(
            f"field => {{ field.maxLength = 99999; field.value = 'x'.repeat({TOO_MUCH}); }}"
        )
        one.press("Make it")
        found += _told(one, "That is too much")
        one.go("/campaigns")
        one.page.locator("#name").fill("summer")
        with locked(desk.settings):
            one.press("Make it")
            found += _shown_again(one, "Campaigns")
            with one.page.expect_navigation():
                one.page.locator("form[action='/sign-out']").first.evaluate(
                    "f => f.requestSubmit()"
                )
            found += _told(one, "The database can't be used right now")
        one.go("/campaigns")
        one.page.locator("#name").fill("Not A Name")
        one.press("Make it")
        found += _shown_again(one, "Campaigns")
        one.go("/campaigns")
        staff.end_sessions(desk.db, "Maria", now=datetime.now(UTC))
        one.page.locator("#name").fill("summer")
        one.press("Make it")
        found += _told(one, "You are signed out")
    with window(browser, desk.at.url, DESKTOP) as one:
        _signed_in(one, desk, "Vera", "viewer")
        one.go("/supporters")
        found += _told(one, "You may not do this")
    assert not found, "\n".join(found)


def test_each_error_of_the_public_pages_is_told_to_everybody(
    strict: Public, browser: Browser
) -> None:
    """In their language, with an address to write to."""
    found = []
    with window(browser, strict.at.url, PHONE) as one:
        for _ in range(BOUNDS.guesses + 1):
            last = one.go(f"/u/{'x' * 24}?lang=fr")
        assert last.status == 429
        assert one.page.locator("html").get_attribute("lang") == "fr"
        found += [f"429: {fault}" for fault in one.faults()]
        one.go("/subscribe")
        one.page.locator("#name").evaluate(
            f"field => {{ field.maxLength = 99999; field.value = 'x'.repeat({TOO_MUCH}); }}"
        )
        with one.page.expect_response(lambda answer: answer.status == 413):
            one.page.locator("main button").press("Enter")
        one.page.wait_for_load_state()
        found += [f"413: {fault}" for fault in one.faults()]
        one.go(strict.leave())
        with locked(strict.settings):
            with one.page.expect_response(lambda answer: answer.status == 503):
                one.page.locator("main button").press("Enter")
            one.page.wait_for_load_state()
            found += [f"503: {fault}" for fault in one.faults()]
    assert not found, "\n".join(found)


def test_a_letter_in_the_browser_has_no_fault_of_ours(strict: Public, browser: Browser) -> None:
    """It stands there as it was sent, without a frame, and asks nobody else for an icon."""
    with window(browser, strict.at.url, PHONE) as one:
        answer = one.go(f"/v/{strict.token(Purpose.VIEW)}")
        assert answer.status == 200
        # a letter is no page with a heading, landmarks and a focus of our own colours
        own = ("region", "landmark-one-main", "page-has-heading-one", "its focus is not shown")
        faults = [fault for fault in one.faults() if not fault.startswith(own)]
        assert not faults, "\n".join(faults)
        assert one.elsewhere == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_way_about_the_desk_has_room(
    desk: Staffed, browser: Browser, size: tuple[int, int]
) -> None:
    """On a phone one line, from which a menu opens, also without scripts; all by the keyboard."""
    for scripts in (True, False):
        with window(browser, desk.at.url, size, scripts=scripts) as one:
            _signed_in(one, desk, f"Ada{int(scripts)}", "admin")
            bar = one.page.locator("header.bar").bounding_box()
            assert bar is not None
            assert bar["height"] < 80
            links = one.page.get_by_role("link", name="Gatherings")
            if size == PHONE:
                expect(links).to_have_count(0)
                one.page.locator("summary", has_text="Menu").press("Enter")
            expect(links).to_have_count(1)
            with one.page.expect_navigation():
                links.press("Enter")
            expect(one.page.get_by_role("heading", level=1)).to_have_text("Gatherings")
