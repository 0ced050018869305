"""What goes wrong is said on pages that are for everybody too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from browsing import PHONE, Window, window
from journeying import Place, staffed
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.xdist_group("browser")

#: to whom, what they ask for, and how it is answered
_ASKED: Final = {
    "admin": [
        ("/nothing", 404),
        ("/campaigns/none", 404),
        ("/messages/none", 404),
        ("/followups/999", 404),
        ("/gatherings?since=2014-02-30", 400),
        ("/staff/remove", 405),
    ],
    "viewer": [("/followups", 403), ("/staff", 403)],
}


@pytest.fixture(scope="module")
def people(browser: Browser, place: Place) -> Iterator[dict[str, Window]]:
    """Windows of an admin and of somebody who may only look."""
    place.write("winter")
    with (
        staffed(browser, place, place.hire("Maria", "admin"), PHONE) as maria,
        staffed(browser, place, place.hire("Vera", "viewer"), PHONE) as vera,
    ):
        yield {"admin": maria, "viewer": vera}


def sound(desk: Window, heading: str) -> None:
    """See that a page says what is wrong, leads on, and is for everybody, small and large."""
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(heading)
    assert desk.page.locator("main a[href], header a[href]").count() > 0
    assert desk.faults_everywhere() == []
    assert (desk.elsewhere, desk.complaints) == ([], [])


@pytest.mark.parametrize("role", _ASKED)
def test_what_is_not_there_or_not_allowed(people: dict[str, Window], role: str) -> None:
    """By status, with a way back."""
    desk = people[role]
    for path, status in _ASKED[role]:
        assert desk.go(path).status == status, path
        sound(desk, desk.page.locator("h1").inner_text())


def _bad_name(desk: Window) -> None:
    desk.go("/campaigns")
    desk.page.get_by_label("Name").fill("Winter & spring")
    desk.press("Make it")


def _foreign_form(desk: Window) -> None:
    desk.go("/campaigns")
    desk.page.get_by_label("Name").fill("winter")
    desk.page.locator("main [name=seal]").first.evaluate("one => { one.value = 'mine' }")
    desk.press("Make it")


def _taken_name(desk: Window) -> None:
    desk.go("/staff")
    desk.page.get_by_label("Name").fill("maria")
    desk.press("Add")


def _nobody(desk: Window) -> None:
    desk.go("/messages/winter")
    desk.page.get_by_label("As one supporter").fill("nobody@example.org")
    desk.press("Show theirs")


@pytest.mark.parametrize(
    ("act", "heading"),
    [
        (_bad_name, "This was not done"),
        (_foreign_form, "You may not do this"),
        (_taken_name, "This was not done"),
        (_nobody, "There is no such thing"),
    ],
)
def test_what_is_refused(
    people: dict[str, Window], act: Callable[[Window], None], heading: str
) -> None:
    """In words, on a page that leads back to the form."""
    act(people["admin"])
    sound(people["admin"], heading)


def test_whoever_is_not_signed_in_is_told_how(browser: Browser, place: Place) -> None:
    """Whatever page they come to."""
    with window(browser, place.desk) as stranger:
        stranger.go("/campaigns/winter")
        sound(stranger, "Sign in")
        assert stranger.go("/sign-in/guessed").status == 404
        sound(stranger, "This link lets nobody in")


def test_readers_are_told_what_is_wrong(browser: Browser, place: Place) -> None:
    """With an address to write to."""
    with window(browser, place.public) as reader:
        for path, status in (("/nothing", 404), (f"/u/{'a' * 24}", 404), ("/webhooks/mail", 405)):
            assert reader.go(path).status == status
            expect(reader.page.locator("main [href^=mailto]")).to_have_count(1)
            assert reader.faults_everywhere() == []
        assert (reader.elsewhere, reader.complaints) == ([], [])
