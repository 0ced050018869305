"""What follows from mails, one after the other and in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent

from outreach import tokens
from outreach.errors import NotFound
from outreach.model import ReplyKind
from outreach.replies import inbox
from outreach.replies.authenticity import Authenticity, authenticity
from outreach.replies.envelope import NOTHING, Envelope, read_envelope
from outreach.replies.ranking import RANKS
from outreach.store import atomic, signing_keys, stored_keys
from outreach.workflow.followups import answered_followup
from outreach.workflow.replies import list_replies

REPORT = """From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail
Date: {date}
Message-ID: <{number}@mx.example.net>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
{envelope_id}
{recipient}Action: {action}
Status: {status}
Diagnostic-Code: smtp; {code} {status} {words}

--b
Content-Type: text/rfc822-headers

Message-ID: <{returned}@outreach.example.org>
Subject: You're 1 in 2 million

--b--
"""


def bounce(
    sent: Sent,
    day: int = 26,
    *,
    status: str = "4.2.2",
    words: str = "mailbox full",
    to: str = "news@outreach.example.org",
    returned: str = "",
    recipient: str = "jean@example.org",
    attempt: str = "",
) -> Path:
    """Write a bounce that came on a day of February or so, proven by the letter that it returns."""
    sent.mails += 1
    moment = sent.now.replace(day=1) + timedelta(days=day - 1)
    path = sent.folder / f"bounce-{sent.mails}.eml"
    path.write_text(
        REPORT.format(
            to=to,
            date=moment.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            number=sent.mails,
            status=status,
            action="failed",
            code=f"{status[0]}50",
            words=words,
            returned=returned or sent.token(11),
            recipient=f"Final-Recipient: rfc822; {recipient}\n" if recipient else "",
            envelope_id=f"Original-Envelope-Id: {attempt}\n" if attempt else "",
        ),
        encoding="utf-8",
    )
    return path


def later(sent: Sent, days: int) -> Sent:
    """The same workspace some days later."""
    return replace(sent, now=sent.now + timedelta(days=days))


def test_five_temporary_failures_in_thirty_days_are_a_dead_address(sent: Sent) -> None:
    """Four are not; the source says what counted."""
    at = later(sent, 60)
    at.take_in(*(bounce(sent, day) for day in (1, 8, 15, 22)))
    assert sent.suppressed == []
    assert at.take_in(bounce(sent, 30)).suppressed == 1
    assert sent.suppressed == [("Jean@example.org", "dead_address")]
    assert "5 temporary failures within 30 days" in str(sent.one("SELECT source FROM suppressions"))


def test_failures_far_apart_are_none(sent: Sent) -> None:
    """In whatever order their mails are read."""
    later(sent, 400).take_in(*(bounce(sent, day) for day in (90, 1, 41, 11, 71, 61)))
    assert sent.suppressed == []


def test_failures_count_in_whatever_order_they_are_read(sent: Sent) -> None:
    """An mbox may hold the newest first."""
    later(sent, 60).take_in(*(bounce(sent, day) for day in (20, 16, 12, 8, 4)))
    assert sent.suppressed == [("Jean@example.org", "dead_address")]


def test_who_writes_has_an_address_that_lives(sent: Sent) -> None:
    """Failures before a person's own mail count no more."""
    at = later(sent, 60)
    at.take_in(*(bounce(sent, day) for day in (1, 2, 3, 4)))
    at.take_in(sent.mail("Thank you!", headers="Date: Wed, 5 Feb 2014 10:00:00 +0000\n"))
    at.take_in(*(bounce(sent, day) for day in (6, 7, 8, 9)))
    assert sent.suppressed == []
    assert at.take_in(bounce(sent, 10)).suppressed == 1


def test_how_many_failures_count_is_a_setting(sent: Sent) -> None:
    """None is one too."""
    settings = replace(sent.settings.replies, temporary_bounces=2, temporary_days=5)
    at = replace(later(sent, 60), settings=replace(sent.settings, replies=settings))
    at.take_in(bounce(sent, 1), bounce(sent, 7))
    assert sent.suppressed == []
    assert at.take_in(bounce(sent, 12)).suppressed == 1
    settings = replace(settings, temporary_bounces=0)
    at = replace(at, settings=replace(sent.settings, replies=settings))
    aminas = [
        bounce(sent, d, returned=sent.token(12), recipient="amina@example.org") for d in (1, 2)
    ]
    assert at.take_in(*aminas).suppressed == 0


