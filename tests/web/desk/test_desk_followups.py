"""The queue at the desk."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desking import Staffed, words
from queueing import Queue

from outreach.store import atomic

HOSTILE = "<script>alert(1)</script>\u202egnp.exe " + "x" * 5000


@pytest.fixture
def queue(desk: Staffed, tmp_path: Path) -> Queue:
    """A desk whose mails can be answered."""
    return Queue(desk, tmp_path)


def test_the_queue_shows_its_ten_views_with_their_counts(queue: Queue) -> None:
    """Each view leads to a list, and says how many it holds."""
    number = queue.take_in()
    browser = queue.worker()
    page = browser.page("/followups")
    views = re.findall(r'view=(\w+)"[^>]*>[\w ]+ <span class="n">(\d+)</span>', page)
    assert len(views) == 10
    assert dict(views)["needs_answer"] == "1"
    assert dict(views)["mine"] == "0"
    for view, _ in views:
        browser.page(f"/followups?view={view}")
    assert f'href="/followups/{number}"' in page
    assert f'href="/followups/{number}"' not in browser.page("/followups?view=snoozed")


def test_filters_narrow_the_list_and_a_country_may_be_named(queue: Queue) -> None:
    """A name in any language is a country; what is none is said."""
    number = queue.take_in()
    browser = queue.worker()
    assert f'href="/followups/{number}"' in browser.page("/followups?view=all&country=Togo")
    assert f'href="/followups/{number}"' not in browser.page("/followups?view=all&country=CD")
    assert browser.get("/followups?country=Nowhere").status_code == 400


def test_somebody_is_found_by_name_without_it_standing_in_the_address(queue: Queue) -> None:
    """The search is a form that is posted."""
    number = queue.take_in()
    browser = queue.worker()
    found = browser.send("/followups", "/followups/search", search="mbuyi")
    assert found.status_code == 200
    assert f'href="/followups/{number}"' in found.text
    led = browser.send("/followups", "/followups/search", search=str(number))
    assert led.headers["location"] == f"/followups/{number}"


def test_an_item_is_worked_by_forms_alone(queue: Queue) -> None:
    """Take, mend, tag, note, snooze, move: each is said, and stands in the history."""
    number = queue.take_in()
    browser = queue.worker()
    assert queue.do(browser, number, "take") == "Fatou has it now."
    at = f"/followups/{number}"
    fields = browser.form(at, f"{at}/mend") | {"field": "country", "value": "Bénin"}
    assert browser.result(browser.post(f"{at}/mend", fields)) == "Put right: the country."
    assert queue.do(browser, number, "tag", tags="french urgent") == "It has 2 tags now."
    assert "history" in queue.do(browser, number, "note", text="Rang <b>twice</b>")
    assert queue.do(browser, number, "move", stage="confirmed") == "It is confirmed now."
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    assert day in queue.do(browser, number, "snooze", until=day)
    page = words(browser.page(at))
    for told in ("Rang <b>twice</b>", "french urgent", "asleep until", "Fatou has it"):
        assert told in page
    assert queue.one("SELECT country, stage, assignee FROM followups") == (
        "BJ",
        "confirmed",
        "Fatou",
    )
    assert len(queue.desk.acts()) == 12


def test_only_legal_moves_are_offered_and_others_are_refused(queue: Queue) -> None:
    """What isn't offered can't be had by writing the form oneself."""
    number = queue.take_in()
    browser = queue.worker()
    at = f"/followups/{number}"
    offered = re.findall(r'name="stage" value="(\w+)"', browser.page(at))
    assert offered == ["contacted", "info_sent", "confirmed"]
    refused = browser.send(at, f"{at}/move", stage="thanked")
    assert refused.status_code == 409
    assert "Not done" in words(refused.text)
    assert browser.send(at, f"{at}/move", stage="closed").status_code == 422
    assert queue.one("SELECT stage FROM followups") == ("new",)


def test_a_save_over_a_newer_version_is_refused_and_both_are_shown(queue: Queue) -> None:
    """What somebody else did and what was sent stand on one page; nothing of it is lost."""
    number = queue.take_in()
    fatou, koffi = queue.worker("Fatou"), queue.worker("Koffi")
    at = f"/followups/{number}"
    old = fatou.form(at, f"{at}/mend") | {"field": "name", "value": "Jean M. Mbuyi"}
    fields = koffi.form(at, f"{at}/mend") | {"field": "name", "value": "John Mbuyi"}
    assert koffi.post(f"{at}/mend", fields).status_code == 303
    refused = fatou.post(f"{at}/mend", old)
    assert refused.status_code == 409
    page = words(refused.text)
    assert "changed by somebody else" in page
    assert "Koffi" in page
    assert "Jean M. Mbuyi" in page
    assert "John Mbuyi" in page
    assert queue.one("SELECT name FROM followups") == ("John Mbuyi",)


def test_the_second_who_opens_one_is_told_who_has_it(queue: Queue) -> None:
    """And no more once the first has left."""
    number = queue.take_in()
    fatou, koffi = queue.worker("Fatou"), queue.worker("Koffi")
    at = f"/followups/{number}"
    assert "has this open" not in fatou.page(at)
    assert "Fatou has this open since" in words(koffi.page(at))
    queue.do(fatou, number, "leave")
    # whose result page is the queue: nobody has it now
    assert "has this open" not in koffi.page(at)


def test_the_next_one_is_what_nobody_else_has(queue: Queue) -> None:
    """Those that are passed over come again only when one begins anew."""
    first = queue.take_in()
    second = queue.take_in(sender="Ama <ama@example.org>", text="Yes! Name: Ama Doe\nCountry: TG")
    browser = queue.worker()
    led = browser.get("/followups/next").headers["location"]
    assert led == f"/followups/{first}"
    led = browser.get(f"/followups/next?passed={first}").headers["location"]
    assert led == f"/followups/{second}?passed={first}"
    done = browser.page(f"/followups/next?passed={first}.{second}")
    assert "Nothing is left" in done


def test_a_letter_is_looked_at_and_sent_and_the_person_waits_no_more(queue: Queue) -> None:
    """The draft writes nothing; what is sent is what was shown."""
    number = queue.take_in()
    browser = queue.worker()
    at = f"/followups/{number}/answer"
    page = browser.page(f"{at}?message=organiser-welcome")
    assert "Jean Mbuyi" in page
    assert queue.one("SELECT count(*) FROM letters WHERE purpose = 'answer'") == (0,)
    (text,) = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.S)
    fields = browser.form(at, at) | {"subject": "Re: Hello", "text": text, "stage": ""}
    said = browser.result(browser.post(at, fields))
    assert said.startswith("The letter")
    stage, due = queue.one("SELECT stage, due_at FROM followups")
    assert (stage, due) == ("contacted", "")
    refused = browser.get(at)
    assert refused.status_code == 409
    assert "haven't written since" in words(refused.text)


def test_own_words_stay_when_only_the_message_changes(queue: Queue) -> None:
    """What nobody changed becomes the other message's; drafts are not kept."""
    number = queue.take_in()
    browser = queue.worker()
    at = f"/followups/{number}/answer"
    shown = f"{at}?message=organiser-welcome"
    page = browser.page(shown)
    (text,) = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.S)
    subject = re.findall(r'id="subject" name="subject" value="([^"]*)"', page)[0]
    fields = browser.form(shown, at) | {"choose": "organiser-results"}
    same = browser.post(f"{at}/draft", fields | {"subject": subject, "text": html.unescape(text)})
    assert same.status_code == 200
    assert "Your own words" not in same.text
    own = browser.post(f"{at}/draft", fields | {"subject": subject, "text": "Long thoughts"})
    assert "Your own words" in own.text
    assert "Long thoughts\n</textarea>" in own.text
    assert queue.one("SELECT count(*) FROM letters WHERE purpose = 'answer'") == (0,)


