"""A wish to get no more of which nothing shows whose it is: granted, asked about once, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent

from outreach import tokens
from outreach.dispatch import lettermoves
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import IllegalMove
from outreach.followups import unarrived
from outreach.followups.namedviews import View
from outreach.followups.view import Asked, get_followup, list_followups
from outreach.model import CloseReason, Suppression
from outreach.store import atomic, signing_keys
from outreach.supporters import consent
from outreach.workflow.followups import close_followup
from outreach.workflow.followups_answers import CHECKS, Answer, answer_followup
from outreach.workflow.followups_mending import confirm_opt_out, undo_opt_out
from outreach.workflow.followups_pairs import split_followup
from outreach.workflow.letters import list_letters
from outreach.workflow.reprocessing import reprocess_replies
from outreach.workflow.unsubscribing import Standing, unsubscribe

GONE = [("Jean@example.org", "unsubscribed")]


def wish(sent: Sent, text: str = "Please unsubscribe me", **mail: str) -> Path:
    """Write, in Jean's name and with no token, that he wants no more."""
    return sent.mail(text, to="events@x.example", **mail)


@pytest.fixture
def asked(sent: Sent) -> Sent:
    """Somebody wished it in Jean's name."""
    sent.take_in(wish(sent))
    assert sent.suppressed == GONE
    return sent


def answer(sent: Sent, template: str, *, again: bool = False) -> Answer:
    """Answer as Amina."""
    return answer_followup(
        sent.db, sent.settings, 1, template, by="amina", now=sent.now, again=again
    )


def confirming(sent: Sent) -> list[int]:
    """Give who waits for somebody to confirm that they want no more mail."""
    asked = Asked(view=View.OPT_OUTS)
    return [line.followup_id for line in list_followups(sent.db, asked, sent.now)]


def undo(sent: Sent) -> tuple[str, ...]:
    """Take it back as Amina."""
    return undo_opt_out(sent.db, sent.settings, 1, by="amina", now=sent.now)


def test_it_stands_where_opt_outs_are_confirmed(asked: Sent) -> None:
    """With a flag that says so; a proven one needs nobody."""
    assert confirming(asked) == [1]
    assert "wants out, unproven" in get_followup(asked.db, 1, asked.now).line.flags
    proven = "Please unsubscribe me"
    asked.take_in(asked.mail(proven, sender="amina@example.org", token=asked.token(12)))
    assert confirming(asked) == [1]


def test_the_way_to_ask_them_is_told(asked: Sent) -> None:
    """No other letter goes there, and the refusal names the one that does."""
    with pytest.raises(IllegalMove, match="which nothing proves") as refused:
        answer(asked, "organiser-welcome")
    assert f"reply 1 --message {CHECKS}" in str(refused.value)
    assert "opt-out 1 --undo" in str(refused.value)


def test_they_are_asked_once_and_no_more(asked: Sent) -> None:
    """The letter goes to the address that is silenced, and it stays so."""
    written = answer(asked, CHECKS)
    assert written.email.casefold() == "jean@example.org"
    (letter,) = list_letters(asked.db, purpose=LetterPurpose.OPT_OUT_CHECK)
    assert lettermoves.shut(asked.db, [letter.letter_id], asked.now) == {}
    assert asked.suppressed == GONE
    with pytest.raises(IllegalMove, match="asked once"):
        answer(asked, CHECKS, again=True)


@pytest.mark.parametrize(
    "lost",
    ["state = 'cancelled'", "state = 'refused'", "state = 'withdrawn'", "returned = 'policy'"],
)
def test_a_question_that_never_reached_them_is_asked_again(asked: Sent, lost: str) -> None:
    """Until then they need an answer; one that may have reached them is still the only one."""
    answer(asked, CHECKS)
    asked.db.conn.execute(f"UPDATE letters SET {lost}")
    assert "letter came back" in get_followup(asked.db, 1, asked.now).line.flags
    with atomic(asked.db):
        assert unarrived.put_back(asked.db, asked.now) == 1
    assert get_followup(asked.db, 1, asked.now).line.due_at
    assert answer(asked, CHECKS).letter_id == 2
    with pytest.raises(IllegalMove, match="asked once"):
        answer(asked, CHECKS, again=True)


def test_a_question_that_nobody_has_to_ask_any_more_is_not_missed(asked: Sent) -> None:
    """It was withdrawn as they proved it."""
    answer(asked, CHECKS)
    asked.take_in(asked.mail("Unsubscribe me, yes please.", token=asked.token(11)))
    asked.db.conn.execute("UPDATE letters SET state = 'withdrawn'")
    assert not unarrived.is_any(asked.db)