def test_a_policy_refusal_is_never_the_persons_fault(sent: Sent) -> None:
    """However often it comes."""
    refusals = [bounce(sent, day, status="5.7.1", words="blocked by policy") for day in range(1, 9)]
    later(sent, 60).take_in(*refusals)
    assert sent.suppressed == []
    assert set(sent.all("SELECT kind, bounce_class FROM replies")) == {("bounce", "policy")}


def test_a_complaint_counts_for_the_brakes(sent: Sent) -> None:
    """They look at what is suppressed as a complaint."""
    path = sent.folder / "arf.eml"
    path.write_text(
        "From: fbl@example.net\nTo: news@outreach.example.org\nSubject: abuse\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        "Original-Rcpt-To: jean@example.org\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: <{sent.token(11)}@outreach.example.org>\n\n--b--\n",
        encoding="utf-8",
    )
    sent.take_in(path)
    assert sent.suppressed == [("Jean@example.org", "complaint")]


def test_a_bounce_to_the_letters_own_envelope_sender_need_not_name_anybody(sent: Sent) -> None:
    """The address that it came to says whose it is; one that names another is not believed."""
    to = f"bounces+{sent.token(11)}@outreach.example.org"
    sent.take_in(
        bounce(sent, to=to, recipient="x@example.net", returned="no", status="5.1.1", words="?")
    )
    assert sent.suppressed == []
    nobody = bounce(sent, to=to, recipient="", returned="no", status="5.1.1", words="?")
    sent.take_in(nobody)
    assert sent.suppressed == [("Jean@example.org", "dead_address")]


def test_the_name_of_an_attempt_leads_to_its_campaign_and_silences_nobody(sent: Sent) -> None:
    """Anybody can guess it."""
    path = bounce(sent, attempt="11-1", returned="no", status="5.1.1", words="user unknown")
    later(sent, 200).take_in(path)
    assert sent.one("SELECT delivery_id, campaign_id, supporter_id, matched_by FROM replies") == (
        (11, 5, None, "envelope_id")
    )
    assert sent.suppressed == []
    other = bounce(sent, attempt="12-1", returned="no", recipient="x@example.net")
    later(sent, 200).take_in(other)
    assert sent.all("SELECT matched_by FROM replies")[1] == ("",)


def test_a_token_in_the_text_leads_to_the_campaign(sent: Sent) -> None:
    """Some programs keep nothing of a thread but our quoted link, with either kind of token."""
    key, _ = signing_keys(sent.db, sent.now)
    link = tokens.sign(key, tokens.Purpose.UNSUBSCRIBE, 12)
    words = f"Hello?\n\n> Stop: https://outreach.example.org/u/{link}\n"
    to = "news@outreach.example.org"
    sent.take_in(
        sent.mail(words, to=to, sender="AMINA@example.org"),
        sent.mail(words.replace("Hello", "Hi"), to=to, sender="friend@example.com"),
        sent.mail("Hello?", to=to, sender="x@example.com", subject=f"[{sent.token(11)}]"),
    )
    assert sent.all("SELECT delivery_id, supporter_id, matched_by FROM replies") == [
        (12, 2, "text"),
        (12, None, "text"),
        (11, None, "text"),
    ]


def test_an_address_that_the_mail_states_leads_to_the_campaign_only(sent: Sent) -> None:
    """Anybody may state anybody's."""
    to = "news@outreach.example.org"
    sent.take_in(
        sent.mail("Hello?", to=to, sender="j@work.example", headers="Reply-To: jean@example.org\n"),
        sent.mail("Name: A\nEmail: amina@example.org\n", to=to, sender="new@example.com"),
    )
    rows = sent.all("SELECT delivery_id, supporter_id, matched_by FROM replies")
    assert rows == [(11, None, "stated_address"), (12, None, "stated_address")]


@pytest.mark.parametrize(
    ("listed", "writes"),
    [
        ("jean@example.org", "jean+news@example.org"),
        ("jean+news@example.org", "jean@example.org"),
        ("jeanmbuyi@gmail.com", "Jean.Mbuyi+x@gmail.com"),
    ],
)
def test_a_variant_of_an_address_leads_to_the_campaign(
    sent: Sent, listed: str, writes: str
) -> None:
    """It comes to the same mailbox; staff see that it is written otherwise."""
    sent.db.conn.execute("UPDATE supporters SET email = ? WHERE supporter_id = 1", [listed])
    sent.take_in(sent.mail("Hello?", to="news@outreach.example.org", sender=writes))
    assert sent.one("SELECT delivery_id, supporter_id, matched_by FROM replies") == (
        (11, None, "sender")
    )


