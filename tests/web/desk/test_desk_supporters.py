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


def test_all_that_is_known_is_given_out_as_json_and_that_is_written_down(desk: Staffed) -> None:
    """A file, not a page; by admins only."""
    admin = desk.enter("Ada")
    answer = admin.send("/supporters/3", "/supporters/3/export")
    assert "attachment" in answer.headers["content-disposition"]
    known = json.loads(answer.text)
    assert known["supporter"]["email"] == "p3@example.org"
    assert {delivery["campaign"] for delivery in known["deliveries"]} == {"spring", "autumn"}
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