def test_who_gets_a_language_that_they_did_not_write_in_is_told_of(queue: Queue) -> None:
    """Before it is sent; newsletters are no answers; where hosting is dangerous it says so."""
    number = queue.take_in()
    browser = queue.worker()
    queue.do(browser, number, "mend", field="language", value="sw")
    queue.do(browser, number, "mend", field="country", value="IR")
    page = words(browser.page(f"/followups/{number}/answer?message=good-news"))
    assert "They wrote in Swahili, and good-news has no Swahili version" in page
    assert "it is no answer to one person" in page
    assert "Hosting is dangerous for them" in page


def test_looking_at_an_answer_waits_for_nobody_who_writes(queue: Queue) -> None:
    """As during an import; and keeps nobody from writing."""
    at = f"/followups/{queue.take_in()}/answer"
    browser = queue.worker()
    queue.desk.db.conn.execute("BEGIN IMMEDIATE")
    try:
        assert "Jean Mbuyi" in browser.page(f"{at}?message=organiser-welcome")
    finally:
        queue.desk.db.conn.execute("ROLLBACK")


def test_an_answer_that_is_too_late_is_not_lost(queue: Queue) -> None:
    """Somebody else closed it meanwhile: the text is shown again."""
    number = queue.take_in()
    fatou, koffi = queue.worker("Fatou"), queue.worker("Koffi")
    at = f"/followups/{number}/answer"
    fields = fatou.form(at, at) | {"subject": "Hi", "text": "Long thoughts", "stage": ""}
    queue.do(koffi, number, "close", reason="not_now")
    refused = fatou.post(at, fields)
    assert refused.status_code == 409
    assert "Long thoughts" in refused.text
    assert queue.one("SELECT count(*) FROM letters WHERE purpose = 'answer'") == (0,)


