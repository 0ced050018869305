"""Answers from message folders: in the person's language and thread, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from answering import VOLUNTEERS, Sent

from outreach.dispatch.correspondence import StoredLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.transports.memory import Memory
from outreach.errors import IllegalMove, InputError, NotFound, TemplateError
from outreach.followups.view import FollowupLine, get_followup
from outreach.model import CloseReason, Letter, Outcome, Refusal, Stage, Suppression, Verdict
from outreach.settings import Pacing
from outreach.store import atomic
from outreach.supporters.consent import suppress
from outreach.workflow.enclosures import MOST_BYTES, files_dir
from outreach.workflow.followups import close_followup, move_followup, snooze_followup
from outreach.workflow.followups_answers import (
    ASKS,
    Answer,
    Edited,
    answer_followup,
    draft_answer,
)
from outreach.workflow.followups_daily import tend_queue
from outreach.workflow.followups_mending import mend_followup
from outreach.workflow.followups_pairs import merge_followups
from outreach.workflow.letters import letter_again, list_letters, send_due_letters

WELCOME = "organiser-welcome"


def answer(sent: Sent, followup_id: int = 1, template: str = WELCOME, **more: object) -> Answer:
    """Answer as Amina."""
    return answer_followup(
        sent.db, sent.settings, followup_id, template, by="amina", now=sent.now, **more
    )


def deliver(sent: Sent, transport: Memory | None = None) -> Memory:
    """Send what is due."""
    memory = transport or Memory()
    send_due_letters(sent.db, sent.settings, lambda: memory, pace=Pacing(), clock=lambda: sent.now)
    return memory


def line(sent: Sent, followup_id: int = 1) -> FollowupLine:
    """Give a follow-up as a list shows it."""
    return get_followup(sent.db, followup_id, sent.now).line


def letters(sent: Sent) -> list[StoredLetter]:
    """Give the answers, the last first."""
    return list_letters(sent.db, purpose=LetterPurpose.ANSWER)


def letter(sent: Sent) -> StoredLetter:
    """Give the last answer."""
    return letters(sent)[0]


def later(sent: Sent, hours: int) -> None:
    """Let time pass."""
    sent.now += timedelta(hours=hours)


def test_an_answer_stands_in_the_thread_and_bears_the_same_token(sent: Sent) -> None:
    """In their language, from the first word to the address for the next answer."""
    sent.take_in(sent.mail("Nom: Jean Mbuyi\nPays: Togo\nJe voudrais vous aider volontiers.\n"))
    written = answer(sent)
    assert (written.language, written.email) == ("fr", "jean@example.org")
    memory = deliver(sent)
    mail = memory.accepted[-1].message
    headers = dict(mail.headers)
    assert mail.subject == "Re: You're 1 in 2 million"
    assert headers["In-Reply-To"] == "<1@mail.example.org>"
    assert "<1@mail.example.org>" in headers["References"]
    assert mail.reply_to == f"events+{sent.token(11)}@outreach.example.org"
    assert "Bonjour Jean Mbuyi" in mail.text


def test_whoever_was_answered_waits_for_nothing(sent: Sent) -> None:
    """What was new is contacted; the history has the letter."""
    sent.take_in(sent.mail(VOLUNTEERS))
    written = answer(sent)
    found = line(sent)
    assert (found.stage, found.due_at, found.answered_at) == (
        "contacted",
        "",
        "2014-02-26T09:00:00Z",
    )
    history = get_followup(sent.db, 1, sent.now).history
    assert ("answer", f"letter {written.letter_id}: {WELCOME}", "amina") in [
        (change.field, change.new, change.changed_by) for change in history
    ]


@pytest.mark.parametrize("text", ["When may I begin?", "Thank you so much!", "Sorry, I can't."])
def test_what_they_answer_comes_back_and_wakes_it(sent: Sent, text: str) -> None:
    """From whatever address, and be it only thanks: somebody wrote to them, somebody reads it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent, stage=Stage.INFO_SENT)
    deliver(sent)
    later(sent, 2)
    sent.take_in(
        sent.mail(
            text,
            sender="jean.at.work@example.com",
            headers=f"In-Reply-To: {letter(sent).message_id}\n",
        )
    )
    assert sent.one("SELECT count(*) FROM followups") == (1,)
    found = line(sent)
    assert (found.stage, found.mails) == ("info_sent", 2)
    assert found.waiting_since == "2014-02-26T11:00:00Z"


