"""What an attacker or a tired person does at the desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import DESKTOP, PHONE, Window, window
from journeying import HOSTILE, Place, staffed
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.xdist_group("browser-staff")

MESSAGES = ("organiser-welcome",)
#: a form is sent into another window, so that its page stays as it was
_SEND_AND_KEEP = """() => {
  const form = document.querySelector("form[action$='/plan']");
  form.target = "_blank";
  dispatchEvent(new Event("pageshow"));
  form.requestSubmit();
}"""
#: a page that asks for all that a page can ask for
BAD_MAIL = """\
<html><head><base href="https://evil.example/"><meta http-equiv="refresh" content="0; url=/moved">
<link rel="stylesheet" href="/sheet.css"><link rel="preload" as="image" href="/preload.png">
<style>@import "/import.css"; body { background: url(/background.png) } @font-face
{ font-family: f; src: url(/font) } p { font-family: f }</style>
<script>alert(1); fetch("/script")</script></head>
<body onload="alert(2)" background="/old.png"><p style="background-image: url(/style.png)">Hello</p>
<img src="/picture.png" srcset="/set.png 2x" onerror="alert(3)"><img src=x onerror=alert(4)>
<svg onload="alert(5)"><image href="/svg.png"/><script>alert(6)</script></svg>
<iframe src="/frame"></iframe><object data="/object"></object><embed src="/embed">
<video poster="/poster.png" src="/film.mp4" autoplay></video><audio src="/sound" autoplay></audio>
<input autofocus onfocus="alert(7)"><form action="/form"><button>Press me</button></form>
<a href="https://evil.example/link" target="_top" ping="/ping">A gift for you</a>
<a href="javascript:alert(8)">Another</a><table background="/table.png"><tr><td>x</td></tr></table>
</body></html>
"""


@pytest.fixture(scope="module", autouse=True)
def winter(place: Place) -> None:
    """A message, and a campaign that is planned."""
    place.write("winter")
    message = ("--template", "winter", "--segment", "everybody")
    place.outreach("campaigns", "create", "winter", *message, "--by", "Maria")
    place.outreach("campaigns", "plan", "winter", "--by", "Maria")


@pytest.fixture(scope="module")
def maria(browser: Browser, place: Place) -> Iterator[Window]:
    """An admin's window."""
    with staffed(browser, place, place.hire("Maria", "admin"), PHONE) as one:
        yield one


def status(desk: Window) -> str:
    """Give what came of it."""
    return desk.page.get_by_role("status").inner_text()


def acts(place: Place, who: str) -> list[tuple[str, str, str]]:
    """What somebody did, beyond signing in, and what came of it."""
    sql = "SELECT what, subject, outcome FROM acts WHERE who = ? AND outcome <> 'asked'"
    return [tuple(row) for row in place.db.conn.execute(f"{sql} ORDER BY act_id", [who])]


def test_going_back_shows_how_it_stands_now(maria: Window, place: Place) -> None:
    """So there is nothing left to be pressed twice."""
    before = acts(place, "Maria")
    maria.go("/campaigns/winter")
    maria.page.get_by_label("Why", exact=True).first.fill("a <b>slip</b> in line 3")
    maria.press("Pause now")
    assert status(maria) == "Held. Still to go: 12."
    maria.page.go_back()
    expect(maria.page.get_by_role("main")).to_contain_text("by Maria: a <b>slip</b> in line 3.")
    assert maria.page.get_by_role("button", name="Pause now").count() == 0
    maria.press("Resume it")
    assert acts(place, "Maria")[len(before) :] == [
        ("pause", "campaign winter", "done"),
        ("resume", "campaign winter", "done"),
    ]


def test_a_page_that_a_browser_kept_is_sent_once(maria: Window, place: Place) -> None:
    """Some browsers go back to the page itself: a calm sentence says what came of it before."""
    before = acts(place, "Maria")
    maria.go("/campaigns/winter")
    told = []
    for _ in range(2):
        with maria.page.context.expect_page() as opening:
            maria.page.evaluate(_SEND_AND_KEEP)
        answer = Window(opening.value, place.desk)
        expect(answer.page.get_by_role("status")).to_be_visible()
        told.append(status(answer))
        assert answer.faults() == []
        answer.page.close()
    assert told[0].startswith("Planned 12 of 14 readers")
    already = "You had sent this form already, so nothing was done now. What came of it: "
    assert told[1] == already + told[0]
    assert acts(place, "Maria")[len(before) :] == [("plan", "campaign winter", "done")]