def test_a_mail_is_shown_in_a_frame_in_which_nothing_runs(queue: Queue) -> None:
    """Scripts, styles, pictures and forms are gone; the frame allows nothing."""
    html = (
        "<p onclick=alert(1)>I would <b>love</b> to</p><script>alert(1)</script>"
        '<img src="http://tracker.example/x.gif"><form action=/x><input></form>'
        '<a href="javascript:alert(1)">here</a><iframe src=/></iframe><style>*{}</style>'
    )
    number = queue.take_in(html=html)
    browser = queue.worker()
    page = browser.page(f"/followups/{number}")
    (frame,) = re.findall(r"<iframe[^>]*>", page)
    assert re.search(r"\bsandbox(?!=)", frame)
    (source,) = re.findall(r'src="([^"]+)"', frame)
    shown = browser.get(source)
    assert "<b>love</b>" in shown.text
    for bad in ("script", "onclick", "<img", "<form", "<input", "<iframe", "*{}"):
        assert bad not in shown.text
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert browser.get(f"/followups/{number}/mails/9999").status_code == 404


def test_hostile_names_and_mails_stay_text(queue: Queue) -> None:
    """Markup is shown as it is written, turning characters are named, and nothing is too long."""
    number = queue.take_in(
        text=f"{HOSTILE}\nYes, I want to join.\nCountry: Togo\n",
        sender='"<script>alert(2)</script> \u202eevil" <evil@example.org>',
        subject=f"<img src=x onerror=alert(3)> {'y' * 5000}",
        html="<div>" * 5000,
    )
    browser = queue.worker()
    at = f"/followups/{number}"
    fields = browser.form(at, f"{at}/mend") | {"field": "name", "value": "<script>x</script>"}
    assert browser.post(f"{at}/mend", fields).status_code == 303
    for path in ("/followups?view=all", at, f"{at}/answer", f"{at}/mails/1"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<script>x" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page


def test_duplicates_are_proposed_merged_and_split_again(queue: Queue) -> None:
    """Both stand beside each other first; the pages lead to where things are now."""
    first = queue.take_in()
    second = queue.take_in(sender="Jean Mbuyi <other@example.org>")
    assert first != second
    browser = queue.worker()
    assert f"follow-up {second}" in words(browser.page(f"/followups/{first}"))
    at = f"/followups/{first}"
    both = f"{at}/merge?keep={first}&other={second}"
    assert "other@example.org another" in words(browser.page(both))
    done = browser.send(both, f"{at}/merge")
    assert "is part of" in browser.result(done)
    gone = words(browser.page(f"/followups/{second}"))
    assert "All of it is in" in gone
    assert "Split it there" in gone
    assert "What to do" not in gone
    (mail,) = queue.one("SELECT max(inbound_id) FROM followup_replies")
    assert "has these mails now" in queue.do(browser, first, "split", **{f"mail:{mail}": "yes"})


def test_who_may_not_look_after_people_sees_no_queue(queue: Queue) -> None:
    """Authors, approvers and viewers have neither the pages nor the acts."""
    number = queue.take_in()
    for role in ("viewer", "author", "approver"):
        browser = queue.desk.enter(role, role)
        assert "/followups" not in browser.page("/")
        for path in ("/followups", "/followups/next", f"/followups/{number}", "/gatherings"):
            assert browser.get(path).status_code == 403
    stranger = queue.desk.browser()
    assert stranger.get(f"/followups/{number}").headers["location"] == "/sign-in"


def test_an_opt_out_is_confirmed_and_a_safety_talk_written_down(queue: Queue) -> None:
    """Both by a form; where no danger is known no talk is asked for."""
    number = queue.take_in()
    browser = queue.worker()
    assert "Safety talk" not in browser.page(f"/followups/{number}")
    said = queue.do(browser, number, "opt-out", sure="yes")
    assert said.startswith("Nothing is sent to them any more")
    assert queue.one("SELECT stage, close_reason FROM followups") == ("closed", "declined")


def test_what_cannot_be_done_is_said_above_what_is_there_and_nothing_is_lost(queue: Queue) -> None:
    """A field that can't be so, a day that is none, an unknown colleague."""
    number = queue.take_in()
    browser = queue.worker()
    at = f"/followups/{number}"
    fields = browser.form(at, f"{at}/mend") | {"field": "country", "value": "Atlantis"}
    refused = browser.post(f"{at}/mend", fields)
    assert refused.status_code == 422
    assert "Atlantis" in refused.text
    assert "such as CD" in words(refused.text)
    assert browser.send(at, f"{at}/snooze", until="2014-02-30").status_code == 422
    assert browser.send(at, f"{at}/close", reason="bored").status_code == 422
    at = f"/followups/{number}/answer"
    fields = browser.form(at, at) | {"subject": "Hi", "text": "Long thoughts", "stage": "lost"}
    refused = browser.post(at, fields)
    assert refused.status_code == 422
    assert "Long thoughts" in refused.text


def test_tags_are_set_to_those_of_the_form(queue: Queue) -> None:
    """In one go, whatever stood there; the history tells it once."""
    number = queue.take_in()
    browser = queue.worker()
    queue.do(browser, number, "tag", tags="concert, school")
    assert queue.do(browser, number, "tag", tags="visit school") == "It has 2 tags now."
    assert queue.do(browser, number, "tag", tags="") == "It has 0 tags now."
    assert queue.one("SELECT count(*) FROM followup_history WHERE field = 'tags'") == (3,)


def test_numbers_beyond_all_numbers_are_none(queue: Queue) -> None:
    """Wherever an address has one."""
    browser = queue.desk.enter("Noor")
    many = "9" * 5000
    for path in (
        *(f"/followups/next?passed={many}", f"/followups?page={many}", f"/acts?before={many}"),
        *(f"/campaigns?page={many}", f"/campaigns/autumn/left-out?after={many}"),
        *(f"/gatherings?page={many}", f"/gatherings/new?followup={many}", f"/?did={many}"),
        f"/messages/hello/preview?as={many}",
    ):
        assert browser.get(path).status_code == 200, path[:40]


def test_a_form_that_is_sent_twice_does_it_once(queue: Queue) -> None:
    """Also by the back button."""
    number = queue.take_in()
    browser = queue.worker()
    at = f"/followups/{number}"
    fields = browser.form(at, f"{at}/note") | {"text": "Rang"}
    for _ in range(2):
        assert browser.post(f"{at}/note", fields).status_code == 303
    assert queue.one("SELECT count(*) FROM followup_history WHERE field = 'note'") == (1,)


def test_while_somebody_else_writes_a_follow_up_can_be_looked_at(queue: Queue) -> None:
    """That somebody looks is not worth waiting for."""
    number = queue.take_in()
    browser = queue.worker()
    with atomic(queue.desk.db):
        assert "Jean Mbuyi" in browser.page(f"/followups/{number}")


def test_there_is_no_such_follow_up(queue: Queue) -> None:
    """Nor one of a number beyond all numbers."""
    browser = queue.worker()
    for number in ("77", "9" * 30):
        assert browser.get(f"/followups/{number}").status_code == 404
