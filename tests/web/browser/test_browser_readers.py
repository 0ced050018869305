"""What readers do with the links of their letters, on a small phone."""

from __future__ import annotations

import pytest
from browsing import Window, window
from journeying import Place, link_in, parsed
from playwright.sync_api import Browser, expect
from serving import until

pytestmark = pytest.mark.xdist_group("browser")

MESSAGES = ("confirm-address", "volunteer-thanks")

#: what a screen reader reads out
AS_HEARD = """
- banner:
  - paragraph: Example Rights Network
- main:
  - heading "No more letters?" [level=1]
  - paragraph: Press the button, and no more letters go to p…@example.org.
  - button "Unsubscribe"
  - paragraph:
    - text: Rather fewer, or other ones?
    - link "Choose what you get"
- contentinfo:
  - paragraph: Example Rights Network 1 Example Street, Example Town, EX1 1EX
"""


@pytest.fixture(scope="module", autouse=True)
def winter(place: Place) -> None:
    """A campaign that went to everybody."""
    place.write("winter")
    place.outreach(
        "campaigns", "create", "winter", "--template", "winter", "--segment", "everybody"
    )
    place.outreach("campaigns", "plan", "winter")
    place.outreach("dispatch", "winter")


def heading(phone: Window, words: str) -> None:
    """See which page it is."""
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(words)


def sent(place: Place, email: str) -> bool:
    """Do what the crontab does, and say whether somebody got a letter."""
    place.outreach("cron")
    return bool(place.outbox(email))


def suppressed(place: Place, email: str) -> bool:
    """Whether an address is closed to all mail."""
    sql = "SELECT count(*) FROM suppressions WHERE email = ?"
    return place.one(sql, email) == (1,)


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_a_reader_leaves_by_their_letter_and_takes_it_back(
    browser: Browser, place: Place, *, scripts: bool
) -> None:
    """To look changes nothing, and to go back neither: that page says how it stands now."""
    email = "p1@example.org" if scripts else "p2@example.org"
    letter = place.outbox(email)[0]
    with window(browser, place.public, scripts=scripts) as phone:
        phone.go(link_in(letter, "u"))
        heading(phone, "No more letters?")
        assert email not in phone.page.content()
        expect(phone.page.locator("body")).to_match_aria_snapshot(AS_HEARD)
        assert not suppressed(place, email)
        phone.press("Unsubscribe")
        heading(phone, "You are unsubscribed")
        assert suppressed(place, email)
        phone.press("Undo it")
        heading(phone, "You stay with us")
        assert not suppressed(place, email)
        phone.go(link_in(letter, "u"))
        phone.press("Unsubscribe")
        phone.page.go_back()
        heading(phone, "You are unsubscribed")
        assert suppressed(place, email)
        assert (phone.elsewhere, phone.complaints) == ([], [])


def test_a_reader_chooses_what_they_get(browser: Browser, place: Place) -> None:
    """It is kept, shown again, and holds when the next campaign is planned."""
    letter = place.outbox("p3@example.org")[0]
    with window(browser, place.public) as phone:
        phone.go(link_in(letter, "p"))
        heading(phone, "What you get")
        assert "p3@example.org" not in phone.page.content()
        phone.page.get_by_label("Language").select_option("fr")
        phone.page.get_by_label("Once a month at most").check()
        phone.page.get_by_label("What came of it: results and good news").uncheck()
        phone.page.get_by_label("Yes, count it").check()
        phone.press("Save")
        expect(phone.page.get_by_role("status")).to_have_text("C’est enregistré.")
        assert phone.faults() == []
        phone.go(link_in(letter, "p"))
        assert phone.page.locator("#language").input_value() == "fr"
        assert phone.page.locator("[value=monthly]").is_checked()
        assert not phone.page.locator("[name=kind_news]").is_checked()
        assert phone.page.locator("[name=tracking][value=yes]").is_checked()
        assert (phone.elsewhere, phone.complaints) == ([], [])
    place.write("spring")
    place.outreach(
        "campaigns", "create", "spring", "--template", "spring", "--segment", "everybody"
    )
    assert "not wanted" in place.outreach("campaigns", "plan", "spring").replace("_", " ")


def test_a_reader_without_a_mail_program_takes_part(browser: Browser, place: Place) -> None:
    """What is missing is marked; what was written stays; a follow-up waits for staff then."""
    letter = place.outbox("p4@example.org")[0]
    with window(browser, place.public) as phone:
        phone.go(link_in(letter, "t"))
        heading(phone, "Put on an event")
        words = phone.page.get_by_label("What do you have in mind?")
        words.fill("Un débat à l'école")
        phone.page.get_by_label("Email address").fill("not an address")
        phone.press("Send it")
        expect(phone.page.get_by_role("alert")).to_contain_text("look at what is marked")
        assert phone.faults() == []
        expect(phone.page.get_by_label("Email address")).to_have_attribute("aria-invalid", "true")
        expect(words).to_have_value("Un débat à l'école")
        phone.page.get_by_label("Name").fill("Person Four")
        phone.page.get_by_label("Email address").fill("p4@example.org")
        phone.page.get_by_label("Country").select_option("PL")
        phone.press("Send it")
        heading(phone, "Thank you!")
        assert (phone.elsewhere, phone.complaints) == ([], [])
    sql = "SELECT count(*) FROM followups WHERE name = 'Person Four' AND country = 'PL'"
    until(lambda: place.one(sql) == (1,))


def test_a_stranger_subscribes_and_confirms_by_the_letter(browser: Browser, place: Place) -> None:
    """Nobody is on the list before the button behind the link was pressed; twice is once."""
    sql = "SELECT count(*) FROM supporters WHERE email = 'zuhura@example.net'"
    with window(browser, place.public) as phone:
        phone.go("/subscribe")
        phone.press("Subscribe")
        expect(phone.page.get_by_role("alert")).to_be_visible()
        phone.page.get_by_label("Email address").fill("zuhura@example.net")
        phone.press("Subscribe")
        heading(phone, "Look into your mailbox")
        until(lambda: sent(place, "zuhura@example.net"))
        (letter,) = place.outbox("zuhura@example.net")
        assert place.one(sql) == (0,)
        phone.go(link_in(letter, "c"))
        heading(phone, "One more press")
        assert "zuhura@example.net" not in phone.page.content()
        assert phone.faults() == []
        assert place.one(sql) == (0,)
        phone.press("Yes, it is mine")
        heading(phone, "Thank you!")
        assert place.one(sql) == (1,)
        phone.page.go_back()
        heading(phone, "Thank you!")
        assert (phone.elsewhere, phone.complaints) == ([], [])
    assert str(parsed(letter)["To"]) == "zuhura@example.net"