def test_an_answer_to_what_was_merged_comes_to_where_it_is(sent: Sent) -> None:
    """Though the letter was written from the other."""
    sent.take_in(sent.mail(VOLUNTEERS))
    sent.take_in(sent.mail("How many people?", sender="x@example.com", to="news@example.org"))
    answer(sent, 2)
    deliver(sent)
    merge_followups(sent.db, sent.settings, 1, 2, by="amina", now=sent.now)
    thread = f"In-Reply-To: {letter(sent).message_id}\n"
    sent.take_in(sent.mail("Yes?", sender="y@example.com", to="z@example.org", headers=thread))
    assert line(sent).mails == 3


def test_somebody_elses_token_is_never_given_away(sent: Sent) -> None:
    """A friend of Jean's answers to the follow-up, not with Jean's own token."""
    sent.take_in(sent.mail("I would like to help", sender="friend@example.com"))
    answer(sent)
    assert sent.token(11) not in letter(sent).reply_to
    deliver(sent)
    to = letter(sent).reply_to
    sent.take_in(sent.mail("And now?", sender="other@example.com", to=to))
    assert line(sent).mails == 2


def test_only_what_is_missing_is_asked_for(sent: Sent) -> None:
    """In one message, and once; what they answer fills the fields."""
    sent.take_in(sent.mail("How many people must come to this?", sender="x@example.com"))
    both = answer(sent, template=ASKS)
    assert "What is your name" in both.text
    assert "Which country" in both.text
    with pytest.raises(IllegalMove, match="haven't written since"):
        answer(sent, template=ASKS)
    deliver(sent)
    later(sent, 1)
    thread = f"In-Reply-To: {letter(sent).message_id}\n"
    sent.take_in(
        sent.mail("Name: Rose Kabila\nI come along.", sender="x@example.com", headers=thread)
    )
    assert line(sent).name == "Rose Kabila"
    later(sent, 1)
    rest = answer(sent, template=ASKS)
    assert "What is your name" not in rest.text
    assert "Which country" in rest.text
    mend_followup(sent.db, sent.settings, 1, "country", "Togo", by="amina", now=sent.now)
    with pytest.raises(InputError, match="nothing is missing"):
        answer(sent, template=ASKS)
    assert "Country:" not in answer(sent).text


def test_a_second_press_of_the_key_sends_nothing_twice(sent: Sent) -> None:
    """Unless somebody says that they mean it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent)
    with pytest.raises(IllegalMove, match=f"{WELCOME} went to follow-up 1"):
        answer(sent)
    with pytest.raises(IllegalMove, match="you wanted answered with"):
        answer(sent, version=1, again=True)
    assert len(letters(sent)) == 1
    answer(sent, again=True)
    assert len(letters(sent)) == 2


def test_a_draft_is_what_would_leave_and_leaves_no_trace(sent: Sent) -> None:
    """Edited words take the place of all that the folder says."""
    sent.take_in(sent.mail(VOLUNTEERS))
    draft = draft_answer(sent.db, sent.settings, 1, WELCOME, by="amina", now=sent.now)
    assert letters(sent) == []
    assert line(sent).stage == "new"
    written = answer(sent, edited=Edited("Your plan", "Dear Jean,\n\nyes!\n"))
    assert written.letter_id == draft.letter_id
    assert (written.subject, written.text) == ("Your plan", "Dear Jean,\n\nyes!\n")
    assert "text/html" not in letter_again(sent.db, written.letter_id).content.mime.decode()


@pytest.mark.parametrize("reason", Suppression)
def test_a_draft_is_refused_as_the_answer_would_be(sent: Sent, reason: Suppression) -> None:
    """Whatever keeps a letter from leaving, the last door is asked of what isn't written too."""
    sent.take_in(sent.mail(VOLUNTEERS))
    with atomic(sent.db):
        suppress(sent.db, line(sent).email, reason, "by hand", sent.now)
    told = []
    for write in (draft_answer, answer_followup):
        try:
            write(sent.db, sent.settings, 1, WELCOME, by="amina", now=sent.now)
        except IllegalMove as refused:
            told.append(str(refused))
    assert len(told) == (0 if reason is Suppression.STAFF else 2)
    assert len(set(told)) == len(told) / 2


