"""Each mail is stored once, matched to whom it answers, and has its consequences once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent

from outreach import tokens
from outreach.errors import NotFound
from outreach.model import Exclusion
from outreach.replies import inbox
from outreach.replies.mailfiles import RawMail, read_mails
from outreach.store import atomic, signing_keys
from outreach.supporters import consent
from outreach.workflow.reprocessing import reprocess_replies

DSN = """
--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} {words}

--b
Content-Type: text/rfc822-headers

Message-ID: <{token}@outreach.example.org>
Subject: You're 1 in 2 million

--b--
"""


def bounce(
    sent: Sent, token: str, status: str = "5.1.1", recipient: str = "jean@example.org"
) -> Path:
    """Write a bounce by a postmaster who is on the list himself."""
    path = sent.mail("", sender="postmaster@example.net", to="news@outreach.example.org")
    words = "user unknown" if status == "5.1.1" else "mailbox full"
    report = DSN.format(token=token, status=status, recipient=recipient, words=words)
    head = path.read_text("utf-8").replace(
        "text/plain; charset=utf-8", 'multipart/report; report-type=delivery-status; boundary="b"'
    )
    path.write_text(head + report, encoding="utf-8")
    return path


def test_a_token_in_the_address_finds_delivery_and_person(sent: Sent) -> None:
    """The reply of the person we wrote to, in any case of their address."""
    done = sent.take_in(sent.mail(VOLUNTEERS, sender="JEAN@example.org"))
    assert (done.read, done.new, done.unmatched) == (1, 1, 0)
    assert (done.kinds, done.followups_opened) == ({"volunteer": 1}, 1)
    assert sent.one(
        "SELECT campaign_id, delivery_id, supporter_id, matched_by, name, email, country"
        " FROM replies"
    ) == (5, 11, 1, "address_token", "Jean Mbuyi", "jean.mbuyi@example.org", "TG")


@pytest.mark.parametrize(
    ("headers", "matched_by"),
    [
        ("Delivered-To: <events+{}@outreach.example.org>\n", "address_token"),
        ("X-Original-To: EVENTS+{}@OUTREACH.EXAMPLE.ORG\n", "address_token"),
        ("In-Reply-To: <{}@outreach.example.org>\n", "thread"),
        ("References: <x@y.org>,<{}@outreach.example.org>\n <z@y.org>\n", "thread"),
    ],
)
def test_a_token_is_found_wherever_mail_keeps_it(sent: Sent, headers: str, matched_by: str) -> None:
    """Relays, aliases and mail programs keep some of the places and lose others."""
    path = sent.mail("Hello?", to="desk@elsewhere.org", headers=headers.format(sent.token(12)))
    sent.take_in(path)
    assert sent.one("SELECT delivery_id, matched_by FROM replies") == (12, matched_by)


def test_a_bounce_to_an_envelope_sender_with_a_token_is_certain(sent: Sent) -> None:
    """`[sender] envelope` may hold one: then the mail that came back need not have its headers."""
    path = bounce(sent, "nothing", recipient="amina@example.org")
    headers = f"Delivered-To: bounces+{sent.token(12)}@outreach.example.org\n"
    path.write_text(headers + path.read_text("utf-8"), encoding="utf-8")
    sent.take_in(path)
    assert sent.one("SELECT delivery_id, matched_by FROM replies") == (12, "address_token")
    assert sent.suppressed == [("amina@example.org", "dead_address")]


def test_without_a_token_the_sender_is_looked_up_for_90_days(sent: Sent) -> None:
    """A new mail to our plain address belongs to the campaign of the last 90 days."""
    sent.take_in(sent.mail("Hello?", to="news@outreach.example.org", sender="amina@example.org"))
    later = replace(sent, now=sent.now + timedelta(days=91))
    later.take_in(later.mail("Hi?", to="news@outreach.example.org", sender="amina@example.org"))
    rows = sent.all("SELECT campaign_id, supporter_id, matched_by FROM replies")
    assert rows == [(5, 2, "sender"), (None, 2, "supporter")]


def test_a_friend_who_answers_is_not_the_supporter(sent: Sent) -> None:
    """Our token from another address: the campaign is certain, the person is a new contact."""
    before = sent.all("SELECT * FROM supporters")
    sent.take_in(sent.mail("Name: Friend\nCountry: Ghana\n", sender="friend@example.com"))
    assert sent.one("SELECT delivery_id, supporter_id FROM replies") == (11, None)
    assert sent.one("SELECT supporter_id, name, email, country FROM followups") == (
        (None, "Friend", "friend@example.com", "GH")
    )
    assert sent.all("SELECT * FROM supporters") == before


def test_a_friends_opt_out_does_not_silence_the_supporter(sent: Sent) -> None:
    """The wish counts for the address that states it, and staff see that there is another."""
    done = sent.take_in(sent.mail("Unsubscribe me, please", sender="Friend@example.com"))
    assert sent.suppressed == [("Friend@example.com", "unsubscribed")]
    assert (done.suppressed, done.followups_opened) == (1, 1)


def test_a_stranger_who_opts_out_is_not_written_to_when_a_list_has_them(sent: Sent) -> None:
    """They may be on a list that we import tomorrow."""
    path = sent.mail("STOP", sender="new@example.com", to="news@outreach.example.org")
    sent.take_in(path)
    assert sent.suppressed == [("new@example.com", "unsubscribed")]
    sent.db.conn.execute(
        "INSERT INTO supporters (supporter_id, email, consent)"
        " VALUES (9, 'NEW@example.com', 'granted')"
    )
    excluded = consent.excluded_now(sent.db, [9], discreet_version=False)
    assert excluded == {9: Exclusion.SUPPRESSED}


def test_a_wish_that_may_mean_another_address_is_not_granted_unread(sent: Sent) -> None:
    """Not for the supporter, nor for a stranger; staff see both."""
    words = "Please unsubscribe me from my old address"
    done = sent.take_in(sent.mail(words), sent.mail(words, sender="x@example.com"))
    assert (sent.suppressed, done.followups_opened) == ([], 2)


def test_a_friend_who_is_on_the_list_opts_out_for_themselves(sent: Sent) -> None:
    """Amina answers the message that Jean forwarded."""
    done = sent.take_in(sent.mail("Please unsubscribe me", sender="amina@example.org"))
    assert sent.suppressed == [("amina@example.org", "unsubscribed")]
    assert done.followups_opened == 1


def test_a_wish_to_get_no_more_is_granted_at_once(sent: Sent) -> None:
    """The supporter's own address is suppressed and nobody is bothered."""
    done = sent.take_in(sent.mail("STOP"))
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]
    assert (done.suppressed, done.followups_opened) == (1, 0)


