"""The queue as a whole at the desk: as a file, in figures, shared out; and what a few acts do."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desking import Staffed, words
from queueing import Queue
from serving import served

from outreach.settings import Member
from outreach.web.desk.app import desk_app


@pytest.fixture
def queue(desk: Staffed, tmp_path: Path) -> Queue:
    """A desk whose mails can be answered."""
    return Queue(desk, tmp_path)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_what_is_listed_is_given_as_csv(queue: Queue) -> None:
    """The view and the filters of the page; no cell is a formula; who took it is written down."""
    number = queue.take_in()
    other = queue.take_in("Yes, a concert!\nName: =cmd|x\nCountry: Kenya\n", sender="k@example.org")
    browser = queue.worker()
    at = "/followups/export?country=KE&view=needs_answer"
    given = browser.send("/followups?view=needs_answer&country=Kenya", at)
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    assert given.headers["content-disposition"].endswith('filename="followups-needs-answer.csv"')
    (row,) = _rows(given.text)
    assert row["id"] == str(other)
    assert not row["name"].startswith("=")
    found = browser.send("/followups", "/followups/search", search="mbuyi")
    assert f'href="/followups/{number}"' in found.text
    form = browser.form("/followups", "/followups/export?view=needs_answer")
    given = browser.post("/followups/export", form | {"search": "mbuyi"})
    assert [row["id"] for row in _rows(given.text)] == [str(number)]
    assert queue.desk.acts()[-1] == ("Fatou", "export", "follow-ups", "done")


def test_who_may_not_look_after_people_takes_no_list_of_them(queue: Queue) -> None:
    """An author is refused, and that is written down."""
    queue.take_in()
    author = queue.desk.enter("Maria", "author")
    for path in ("/followups/figures", "/followups/duplicates"):
        assert author.get(path).status_code == 403
    form = author.form("/campaigns/autumn", "/campaigns/autumn/pause")
    assert author.post("/followups/export", form).status_code == 403
    assert queue.desk.acts()[-1][3] == "denied"


def test_the_queue_is_shown_in_figures(queue: Queue) -> None:
    """By view, person and stage, each leading to its list; and how long somebody waits."""
    number = queue.take_in()
    browser = queue.worker()
    queue.do(browser, number, "take")
    page = words(browser.page("/followups/figures"))
    assert "needs answer 1" in page
    assert "Fatou 1 1 0" in page
    assert "Somebody has been waiting for" in page
    assert 'href="/followups?view=all&amp;assignee=Fatou"' in browser.page("/followups/figures")
    listed = browser.page("/followups?view=all&assignee=Fatou")
    assert f'href="/followups/{number}"' in listed


def test_pairs_that_may_be_one_person_are_listed(queue: Queue) -> None:
    """Each leads to where the two can be merged."""
    first, second = queue.take_in(), queue.take_in(sender="Jean <other@example.org>")
    page = queue.worker().page("/followups/duplicates")
    assert f'href="/followups/{first}"' in page
    assert f'href="/followups/{second}"' in page
    assert "same name and country" in page


def test_what_is_nobodys_is_shared_out(queue: Queue) -> None:
    """To the teams of the settings; without any there is no such button."""
    queue.take_in()
    browser = queue.worker()
    assert "Share out" not in browser.page("/followups")
    staffed = replace(queue.desk.settings, staff=(Member("Fatou", "fatou@house.example"),))
    with (
        served(desk_app(staffed)) as at,
        closing(Staffed(queue.desk.db, staffed, at)) as desk,
    ):
        browser = desk.enter("Fatou")
        shared = browser.send("/followups", "/followups/share")
        assert browser.result(shared) == "Shared out: Fatou 1."
        again = browser.send("/followups", "/followups/share")
        assert browser.result(again) == "There is nothing to share out."


def test_letters_that_wait_are_sent_at_once(queue: Queue) -> None:
    """Thanks that were written as a mail came in leave, each once, without a crontab."""
    queue.take_in()
    browser = queue.worker()
    assert "1 letter to them waits" in words(browser.page("/followups"))
    form = browser.form("/followups", "/followups/letters")
    assert browser.result(browser.post("/followups/letters", form)) == "1 letter accepted."
    assert queue.one("SELECT state FROM letters") == ("accepted",)
    page = words(browser.page("/followups"))
    assert "waits for" not in page


def test_when_an_answer_is_due_may_be_set_by_hand(queue: Queue) -> None:
    """On the clock of the house; what is no time is refused with what was written."""
    number = queue.take_in()
    browser = queue.worker()
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert (
        queue.do(browser, number, "due", due=f"{day}T12:00")
        == f"The answer is due {day} 12:00 UTC."
    )
    at = f"/followups/{number}"
    refused = browser.send(at, f"{at}/due", due="soon")
    assert refused.status_code == 422
    assert "Not done" in refused.text


def test_a_stranger_is_linked_to_a_supporter_and_a_campaign(queue: Queue) -> None:
    """By number or address; one that isn't there is said beside what was sent."""
    number = queue.take_in()
    queue.desk.db.conn.execute(
        "UPDATE followups SET supporter_id = NULL, campaign_id = NULL, delivery_id = NULL"
    )
    browser = queue.worker()
    at = f"/followups/{number}"
    nobody = browser.send(at, f"{at}/link", supporter="nobody@example.org")
    assert nobody.status_code == 422
    assert "nobody@example.org" in nobody.text
    told = queue.do(browser, number, "link", supporter="p3@example.org", campaign="autumn")
    assert told == "It has its supporter and campaign."
    assert queue.one(
        "SELECT s.email, c.name FROM followups AS f JOIN supporters AS s USING (supporter_id)"
        " JOIN campaigns AS c USING (campaign_id)"
    ) == ("p3@example.org", "autumn")
    page = browser.page(at)
    assert 'href="/campaigns/autumn"' in page
    assert f'action="{at}/link"' not in page


def test_the_first_page_tells_who_waits(queue: Queue) -> None:
    """Whoever looks after them; nobody else."""
    queue.take_in()
    page = words(queue.worker().page("/"))
    assert "needs answer : 1" in page
    assert "unassigned : 1" in page
    assert "People who wrote back" not in queue.desk.enter("Maria", "author").page("/")
