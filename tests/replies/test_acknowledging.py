"""A volunteer hears at once that their mail came in; nobody and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import letters as made
import pytest
from answering import VOLUNTEERS, Sent
from corresponding import Writing
from hypothesis import given
from hypothesis import strategies as st
from test_consequences import bounce

from outreach import tokens
from outreach.dispatch.transports.memory import Memory
from outreach.followups import arrivals
from outreach.followups.view import Asked
from outreach.model import Letter, Suppression
from outreach.replies.answerable import why_unanswered
from outreach.store import atomic, signing_keys
from outreach.supporters import consent
from outreach.workflow.acknowledging import plain_name
from outreach.workflow.followups import list_followups
from outreach.workflow.replies import import_replies

YES = f"Yes, I would like to put on a debate in my school.\n{VOLUNTEERS}"


def _letters(sent: Sent) -> list[tuple[object, ...]]:
    return sent.all("SELECT letter_id, email, campaign_id, state FROM letters ORDER BY letter_id")


def _leaves(sent: Sent) -> list[Letter]:
    """Send what is due, and give what left."""
    memory = Memory()
    Writing(sent.db, sent.settings, memory, made.Clock(sent.now)).send()
    return memory.accepted


def _as_answer(letter: Letter, folder: Path, text: str, **headers: str) -> Path:
    """What a mail program makes of a reply to a letter."""
    message = dict(letter.message.headers)
    path = folder / f"answer-{len(list(folder.iterdir()))}.eml"
    fields = {
        "From": letter.message.recipient.email,
        "To": letter.message.reply_to,
        "Subject": f"Re: {letter.message.subject}",
        "In-Reply-To": message["Message-ID"],
        "References": message["Message-ID"],
        "Message-ID": f"<{path.name}@mail.example.org>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    path.write_text(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}", "utf-8")
    return path


class TestWhoGetsOne:
    """A person who volunteers."""

    def test_a_volunteer_gets_one_in_their_language(self, sent: Sent) -> None:
        """In the thread of their mail, saying that it left by itself."""
        done = sent.take_in(sent.mail(YES))
        assert (done.acknowledged, done.unacknowledged) == (1, {})
        (letter,) = _leaves(sent)
        headers = dict(letter.message.headers)
        assert letter.message.recipient.email.lower() == "jean@example.org"
        assert headers["In-Reply-To"] == "<1@mail.example.org>"
        assert headers["Auto-Submitted"] == "auto-replied"
        assert "List-Unsubscribe" not in headers
        assert letter.message.language == "en"
        assert "Dear Jean" in letter.message.text
        assert "1 in 2 million" not in letter.message.text

    def test_the_same_mail_by_another_way_has_no_second_one(self, sent: Sent) -> None:
        """Nor has it when it is taken in again."""
        path = sent.mail(YES)
        sent.take_in(path)
        path.write_bytes(b"Received: from elsewhere\n" + path.read_bytes())
        sent.take_in(path)
        assert len(_letters(sent)) == 1

    def test_a_person_gets_one_a_day_for_a_campaign(self, sent: Sent) -> None:
        """However often they write."""
        sent.take_in(sent.mail(YES))
        done = sent.take_in(sent.mail(f"And yes, a concert too, I would like that!\n{VOLUNTEERS}"))
        assert len(_letters(sent)) == 1
        assert done.unacknowledged == {"they had one within a day": 1}
        sent.now += timedelta(hours=25)
        sent.take_in(sent.mail(f"I would also like to put on a marathon!\n{VOLUNTEERS}"))
        assert len(_letters(sent)) == 2

    def test_who_is_in_touch_with_staff_gets_none(self, sent: Sent) -> None:
        """What a program says would only confuse them."""
        sent.take_in(sent.mail(YES))
        sent.db.conn.execute("UPDATE followups SET stage = 'contacted'")
        sent.db.conn.execute("UPDATE letters SET created_at = '2014-01-01T00:00:00Z'")
        sent.take_in(sent.mail(f"Yes, I would like to host it at school.\n{VOLUNTEERS}"))
        assert len(_letters(sent)) == 1

    def test_it_is_switched_off_by_an_empty_setting(self, sent: Sent) -> None:
        """Then nothing is said of it either."""
        replies = replace(sent.settings.replies, acknowledge="")
        settings = replace(sent.settings, replies=replies)
        done = import_replies(sent.db, settings, [sent.mail(YES)], now=sent.now)
        assert (done.acknowledged, done.unacknowledged, _letters(sent)) == (0, {}, [])

    def test_a_message_that_is_missing_keeps_no_mail_waiting(self, sent: Sent) -> None:
        """The mail is understood and queued, and the reason is told."""
        replies = replace(sent.settings.replies, acknowledge="gone")
        settings = replace(sent.settings, replies=replies)
        done = import_replies(sent.db, settings, [sent.mail(YES)], now=sent.now)
        assert (done.followups_opened, done.failed, _letters(sent)) == (1, 0, [])
        (why,) = done.unacknowledged
        assert "gone can't be used" in why

    def test_whose_country_is_dangerous_is_written_to_discreetly(self, sent: Sent) -> None:
        """Also where they are on no list: others may read what a machine writes to them."""
        text = "Yes, I would like to put on a debate in my school.\nName: Jo\nCountry: Iran\n"
        sent.take_in(sent.mail(text, sender="stranger@example.net"))
        assert sent.all("SELECT email, discreet FROM letters") == [("stranger@example.net", 1)]

    def test_a_discreet_persons_is_discreet(self, sent: Sent) -> None:
        """As is that to whoever answers with their token."""
        sent.db.conn.execute("UPDATE supporters SET safety = 'discreet'")
        sent.take_in(sent.mail(YES), sent.mail(YES, sender="friend@example.net"))
        letters = _leaves(sent)
        assert {letter.message.subject for letter in letters} == {"Thank you for your message"}
        assert {letter.message.recipient.email.lower() for letter in letters} == {
            "jean@example.org",
            "friend@example.net",
        }

    def test_it_goes_to_the_sender_and_never_to_a_stated_address(self, sent: Sent) -> None:
        """Else anybody could have us write to anybody."""
        sent.take_in(
            sent.mail(
                "Yes, I would like to host a debate.\nName: Ana\nEmail: victim@example.com\n"
                "Country: Togo\n",
                headers="Reply-To: victim@example.com\n",
            )
        )
        assert [row[1] for row in _letters(sent)] == ["jean@example.org"]


class TestWhoGetsNone:
    """Programs, lists, and whoever may not have written."""

    @pytest.mark.parametrize(
        "headers",
        [
            "Auto-Submitted: auto-replied\n",
            "Auto-Submitted: auto-generated (rejected)\n",
            "Precedence: bulk\n",
            "Precedence: list\n",
            "Precedence: junk\n",
            "List-Id: <friends.example.org>\n",
            "List-Unsubscribe: <https://example.org/u>\n",
            "Return-Path: <>\n",
            "X-Auto-Response-Suppress: All\n",
            "X-Auto-Response-Suppress: DR, OOF, AutoReply\n",
        ],
    )
    def test_no_program_is_answered(self, sent: Sent, headers: str) -> None:
        """Whatever its words are taken for (RFC 3834 2)."""
        sent.take_in(sent.mail(YES, headers=headers))
        assert _letters(sent) == []

    @pytest.mark.parametrize("text", ["STOP", "How do I send it?", "Thank you for this."])
    def test_no_other_mail_is_answered(self, sent: Sent, text: str) -> None:
        """A question has a person's answer, an opt-out silence."""
        sent.take_in(sent.mail(text))
        assert _letters(sent) == []

    def test_a_bounce_is_not_answered(self, sent: Sent) -> None:
        """Nor does it count as withheld."""
        assert bounce(sent, status="5.1.1", words="user unknown")
        assert _letters(sent) == []

    def test_a_suppressed_address_is_not_written_to(self, sent: Sent) -> None:
        """Whatever it is suppressed for."""
        with atomic(sent.db):
            consent.suppress(
                sent.db, "jean@example.org", Suppression.UNSUBSCRIBED, "test", sent.now
            )
        done = sent.take_in(sent.mail(YES))
        assert done.unacknowledged == {"nothing may go to its sender": 1}

    def test_who_may_be_forged_is_not_written_to(self, sent: Sent) -> None:
        """Where our own server says that the sender's domain doesn't stand for it."""
        replies = replace(sent.settings.replies, authserv="mx.outreach.example.org")
        settings = replace(sent.settings, replies=replies)
        mail = sent.mail(
            YES,
            headers="Authentication-Results: mx.outreach.example.org; dmarc=fail"
            " header.from=example.org\n",
        )
        import_replies(sent.db, settings, [mail], now=sent.now)
        assert _letters(sent) == []

    def test_who_answers_nothing_of_ours_is_not_written_to(self, sent: Sent) -> None:
        """Their mail waits for staff."""
        done = sent.take_in(sent.mail(YES, sender="stranger@example.net", to="events@x.example"))
        assert (_letters(sent), done.followups_opened) == ([], 1)

    def test_an_old_mail_is_not_thanked_for(self, sent: Sent) -> None:
        """As when an archive is read."""
        done = sent.take_in(sent.mail(YES, headers="Date: Fri, 21 Feb 2014 09:00:00 +0000\n"))
        assert (_letters(sent), done.unacknowledged) == ([], {"it is too old": 1})