def test_the_button_of_a_mail_program_is_granted_to_whom_we_wrote(sent: Sent) -> None:
    """From another address it counts for that one, and staff look."""
    marks = "Auto-Submitted: auto-generated\n"
    done = sent.take_in(sent.mail("", headers=marks, subject="unsubscribe"))
    assert (done.suppressed, done.followups_opened) == (1, 0)
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]
    other = sent.mail("", headers=marks, subject="unsubscribe", sender="amina@example.org")
    done = sent.take_in(other)
    assert (done.suppressed, done.followups_opened) == (1, 1)
    assert ("amina@example.org", "unsubscribed") in sent.suppressed


def test_a_forged_token_counts_as_none_and_is_noted(sent: Sent) -> None:
    """So does a token that we signed for another purpose."""
    key, _ = signing_keys(sent.db, sent.now)
    for token in ("a" * 24, tokens.sign(key, tokens.Purpose.UNSUBSCRIBE, 11)):
        sent.take_in(sent.mail("Hi?", sender="x@example.com", token=token))
    rows = sent.all("SELECT campaign_id, delivery_id, why FROM replies")
    assert [row[:2] for row in rows] == [(None, None)] * 2
    assert all("did not sign" in str(row[2]) for row in rows)


def test_a_bounce_suppresses_whom_we_wrote_to_and_never_its_sender(sent: Sent) -> None:
    """The postmaster who reports the dead address is a supporter, and stays one."""
    sent.take_in(bounce(sent, sent.token(11)))
    assert sent.suppressed == [("Jean@example.org", "dead_address")]
    assert sent.one("SELECT kind, bounce_class, supporter_id FROM replies") == (
        ("bounce", "dead_address", 1)
    )