def test_our_letter_that_a_list_hands_on_is_ours(sent: Sent) -> None:
    """Its Message-ID has our token, whoever stands in From."""
    path = sent.mail("Dear Jean", sender="list@example.com", to="news@outreach.example.org")
    text = path.read_text("utf-8").replace("<1@mail", f"<{sent.token(11)}@mail")
    path.write_text(text, encoding="utf-8")
    assert sent.take_in(path).kinds == {"own": 1}


def test_tokens_outlive_a_new_key_and_not_its_removal(sent: Sent) -> None:
    """The letters that are out were signed with the old one."""
    old = sent.token(11)
    with atomic(sent.db):
        sent.db.conn.execute(
            "INSERT INTO signing_keys (key_id, secret, created_at) VALUES (2, ?, '')", [b"k" * 32]
        )
    assert sent.token(11) != old
    sent.take_in(
        sent.mail("Hi?", token=old, sender="a@example.com"),
        sent.mail("Hello?", token=sent.token(11), sender="b@example.com"),
    )
    sent.db.conn.execute("DELETE FROM signing_keys WHERE key_id = 1")
    assert set(stored_keys(sent.db)) == {2}
    sent.take_in(sent.mail("Hey?", token=old, sender="c@example.com"))
    found = sent.all("SELECT delivery_id FROM replies ORDER BY inbound_id")
    assert found == [(11,), (11,), (None,)]


def test_two_mails_with_one_message_id_are_two_and_flagged(sent: Sent) -> None:
    """Ids are reused, forged and lost; the words and the sender tell mails apart."""
    first = sent.mail("Hello?")
    second = sent.folder / "second.eml"
    second.write_bytes(first.read_bytes().replace(b"Hello?", b"How do I send it?"))
    done = sent.take_in(first, second)
    assert (done.new, done.repeated) == (2, 0)
    flags = ["same Message-ID" in str(why) for (why,) in sent.all("SELECT why FROM replies")]
    assert flags == [False, True] or flags == [True, True]


def test_an_absence_lets_the_follow_up_sleep_until_the_day(sent: Sent) -> None:
    """And the person's next mail wakes it; a note that came before their last mail does nothing."""
    away = "Auto-Submitted: auto-replied\nDate: Tue, 25 Feb 2014 10:00:00 +0000\n"
    note = "I am out of the office until 10 March 2014."
    sent.take_in(sent.mail(VOLUNTEERS, headers="Date: Mon, 24 Feb 2014 10:00:00 +0000\n"))
    answered_followup(sent.db, sent.settings, 1, "by telephone", by="a", now=sent.now)
    assert sent.take_in(sent.mail(note, headers=away)).snoozed == 1
    assert sent.one("SELECT snoozed_until, stage FROM followups") == ("2014-03-10", "new")
    sent.take_in(sent.mail("Hello?", headers="Date: Tue, 25 Feb 2014 12:00:00 +0000\n"))
    assert sent.one("SELECT snoozed_until FROM followups") == ("",)
    assert sent.take_in(sent.mail(f"{note} Bye.", headers=away)).snoozed == 0


@pytest.mark.parametrize(
    ("headers", "authserv", "found"),
    [
        ("Authentication-Results: mx.us.org; spf=pass; dmarc=fail (p=none)", "mx.us.org", "failed"),
        ("Authentication-Results: mx.us.org 1; dmarc=pass", "MX.us.org", "proven"),
        ("Authentication-Results: mx.us.org; dmarc=none", "mx.us.org", "unknown"),
        ("Authentication-Results: mx.us.org; dmarc=fail", "", "unknown"),
        ("Authentication-Results: evil.org; dmarc=pass", "mx.us.org", "unknown"),
        (
            "Authentication-Results: mx.us.org; dmarc=fail\n"
            "Authentication-Results: mx.us.org; dmarc=pass",
            "mx.us.org",
            "failed",
        ),
        ("Authentication-Results: mx.us.org; dkim=pass (dmarc=pass)", "mx.us.org", "unknown"),
    ],
)
def test_only_our_own_servers_verdict_is_believed(headers: str, authserv: str, found: str) -> None:
    """The top one, as it stands above what came with the mail."""
    raw = f"{headers}\nFrom: a@example.org\n\nHi".encode()
    assert authenticity(raw, "a@example.org", NOTHING, authserv) == Authenticity(found)