class TestLoops:
    """Two programs that answer each other stop."""

    def test_an_automatic_answer_to_ours_has_no_answer(self, sent: Sent) -> None:
        """It is known as one, and that it answers our letter."""
        sent.take_in(sent.mail(YES))
        (letter,) = _leaves(sent)
        sent.take_in(_as_answer(letter, sent.folder, "I am away.", Auto_Submitted="auto-replied"))
        assert len(_letters(sent)) == 1
        assert sent.all("SELECT kind, letter_id FROM replies WHERE letter_id IS NOT NULL") == [
            ("auto_reply", 1)
        ]

    def test_a_robot_that_says_nothing_of_itself_gets_one_a_day(self, sent: Sent) -> None:
        """Though it answers each of ours at once, as a volunteer would."""
        sent.take_in(sent.mail(YES))
        for _ in range(6):
            letters = _leaves(sent)
            if not letters:
                break
            sent.take_in(_as_answer(letters[-1], sent.folder, YES))
        assert len(_letters(sent)) == 1

    def test_our_own_letter_that_comes_back_is_ours(self, sent: Sent) -> None:
        """A list that hands it on, or a copy in our own mailbox."""
        sent.take_in(sent.mail(YES))
        (letter,) = _leaves(sent)
        path = sent.folder / "own.eml"
        path.write_bytes(letter.message.mime.replace(b"From: Sam", b"From: List"))
        sent.take_in(path)
        assert sent.one("SELECT kind FROM replies WHERE inbound_id = 2") == ("own",)


