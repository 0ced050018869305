"""One follow-up for each person and campaign, and a history that only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups import queue
from outreach.followups.namedviews import View
from outreach.followups.stages import DONE, MOVES
from outreach.followups.view import Asked, get_followup, list_followups
from outreach.model import CloseReason, Stage
from outreach.store import atomic
from outreach.store.migrations.asleep import asleep
from outreach.workflow.followups import (
    answered_followup,
    assign_followup,
    close_followup,
    make_due,
    snooze_followup,
)
from outreach.workflow.reprocessing import reprocess_replies


def test_a_second_mail_joins_and_fills_what_was_empty(sent: Sent) -> None:
    """A question first, the details later: one follow-up with both mails."""
    sent.take_in(sent.mail("How many people must come?"))
    done = sent.take_in(sent.mail(VOLUNTEERS))
    assert (done.followups_opened, done.followups_joined) == (0, 1)
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert (line.mails, line.name, line.country) == (2, "Jean", "CD")
    found = get_followup(sent.db, line.followup_id, sent.now)
    assert [mail.kind for mail in found.mails] == ["question", "volunteer"]
    assert found.mails[1].country_text == "Togo"
    assert [change.field for change in found.history] == ["stage", "mail"]


def test_a_stated_address_does_not_join_anothers_follow_up(sent: Sent) -> None:
    """Anybody may write `Email: jean@example.org`; only the sender's address counts."""
    sent.take_in(sent.mail(VOLUNTEERS))
    sent.take_in(sent.mail("Name: X\nEmail: jean@example.org\n", sender="x@example.com"))
    assert len(list_followups(sent.db, Asked(), sent.now)) == 2


def test_what_to_look_at_stands_in_the_flags(sent: Sent) -> None:
    """A friend's mail without a country says so."""
    sent.take_in(sent.mail("I would like to help", sender="friend@example.com"))
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert line.flags == ("another sender", "no name", "no country")


def test_a_new_mail_reopens_what_was_done(sent: Sent) -> None:
    """Closed as not now, the person writes again: they are new again, and the history knows."""
    sent.take_in(sent.mail("Hi?"))
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="amina", now=sent.now)
    assert list_followups(sent.db, Asked(), sent.now) == []
    assert [
        line.close_reason for line in list_followups(sent.db, Asked(include_done=True), sent.now)
    ] == ["not_now"]
    sent.take_in(sent.mail(VOLUNTEERS))
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert (line.stage, line.close_reason) == ("new", "")


def dated(sent: Sent, day: int, text: str = "Hi?", sender: str = "jean@example.org") -> Path:
    """Write a mail of a day of February 2014."""
    return sent.mail(f"{text} {day}", sender=sender, headers=f"Date: {day} Feb 2014 08:00 +0000\n")


def test_who_wrote_first_waits_longest(sent: Sent) -> None:
    """In whatever order the mails lay in the file."""
    sent.take_in(dated(sent, 9), dated(sent, 7, sender="a@x.org"), dated(sent, 8, sender="b@x.org"))
    sent.take_in(dated(sent, 10), dated(sent, 6))
    assert [
        (line.email, line.waiting_since[8:10])
        for line in list_followups(sent.db, Asked(), sent.now)
    ] == [
        ("jean@example.org", "06"),
        ("a@x.org", "07"),
        ("b@x.org", "08"),
    ]
    mails = get_followup(sent.db, 1, sent.now).mails
    assert [mail.received_at[8:10] for mail in mails] == ["06", "09", "10"]


def test_who_writes_again_waits_since_then(sent: Sent) -> None:
    """What was done before is no reason to be first in the queue."""
    sent.take_in(dated(sent, 5))
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="amina", now=sent.now)
    sent.take_in(dated(sent, 20))
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert line.waiting_since[8:10] == "20"


def test_spam_stays_closed(sent: Sent) -> None:
    """Their further mails join without bothering anybody."""
    sent.take_in(sent.mail("Hi?"))
    close_followup(sent.db, sent.settings, 1, CloseReason.SPAM, by="amina", now=sent.now)
    sent.take_in(sent.mail("Hello, are you there?"))
    assert list_followups(sent.db, Asked(), sent.now) == []
    assert len(get_followup(sent.db, 1, sent.now).mails) == 2


def test_an_automatic_answer_reopens_nothing(sent: Sent) -> None:
    """Only mails that wait for people come into the queue."""
    sent.take_in(sent.mail("Hi?"))
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="amina", now=sent.now)
    sent.take_in(sent.mail("I am away. Hi?", headers="Auto-Submitted: auto-replied\n"))
    assert list_followups(sent.db, Asked(), sent.now) == []


@pytest.mark.parametrize("words", ["Sorry, I can't do it after all. No event.", "Thank you!"])
def test_whatever_a_person_says_is_seen_before_they_are_answered(sent: Sent, words: str) -> None:
    """A no or a thanks joins what is open; alone, it needs nobody."""
    sent.take_in(sent.mail(words, sender="amina@example.org", token=sent.token(12)))
    assert list_followups(sent.db, Asked(include_done=True), sent.now) == []
    sent.take_in(sent.mail("I would like to help"))
    sent.take_in(sent.mail(words))
    assert [mail.reply for mail in get_followup(sent.db, 1, sent.now).mails][1:] == [words]