@pytest.mark.parametrize(
    ("spf", "sender", "dkim", "found"),
    [
        ("pass", "x@bounce.example.org", (), "proven"),
        ("pass", "x@other.org", (), "unknown"),
        ("fail", "x@example.org", (("example.org", "pass"),), "proven"),
        ("fail", "x@example.org", (), "failed"),
        ("", "", (("example.org", "fail"), ("esp.net", "pass")), "failed"),
        ("", "", (), "unknown"),
        ("pass", "x@evilexample.org", (), "unknown"),
    ],
)
def test_one_proof_of_the_senders_own_domain_is_enough(
    spf: str, sender: str, dkim: tuple[tuple[str, str], ...], found: str
) -> None:
    """A failure counts only where there is none."""
    envelope = Envelope(sender=sender, spf=spf, dkim=dkim)
    assert read_envelope(envelope.as_json()) == envelope
    assert authenticity(b"From: a@example.org\n\n", "a@example.org", envelope, "") == found


def test_the_same_bytes_are_known_again_whatever_is_read_of_them(sent: Sent) -> None:
    """A newer version may read a mail otherwise and must not take it for another."""
    raw = sent.mail("Hello?").read_bytes()
    with atomic(sent.db):
        assert inbox.store(sent.db, raw, "x", sent.now) == 1
        sent.db.conn.execute("UPDATE inbound SET dedupe_key = x'00'")
        assert inbox.store(sent.db, raw.replace(b"\n", b"\r\n"), "y", sent.now) is None


def test_of_several_answers_to_one_letter_the_strongest_counts(sent: Sent) -> None:
    """An opt-out, then what a person wrote, then a bounce, then a machine; else the newest."""
    auto = "Auto-Submitted: auto-replied\n"
    away = sent.mail("I am away.", headers=f"{auto}Date: Tue, 25 Feb 2014 12:00:00 +0000\n")
    sent.take_in(away)
    assert deciding(sent) == ["auto_reply"]
    sent.take_in(bounce(sent, 20))
    assert deciding(sent) == ["bounce"]
    sent.take_in(sent.mail(VOLUNTEERS, headers="Date: Tue, 11 Feb 2014 10:00:00 +0000\n"))
    assert deciding(sent) == ["volunteer"]
    sent.take_in(sent.mail("How do I send it?", headers="Date: Wed, 12 Feb 2014 10:00:00 +0000\n"))
    assert deciding(sent) == ["question"]
    sent.take_in(sent.mail("STOP", headers="Date: Mon, 3 Feb 2014 10:00:00 +0000\n"))
    assert deciding(sent) == ["unsubscribe"]
    sent.take_in(sent.mail(VOLUNTEERS, sender="friend@example.com"), sent.mail("Ok, thank you!"))
    assert deciding(sent) == ["unsubscribe", "volunteer"]


def test_who_pastes_a_bounce_has_an_address_that_lives(sent: Sent) -> None:
    """It reads like one, but they wrote it; staff read it."""
    pasted = (
        "Hello, this came back when I wrote to you.\n\n550 5.1.1 user unknown\n"
        "--- Below this line is a copy of the message.\nReturn-Path: <jean@example.org>\n"
    )
    done = sent.take_in(sent.mail(pasted, subject="Undelivered Mail Returned to Sender"))
    assert (done.kinds, sent.suppressed, done.followups_opened) == ({"bounce": 1}, [], 1)


def test_a_campaign_that_is_not_there_has_no_list(sent: Sent) -> None:
    """An empty one would say that nobody answered."""
    with pytest.raises(NotFound):
        list_replies(sent.db, campaign="evnets")


def test_every_kind_of_mail_has_its_rank() -> None:
    """So that a new one can't be forgotten."""
    assert set(RANKS) == set(ReplyKind)


def deciding(sent: Sent) -> list[str]:
    """The kinds of the mails that count."""
    return [line.kind for line in list_replies(sent.db, deciding=True)]