def test_who_proves_it_meanwhile_is_not_asked(asked: Sent) -> None:
    """By the page of their letter, or a mail with their token."""
    answer(asked, CHECKS)
    (letter,) = list_letters(asked.db, purpose=LetterPurpose.OPT_OUT_CHECK)
    asked.take_in(asked.mail("Unsubscribe me, yes please.", token=asked.token(11)))
    shut = lettermoves.shut(asked.db, [letter.letter_id], asked.now)
    assert shut == {letter.letter_id: "suppressed"}
    with pytest.raises(IllegalMove, match="no opt-out"):
        undo(asked)
    assert asked.suppressed == GONE


def test_the_page_of_a_letter_proves_it(asked: Sent) -> None:
    """They were silenced already, and now it is theirs."""
    key, _ = signing_keys(asked.db, asked.now)
    token = tokens.sign(key, tokens.Purpose.UNSUBSCRIBE, 11)
    assert unsubscribe(asked.db, token, asked.now).standing is Standing.GONE
    assert "unsubscribe page" in str(asked.one("SELECT source FROM suppressions"))
    with pytest.raises(IllegalMove, match="no opt-out"):
        undo(asked)


def test_a_proven_wish_is_asked_about_by_nobody(sent: Sent) -> None:
    """Nor is somebody who never wished it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    for _ in range(2):
        with pytest.raises(IllegalMove, match="nobody has to be asked"):
            answer(sent, CHECKS)
        sent.take_in(sent.mail("Please unsubscribe me"))


def test_what_was_not_meant_is_taken_back(asked: Sent) -> None:
    """They may be written to again, and stand among the opt-outs no more; nor does it come back."""
    asked.take_in(wish(asked, "Unsubscribe me at once.", headers="Date: 26 Feb 2014 08:30 +0000\n"))
    assert undo(asked) == ("Jean@example.org",)
    assert (asked.suppressed, confirming(asked)) == ([], [])
    assert get_followup(asked.db, 1, asked.now).line.flags == ()
    reprocess_replies(asked.db, asked.settings, now=asked.now)
    assert asked.suppressed == []
    assert answer(asked, "organiser-welcome").letter_id
    with pytest.raises(IllegalMove, match="no opt-out"):
        undo(asked)


def test_a_wish_of_another_follow_up_stands(asked: Sent) -> None:
    """It was granted by the first; undone is only that."""
    again = "Date: 26 Feb 2014 08:30 +0000\n"
    asked.take_in(wish(asked, "Unsubscribe me at once.", headers=again))
    new = split_followup(asked.db, asked.settings, 1, [2], by="amina", now=asked.now)
    assert undo(asked) == ()
    assert asked.suppressed == GONE
    assert confirming(asked) == [new]
    freed = undo_opt_out(asked.db, asked.settings, new, by="amina", now=asked.now)
    assert (freed, asked.suppressed) == (("Jean@example.org",), [])


def test_what_was_closed_for_safety_is_not_undone(asked: Sent) -> None:
    """By one command nobody who may be in danger is opened to newsletters."""
    reason = CloseReason.SAFETY
    close_followup(asked.db, asked.settings, 1, reason, by="amina", now=asked.now)
    with pytest.raises(IllegalMove, match="closed for safety"):
        undo(asked)
    assert asked.suppressed == GONE


def test_another_wish_of_the_same_follow_up_is_not_undone_with_it(asked: Sent) -> None:
    """Of another person, whose mail came to it, and who proved theirs."""
    theirs = asked.mail("Unsubscribe me", sender="amina@example.org", token=asked.token(12))
    asked.take_in(theirs)
    asked.db.conn.execute("INSERT INTO followup_replies (inbound_id, followup_id) VALUES (2, 1)")
    assert undo(asked) == ("Jean@example.org",)
    assert asked.all("SELECT old FROM followup_history WHERE field = 'wish_undone'") == [("1",)]
    assert asked.suppressed == [("amina@example.org", "unsubscribed")]


def test_what_was_meant_is_confirmed(asked: Sent) -> None:
    """From then on it is proved, by whoever confirmed it."""
    assert confirm_opt_out(asked.db, asked.settings, 1, by="amina", now=asked.now) == ()
    assert asked.one("SELECT source FROM suppressions") == ("follow-up 1, amina",)
    with pytest.raises(IllegalMove, match="no opt-out"):
        undo(asked)


def test_a_complaint_is_no_wish_to_be_taken_back(asked: Sent) -> None:
    """Whatever was said before; and only what nothing proves is undone at all."""
    with atomic(asked.db):
        consent.suppress(asked.db, "jean@example.org", Suppression.COMPLAINT, "mail 9", asked.now)
        with pytest.raises(ValueError, match="mail 9"):
            consent.take_back_unproven(asked.db, "mail 9")
    with pytest.raises(IllegalMove, match="no opt-out"):
        undo(asked)
    with pytest.raises(IllegalMove, match="nobody has to be asked"):
        answer(asked, CHECKS)