def test_a_full_mailbox_suppresses_nobody(sent: Sent) -> None:
    """Nor does any other bounce but that of a dead address."""
    sent.take_in(bounce(sent, sent.token(11), status="5.2.2"))
    assert sent.suppressed == []


def test_a_bounce_that_proves_nothing_suppresses_nobody(sent: Sent) -> None:
    """Anybody can write a report that names somebody's address."""
    sent.take_in(bounce(sent, "b" * 24, recipient="amina@example.org"))
    assert sent.suppressed == []
    assert sent.one("SELECT campaign_id, supporter_id, matched_by FROM replies") == (
        (5, None, "reported_address")
    )


@pytest.mark.parametrize("recipient", ["friend@dead.example", "amina@example.org"])
def test_a_token_and_a_report_of_another_address_silence_nobody(sent: Sent, recipient: str) -> None:
    """Whoever got the message forwarded has its token, and can return any report with it."""
    sent.take_in(bounce(sent, sent.token(11), recipient=recipient))
    assert sent.suppressed == []
    delivery_id, supporter_id, why = sent.one("SELECT delivery_id, supporter_id, why FROM replies")
    assert (delivery_id, supporter_id) == (11, None)
    assert "not about the address that we wrote to" in str(why)


def report(sent: Sent, kind: str, fields: str, to: str) -> Path:
    """Write a report of a kind, with a token of ours in the mail that it returns."""
    path = sent.mail("", sender="desk@example.net", to="news@outreach.example.org")
    head = path.read_text("utf-8").replace(
        "text/plain; charset=utf-8", "multipart/report; boundary=b"
    )
    path.write_text(
        f"{head}\n--b\nContent-Type: message/{kind}\n\n{fields}\n\n--b\n"
        f"Content-Type: text/rfc822-headers\n\nTo: {to}\n"
        f"Reply-To: events+{sent.token(11)}@outreach.example.org\n\n--b--\n",
        encoding="utf-8",
    )
    return path


JEANS, FRIENDS = "Jean <JEAN@example.org>", "friend@example.net"
FAILED = "Reporting-MTA: dns; mx.example.net\n\nAction: failed\nStatus: 5.1.1"


@pytest.mark.parametrize(
    ("kind", "fields", "to", "reason"),
    [
        ("feedback-report", "Feedback-Type: abuse", JEANS, "complaint"),
        ("feedback-report", "Feedback-Type: abuse", FRIENDS, ""),
        (
            "feedback-report",
            "Feedback-Type: abuse\nOriginal-Rcpt-To: <jean@EXAMPLE.org>",
            FRIENDS,
            "complaint",
        ),
        ("feedback-report", f"Feedback-Type: abuse\nOriginal-Rcpt-To: {FRIENDS}", JEANS, ""),
        ("delivery-status", FAILED, JEANS, "dead_address"),
        ("delivery-status", FAILED, FRIENDS, ""),
        (
            "delivery-status",
            f"{FAILED}\nFinal-Recipient: rfc822; {FRIENDS}\n"
            "Original-Recipient: rfc822; jean@example.org",
            FRIENDS,
            "dead_address",
        ),
    ],
)
def test_a_report_counts_for_the_address_that_it_is_about(
    sent: Sent, kind: str, fields: str, to: str, reason: str
) -> None:
    """What the report names comes first; where it names nobody, to whom the original went."""
    sent.take_in(report(sent, kind, fields, to))
    assert sent.suppressed == ([("Jean@example.org", reason)] if reason else [])
    assert sent.one("SELECT delivery_id FROM replies") == (11,)