def test_a_mail_finds_its_follow_up_without_going_through_all(sent: Sent) -> None:
    """There may be thousands, and each mail asks."""
    names = {"supporter_id": 1, "campaign_id": None, "from_address": "a@example.org"}
    plan = sent.db.conn.execute(f"EXPLAIN QUERY PLAN {arrivals._STANDING}", names)
    assert [row for *_, row in plan if row.startswith("SCAN")] == []


class TestWhatComesBack:
    """Answers to our letters, and reports of them."""

    def test_an_answer_joins_the_follow_up_from_whatever_address(self, sent: Sent) -> None:
        """Who has our letter goes on with that conversation; the person is not certain."""
        sent.take_in(sent.mail(YES))
        (letter,) = _leaves(sent)
        sent.take_in(
            _as_answer(letter, sent.folder, "It will be in June?", From="jean@office.example")
        )
        assert sent.all("SELECT followup_id FROM followup_replies") == [(1,), (1,)]
        row = sent.one("SELECT letter_id, supporter_id, matched_by FROM replies WHERE inbound_id=2")
        assert row == (1, None, "address_token")

    def test_who_is_away_is_told_of_though_nobody_on_the_list(self, sent: Sent) -> None:
        """Their program answers ours and says when they are back; they go on waiting for us."""
        sent.take_in(sent.mail(YES, sender="friend@example.net"))
        (letter,) = _leaves(sent)
        sent.now += timedelta(hours=1)
        text = "I am out of the office until 10 March 2014."
        sent.take_in(
            _as_answer(
                letter,
                sent.folder,
                text,
                Auto_Submitted="auto-replied",
                Date="Wed, 26 Feb 2014 10:00:00 +0000",
            )
        )
        assert sent.one("SELECT snoozed_until FROM followups") == ("",)
        (line,) = list_followups(sent.db, sent.settings, Asked(), now=sent.now)
        assert any(flag.startswith("away until 2014-03-1") for flag in line.flags)

    def test_a_follow_ups_own_address_leads_to_it(self, sent: Sent) -> None:
        """Where no delivery does."""
        sent.take_in(sent.mail(YES))
        token = tokens.sign(signing_keys(sent.db, sent.now)[0], tokens.Purpose.FOLLOWUP, 1)
        sent.take_in(sent.mail("When is it?", sender="other@example.net", token=token))
        assert sent.all("SELECT followup_id FROM followup_replies") == [(1,), (1,)]
        (why,) = sent.one("SELECT why FROM replies WHERE inbound_id = 2")
        assert "did not sign" not in str(why)

    def test_the_way_out_in_a_letter_leads_to_it_and_not_to_the_supporter(self, sent: Sent) -> None:
        """Whoever answers somebody else's newsletter speaks for their own address only."""
        sent.take_in(sent.mail(YES, sender="friend@example.net"))
        (letter,) = _leaves(sent)
        link = next(word for word in letter.message.text.split() if "/u/" in word)
        sent.take_in(
            sent.mail(f"STOP\n\n> {link}\n", sender="friend@example.net", to="events@x.example")
        )
        row = sent.one("SELECT kind, letter_id, supporter_id FROM replies WHERE inbound_id = 2")
        assert row == ("unsubscribe", 1, None)
        assert sent.suppressed == [("friend@example.net", "unsubscribed")]

    def test_our_own_words_are_not_read_as_the_persons(self, sent: Sent) -> None:
        """Also where a mail program marks nothing of what it quotes."""
        sent.take_in(sent.mail(YES))
        (letter,) = _leaves(sent)
        text = f"See you there?\n\n{letter.message.text}"
        sent.take_in(_as_answer(letter, sent.folder, text))
        (reply,) = sent.one("SELECT reply FROM replies WHERE inbound_id = 2")
        assert "Your message has arrived" not in str(reply)

    def test_a_bounce_is_shown_with_the_letter_and_closes_its_address(self, sent: Sent) -> None:
        """That of a contact who is on no list; the supporter's own record is left alone."""
        sent.take_in(sent.mail(YES, sender="friend@example.net"))
        (letter,) = _leaves(sent)
        sent.take_in(_dsn(letter, sent.folder, "friend@example.net"))
        assert sent.one("SELECT state, returned FROM letters") == ("accepted", "dead_address")
        assert sent.suppressed == [("friend@example.net", "dead_address")]
        assert sent.one("SELECT delivery_id, letter_id FROM replies WHERE kind = 'bounce'") == (
            None,
            1,
        )

    def test_a_report_about_somebody_else_closes_nothing(self, sent: Sent) -> None:
        """Whoever has our letter can write one."""
        sent.take_in(sent.mail(YES, sender="friend@example.net"))
        (letter,) = _leaves(sent)
        sent.take_in(_dsn(letter, sent.folder, "amina@example.org"))
        assert sent.one("SELECT returned FROM letters") == ("",)
        assert sent.suppressed == []

    def test_what_comes_back_settles_a_doubt(self, sent: Sent) -> None:
        """Of a letter and of a delivery: it left us."""
        sent.take_in(sent.mail(YES, sender="friend@example.net"))
        (letter,) = _leaves(sent)
        sent.db.conn.execute("UPDATE letters SET state = 'in_doubt'")
        sent.db.conn.execute("UPDATE deliveries SET state = 'in_doubt' WHERE delivery_id = 12")
        sent.take_in(
            _dsn(letter, sent.folder, "friend@example.net"),
            sent.mail("Thank you.", sender="amina@example.org", token=sent.token(12)),
        )
        assert sent.one("SELECT state FROM letters") == ("accepted",)
        row = sent.one("SELECT state, detail FROM deliveries WHERE delivery_id = 12")
        assert row == ("accepted", "mail 3 (thanks) shows that it left us")

    def test_a_mail_without_proof_settles_no_doubt(self, sent: Sent) -> None:
        """Anybody may write from anybody's address."""
        sent.db.conn.execute("UPDATE deliveries SET state = 'in_doubt' WHERE delivery_id = 12")
        sent.take_in(sent.mail("Thank you.", sender="amina@example.org", to="events@x.example"))
        assert sent.one("SELECT state FROM deliveries WHERE delivery_id = 12") == ("in_doubt",)


