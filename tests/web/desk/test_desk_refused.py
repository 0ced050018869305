"""A form that can't be done as it was sent is shown again, with all that somebody typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import lxml.html
import pytest
from desking import Browser, Staffed, words
from lxml.html import FormElement
from queueing import Queue

#: one for each kind of field, which is none
_TYPED: Final = {"date": "2014-02-30", "datetime-local": "2014-02-30T25:00"}
#: forms that anything may be written into, or that take what isn't typed
_TAKEN: Final = {"pause", "answered", "note", "tag", "talk", "state", "check", "dismiss", "leave"}


def _forms(page: str) -> list[FormElement]:
    return [form for form in lxml.html.fromstring(page).forms if form.method == "POST"]


def _typed_in(form: FormElement) -> list[str]:
    """Name the fields that somebody types in."""
    kinds = "self::textarea or @type='text' or @type='date' or @type='datetime-local'"
    return [str(field.get("name")) for field in form.xpath(f".//*[{kinds} or @type='email']")]


def _fill_in(form: FormElement) -> dict[str, str]:
    typed = {}
    for name in _typed_in(form):
        field = form.inputs[name]
        typed[name] = _TYPED.get(field.get("type", ""), f"{name}: nothing of the <kind> ☃")
        form.fields[name] = typed[name]
    return typed


def _same(form: FormElement, other: FormElement) -> bool:
    ours = [f.get("value") for f in form.xpath(".//input[@type='hidden']")]
    theirs = [f.get("value") for f in other.xpath(".//input[@type='hidden']")]
    return form.action == other.action and ours == theirs


@pytest.fixture
def queue(desk: Staffed, tmp_path: Path) -> Queue:
    """A desk with a follow-up and its gathering."""
    return Queue(desk, tmp_path)


def _gathering(queue: Queue, browser: Browser, number: int) -> str:
    queue.do(browser, number, "move", stage="confirmed")
    day = (datetime.now(UTC) - timedelta(days=7)).date().isoformat()
    fields = {"kind": "debate", "country": "TG", "place": "Lomé", "date": day}
    at = f"/gatherings/new?followup={number}"
    answer = browser.post("/gatherings/new", browser.form(at, "/gatherings/new") | fields)
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[0]


def test_every_form_stands_again_as_it_was_sent(queue: Queue) -> None:
    """Over all forms of all pages that have some: its fields, its fault above them, one notice."""
    noor, number = queue.desk.enter("Noor"), queue.take_in()
    pages = [
        _gathering(queue, noor, number),
        *("/campaigns", "/campaigns/autumn", "/staff", "/gatherings/new", "/supporters/3"),
        f"/followups/{number}",
    ]
    refused = set()
    for path in pages:
        for position in range(len(_forms(noor.page(path)))):
            form = _forms(noor.page(path))[position]
            typed = _fill_in(form)
            if not typed or form.action.rpartition("/")[2] in _TAKEN:
                continue
            answer = noor.post(form.action, dict(form.form_values()))
            if answer.status_code == 303:
                continue
            if form.action.endswith("/as"):
                # a look at somebody, from two pages: what was looked for stands on the error's
                assert all(text in words(answer.text) for text in typed.values())
                continue
            shown = [other for other in _forms(answer.text) if _same(form, other)]
            assert answer.status_code in {409, 422}, form.action
            assert len(shown) == 1, form.action
            # links stand one a line
            stand = {name: " ".join(shown[0].fields[name].split()) for name in typed}
            assert stand == typed, form.action
            assert "Not done: " in shown[0].text_content()
            assert answer.text.count('id="refused"') == 1
            # what the browser itself would fill in again, it may
            assert not shown[0].xpath(".//*[@autocomplete='off']")
            refused.add(re.sub(r"\d+", "N", form.action))
    at, followup = "/campaigns/autumn", "/followups/N"
    assert refused >= {
        *("/campaigns", f"{at}/plan", f"{at}/test", f"{at}/approve", f"{at}/cancel", "/staff"),
        *("/gatherings/new", "/gatherings/N/result", "/gatherings/N/change"),
        *(f"{followup}/{word}" for word in ("mend", "snooze", "due", "link")),
        "/supporters/N/consent",
    }


def test_what_is_mended_is_sent_with_the_same_form_and_done_once(desk: Staffed) -> None:
    """Neither the page that was shown again, nor the one before, does it twice."""
    noor = desk.enter("Noor")
    first = noor.form("/campaigns", "/campaigns")
    fields = {"name": "Has Spaces", "template": "hello", "segment": "everybody"}
    refused = noor.post("/campaigns", first | fields)
    [form] = [form for form in _forms(refused.text) if form.action == "/campaigns"]
    form.fields["name"] = "winter"
    mended = dict(form.form_values())
    assert noor.result(noor.post("/campaigns", mended)).startswith("Made winter")
    again = noor.post("/campaigns", first | fields | {"name": "winter-two"})
    assert noor.result(again).startswith("You had sent this form already")


def test_what_somebody_else_changed_meanwhile_is_not_written_over(queue: Queue) -> None:
    """What was sent stands above the page, and the fields hold what is there now."""
    browser, number = queue.worker(), queue.take_in()
    at = f"/followups/{number}"
    old = browser.form(at, f"{at}/tag")
    queue.do(browser, number, "tag", tags="school")
    late = browser.post(f"{at}/tag", old | {"tags": "concert, visit"})
    assert late.status_code == 409
    assert "What you sent, so that nothing of it is lost: tags concert, visit" in words(late.text)
    [form] = [form for form in _forms(late.text) if form.action == f"{at}/tag"]
    assert form.fields["tags"] == "school"
    done = browser.post(f"{at}/tag", dict(form.form_values()))
    assert browser.result(done) == "It has 1 tag now."


def test_what_was_sent_stands_on_a_page_that_has_no_such_form_any_more(desk: Staffed) -> None:
    """Somebody cancelled what was to be paused."""
    noor = desk.enter("Noor")
    form = noor.form("/campaigns/autumn", "/campaigns/autumn/pause")
    cancelled = noor.send("/campaigns/autumn", "/campaigns/autumn/cancel", sure="yes")
    assert noor.result(cancelled).startswith("Cancelled")
    late = noor.post("/campaigns/autumn/pause", form | {"why": "a wrong <date>"})
    assert late.status_code == 409
    assert "why a wrong <date>" in words(late.text)


def test_what_was_sent_to_something_that_is_gone_stands_on_the_page_that_says_so(
    desk: Staffed,
) -> None:
    """Nothing that somebody typed is lost."""
    noor = desk.enter("Noor")
    form = noor.form("/campaigns/autumn", "/campaigns/autumn/pause")
    gone = noor.post("/campaigns/nothing/pause", form | {"why": "a wrong date"})
    assert gone.status_code == 404
    assert "why a wrong date" in words(gone.text)
    assert 'href="/campaigns/nothing" rel="prev"' in gone.text


def test_an_answer_that_is_refused_stands_in_its_letter(queue: Queue) -> None:
    """Its text above all."""
    browser, number = queue.worker(), queue.take_in()
    at = f"/followups/{number}/answer"
    fields = {"subject": "Hello again", "text": "Dear Jean,\n\nlong thoughts", "stage": "lost"}
    refused = browser.post(at, browser.form(at, at) | fields)
    assert refused.status_code == 422
    [form] = [form for form in _forms(refused.text) if form.action == at]
    assert form.fields["subject"] == "Hello again"
    assert form.fields["text"].strip() == "Dear Jean,\n\nlong thoughts"
    assert form.fields["stage"] == ""
    sent = browser.post(at, dict(form.form_values()))
    assert browser.result(sent) == "The letter has left."


def test_a_schedule_that_is_refused_stands_in_its_fields(desk: Staffed) -> None:
    """Whoever was about to schedule it need not begin anew."""
    noor = desk.enter("Noor")
    at = "/campaigns/autumn/schedule"
    wish = {"at": "2001-01-01T09:00", "zone": "Europe/London", "window": "08:00-20:00"}
    form = noor.form(f"{at}?at=2099-01-01T09:00", at)
    refused = noor.post(at, form | wish)
    assert refused.status_code in {409, 422}
    [shown] = [form for form in lxml.html.fromstring(refused.text).forms if form.action == at]
    assert {name: shown.fields[name] for name in wish} == wish


def test_while_others_write_what_was_typed_is_shown_again(queue: Queue) -> None:
    """And may be sent as it is."""
    browser, number = queue.worker(), queue.take_in()
    at = f"/followups/{number}"
    form = browser.form(at, f"{at}/note") | {"text": "a long note"}
    queue.desk.db.conn.execute("BEGIN IMMEDIATE")
    busy = browser.post(f"{at}/note", form)
    queue.desk.db.conn.execute("ROLLBACK")
    assert (busy.status_code, "a long note</textarea>" in busy.text) == (503, True)
    [again] = [form for form in _forms(busy.text) if form.action == f"{at}/note"]
    assert "stands in the history" in browser.result(
        browser.post(f"{at}/note", dict(again.form_values()))
    )
