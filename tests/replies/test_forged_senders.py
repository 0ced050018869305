"""Nobody can have somebody else silenced by writing in their name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from answering import VOLUNTEERS, Sent

from outreach.workflow.followups import answered_followup
from outreach.workflow.replies import import_replies

FAILED = "Authentication-Results: mx.outreach.example.org; dmarc=fail header.from=example.org\n"


def _take_in_failed(sent: Sent, text: str, **mail: str) -> None:
    """Import a mail whose sender's domain does not stand for it, as our own server says."""
    replies = replace(sent.settings.replies, authserv="mx.outreach.example.org")
    settings = replace(sent.settings, replies=replies)
    import_replies(sent.db, settings, [sent.mail(text, headers=FAILED, **mail)], now=sent.now)


@pytest.mark.parametrize("sender", ["amina@example.org", "stranger@example.org"])
def test_a_forged_sender_is_not_silenced_by_anothers_token(sent: Sent, sender: str) -> None:
    """Who forges has a letter of their own, and with it a token; staff read the mail."""
    _take_in_failed(sent, "Please unsubscribe me", sender=sender)
    assert sent.suppressed == []
    assert sent.one("SELECT count(*) FROM followup_replies") == (1,)


def test_who_has_their_own_token_is_believed_though_their_domain_fails(sent: Sent) -> None:
    """Lists and forwarding break signatures; nobody else has that token."""
    _take_in_failed(sent, "Please unsubscribe me")
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]


def test_who_answers_with_anothers_token_and_is_not_forged_is_silenced(sent: Sent) -> None:
    """The supporter whose token it is is not."""
    sent.take_in(sent.mail("Please unsubscribe me", sender="friend@example.net"))
    assert sent.suppressed == [("friend@example.net", "unsubscribed")]


def test_a_wish_that_nothing_proves_is_granted_and_confirmed_by_staff(sent: Sent) -> None:
    """An ignored wish harms more than one too many; a stranger must not silence a list unseen."""
    sent.take_in(sent.mail("Please unsubscribe me", to="events@x.example"))
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]
    (why,) = sent.one("SELECT why FROM replies JOIN followup_replies USING (inbound_id)")
    assert "please confirm" in str(why)


AWAY = "Auto-Submitted: auto-replied\nDate: Wed, 26 Feb 2014 09:00:00 +0000\n"
LONG = "I am out of the office until 1 December 2014."


def _sleeps(sent: Sent, headers: str, to: str, *, authserv: str = "") -> object:
    """Answer a volunteer who wrote, then take in an automatic answer in their name."""
    sent.take_in(sent.mail(VOLUNTEERS, headers="Date: Mon, 24 Feb 2014 10:00:00 +0000\n"))
    answered_followup(sent.db, sent.settings, 1, "by telephone", by="a", now=sent.now)
    sent.now += timedelta(days=1)
    replies = replace(sent.settings.replies, authserv=authserv)
    mail = sent.mail(LONG, headers=AWAY + headers, to=to)
    import_replies(sent.db, replace(sent.settings, replies=replies), [mail], now=sent.now)
    return sent.one("SELECT snoozed_until FROM followups")[0]


@pytest.mark.parametrize(("to", "headers"), [("events@x.example", ""), ("", FAILED)])
def test_nobody_hides_a_volunteer_from_staff(sent: Sent, to: str, headers: str) -> None:
    """An automatic answer that nothing proves lets no follow-up sleep."""
    assert _sleeps(sent, headers, to, authserv="mx.outreach.example.org") == ""


@pytest.mark.parametrize(
    ("to", "headers"), [("", ""), ("events@x.example", FAILED.replace("fail", "pass"))]
)
def test_who_has_our_answer_sleeps_two_months_at_most(sent: Sent, to: str, headers: str) -> None:
    """However long they are away; staff look in between."""
    until = str(_sleeps(sent, headers, to, authserv="mx.outreach.example.org"))
    assert until == "2014-04-27"


def test_a_forger_does_not_choose_how_we_greet(sent: Sent) -> None:
    """The words of a sender's name would reach whoever they pretend to be."""
    sent.take_in(sent.mail("Yes, I would like to host it.", sender="You are dead <a@example.net>"))
    (text,) = sent.one("SELECT name || text FROM letters")
    assert "You are dead" not in str(text)


def test_no_letter_goes_to_an_address_of_ours(sent: Sent) -> None:
    """Whatever stands behind its +; it would come back as an answer."""
    done = sent.take_in(
        sent.mail("Yes, I would like to host it.", sender="events+x@outreach.example.org")
    )
    assert done.unacknowledged == {"it comes from a mailbox of ours": 1}