AWAY = "Auto-Submitted: auto-replied\nDate: Wed, 26 Feb 2014 08:00:00 +0000\n"


def test_an_absence_never_hides_who_waits_for_us(sent: Sent) -> None:
    """The day stands with them, until it is over or they write; only who has our answer sleeps."""
    note = "I am out of the office until 1 May 2014."
    earlier = "Date: Tue, 25 Feb 2014 10:00:00 +0000\n"
    sent.take_in(sent.mail(VOLUNTEERS, headers=earlier))
    taken = [sent.take_in(sent.mail(note, headers=AWAY)) for _ in range(2)]
    assert [each.snoozed for each in taken] == [0, 0]
    waiting = Asked(view=View.NEEDS_ANSWER)
    (line,) = list_followups(sent.db, waiting, sent.now)
    assert (line.snoozed_until, line.flags[0]) == ("", "away until 2014-04-27")
    assert sent.one("SELECT count(*) FROM followup_history WHERE field = 'away'") == (1,)
    (line,) = list_followups(sent.db, waiting, sent.now + timedelta(days=80))
    assert line.flags == ("other address",)
    answered_followup(sent.db, sent.settings, 1, "by telephone", by="a", now=sent.now)
    sent.take_in(sent.mail(f"{note} ", headers=AWAY, subject="Away"))
    assert sent.one("SELECT snoozed_until FROM followups") == ("2014-04-27",)


@pytest.mark.parametrize("days", [401, 2_900_000])
def test_nobody_is_put_off_for_ever(sent: Sent, days: int) -> None:
    """A year with a wrong digit would lose a person; a little more than a year is a plan."""
    sent.take_in(sent.mail("Hi?"))
    far = sent.now + timedelta(days=days)
    for put_off, until in ((snooze_followup, far.date()), (make_due, far)):
        with pytest.raises(InputError, match="400 days at most, until 2015-04-02"):
            put_off(sent.db, sent.settings, 1, until, by="a", now=sent.now)
    next_spring = (sent.now + timedelta(days=400)).date()
    snooze_followup(sent.db, sent.settings, 1, next_spring, by="a", now=sent.now)
    assert sent.one("SELECT snoozed_until FROM followups") == ("2015-04-02",)


def test_whoever_writes_is_no_longer_away(sent: Sent) -> None:
    """Their own words count more than what their machine said before."""
    sent.take_in(sent.mail(VOLUNTEERS, headers="Date: Tue, 25 Feb 2014 10:00:00 +0000\n"))
    sent.take_in(sent.mail("I am out of the office until 1 May 2014.", headers=AWAY))
    sent.take_in(sent.mail("I am back and have a question?"))
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert line.flags == ("other address",)


def test_whom_staff_woke_no_older_absence_puts_to_sleep(sent: Sent) -> None:
    """Also when the mails are understood again."""
    sent.take_in(sent.mail(VOLUNTEERS, headers="Date: Tue, 25 Feb 2014 10:00:00 +0000\n"))
    answered_followup(sent.db, sent.settings, 1, "by telephone", by="a", now=sent.now)
    sent.take_in(sent.mail("I am out of the office until 10 March 2014.", headers=AWAY))
    assert sent.one("SELECT snoozed_until FROM followups") == ("2014-03-10",)
    snooze_followup(sent.db, sent.settings, 1, None, by="a", now=sent.now)
    assert reprocess_replies(sent.db, sent.settings, now=sent.now).snoozed == 0
    assert sent.one("SELECT snoozed_until FROM followups") == ("",)


def test_whoever_writes_once_more_waits_no_longer_for_it(sent: Sent) -> None:
    """Though by the country that they now name the week would be another."""
    sent.take_in(sent.mail("Hi, how do I begin?", sender="p@example.net", to="n@example.org"))
    (first,) = list_followups(sent.db, Asked(), sent.now)
    again = sent.mail("Name: P\nCountry: Chile\n", sender="p@example.net", to="n@example.org")
    sent.take_in(again)
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert (line.mails, line.country) == (2, "CL")
    assert line.due_at <= first.due_at


def test_changes_are_written_down_by_whom(sent: Sent) -> None:
    """Assigning twice changes once; the version counts changes."""
    sent.take_in(sent.mail("Hi?"))
    assert assign_followup(sent.db, sent.settings, 1, "amina", by="desk", now=sent.now)
    assert not assign_followup(sent.db, sent.settings, 1, "amina", by="desk", now=sent.now)
    assert assign_followup(sent.db, sent.settings, 1, "", by="desk", now=sent.now)
    assert sent.all("SELECT changed_by, field, old, new FROM followup_history") == [
        ("mail", "stage", "", "new"),
        ("desk", "assignee", "", "amina"),
        ("desk", "assignee", "amina", ""),
    ]
    assert sent.one("SELECT version FROM followups") == (3,)