def test_an_organisers_pack_goes_with_it(sent: Sent) -> None:
    """From the folder of files, by its name."""
    sent.take_in(sent.mail(VOLUNTEERS))
    files_dir(sent.settings).mkdir()
    (files_dir(sent.settings) / "pack.pdf").write_bytes(b"%PDF-1.4 pack")
    assert answer(sent, files=["pack.pdf", "pack.pdf"]).files == ("pack.pdf",)
    (file,) = deliver(sent).accepted[-1].message.attachments
    assert (file.content_type, file.content) == ("application/pdf", b"%PDF-1.4 pack")


@pytest.mark.parametrize(
    "name", ["../outreach.toml", "/etc/hosts", ".hidden", "a\nb", "nothing.pdf"]
)
def test_no_other_file_can_be_sent(sent: Sent, name: str) -> None:
    """Nothing outside of that folder, and nothing that isn't there."""
    sent.take_in(sent.mail(VOLUNTEERS))
    with pytest.raises(InputError):
        answer(sent, files=[name])
    assert letters(sent) == []


def test_files_that_no_mailbox_takes_are_refused(sent: Sent) -> None:
    """Alone or together; nor is an empty one sent."""
    sent.take_in(sent.mail(VOLUNTEERS))
    folder = files_dir(sent.settings)
    folder.mkdir()
    (folder / "empty.pdf").touch()
    for name in ("a.pdf", "b.pdf"):
        (folder / name).write_bytes(b"x" * (MOST_BYTES * 2 // 3))
    for names in (["empty.pdf"], ["a.pdf", "b.pdf"]):
        with pytest.raises(InputError):
            answer(sent, files=names)


def test_what_is_closed_is_not_answered(sent: Sent) -> None:
    """It says how to open it; an unknown one and an unknown message are named too."""
    sent.take_in(sent.mail(VOLUNTEERS))
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="move 1 new"):
        answer(sent)
    with pytest.raises(NotFound, match="follow-up"):
        answer(sent, 7)
    sent.take_in(sent.mail("Hi?", sender="x@example.com"))
    with pytest.raises(NotFound, match="did you mean 'organiser-welcome'"):
        answer(sent, 2, "organizer-welcome")
    assert letters(sent) == []


def test_nothing_goes_to_whoever_wants_nothing(sent: Sent) -> None:
    """Also not to another address of theirs; whoever answers is told, and nothing is written."""
    sent.take_in(sent.mail(VOLUNTEERS))
    sent.take_in(sent.mail("STOP"))
    with pytest.raises(IllegalMove, match="unsubscribed"):
        answer(sent)
    assert line(sent).stage == "new"


def test_whoever_must_be_careful_gets_a_discreet_letter(sent: Sent) -> None:
    """Also who answers in their place; its subject names nothing."""
    sent.db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 1")
    sent.take_in(sent.mail("I would like to help", sender="friend@example.com"))
    written = answer(sent)
    assert letter(sent).discreet
    assert "million" not in written.subject
    with pytest.raises(TemplateError, match="discreet"):
        answer(sent, template="one-in-two-million")


def test_the_care_that_one_entry_of_a_person_needs_is_kept_for_both(sent: Sent) -> None:
    """Merged either way round: the letter is discreet, and the talk comes before the yes."""
    sent.db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 1")
    sent.take_in(sent.mail("I would like to help"))
    sent.take_in(
        sent.mail("I would like to help", sender="amina@example.org", token=sent.token(12))
    )
    assert sent.one("SELECT supporter_id FROM followups WHERE followup_id = 2") == (2,)
    merge_followups(sent.db, sent.settings, 2, 1, by="a", now=sent.now)
    answer(sent, 2)
    assert letter(sent).discreet
    with pytest.raises(IllegalMove, match="talked it over"):
        move_followup(sent.db, sent.settings, 2, Stage.CONFIRMED, by="a", now=sent.now)


def test_what_was_sent_and_said_before_a_merge_counts_after_it(sent: Sent) -> None:
    """The same message goes to nobody twice; and that somebody was closed for safety is kept."""
    sent.take_in(sent.mail("I would like to help"))
    answer(sent)
    close_followup(sent.db, sent.settings, 1, CloseReason.SAFETY, by="a", now=sent.now)
    earlier = "Date: 25 Feb 2014 08:00 +0000\n"
    sent.take_in(
        sent.mail("I'd help", sender="jm@example.net", to="n@example.org", headers=earlier)
    )
    merge_followups(sent.db, sent.settings, 2, 1, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="went to"):
        answer(sent, 2)
    assert "was closed for safety" in line(sent, 2).flags


def test_an_answer_that_came_back_is_due_again(sent: Sent) -> None:
    """Whoever hears nothing is lost; it is said once, and flagged until the next answer."""
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent)

    def refuse(handed: Letter) -> Outcome:
        return Outcome(handed.delivery_id, Verdict.REFUSED, Refusal.POLICY)

    deliver(sent, Memory(refuse))
    later(sent, 1)
    for _ in range(2):
        assert tend_queue(sent.db, sent.settings, sent.now) == ()
    found = line(sent)
    assert found.due_at == "2014-02-26T10:00:00Z"
    assert "letter came back" in found.flags
    history = [
        c.new for c in get_followup(sent.db, 1, sent.now).history if c.field == "not_arrived"
    ]
    assert history == [f"{letter(sent).letter_id}: refused"]
    answer(sent)
    assert "letter came back" not in line(sent).flags