def test_a_bounce_in_plain_text_counts_for_an_address_that_it_names(sent: Sent) -> None:
    """It has no fields, so its words have to do."""
    for named, silenced in (("friend@example.net", 0), ("jean@example.org", 1)):
        words = (
            f"<{named}>: 550 5.1.1 user unknown\n\n--- Below this line is a copy.\n\n"
            f"Reply-To: events+{sent.token(11)}@outreach.example.org\nTo: {named}\n"
        )
        path = sent.mail(
            words,
            sender="MAILER-DAEMON@example.net",
            to="news@outreach.example.org",
            subject="failure notice",
            headers="Return-Path: <>\n",
        )
        assert sent.take_in(path).suppressed == silenced


def test_our_own_mail_is_told_and_has_no_consequences(sent: Sent) -> None:
    """A copy of what we sent lands in our mailbox: it is no volunteer."""
    sent.take_in(sent.mail(VOLUNTEERS, sender="Sam <news@outreach.example.org>"))
    assert sent.one("SELECT kind, delivery_id FROM replies") == ("own", None)
    assert sent.all("SELECT * FROM followups") == []


def test_the_same_mail_again_changes_nothing(sent: Sent) -> None:
    """By another file, an mbox and a Maildir it is still the same mail."""
    path = sent.mail(VOLUNTEERS)
    raw = path.read_bytes()
    mbox = sent.folder / "inbox"
    mbox.write_bytes(b"From jean@example.org Wed Feb 26 10:00:00 2014\n" + raw)
    (sent.folder / "dir" / "cur").mkdir(parents=True)
    (sent.folder / "dir" / "cur" / "1:2,S").write_bytes(raw.replace(b"\n", b"\r\n"))
    sent.take_in(path)
    tables = ("inbound", "replies", "followups", "followup_replies", "followup_history")
    before = [sent.all(f"SELECT * FROM {table}") for table in tables]
    done = sent.take_in(path, mbox, sent.folder / "dir")
    assert (done.read, done.new, done.repeated, done.kinds) == (3, 0, 3, {})
    assert [sent.all(f"SELECT * FROM {table}") for table in tables] == before


def test_a_crash_after_storing_loses_nothing(sent: Sent) -> None:
    """A mail that was stored and not understood is understood by the next import, once."""
    path = sent.mail(VOLUNTEERS)
    (mail,) = read_mails(path)
    assert isinstance(mail, RawMail)
    with atomic(sent.db):
        inbox.store(sent.db, mail.raw, mail.source, sent.now)
    assert len(inbox.pending(sent.db)) == 1
    done = sent.take_in(path)
    assert (done.new, done.repeated, done.resumed, done.followups_opened) == (0, 1, 1, 1)
    assert inbox.pending(sent.db) == []
    assert sent.take_in(path).resumed == 0


def test_what_goes_wrong_in_the_middle_of_a_mail_leaves_no_half(sent: Sent) -> None:
    """Meaning, suppression and follow-up are one transaction; the mail waits with the error."""
    sent.db.conn.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON followups BEGIN SELECT RAISE(ABORT, 'power'); END"
    )
    path = sent.mail(VOLUNTEERS)
    assert sent.take_in(path, sent.mail("STOP", sender="amina@example.org")).failed == 2
    assert sent.all("SELECT * FROM replies") == sent.suppressed == []
    errors = [error for (error,) in sent.all("SELECT error FROM reply_failures")]
    assert all("power" in str(error) for error in errors)
    sent.db.conn.execute("DROP TRIGGER stop")
    assert sent.take_in(path).resumed == 0
    done = reprocess_replies(sent.db, sent.settings, now=sent.now)
    assert (done.recovered, done.followups_opened, done.suppressed) == ((1, 2), 2, 1)
    assert sent.all("SELECT * FROM reply_failures") == []


