"""Refused forms and live counts of the desk, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from desking import Staffed
from playwright.sync_api import Browser, Page, expect
from serving import served

from outreach.settings import Settings
from outreach.store import open_database
from outreach.web.desk.app import desk_app
from outreach.workflow import staff
from outreach.workflow.campaigns import create_campaign, plan_campaign

pytestmark = pytest.mark.xdist_group("browser")

_SEEN_OR_NOT = """hidden => {
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def desk(sent: Settings) -> Iterator[Staffed]:
    """The desk with a planned campaign, served."""
    now = datetime.now(UTC)
    with closing(open_database(sent.database)) as db:
        create_campaign(
            db, sent, "autumn", template="hello", segment="everybody", by="Maria", now=now
        )
        plan_campaign(db, sent, "autumn", day=now.date(), by="Maria", now=now)
        with served(desk_app(sent)) as at, closing(Staffed(db, sent, at)) as desk:
            yield desk


@pytest.fixture
def page(desk: Staffed, browser: Browser) -> Iterator[Page]:
    """A page of somebody who is signed in."""
    staff.add_staff(desk.db, "Noor", role="admin", now=datetime.now(UTC))
    with browser.new_context(base_url=desk.at.url) as context:
        page = context.new_page()
        page.goto(desk.link("Noor"))
        page.get_by_role("main").get_by_role("button").click()
        yield page


def test_a_refused_form_is_before_ones_eyes_with_all_that_was_typed(page: Page) -> None:
    """Fifteen fields and a number that is none: one is mended, the others stand."""
    page.goto("/gatherings/new")
    page.get_by_label("Kind").select_option("concert")
    typed = {"Organiser": "Ama", "Place": "Lomé", "Country": "TG", "Minutes": "a while"}
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Plan it").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Not done")
    expect(notice).to_be_focused()
    expect(notice).to_be_in_viewport()
    for label, text in typed.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(text)
    expect(page.get_by_label("Kind")).to_have_value("concert")
    page.get_by_label("Minutes", exact=True).fill("90")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("status")).to_contain_text("is planned")


def test_a_refused_form_far_down_a_long_page_is_where_the_page_opens(page: Page) -> None:
    """Its notice is in sight, without a script of ours."""
    page.goto("/campaigns/autumn")
    page.get_by_label("Whose message").fill("nobody@example.org")
    page.get_by_label("Where it goes").fill("me@house.example")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_label("Whose message")).to_have_value("nobody@example.org")


def test_a_page_that_nobody_sees_has_no_stream(page: Page) -> None:
    """Each takes one of the browser's few connections, whichever tab it is in."""
    asked: list[str] = []
    ended: list[str] = []
    for event, seen in (("request", asked), ("requestfailed", ended)):
        page.on(event, lambda one, seen=seen: seen.append(one.url))  # type: ignore[call-overload]
    page.goto("/campaigns/autumn/progress")
    live = f"{page.url.removesuffix('/progress')}/live"
    with page.expect_event("requestfailed", lambda one: one.url == live):
        page.evaluate(_SEEN_OR_NOT, arg=True)
    assert asked.count(live) == 1
    with page.expect_request(live):
        page.evaluate(_SEEN_OR_NOT, arg=False)