def test_a_follow_up_without_an_address_says_what_to_do(sent: Sent) -> None:
    """Nothing is guessed."""
    sent.take_in(sent.mail(VOLUNTEERS))
    mend_followup(sent.db, sent.settings, 1, "email", "", by="a", now=sent.now)
    with pytest.raises(InputError, match="correct 1 email"):
        answer(sent)


def test_an_answer_in_doubt_is_due_again(sent: Sent) -> None:
    """Nobody knows whether it left: it is flagged, and waits for somebody who settles that."""
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent)
    deliver(sent, Memory(lambda handed: Outcome(handed.delivery_id, Verdict.IN_DOUBT)))
    assert letter(sent).state == "in_doubt"
    assert "letter in doubt" in line(sent).flags
    later(sent, 1)
    for _ in range(2):
        assert tend_queue(sent.db, sent.settings, sent.now) == ()
    assert line(sent).due_at == "2014-02-26T10:00:00Z"
    assert len(sent.all("SELECT 1 FROM followup_history WHERE field = 'not_arrived'")) == 1


def test_an_answer_that_came_back_wakes_who_sleeps(sent: Sent) -> None:
    """They slept because they had our answer, until they are back; they have none."""
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent)
    until = (sent.now + timedelta(days=30)).date()
    snooze_followup(sent.db, sent.settings, 1, until, by="a", now=sent.now)
    sent.db.conn.execute("UPDATE letters SET returned = 'dead_address'")
    tend_queue(sent.db, sent.settings, sent.now)
    assert (line(sent).snoozed_until, bool(line(sent).due_at)) == ("", True)


def test_an_answer_that_came_back_after_a_merge_is_due_again(sent: Sent) -> None:
    """The letters of both are those of the one that is left."""
    sent.take_in(sent.mail("I would like to help"))
    sent.take_in(sent.mail("I'd help", sender="jm@example.net", to="n@example.org"))
    answer(sent)
    answer(sent, 2)
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    sent.db.conn.execute("UPDATE letters SET returned = 'dead_address' WHERE followup_id = 2")
    assert "letter came back" in line(sent).flags
    tend_queue(sent.db, sent.settings, sent.now)
    assert line(sent).due_at


def test_the_senders_name_is_their_own_in_the_settings(sent: Sent) -> None:
    """`by` is for the history; the letter is from the organisation's sender."""
    sent.settings = replace(sent.settings)
    sent.take_in(sent.mail(VOLUNTEERS))
    answer(sent)
    assert letter(sent).created_by == "amina"
    assert letter(sent).sender_email == sent.settings.sender.email


def test_whoever_was_closed_for_safety_is_seen_and_not_thanked_by_a_machine(sent: Sent) -> None:
    """They write again: staff see it with a flag, and nothing leaves by itself."""
    sent.take_in(sent.mail("I would like to help"))
    close_followup(sent.db, sent.settings, 1, CloseReason.SAFETY, by="a", now=sent.now)
    before = len(list_letters(sent.db))
    later(sent, 48)
    sent.take_in(
        sent.mail("I would like to help, really", headers="Date: 28 Feb 2014 08:00 +0000\n")
    )
    assert len(list_letters(sent.db)) == before
    assert line(sent).stage == "new"
    assert "was closed for safety" in line(sent).flags
