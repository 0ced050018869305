"""The whole work of an engagement manager, from a file to the last letter, by mouse or thumb."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, Window
from journeying import HOSTILE, PAGE, READERS, Place, parsed, staffed
from playwright.sync_api import Browser, Frame, expect

pytestmark = pytest.mark.xdist_group("browser-staff")

_DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
#: where nothing in a page can be known to have been loaded again
_MARK = "window.stayed = true"


def alike(mail: bytes) -> bytes:
    """Without what is of this moment: the tokens, the date, and the ids made of them."""
    text = re.sub(rb"(?m)^Date: .*$", b"Date: then", mail.replace(b"\r\n", b"\n"))
    text = text.replace(b"=\n", b"")
    for token in set(re.findall(rb"[a-z2-7]{24}", text)):
        text = text.replace(token, b"token")
    return re.sub(rb"===============\d+==|<[\w.-]+@", b"~", text)


def frame(desk: Window) -> Frame:
    """The frame in which a message's page stands."""
    (found,) = desk.page.frames[1:]
    return found


def at(desk: Window, heading: str) -> None:
    """See which page it is."""
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(heading)


def shown(desk: Window, heading: str) -> None:
    """See which page it is, and that it is for everybody as it stands now."""
    at(desk, heading)
    assert desk.faults() == []


def follow(desk: Window, words: str) -> None:
    """Follow the link with these words, in what the page is about."""
    with desk.page.expect_navigation():
        desk.page.get_by_role("main").get_by_role("link", name=words, exact=True).click()


def go_to(desk: Window, entry: str) -> None:
    """Go to one of the parts of the desk."""
    bar = desk.page.get_by_role("navigation", name="Desk")
    if not bar.is_visible():
        desk.page.get_by_text("Menu", exact=True).click()
        bar = desk.page.get_by_role("navigation", name="Menu")
    with desk.page.expect_navigation():
        bar.get_by_role("link", name=entry, exact=True).click()


def said(desk: Window, words: str) -> None:
    """See what came of what was done."""
    expect(desk.page.get_by_role("status")).to_contain_text(words)


def write(desk: Window, place: Place, name: str) -> Path:
    """Write a message; a slip is shown beside its line until it is mended."""
    file = place.write(name, PAGE.replace("supporter.given_name", "supporter.given_nam", 1))
    go_to(desk, "Messages")
    row = desk.page.get_by_role("row", name=name)
    expect(row.locator(".state.error")).to_be_visible()
    follow(desk, name)
    expect(desk.page.locator("li.found .finding.error").first).to_contain_text("given_nam")
    assert desk.faults() == []
    place.write(name)
    desk.page.reload()
    expect(desk.page.locator("li.found")).to_have_count(0)
    go_to(desk, "Messages")
    expect(row).to_contain_text("nothing found")
    follow(desk, name)
    return file


def preview(desk: Window, name: str) -> None:
    """Look at it as several people, in every way."""
    desk.page.get_by_label("As the telling people of").select_option("everybody")
    desk.press("Find them")
    at(desk, "Telling people of everybody")
    people = desk.page.locator(".versions > li").count()
    assert people > 2
    first = desk.page.locator(".versions a").first
    with desk.page.expect_navigation():
        first.click()
    titles = [desk.page.get_by_role("heading", level=1).inner_text()]
    for _ in range(people - 1):
        with desk.page.expect_navigation():
            desk.page.keyboard.press("n")
        titles.append(desk.page.get_by_role("heading", level=1).inner_text())
    assert len(set(titles)) == people
    assert f"{name} to {HOSTILE} <img src=x onerror=alert(2)>" in titles
    expect(desk.page.locator("main [rel=next]")).to_have_count(0)
    with desk.page.expect_navigation():
        desk.page.keyboard.press("p")
    assert desk.page.get_by_role("heading", level=1).inner_text() == titles[-2]
    go_to(desk, "Messages")
    follow(desk, name)
    desk.page.get_by_label("As one supporter").fill("awa@example.org")
    desk.press("Show theirs")
    looks(desk, name)