def test_the_raw_mail_is_kept_byte_for_byte(sent: Sent) -> None:
    """Better rules can be run over it later."""
    raw = b"From: \xff\0 <a@example.org>\r\n\r\nx\r\n"
    path = sent.folder / "odd.eml"
    path.write_bytes(raw)
    sent.take_in(path)
    assert inbox.raw_mail(sent.db, 1) == raw


def test_a_missing_path_stops_the_import_before_it_starts(sent: Sent) -> None:
    """A mistyped path among good ones changes nothing."""
    with pytest.raises(NotFound):
        sent.take_in(sent.mail("Hi?"), sent.folder / "missing.eml")
    assert sent.all("SELECT * FROM inbound") == []


def test_a_bad_file_keeps_no_other_out(sent: Sent) -> None:
    """The good ones are taken in; each bad one is named with its reason."""
    bad, empty = sent.folder / "bad.eml", sent.folder / "empty.eml"
    bad.write_bytes(bytes(range(256)))
    empty.touch()
    done = sent.take_in(bad, sent.mail("Hi?"), empty, sent.mail("Hello?"))
    assert (done.read, done.new, done.followups_opened) == (2, 2, 1)
    assert [Path(refused.source).name for refused in done.refused] == ["bad.eml", "empty.eml"]
    assert sent.one("SELECT count(*) FROM inbound") == (2,)


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("Hi?", 1),
        ("The river is high this year.", 1),
        ("we could use the town hall on 10 December, tell me what to do next", 1),
        ("", 1),
        ("Thank you!", 0),
        ("Thank you, but this is not for me", 1),
        ("The river is high this year. Thank you!", 1),
        ("I can't take part", 0),
        ("STOP", 0),
        ("How do I unsubscribe?", 1),
        ("I am out of the office", 1),
    ],
)
def test_every_mail_of_a_person_is_seen_unless_it_surely_needs_nobody(
    sent: Sent, text: str, opened: int
) -> None:
    """What we don't understand, somebody must read."""
    assert sent.take_in(sent.mail(text)).followups_opened == opened


def test_a_mail_waits_since_it_came(sent: Sent) -> None:
    """An old mbox that is read today holds people who wait since then."""
    old = sent.mail("Hi?", headers="Date: Mon, 10 Feb 2014 08:00:00 +0100\n")
    sent.take_in(old)
    assert sent.one("SELECT received_at, opened_at FROM inbound, followups") == (
        ("2014-02-10T07:00:00Z", "2014-02-10T07:00:00Z")
    )


def test_an_old_mail_answers_the_campaign_of_its_time(sent: Sent) -> None:
    """Without a token it belongs to no campaign that left after it."""
    headers = "Date: Mon, 10 Feb 2014 08:00:00 +0100\n"
    later = replace(sent, now=sent.now + timedelta(days=100))
    later.take_in(sent.mail("Hi?", to="news@outreach.example.org", headers=headers))
    headers = "Date: Mon, 10 Mar 2014 08:00:00 +0100\n"
    later.take_in(sent.mail("Hello?", to="news@outreach.example.org", headers=headers))
    rows = sent.all("SELECT campaign_id, matched_by FROM replies")
    assert rows == [(None, "supporter"), (5, "sender")]


def test_the_whole_corpus_is_taken_in(sent: Sent) -> None:
    """No mail of the corpus is lost, and none stops the others."""
    corpus = sorted((Path(__file__).parent.parent / "corpus" / "replies").glob("*.eml"))
    done = sent.take_in(*corpus)
    assert (done.read, done.failed) == (len(corpus), 0)
    assert done.new == sum(done.kinds.values())
    assert sent.one("SELECT count(*) FROM replies") == (done.new,)
