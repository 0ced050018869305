"""The public pages in a real browser: for every eye, every hand, and a small phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from browsing import Window, window
from playwright.sync_api import Browser
from readers import Public
from serving import until

from outreach import tokens
from outreach.tokens import Purpose
from outreach.web.public.words import words
from outreach.workflow import formanswers

pytestmark = pytest.mark.xdist_group("browser")

#: as long as an address and a name may be
LONG_EMAIL: Final = f"{'z' * 60}@{'long-' * 8}a.{'domain' * 6}.example.net"
LONG_NAME: Final = "Rakotomalala" * 8


@pytest.fixture
def phone(browser: Browser, public: Public) -> Iterator[Window]:
    """A phone that asks nobody but us for anything."""
    with window(browser, public.at.url) as one:
        yield one


def _address(public: Public, delivery_id: int, email: str) -> None:
    public.db.conn.execute(
        "UPDATE supporters SET email = ? WHERE supporter_id ="
        " (SELECT supporter_id FROM deliveries WHERE delivery_id = ?)",
        [email, delivery_id],
    )


def _confirmation(public: Public) -> str:
    until(lambda: not formanswers.any_new(public.db))
    row = public.one("SELECT text FROM letters ORDER BY letter_id DESC")
    assert row is not None
    return "/c/" + str(row[0]).split("/c/")[1][:24]


def _pages(phone: Window, public: Public, language: str) -> Iterator[str]:
    """Go to one page after the other, and name each; the forms are sent as a person would."""
    say, asked = words(language), f"?lang={language}"

    def got(path: str, status: int = 200) -> None:
        answer = phone.go(f"{path}{asked}")
        assert answer.status == status, (path, answer.status)

    _address(public, 2, LONG_EMAIL)
    got("/")
    yield "home"
    got("/subscribe")
    yield "subscribe"
    phone.press(say["subscribe"]["button"])
    yield "subscribe, nothing filled in"
    got(f"/t/{public.token(Purpose.REPLY)}")
    yield "take part"
    phone.page.locator("#name").fill(LONG_NAME)
    phone.press(say["take_part"]["button"])
    yield "take part, half filled in"
    phone.page.locator("#email").fill("zuhura@example.net")
    phone.page.locator("#country").select_option("TG")
    phone.press(say["take_part"]["button"])
    yield "thanks"
    got(_confirmation(public))
    yield "confirm"
    other = {"email": "zuhura@example.net", "name": "Z", "country": "NE", "words": LONG_NAME}
    public.at.client.post("/take-part", data=other)
    got(_confirmation(public))
    yield "confirm one of two"
    phone.press(say["confirm"]["button"])
    yield "confirmed"
    got(f"/c/{'a' * 24}", 404)
    yield "an old link"
    got(public.leave(2))
    yield "unsubscribe"
    phone.press(say["unsubscribe"]["button"])
    yield "unsubscribed"
    phone.press(say["unsubscribe"]["undo"])
    yield "back again"
    got(public.leave(3))
    phone.press(say["unsubscribe"]["button"])
    got(public.leave(3))
    yield "unsubscribed before"
    got(f"/p/{public.token(Purpose.UNSUBSCRIBE, 3)}")
    yield "preferences of who left"
    got(f"/p/{public.token(Purpose.UNSUBSCRIBE, 2)}")
    yield "preferences"
    phone.press(say["common"]["save"])
    yield "preferences, saved"
    got(f"/u/{tokens.harmless(1)}")
    yield "a copy's link"
    _address(public, 4, "erased-4")
    got(public.leave(4))
    yield "erased"
    got(f"/v/{public.token(Purpose.VIEW, 4)}", 404)
    yield "a letter that is gone"
    got("/nothing", 404)
    yield "no such page"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_for_everybody(public: Public, phone: Window, language: str) -> None:
    """No violation by axe-core, light and dark, no scrolling sideways, all by Tab; nothing foreign.

    In the direction of its language, with a title.
    """
    found: list[str] = []
    for name in _pages(phone, public, language):
        html = phone.page.locator("html")
        assert html.get_attribute("lang") == language
        assert html.get_attribute("dir") == {"ar": "rtl"}.get(language, "ltr")
        found += [f"{name}: {fault}" for fault in phone.faults_everywhere()]
    assert not found, "\n".join(found)
    assert phone.elsewhere == []


def _by_key(phone: Window, key: str, *, until: Callable[[], bool]) -> None:
    """Press Tab until the focus is there, then a key."""
    for _ in range(20):
        phone.page.keyboard.press("Tab")
        if until():
            break
    else:
        raise AssertionError("Tab does not lead there")
    with phone.page.expect_navigation():
        phone.page.keyboard.press(key)


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_leaving_and_coming_back_takes_two_keys(
    public: Public, browser: Browser, *, scripts: bool
) -> None:
    """Tab and Enter; going back in the browser changes nothing."""
    with window(browser, public.at.url, scripts=scripts) as phone:
        phone.go(public.leave())
        assert public.suppressed == []
        focused = phone.page.locator(":focus")
        _by_key(phone, "Enter", until=lambda: focused.evaluate("one => one.tagName") == "BUTTON")
        assert phone.page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
        assert public.suppressed == [("p1@example.org", "unsubscribed")]
        phone.page.go_back()
        assert public.suppressed == [("p1@example.org", "unsubscribed")]
        phone.page.go_forward()
        phone.go(public.leave(2))
        _by_key(phone, "Enter", until=lambda: focused.count() == 1)
        _by_key(phone, "Space", until=lambda: focused.inner_text() == "Undo it")
        assert public.suppressed == [("p1@example.org", "unsubscribed")]


def test_a_form_is_filled_in_by_keyboard_alone(public: Public, phone: Window) -> None:
    """In the order in which it is read; the field that no person sees is not met."""
    phone.go("/take-part?lang=ar")
    keys = phone.page.keyboard
    for text in ("zuhura@example.net", "زهرة", "", "مناظرة في مدرستي"):
        keys.press("Tab")
        keys.type(text) if text else keys.press("ArrowDown")
    first = phone.page.locator("#country").input_value()
    keys.press("Tab")
    with phone.page.expect_navigation():
        keys.press("Enter")
    assert phone.page.locator("html").get_attribute("dir") == "rtl"
    until(lambda: not formanswers.any_new(public.db))
    found = public.one("SELECT name, email, country, words FROM signups")
    assert found == ("زهرة", "zuhura@example.net", first, "مناظرة في مدرستي")
    assert first != ""


def test_a_letter_in_the_browser_runs_nothing(public: Public, phone: Window) -> None:
    """Whatever its reader is called; its pictures are all that may come from elsewhere."""
    bad = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    public.db.conn.execute("UPDATE supporters SET given_name = ?", [bad])
    phone.go(f"/v/{public.token(Purpose.VIEW)}")
    assert phone.page.title() == "News from us"
    assert "<script>" in phone.page.inner_text("body")
    assert phone.elsewhere == []