def looks(desk: Window, name: str) -> None:
    """Phone, desktop, dark, images off, plain text, source, headers, values, findings."""
    at(desk, f"{name} to Awa Lawson")
    assert "@" not in desk.page.url
    assert "Dear Awa," in frame(desk).locator("body").inner_text()
    assert frame(desk).evaluate("innerWidth") <= 360
    assert not frame(desk).evaluate(_DARK)
    follow(desk, "desktop")
    assert frame(desk).evaluate("innerWidth") >= 600
    follow(desk, "dark")
    assert frame(desk).evaluate(_DARK)
    shown(desk, f"{name} to Awa Lawson")
    follow(desk, "off")
    assert frame(desk).locator("h1").inner_text() == "What came of it"
    follow(desk, "text")
    expect(desk.page.get_by_label("Plain text")).to_contain_text("Dear Awa,")
    follow(desk, "source")
    expect(desk.page.get_by_label("Source")).to_contain_text("List-Unsubscribe-Post")
    follow(desk, "headers")
    expect(desk.page.get_by_role("main")).to_contain_text("Awa Lawson <awa@example.org>")
    follow(desk, "values")
    value = desk.page.get_by_role("row", name="given_name")
    expect(value).to_contain_text("list.csv")
    follow(desk, "findings")
    expect(desk.page.locator("main .done")).to_have_text("Nothing was found.")


def plan(desk: Window, file: Path, name: str) -> None:
    """Make a campaign, plan it, see what changed since, plan again, and send a test."""
    go_to(desk, "Campaigns")
    desk.page.get_by_label("Name").fill(name)
    desk.page.get_by_label("Message").select_option(name)
    desk.page.get_by_label("Segment").select_option("everybody")
    desk.press("Make it")
    said(desk, f"Made {name}: {name} to everybody. Plan it next.")
    desk.press("Plan")
    said(desk, f"Planned {READERS} of 14 readers")
    said(desk, "Left out: 1 no consent, 1 opted out.")
    shown(desk, name)
    file.write_text(PAGE.replace("Put on an event!", "Put on a debate!"), "utf-8")
    desk.page.reload()
    expect(desk.page.get_by_role("main")).to_contain_text("changed since")
    follow(desk, "What changed since planning")
    expect(desk.page.locator("ins").last).to_contain_text("Put on a debate!")
    expect(desk.page.locator("del").last).to_contain_text("Put on an event!")
    shown(desk, f"What changed since {name} was planned")
    follow(desk, name)
    desk.press("Plan again")
    follow(desk, "Who is left out")
    expect(desk.page.get_by_role("row", name="said-no@example.org")).to_contain_text("opted out")
    at(desk, f"Who is left out of {name}")
    follow(desk, name)
    desk.page.get_by_label("Whose message").fill("awa@example.org")
    desk.page.get_by_label("Where it goes").fill("maria@house.example")
    desk.press("Send the test")
    said(desk, "Handed 1 test in en to outbox: accepted.")


def schedule(desk: Window, name: str) -> None:
    """Give it its time, wave by wave, which is shown before it is written down."""
    follow(desk, "Give it its time")
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    desk.page.get_by_label("Begins").fill(f"{day - timedelta(days=30)}T09:00")
    desk.press("Show the waves")
    expect(desk.page.get_by_role("alert")).to_contain_text("past already")
    desk.page.get_by_label("Begins").fill(f"{day}T09:00")
    desk.page.get_by_label("By each reader's own clock").check()
    desk.press("Show the waves")
    assert desk.page.get_by_role("region", name="Waves").get_by_role("row").count() > 2
    expect(desk.page.get_by_role("main")).to_contain_text("Nobody has approved it yet")
    shown(desk, f"When {name} goes")
    desk.press("Schedule it so")
    said(desk, f"Scheduled: {day} 09:00 each reader's own time")


