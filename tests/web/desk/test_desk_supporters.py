"""Supporters at the desk."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from click.testing import CliRunner
from desking import Browser, Staffed, words

from outreach.cli import main
from outreach.model import Consent, MessageKind
from outreach.store import atomic
from outreach.supporters import preferences, roll
from outreach.supporters.preferences import Often, Preferences


def found(browser: Browser, wanted: str) -> str:
    """Look for somebody, and give where that leads or what it shows."""
    answer = browser.send("/supporters", "/supporters", wanted=wanted)
    return answer.headers.get("location", "") or answer.text


def test_somebody_is_found_by_number_address_and_name(desk: Staffed) -> None:
    """One leads there at once, several are listed; nobody's address stands in an address."""
    desk.db.conn.execute("UPDATE supporters SET given_name = 'Zoë', family_name = 'Adjovi'")
    browser = desk.enter("Ann", "author")
    assert found(browser, "3") == "/supporters/3"
    assert found(browser, "P3@EXAMPLE.org") == "/supporters/3"
    assert 'href="/supporters/3"' in found(browser, "adjovi")
    assert "Nobody was found" in found(browser, "nobody at all")
    assert browser.send("/supporters", "/supporters", wanted="x").status_code == 400


def test_one_persons_whole_history_is_on_one_page(desk: Staffed) -> None:
    """What they got and what it became."""
    browser = desk.enter("Ann", "author")
    page = words(browser.page("/supporters/3"))
    for told in ("p3@example.org", "Deliveries", "spring", "autumn", "accepted"):
        assert told in page
    assert "Give out" not in page
    assert browser.get("/supporters/4711").status_code == 404
    assert browser.get(f"/supporters/{'9' * 25}").status_code == 404


def test_a_consent_is_written_down_with_its_source_by_admins_only(desk: Staffed) -> None:
    """Who said so, how we know, and what stood there before are kept."""
    admin = desk.enter("Ada")
    at = "/supporters/3"
    answer = admin.send(at, f"{at}/consent", consent="denied", source="by telephone, 3 May")
    assert admin.result(answer) == "Written down: denied."
    row = desk.db.conn.execute(
        "SELECT consent, consent_ground FROM supporters WHERE supporter_id = 3"
    ).fetchone()
    assert row == ("denied", "by telephone, 3 May")
    page = words(admin.page(at))
    assert "by telephone, 3 May" in page
    assert "Ada" in page
    assert admin.send(at, f"{at}/consent", consent="denied", source=" ").status_code == 422
    author = desk.enter("Ann", "author")
    fields = author.form("/", "/sign-out") | {"consent": "granted", "source": "x"}
    assert author.post(f"{at}/consent", fields).status_code == 403


def test_that_somebody_wants_no_openings_counted_is_written_down(desk: Staffed) -> None:
    """With how we know; what was said of letters stays."""
    desk.db.conn.execute("UPDATE supporters SET tracking = 'granted' WHERE supporter_id = 3")
    admin, at = desk.enter("Ada"), "/supporters/3"
    told = "SELECT consent, consent_ground, tracking FROM supporters WHERE supporter_id = 3"
    before = desk.db.conn.execute(told).fetchone()
    assert admin.send(at, f"{at}/consent", consent="untracked", source="").status_code == 422
    answer = admin.send(at, f"{at}/consent", consent="untracked", source="by telephone, 4 May")
    assert "not counted" in admin.result(answer)
    assert desk.db.conn.execute(told).fetchone() == (*before[:2], "denied")
    choice = desk.db.conn.execute("SELECT field, old, new, asked_by FROM choices").fetchall()
    assert choice == [("tracking", "granted", "denied: by telephone, 4 May", "Ada")]


def test_all_that_is_known_is_given_out_as_json_and_that_is_written_down(desk: Staffed) -> None:
    """A file, not a page; by admins only."""
    admin = desk.enter("Ada")
    answer = admin.send("/supporters/3", "/supporters/3/export")
    assert "attachment" in answer.headers["content-disposition"]
    known = json.loads(answer.text)
    (person,) = known["supporters"]
    assert person["supporter"]["email"] == "p3@example.org"
    assert {delivery["campaign"] for delivery in person["deliveries"]} == {"spring", "autumn"}
    assert len(known["held"]["deliveries"]) == 2
    assert ("Ada", "export", "supporter 3", "done") in desk.acts()


