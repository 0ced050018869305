"""The whole work of somebody who looks after those who wrote back, by keyboard alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from browsing import DESKTOP, PHONE, Window
from journeying import Place, parsed, staffed
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.xdist_group("browser-staff")

MESSAGES = ("organiser-welcome", "volunteer-thanks")
#: what a page of the desk may have of controls at most
_MOST_STOPS = 150
YES = """\
Oui, avec plaisir !

Name: Awa Lawson
Country: Narnia
"""
#: who answers, who looks after them, and where the gathering is
PEOPLE = {
    DESKTOP: ("awa@example.org", "Fatou", "Kara"),
    PHONE: ("nameless@example.org", "Kofi", "Sokodé"),
}


class Hands:
    """Somebody with a keyboard and no mouse."""

    def __init__(self, desk: Window) -> None:
        self.desk = desk
        self.page = desk.page

    def go_to(self, target: Locator) -> None:
        """Press Tab until a control has the focus."""
        for _ in range(_MOST_STOPS):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {target}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, the last of which leads to another page."""
        with self.page.expect_navigation():
            for key in keys:
                self.page.keyboard.press(key)

    def button(self, words: str, *, inside: Locator | None = None) -> None:
        """Go to a button and press it."""
        self.go_to((inside or self.page.locator("main")).get_by_role("button", name=words))
        self.press("Enter")

    def write(self, label: str, text: str, *, inside: Locator | None = None) -> None:
        """Go to a field and write in it, in place of what stands there."""
        self.go_to((inside or self.page.locator("main")).get_by_label(label, exact=True))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        """Go to a list and choose from it by its first letters."""
        choice = self.page.locator("main").get_by_label(label, exact=True)
        self.go_to(choice)
        self.page.keyboard.type(option)
        expect(choice).to_have_value(option)

    def said(self, words: str) -> None:
        """See what came of it."""
        expect(self.page.get_by_role("status").last).to_contain_text(words)

    def sound(self) -> None:
        """See that the page is for everybody as it stands now."""
        assert self.desk.faults() == []
        self.page.evaluate("document.activeElement.blur()")


def answered(hands: Hands, place: Place, email: str) -> None:
    """Look at the letter, and send it: it lies in the outbox as it stood on the page."""
    page = hands.page
    hands.press("r")
    expect(page.get_by_role("heading", name="The letter as it would leave")).to_be_visible()
    hands.sound()
    hands.choose("Message", "organiser-welcome")
    hands.button("Show the letter")
    hands.sound()
    subject = page.get_by_label("Subject").input_value()
    hands.go_to(page.get_by_label("Text", exact=True))
    page.keyboard.press("Control+End")
    page.keyboard.type("\nPS: I was in Kara last year.\n")
    hands.button("Send it")
    hands.said("The letter has left.")
    letter = parsed(place.outbox(email)[-1])
    assert str(letter["Subject"]) == subject
    body = letter.get_body(("plain",))
    assert body is not None
    assert "PS: I was in Kara last year." in str(body.get_content())


def worked(hands: Hands, place: Place, number: int, me: str, email: str) -> None:
    """Take it from the queue, mend the country, answer, confirm."""
    page = hands.page
    hands.press("g", "f")
    expect(page.get_by_role("heading", level=1)).to_have_text("Follow-ups")
    hands.press("w")
    assert page.url == f"{place.desk}/followups/{number}"
    expect(page.get_by_role("heading", level=1)).to_contain_text("Awa Lawson")
    expect(page.get_by_role("article").first).to_contain_text("Narnia")
    hands.press("t")
    hands.said(f"{me} has it now.")
    page.keyboard.press("k")
    expect(page.get_by_label("Country")).to_be_focused()
    page.keyboard.type("Atlantis")
    hands.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Not done")
    expect(alert).to_contain_text("Atlantis")
    hands.sound()
    page.keyboard.press("k")
    page.keyboard.type("Togo")
    hands.press("Enter")
    hands.said("Put right: the country.")
    answered(hands, place, email)
    page.keyboard.press("m")
    page.keyboard.press("Space")
    for _ in range(10):
        if page.get_by_label("confirmed").is_checked():
            break
        page.keyboard.press("ArrowDown")
    hands.button("Move", inside=page.locator("details[open]"))
    hands.said("It is confirmed now.")
    hands.sound()


def planned(hands: Hands, town: str) -> None:
    """Plan a gathering from the follow-up, which fills in what is known."""
    page = hands.page
    hands.press("v")
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan a gathering")
    hands.choose("Kind", "debate")
    expect(page.get_by_label("Country")).to_have_value("TG")
    hands.write("Place", town)
    # a field for a date takes its parts one after the other
    hands.go_to(page.get_by_label("Day", exact=True))
    page.keyboard.type(datetime.now(UTC).strftime("%m%d%Y"))
    hands.button("Plan it")
    hands.said("is planned")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"debate, {town}")


def counted(hands: Hands, town: str) -> None:
    """Come back later, find the gathering by its list, and enter what came of it."""
    page = hands.page
    hands.press("g", "e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gatherings")
    row = page.get_by_role("row", name=town).get_by_role("link")
    hands.go_to(row)
    hands.press("Enter")
    page.keyboard.press("r")
    words = "La salle était pleine"
    hands.write("Letters", "many")
    hands.write("Signatures", "250")
    hands.write("In the organiser's words", words)
    hands.button("Write it down", inside=page.locator("details[open]"))
    expect(page.get_by_role("alert")).to_contain_text("whole number")
    expect(page.get_by_label("In the organiser's words")).to_have_value(words)
    hands.sound()
    hands.write("Letters", "1800")
    hands.button("Write it down", inside=page.locator("details[open]"))
    hands.said("waits to be checked")
    hands.button("It counts: I checked it")
    hands.said("2,050 in all")
    hands.sound()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_answer_becomes_a_gathering_whose_letters_the_next_message_counts(
    browser: Browser, place: Place, size: tuple[int, int]
) -> None:
    """From the mail that came in to the number in the next preview, without a mouse."""
    email, me, town = PEOPLE[size]
    name = f"winter-{size[0]}"
    place.write(name)
    place.outreach("campaigns", "create", name, "--template", name, "--segment", "everybody")
    place.outreach("campaigns", "plan", name)
    place.outreach("dispatch", name)
    (before,) = place.one("SELECT coalesce(sum(quantity), 0) FROM actions")
    number = place.take_in(place.outbox(email)[-1], YES)
    with staffed(browser, place, place.hire(me, "follow-up"), size) as desk:
        hands = Hands(desk)
        worked(hands, place, number, me, email)
        planned(hands, town)
        hands.press("g", "h")
        counted(hands, town)
        desk.go(f"/messages/{name}/preview")
        so_far = f"We count {int(str(before)) + 2050:,} actions so far."
        assert so_far in desk.page.frames[1].locator("body").inner_text()
        desk.go(f"/messages/{name}/preview?view=values")
        count = desk.page.get_by_role("row", name="count write-for-rights-2014")
        expect(count).to_contain_text("counted actions")
        assert (desk.elsewhere, desk.complaints) == ([], [])
    assert place.one("SELECT stage FROM followups WHERE followup_id = ?", number) == (
        "gathering_held",
    )