def approve(browser: Browser, place: Place, name: str, size: tuple[int, int]) -> None:
    """Have somebody else look at what is planned and stand for it."""
    link = place.hire(f"Noor {size[0]}", "approver")
    with staffed(browser, place, link, size) as noor:
        waits = noor.page.get_by_role("main").get_by_role("listitem").first
        expect(waits).to_contain_text(f"{name} waits for your approval.")
        with noor.page.expect_navigation():
            waits.get_by_role("link").click()
        assert noor.page.get_by_role("button", name="Plan again").count() == 0
        noor.page.get_by_label("As one supporter").fill("awa@example.org")
        noor.press("Show theirs")
        expect(noor.page.get_by_role("main")).to_contain_text(f"as {name} is planned")
        assert "Put on a debate!" in frame(noor).locator("body").inner_text()
        noor.page.get_by_role("main").get_by_role("link", name=name).last.click()
        noor.press(f"Approve as Noor {size[0]}")
        said(noor, f"Approved for {READERS} readers.")
        shown(noor, name)
        assert (noor.elsewhere, noor.complaints) == ([], [])


def seen_as_it_leaves(desk: Window, name: str) -> bytes:
    """Take the bytes of one person's preview, as a file for a mail program."""
    desk.page.get_by_label("As one supporter").fill("awa@example.org")
    desk.press("Show theirs")
    follow(desk, "source")
    with desk.page.expect_download() as loading:
        desk.page.get_by_role("link", name="As a file for your mail program").click()
    mail = loading.value.path().read_bytes()
    desk.page.get_by_role("main").get_by_role("link", name=name).last.click()
    return mail


def send(desk: Window, name: str) -> None:
    """Send it, and see in another window how the numbers move to their end by themselves."""
    watching = Window(desk.page.context.new_page(), desk.origin)
    watching.go(f"/campaigns/{name}/progress")
    watching.page.evaluate(_MARK)
    accepted = watching.page.locator('[data-count="accepted"]')
    expect(accepted).to_have_text("0")
    desk.press("Send what is due now")
    expect(accepted).to_have_text(str(READERS))
    expect(watching.page.locator("[data-live-says]")).to_have_text("Nothing moves any more.")
    expect(watching.page.locator('[data-count="state"]')).to_have_text("complete")
    known = watching.page.get_by_role("progressbar", name="Of 14 people, 14 are done with")
    assert known.evaluate("bar => bar.value / bar.max") == 1
    assert watching.page.evaluate("window.stayed")
    watching.page.close()
    shown(desk, f"Progress of {name}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_message_is_written_looked_at_approved_and_sent(
    browser: Browser, place: Place, size: tuple[int, int]
) -> None:
    """In one go, with two people; what was looked at is what lies in the outbox."""
    name = f"winter-{size[0]}"
    with staffed(browser, place, place.hire(f"Maria {size[0]}", "author"), size) as maria:
        at(maria, f"Good to see you, Maria {size[0]}")
        file = write(maria, place, name)
        preview(maria, name)
        plan(maria, file, name)
        schedule(maria, name)
        assert maria.page.get_by_role("button", name="Approve").count() == 0
        approve(browser, place, name, size)
        maria.page.reload()
        maria.press("Take the schedule away")
        previewed = seen_as_it_leaves(maria, name)
        send(maria, name)
        assert (maria.elsewhere, maria.complaints) == ([], [])
    test, letter = place.outbox("maria@house.example")[-1], place.outbox("awa@example.org")[-1]
    assert str(parsed(test)["Subject"]) == "[TEST] What came of it"
    assert alike(letter) == alike(previewed)
    sql = "SELECT count(*) FROM deliveries JOIN campaigns USING (campaign_id) WHERE name = ?"
    assert place.one(f"{sql} AND state = 'accepted'", name) == (READERS,)