def test_a_double_click_is_one_act(maria: Window, place: Place) -> None:
    """However quick."""
    before = acts(place, "Maria")
    maria.go("/campaigns/winter")
    with maria.page.expect_navigation():
        maria.page.get_by_role("button", name="Plan again").dblclick()
    assert status(maria).startswith("Planned 12 of 14 readers")
    assert acts(place, "Maria")[len(before) :] == [("plan", "campaign winter", "done")]


def test_two_who_approve_at_once_both_stand_for_it_once(browser: Browser, place: Place) -> None:
    """In two windows each; who has approved already is told so."""
    test = ("--as", "p1@example.org", "--to", "me@house.example")
    place.outreach("campaigns", "test", "winter", *test)
    links = {name: place.hire(name, "approver") for name in ("Noor", "Omar")}
    with (
        staffed(browser, place, links["Noor"], DESKTOP) as noor,
        staffed(browser, place, links["Omar"], PHONE) as omar,
    ):
        again = Window(noor.page.context.new_page(), place.desk)
        windows = [noor, omar, again]
        for one in windows:
            assert one.go("/campaigns/winter").status == 200
        for one in windows:
            # without waiting for what comes of it
            one.page.get_by_role("button", name="Approve").click(no_wait_after=True)
        for one in windows:
            one.page.wait_for_url("**/campaigns/winter?did=*")
        told = sorted(status(one) for one in windows)
        assert told[:2] == ["Approved for 12 readers."] * 2
        assert told[2] == "You had approved this plan already."
        assert noor.complaints == omar.complaints == again.complaints == []
    sql = "SELECT group_concat(approved_by) FROM (SELECT approved_by FROM approvals ORDER BY 1)"
    assert place.one(sql) == ("Noor,Omar",)


def test_an_approval_of_what_was_planned_anew_is_refused(
    maria: Window, browser: Browser, place: Place
) -> None:
    """Of what stood on the page, and nothing else; the page says so, and how it stands now."""
    file = place.write("winter")
    with staffed(browser, place, place.hire("Lea", "approver"), PHONE) as lea:
        # whoever approved it before stands for it no more
        maria.go("/campaigns/winter")
        maria.press("Plan again")
        lea.go("/campaigns/winter")
        file.write_text(file.read_text("utf-8").replace("an event!", "a debate!"), "utf-8")
        maria.go("/campaigns/winter")
        maria.press("Plan again")
        lea.press("Approve as Lea")
        expect(lea.page.get_by_role("heading", level=1)).to_have_text("winter")
        expect(lea.page.get_by_role("alert")).to_contain_text("This was not done: ")
        assert lea.faults() == []
        assert lea.complaints == []
    assert place.one("SELECT count(*) FROM approvals WHERE voided_at = ''") == (0,)