def test_what_is_given_out_may_be_asked_for_again(desk: Staffed) -> None:
    """Nothing changes by it: the same form gives it twice, and no script keeps anybody from it."""
    admin, at = desk.enter("Ada"), "/supporters/3/export"
    form = admin.form("/supporters/3", at)
    files = [admin.post(at, form) for _ in range(2)]
    assert [answer.headers["content-type"] for answer in files] == ["application/json"] * 2
    assert f'action="{at}" data-file' in admin.page("/supporters/3")
    assert desk.acts() == [("Ada", "export", "supporter 3", "done")] * 2


def test_hostile_names_stay_text(desk: Staffed) -> None:
    """Markup, turned letters, five thousand letters."""
    name = "<script>alert(1)</script>\u202e" + "w" * 5000
    desk.db.conn.execute(
        "UPDATE supporters SET given_name = ?, attributes = ? WHERE supporter_id = 3",
        [name, json.dumps({name: name})],
    )
    browser = desk.enter("Ann", "author")
    for page in (browser.page("/supporters/3"), browser.page("/segments/everybody")):
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_viewers_see_no_people(desk: Staffed) -> None:
    """Neither supporters nor a segment's sample."""
    viewer = desk.enter("Vic", "viewer")
    assert viewer.get("/supporters").status_code == 403
    assert viewer.get("/supporters/3").status_code == 403
    page = viewer.page("/segments/everybody")
    assert "@" not in words(page)
    assert "A few of them" not in page


def test_admins_erase_somebody_who_is_shown_and_typed(desk: Staffed) -> None:
    """The number or the address; what is written down has no personal data in it."""
    desk.db.conn.execute("UPDATE supporters SET given_name = 'Zoulfia' WHERE supporter_id = 3")
    admin = desk.enter("Ada")
    at = "/supporters/3/erase"
    assert f'href="{at}"' in admin.page("/supporters/3")
    page = words(admin.page(at))
    assert "p3@example.org" in page
    assert "deliveries 2 blanked" in page
    assert admin.send(at, at, typed="p4@example.org").status_code == 422
    assert admin.get("/supporters/3").status_code == 200
    answer = admin.send(at, at, typed=" P3@example.org ")
    assert admin.result(answer).startswith("Erased: ")
    assert admin.get("/supporters/3").status_code == 404
    assert admin.get(at).status_code == 404
    assert "Nobody was found" in found(admin, "zoulfia")
    assert ("Ada", "erase", "supporter 3", "done") in desk.acts()
    told = repr(desk.db.conn.execute("SELECT * FROM acts").fetchall()).lower()
    assert "p3@" not in told
    assert "zoulfia" not in told


def test_nobody_else_erases(desk: Staffed) -> None:
    """Neither sees the page nor sends its form, and the try is written down."""
    author = desk.enter("Ann", "author")
    assert author.get("/supporters/3/erase").status_code == 403
    fields = author.form("/", "/sign-out") | {"typed": "3"}
    assert author.post("/supporters/3/erase", fields).status_code == 403
    assert desk.db.conn.execute(
        "SELECT email FROM supporters WHERE supporter_id = 3"
    ).fetchone() == ("p3@example.org",)


def test_what_they_chose_is_on_their_page_and_in_the_terminal(desk: Staffed) -> None:
    """How often, which kinds they don't want, and each choice with what stood before."""
    person = roll.get(desk.db, 3)
    wanted = Preferences("fr", Often.MONTHLY, frozenset({MessageKind.EVENTS}), Consent.DENIED)
    with atomic(desk.db):
        preferences.choose(desk.db, person, wanted, "preferences en", datetime.now(UTC))
    admin = desk.enter("Ada")
    page = words(admin.page("/supporters/3"))
    for told in ("wants letters monthly at most", "does not want events", "language fr", "Choices"):
        assert told in page
    shown = CliRunner().invoke(
        main, ["--workspace", str(desk.settings.root), "supporters", "show", "3"]
    )
    assert re.search(r"wants letters +monthly at most", shown.stdout)
    assert re.search(r"does not want +events", shown.stdout)