def _dsn(letter: Letter, folder: Path, about: str) -> Path:
    message = dict(letter.message.headers)
    path = folder / "bounce.eml"
    path.write_text(
        f"From: MAILER-DAEMON@mx.example.net\nTo: {letter.message.reply_to}\n"
        "Subject: Undelivered Mail Returned to Sender\nMessage-ID: <dsn@mx.example.net>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {about}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {message['Message-ID']}\nReply-To: {letter.message.reply_to}\n"
        f"To: {letter.message.recipient.email}\n\n--b--\n",
        "utf-8",
    )
    return path


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_can_be_asked_about(raw: bytes, address: str) -> None:
    """Nothing raises."""
    assert isinstance(why_unanswered(raw, address), str)


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@example.org",
        "noreply+17@example.org",
        "MAILER-DAEMON@example.org",
        "friends-request@example.org",
        "owner-friends@example.org",
        "bounce-123@example.org",
        "donotreply@example.org",
        "",
    ],
)
def test_nobody_reads_such_an_address(address: str) -> None:
    """Or many do, or a program."""
    assert why_unanswered(b"Subject: x\n\n", address)


@pytest.mark.parametrize("address", ["ana@example.org", "norbert@example.org", "bob@bounce.org"])
def test_a_persons_address_is_one(address: str) -> None:
    """Though it looks a little like those."""
    assert why_unanswered(b"Subject: x\nAuto-Submitted: no\n\n", address) == ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Jean-Pierre  KABILA", "Jean-Pierre KABILA"),
        ("O’Brien", "O’Brien"),
        ("मरियम शर्मा", "मरियम शर्मा"),
        ("فاطمة الزهراء", "فاطمة الزهراء"),
        ("J. R. Santos", "J. R. Santos"),
        ("win.example.com", ""),
        ("Get rich: https://x.example", ""),
        ("Call 555 0100", ""),
        ("a b c d e f g h", ""),
        ("x" * 61, ""),
    ],
)
def test_only_a_name_is_repeated(name: str, plain: str) -> None:
    """Else whoever pretends to be somebody could have us tell them anything."""
    assert plain_name(name) == plain