def test_a_form_that_this_session_was_not_shown_is_refused(maria: Window, place: Place) -> None:
    """As one that another page made up."""
    before = acts(place, "Maria")
    maria.go("/campaigns/winter")
    plan = maria.page.locator("form[action$='/plan']")
    plan.locator("[name=seal]").evaluate("one => { one.value = 'mine' }")
    maria.press("Plan again")
    expect(maria.page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(maria.page.get_by_role("main")).to_contain_text("Nothing was done.")
    assert maria.faults() == []
    assert acts(place, "Maria") == before


def test_somebody_who_was_removed_is_out_at_once(browser: Browser, place: Place) -> None:
    """What they send is not done; what they look at is not shown."""
    with staffed(browser, place, place.hire("Gone", "author"), PHONE) as gone:
        gone.go("/campaigns/winter")
        watching = Window(gone.page.context.new_page(), place.desk)
        watching.go("/campaigns/winter/progress")
        place.outreach("staff", "remove", "Gone")
        gone.press("Plan again")
        expect(gone.page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        expect(gone.page.get_by_role("main")).to_contain_text("What you sent was not done.")
        assert gone.faults() == []
        gone.go("/campaigns")
        expect(gone.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert gone.complaints == []
    assert place.one("SELECT count(*) FROM acts WHERE who = 'Gone' AND what = 'plan'") == (0,)


def test_a_link_that_was_stolen_after_its_use_lets_nobody_in(
    browser: Browser, place: Place
) -> None:
    """It says why, and whom to ask."""
    link = place.hire("Vera", "viewer")
    with staffed(browser, place, link, PHONE) as vera, window(browser, place.desk) as thief:
        assert thief.go(link).status == 404
        expect(thief.page.get_by_role("heading", level=1)).to_have_text("This link lets nobody in")
        assert thief.page.get_by_role("button").count() == 0
        assert thief.faults() == []
        thief.go("/")
        expect(thief.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        vera.go("/")
        expect(vera.page.get_by_role("heading", level=1)).to_have_text("Good to see you, Vera")


@pytest.fixture(scope="module")
def number(place: Place) -> int:
    """The follow-up of a mail that is a page with all that a page can do."""
    place.outreach("campaigns", "create", "bad", "--template", "winter", "--segment", "everybody")
    place.outreach("campaigns", "plan", "bad")
    place.outreach("dispatch", "bad")
    text = f"Yes! {HOSTILE}\n\nName: {HOSTILE}\nCountry: Togo\n"
    return place.take_in(place.outbox("hostile@example.org")[-1], text, html=BAD_MAIL)


def test_a_page_in_a_mail_asks_nobody_for_anything(
    maria: Window, place: Place, number: int
) -> None:
    """No request leaves, nothing runs, nothing opens, and a link leads nowhere."""
    answered: list[str] = []
    maria.page.on("request", lambda request: answered.append(request.url))
    maria.go(f"/followups/{number}")
    with maria.page.expect_response("**/mails/*") as getting:
        maria.page.get_by_text("As it was sent").click()
    assert getting.value.finished() is None
    maria.page.wait_for_load_state("networkidle")
    # before anything of ours is run in the frame, of which the browser complains too
    assert maria.complaints == []
    assert maria.faults() == []
    frame = maria.page.frame_locator("iframe.asent")
    expect(frame.locator("body")).to_contain_text("A gift for you")
    assert frame.locator("img, iframe, object, embed, video, form, input, script").count() == 0
    frame.get_by_text("A gift for you").click()
    frame.get_by_text("Another").click()
    maria.page.wait_for_load_state("networkidle")
    assert {said.split("'")[0] for said in maria.complaints} == {"Blocked opening "}
    maria.said.clear()
    assert maria.page.url == f"{place.desk}/followups/{number}"
    assert len(maria.page.context.pages) == 1
    assert [url for url in answered if not url.startswith(place.desk)] == []
    assert maria.elsewhere == []


def test_a_name_that_is_a_script_runs_nowhere(maria: Window, place: Place, number: int) -> None:
    """On no page that shows the person: it is text, in the page and in its title."""
    (supporter,) = place.one(
        "SELECT supporter_id FROM supporters WHERE email = 'hostile@example.org'"
    )
    maria.go("/supporters")
    maria.page.get_by_label("Number, address").fill("<script>")
    maria.press("Look for them")
    expect(maria.page.get_by_role("main")).to_contain_text(HOSTILE)
    pages = [
        f"/supporters/{supporter}",
        "/followups",
        f"/followups/{number}",
        f"/followups/{number}/answer",
        f"/gatherings/new?followup={number}",
        *(
            f"/messages/winter/preview?as={supporter}&view={view}"
            for view in ("page", "text", "source", "headers", "values")
        ),
        "/segments/everybody",
    ]
    for page in pages:
        assert maria.go(page).status == 200, page
        shown = maria.page.locator("html").inner_text() + "".join(
            field.input_value() for field in maria.page.locator("main input[type=text]").all()
        )
        assert HOSTILE in shown, page
    assert maria.elsewhere == []
    assert maria.complaints == []