def test_two_people_do_not_undo_each_other(sent: Sent) -> None:
    """A change on the ground of an old version is refused."""
    sent.take_in(sent.mail("Hi?"))
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assign_followup(sent.db, sent.settings, 1, "amina", by="a", now=sent.now, version=line.version)
    with pytest.raises(IllegalMove, match="somebody else"):
        assign_followup(
            sent.db, sent.settings, 1, "joost", by="j", now=sent.now, version=line.version
        )
    assert sent.one("SELECT assignee FROM followups") == ("amina",)


def test_what_is_closed_can_be_neither_closed_nor_assigned(sent: Sent) -> None:
    """The refusal names the reason for which it was closed."""
    sent.take_in(sent.mail("Hi?"))
    close_followup(sent.db, sent.settings, 1, CloseReason.UNREACHABLE, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="closed already \\(unreachable\\)"):
        close_followup(sent.db, sent.settings, 1, CloseReason.SPAM, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="closed"):
        assign_followup(sent.db, sent.settings, 1, "amina", by="a", now=sent.now)


def test_a_name_may_need_a_joiner(sent: Sent) -> None:
    """Persian names are written with it."""
    sent.take_in(sent.mail("Hi?"))
    assert assign_followup(sent.db, sent.settings, 1, "علی\u200cرضا", by="a", now=sent.now)


@pytest.mark.parametrize("who", ["a\x1b[2J", "x" * 101, "a\nb", "a\u202eb"])
def test_a_name_that_would_spoil_a_screen_is_refused(sent: Sent, who: str) -> None:
    """Names are shown in lists: no control characters, no essays."""
    sent.take_in(sent.mail("Hi?"))
    with pytest.raises(InputError):
        assign_followup(sent.db, sent.settings, 1, who, by="a", now=sent.now)


def test_a_follow_up_that_does_not_exist_is_not_found(sent: Sent) -> None:
    """Whatever is asked of it."""
    with pytest.raises(NotFound):
        get_followup(sent.db, 9, sent.now)
    with pytest.raises(NotFound):
        close_followup(sent.db, sent.settings, 9, CloseReason.SPAM, by="a", now=sent.now)


def test_every_stage_has_its_moves_and_each_move_is_possible(sent: Sent) -> None:
    """The table is complete; every open stage can be closed, and no other move is made."""
    assert set(MOVES) == set(Stage)
    assert all(Stage.CLOSED in MOVES[stage] for stage in set(Stage) - DONE)
    sent.take_in(sent.mail("Hi?"))
    for start in Stage:
        for end in Stage:
            sent.db.conn.execute("UPDATE followups SET stage = ?", [start])
            reason = CloseReason.DECLINED if end is Stage.CLOSED else None
            if end in MOVES[start]:
                with atomic(sent.db):
                    queue.move(sent.db, 1, end, "a", sent.now, reason=reason)
                assert sent.one("SELECT stage FROM followups") == (end,)
            else:
                with pytest.raises(IllegalMove) as refusal:
                    queue.move(sent.db, 1, end, "a", sent.now, reason=reason)
                assert all(legal in str(refusal.value) for legal in MOVES[start] - {Stage.CLOSED})


def test_nothing_is_closed_without_a_reason(sent: Sent) -> None:
    """By whatever way."""
    sent.take_in(sent.mail("Hi?"))
    with pytest.raises(InputError, match="not_now, declined"), atomic(sent.db):
        queue.move(sent.db, 1, Stage.CLOSED, "a", sent.now)


def test_who_is_made_due_does_not_sleep_beyond_it(sent: Sent) -> None:
    """Also where the due moment was that one already; a shorter sleep stays."""
    sent.take_in(sent.mail("Hi?"))
    due = sent.now + timedelta(days=3)
    for until, left in ((30, ""), (2, "kept"), (30, "")):
        day = (sent.now + timedelta(days=until)).date()
        snooze_followup(sent.db, sent.settings, 1, day, by="a", now=sent.now)
        make_due(sent.db, sent.settings, 1, due, by="a", now=sent.now)
        expected = day.isoformat() if left else ""
        assert sent.one("SELECT snoozed_until FROM followups") == (expected,)


def test_who_was_put_off_for_ever_is_awake(sent: Sent) -> None:
    """From before there was a bound to it; who sleeps within the bound goes on sleeping."""
    sent.take_in(sent.mail("Hi?"), sent.mail("Hi?", sender="amina@example.org"))
    soon = f"{datetime.now(UTC).date() + timedelta(days=30)}"
    for followup_id, day in ((1, "9999-01-01"), (2, soon)):
        sent.db.conn.execute(
            "UPDATE followups SET snoozed_until = ? WHERE followup_id = ?", [day, followup_id]
        )
    for _ in range(2):
        asleep(sent.db)
    assert sent.all("SELECT snoozed_until FROM followups ORDER BY followup_id") == [("",), (soon,)]
    told = "SELECT old, new, changed_by FROM followup_history WHERE field = 'snoozed_until'"
    assert sent.all(told) == [("9999-01-01", "", "rule")]
