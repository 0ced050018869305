"""Gatherings at the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desking import Browser, Staffed, words
from queueing import Queue


@pytest.fixture
def queue(desk: Staffed, tmp_path: Path) -> Queue:
    """A desk whose mails can be answered."""
    return Queue(desk, tmp_path)


def planned(queue: Queue, browser: Browser, **more: str) -> str:
    """Plan one of a new follow-up, last week; give its path."""
    number = queue.take_in()
    queue.do(browser, number, "move", stage="confirmed")
    day = (datetime.now(UTC) - timedelta(days=7)).date().isoformat()
    at = f"/gatherings/new?followup={number}"
    fields = {"kind": "debate", "country": "TG", "place": "Lomé", "date": day, "campaign": "W4R"}
    answer = browser.post("/gatherings/new", browser.form(at, "/gatherings/new") | fields | more)
    assert "is planned" in browser.result(answer)
    return answer.headers["location"].partition("?")[0]


def test_a_gathering_goes_from_a_follow_up_to_results_that_count(queue: Queue) -> None:
    """Planned, reported, checked: and its follow-up goes along."""
    browser = queue.worker()
    at = planned(queue, browser)
    assert queue.one("SELECT stage FROM followups") == ("gathering_planned",)
    page = words(browser.page(at))
    assert "Lomé" in page
    assert "Jean Mbuyi" in page
    answer = browser.send(at, f"{at}/result", letters="1800", signatures="250", said="A full house")
    assert "waits to be checked" in browser.result(answer)
    assert "to look at" in words(browser.page("/gatherings?waiting=1"))
    assert "2,050 in all" in browser.result(browser.send(at, f"{at}/check"))
    page = words(browser.page(at))
    assert "1,800 letters" in page
    assert "A full house" in page
    assert queue.one("SELECT stage FROM followups") == ("gathering_held",)
    assert queue.one("SELECT sum(quantity) FROM actions WHERE kind = 'letter'") == (1800,)
    assert "counts for nothing" in browser.result(browser.send(at, f"{at}/dismiss"))
    assert queue.one("SELECT count(*) FROM actions") == (0,)


def test_the_list_is_by_day_and_country(queue: Queue) -> None:
    """Filters leave out; a day that is none is said."""
    browser = queue.worker()
    at = planned(queue, browser)
    assert f'href="{at}"' in browser.page("/gatherings?country=Togo")
    assert f'href="{at}"' not in browser.page("/gatherings?country=CD")
    assert f'href="{at}"' not in browser.page("/gatherings?until=2001-01-01")
    assert browser.get("/gatherings?since=2014-02-30").status_code == 400


def test_bad_results_and_days_are_refused_in_words(queue: Queue) -> None:
    """Minus ten letters, the 30th of February, a day to come."""
    browser = queue.worker()
    at = planned(queue, browser)
    refused = browser.send(at, f"{at}/result", letters="-10")
    assert refused.status_code == 422
    assert "whole number" in words(refused.text)
    fields = {"kind": "debate", "country": "TG", "date": "2014-02-30", "place": "Lomé"}
    assert browser.send(at, f"{at}/change", **fields).status_code == 422
    shown = browser.form(at, f"{at}/change")
    assert browser.post(f"{at}/check", shown | {"result": "999"}).status_code == 422


def test_a_change_over_a_newer_version_is_refused(queue: Queue) -> None:
    """As everywhere at the desk."""
    browser = queue.worker()
    at = planned(queue, browser)
    old = browser.form(at, f"{at}/change")
    fields = {"kind": "debate", "country": "TG", "place": "<script>x</script>"}
    assert "Changed" in browser.result(browser.send(at, f"{at}/change", **fields))
    assert browser.post(f"{at}/change", old | fields).status_code == 409
    page = browser.page(at)
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_where_hosting_is_dangerous_nothing_is_public(queue: Queue) -> None:
    """The desk says so before the organiser is confirmed."""
    browser = queue.worker()
    dangers = sorted(queue.desk.settings.gatherings.dangers)
    if not dangers:
        pytest.skip("no country is dangerous by default")
    fields = {
        "kind": "debate",
        "country": dangers[0],
        "place": "x",
        "organiser": "A",
        "public": "y",
    }
    refused = browser.send("/gatherings/new", "/gatherings/new", **fields)
    assert refused.status_code == 422
    assert "dangerous" in words(refused.text)


def test_what_is_listed_is_given_as_csv_and_as_a_calendar(queue: Queue) -> None:
    """By the filters of the page, no cell a formula, and it is written down who took it."""
    browser = queue.worker()
    planned(queue, browser, place="=cmd()")
    planned(queue, browser, country="CD", place="Goma", zone="Africa/Kinshasa")
    at = "/gatherings/export?country=Togo"
    form = browser.form("/gatherings?country=Togo", at)
    table = browser.post(at, form | {"as": "csv"})
    assert table.headers["content-disposition"] == 'attachment; filename="gatherings.csv"'
    assert "'=cmd()" in table.text
    assert "Goma" not in table.text
    # a download changes nothing, so the same form gives it again
    calendar = browser.post(at, form | {"as": "calendar"})
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text.count("BEGIN:VEVENT") == 1
    assert queue.desk.acts()[-2:] == [("Fatou", "export", "gatherings", "done")] * 2


def test_photos_are_links_each_with_its_permission(queue: Queue) -> None:
    """One a line; one that is no link is refused; they lead out without telling from where."""
    browser = queue.worker()
    at = planned(queue, browser, photos="https://photos.example/1\r\nhttps://photos.example/2")
    page = browser.page(at)
    assert 'href="https://photos.example/2" rel="noopener noreferrer external"' in page
    change = browser.form(at, f"{at}/change") | {
        "kind": "debate",
        "country": "TG",
        "photos": "https://photos.example/2",
        "photos_without_permission": "https://photos.example/1",
    }
    assert "Changed" in browser.result(browser.post(f"{at}/change", change))
    assert "https://photos.example/1 (may not be used)" in words(browser.page(at))
    bad = browser.form(at, f"{at}/change") | {"kind": "debate", "country": "TG"}
    refused = browser.post(f"{at}/change", bad | {"photos": "javascript:alert(1)"})
    assert refused.status_code == 422


def test_what_was_typed_is_not_lost_when_it_is_refused(queue: Queue) -> None:
    """A day that is none, minus ten letters, a newer version: each stands in its form again."""
    browser = queue.worker()
    new = browser.form("/gatherings/new", "/gatherings/new")
    typed = {"kind": "concert", "country": "TG", "place": "Aného", "date": "2014-02-30"}
    refused = browser.post("/gatherings/new", new | typed | {"photos": "https://a.example/1"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    for value in ('value="Aného"', 'value="2014-02-30"', ">https://a.example/1<"):
        assert value in refused.text
    assert '<option value="concert" selected>' in refused.text
    at = planned(queue, browser)
    refused = browser.send(at, f"{at}/result", letters="-10", said="A full house", reported_by="Jo")
    assert refused.status_code == 422
    for value in ('value="-10"', ">A full house<", 'value="Jo"'):
        assert value in refused.text
    assert queue.one("SELECT count(*) FROM gathering_results") == (0,)
    old = browser.form(at, f"{at}/change") | {"kind": "debate", "country": "TG"}
    browser.post(f"{at}/change", browser.form(at, f"{at}/change") | old | {"place": "Kara"})
    late = browser.post(
        f"{at}/change", browser.form(at, f"{at}/change") | old | {"place": "Sokodé", "form": "late"}
    )
    assert late.status_code == 403
    stale = browser.form(at, f"{at}/change") | {"version": old["version"]}
    late = browser.post(
        f"{at}/change", stale | {"kind": "debate", "country": "TG", "place": "Dapaong"}
    )
    assert late.status_code == 409
    # what was sent stands above, and the form has what is there now
    assert ">Dapaong</pre>" in late.text
    assert 'name="place" value="Kara"' in late.text
