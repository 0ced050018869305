"""Single letters: each leaves once, to whom it may, as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import letters as made
import pytest
from answering import VOLUNTEERS, Sent, send_campaign
from corresponding import Writing
from sqlite_utils import Database

from outreach import tokens
from outreach.dispatch import lettermoves
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.transports.memory import Memory
from outreach.dispatch.transports.outbox import Outbox
from outreach.errors import (
    IllegalMove,
    InputError,
    LeaseHeld,
    SettingsError,
    TemplateError,
    TransportError,
)
from outreach.model import (
    Attachment,
    DeliveryState,
    Letter,
    Outcome,
    Refusal,
    Suppression,
    Verdict,
)
from outreach.settings import Pacing, Settings
from outreach.store import atomic, signing_keys
from outreach.supporters import consent
from outreach.workflow.letters import (
    cancel_letter,
    letter_again,
    settle_letter,
    show_letter,
)

PACK = Attachment("Pack für Gäste.pdf", "application/pdf", bytes(range(256)) * 40)
DAY = Attachment("day.ics", "text/calendar; charset=utf-8; method=REQUEST", b"BEGIN:VCALENDAR\r\n")


@pytest.fixture
def writing(db: Database, settings: Settings) -> Writing:
    """A workspace that writes letters."""
    return Writing(db, settings)


@pytest.fixture
def sent(db: Database, settings: Settings, tmp_path: object, now: datetime) -> Sent:
    """The campaign `events`, sent to Jean and Amina."""
    return send_campaign(db, settings, settings.root / "mails", now)


def _parsed(mime: bytes) -> EmailMessage:
    found = message_from_bytes(mime, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def _answering(verdict: Verdict, refusal: Refusal | None = None, detail: str = "") -> Memory:
    return Memory(lambda letter: Outcome(letter.delivery_id, verdict, refusal, detail=detail))


class TestALetter:
    """What it is made of."""

    def test_leaves_once_and_is_shown_as_it_left(self, writing: Writing) -> None:
        """Byte for byte, with the Date of the attempt."""
        number = writing.write()
        assert number == 1
        assert writing.send().accepted == 1
        assert not writing.send().anything
        memory = writing.transport
        assert isinstance(memory, Memory)
        (letter,) = memory.accepted
        assert letter.attempt_id == "L1-1"
        assert letter_again(writing.db, 1).mime == letter.message.mime
        (stored,) = writing.letters
        assert (stored.state, stored.provider_id) == ("accepted", "L1-1")
        (digest,) = writing.db.conn.execute("SELECT digest FROM letters").fetchone()
        assert digest == letter.message.digest()

    def test_is_personal(self, writing: Writing) -> None:
        """Without the headers of a list; an answer doesn't say that it came by itself."""
        writing.write(name="Zuhura Juma")
        mail = _parsed(letter_again(writing.db, 1).mime)
        assert mail["To"] == "Zuhura Juma <zuhura@example.org>"
        assert not {"list-unsubscribe", "auto-submitted", "precedence"} & {
            name.lower()
            for name in mail.keys()  # noqa: SIM118
        }
        assert "Dear Zuhura Juma," in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("purpose", "said"),
        [
            (LetterPurpose.ACKNOWLEDGEMENT, "auto-replied"),
            (LetterPurpose.REMINDER, "auto-generated"),
        ],
    )
    def test_says_that_it_left_by_itself(
        self, writing: Writing, purpose: LetterPurpose, said: str
    ) -> None:
        """Where nobody wrote it (RFC 3834)."""
        writing.write(purpose=purpose)
        assert _parsed(letter_again(writing.db, 1).mime)["Auto-Submitted"] == said

    def test_stands_in_the_thread_of_the_mail_that_it_answers(self, sent: Sent) -> None:
        """In-Reply-To and References (RFC 5322 3.6.4), whatever is written into those."""
        many = " ".join(f"<{n}@far.example.org>" for n in range(40))
        sent.take_in(sent.mail(VOLUNTEERS, headers=f"References: {many}\n"))
        writing = Writing(sent.db, sent.settings)
        number = writing.write(inbound_id=1)
        assert number is not None
        mail = _parsed(letter_again(sent.db, number).mime)
        assert mail["In-Reply-To"] == "<1@mail.example.org>"
        references = mail["References"].split()
        assert references[0] == "<0@far.example.org>"
        assert references[-2:] == ["<39@far.example.org>", "<1@mail.example.org>"]
        assert len(references) <= 10

    def test_a_hostile_thread_breaks_no_header(self, sent: Sent) -> None:
        """What is no Message-ID is left out."""
        sent.take_in(
            sent.mail(VOLUNTEERS, headers="References: <a b>\r\n\tBcc: x@evil.example <ok@x>\n")
        )
        number = Writing(sent.db, sent.settings).write(inbound_id=1)
        assert number is not None
        mail = _parsed(letter_again(sent.db, number).mime)
        assert mail["References"].split() == ["<ok@x>", "<1@mail.example.org>"]
        assert mail["Bcc"] is None

    def test_bears_the_token_of_the_delivery_that_was_answered(self, sent: Sent) -> None:
        """The same as before; without one, it leads to the follow-up, else to the letter."""
        sent.take_in(sent.mail(VOLUNTEERS))
        writing = Writing(sent.db, sent.settings)
        key = signing_keys(sent.db, sent.now)[0]
        expected = [
            ({"delivery_id": 11, "followup_id": 1}, tokens.sign(key, tokens.Purpose.REPLY, 11)),
            ({"followup_id": 1}, tokens.sign(key, tokens.Purpose.FOLLOWUP, 1)),
            ({}, tokens.sign(key, tokens.Purpose.LETTER, 4)),
        ]
        for more, token in expected:
            number = writing.write(**more)
            assert number is not None
            letter = show_letter(sent.db, number).letter
            assert letter.reply_to == f"events+{token}@outreach.example.org"

    def test_takes_files_along(self, writing: Writing) -> None:
        """As they are, with their names; each is stored once."""
        writing.write(attachments=(PACK, DAY))
        writing.write("other@example.org", attachments=(PACK,))
        mail = _parsed(letter_again(writing.db, 1).mime)
        assert mail.get_content_type() == "multipart/mixed"
        files = list(mail.iter_attachments())
        assert [file.get_filename() for file in files] == [PACK.name, DAY.name]
        assert files[0].get_content() == PACK.content
        assert files[1].get_content_type() == "text/calendar"
        assert files[1]["Content-Type"].params["method"] == "REQUEST"
        assert max(map(len, letter_again(writing.db, 1).mime.split(b"\r\n"))) <= 998
        assert writing.db.conn.execute("SELECT count(*) FROM letter_files").fetchone() == (2,)
        assert show_letter(writing.db, 1).attachments == (PACK.name, DAY.name)

    @pytest.mark.parametrize(
        "file",
        [
            Attachment("a\r\nBcc: x", "application/pdf", b""),
            Attachment("", "application/pdf", b""),
            Attachment("../a", "application/pdf", b""),
            Attachment("a.pdf", "application/pdf\r\nX: y", b""),
            Attachment("a" * 81, "application/pdf", b""),
        ],
    )
    def test_a_file_that_would_break_the_mail_is_refused(
        self, writing: Writing, file: Attachment
    ) -> None:
        """And the letter is not written."""
        with pytest.raises(InputError):
            writing.write(attachments=(file,))
        assert writing.letters == []

    def test_edited_words_take_the_place_of_the_folders(self, writing: Writing) -> None:
        """And there is no page that would say something else."""
        writing.write(subject="Re: Liège, 東京", text="Dear Zuhura,\n\nyes!\n")
        mail = _parsed(letter_again(writing.db, 1).mime)
        assert mail["Subject"] == "Re: Liège, 東京"
        assert mail.get_body(("html",)) is None
        assert mail.get_body(("plain",)).get_content().split() == ["Dear", "Zuhura,", "yes!"]  # type: ignore[union-attr]

    def test_who_needs_care_gets_the_discreet_version(self, writing: Writing) -> None:
        """Whoever asks for it, and whoever is on the list as such."""
        made.add_people(writing.db, [1])
        writing.db.conn.execute("UPDATE supporters SET safety = 'discreet'")
        writing.write(discreet=True)
        writing.write("p1@example.org")
        assert {letter.subject for letter in writing.letters} == {"Thank you for your message"}
        with pytest.raises(TemplateError, match="discreet"):
            writing.write("p1@example.org", template="one-in-two-million")

    def test_an_address_that_is_none_is_refused(self, writing: Writing) -> None:
        """With nothing written."""
        with pytest.raises((InputError, TemplateError)):
            writing.write("nobody at all")
        assert writing.letters == []

    def test_is_written_once_where_that_is_asked_for(self, writing: Writing) -> None:
        """As a reminder of one gathering."""
        assert writing.write(once="reminder of gathering 7") == 1
        assert writing.write(once="reminder of gathering 7") is None
        assert writing.write(once="reminder of gathering 8") == 2


class TestTheLastDoor:
    """Whether a letter may leave is asked as it leaves."""

    def test_a_suppressed_address_gets_nothing(self, writing: Writing) -> None:
        """Whoever it is of, also if that was written down after the letter."""
        writing.write("Zuhura@example.org")
        with atomic(writing.db):
            consent.suppress(
                writing.db, "zuhura@example.org", Suppression.UNSUBSCRIBED, "test", made.START
            )
        assert writing.send().withdrawn == {"suppressed": 1}
        assert (writing.states, writing.got) == (["withdrawn"], [])
        assert writing.letters[0].to_look_at

    def test_who_said_no_to_news_is_answered_and_not_reminded(self, writing: Writing) -> None:
        """Somebody of the staff decides on an answer, and nobody on what leaves by itself."""
        made.add_people(writing.db, [1], consent="denied")
        writing.write("p1@example.org")
        writing.write("p1@example.org", purpose=LetterPurpose.REMINDER)
        writing.send()
        assert writing.states == ["accepted", "withdrawn"]

    def test_who_became_discreet_gets_no_other_version(self, writing: Writing) -> None:
        """Since the letter was written."""
        made.add_people(writing.db, [1])
        writing.write("p1@example.org")
        writing.db.conn.execute("UPDATE supporters SET safety = 'discreet'")
        assert writing.send().withdrawn == {"no_discreet_version": 1}

    def test_a_letter_whose_time_is_over_is_cancelled(self, writing: Writing) -> None:
        """A reminder does not come after the day."""
        clock = made.Clock()
        writing.clock = clock
        writing.write(not_after=made.START + timedelta(hours=1))
        clock.advance(hours=2)
        assert writing.send().withdrawn == {"late": 1}
        assert writing.states == ["cancelled"]

    def test_nothing_leaves_before_its_time(self, writing: Writing) -> None:
        """Nor does a run say that it did something."""
        clock = made.Clock()
        writing.clock = clock
        writing.write(not_before=made.START + timedelta(hours=1))
        assert not writing.send().anything
        clock.advance(hours=2)
        assert writing.send().accepted == 1

    def test_the_pace_of_campaigns_holds_for_letters(self, writing: Writing) -> None:
        """What is too much in a minute goes in the next."""
        clock = made.Clock()
        writing.clock, writing.pace = clock, Pacing(per_hour=2)
        for number in range(3):
            writing.write(f"p{number}@example.org")
        assert writing.send().accepted == 2
        clock.advance(hours=1)
        assert writing.send().accepted == 1

    def test_acknowledgements_are_braked_and_others_are_not(self, writing: Writing) -> None:
        """Two robots that answer each other under ever new names come to an end."""
        clock = made.Clock()
        writing.clock = clock
        replies = replace(writing.settings.replies, acknowledgements_an_hour=2)
        writing.settings = replace(writing.settings, replies=replies)
        for number in range(5):
            writing.write(f"p{number}@example.org", purpose=LetterPurpose.ACKNOWLEDGEMENT)
        writing.write("person@example.org")
        done = writing.send()
        assert (done.accepted, done.braked) == (3, 3)
        assert "person@example.org" in writing.got
        clock.advance(hours=1, minutes=1)
        assert writing.send().accepted == 2

    def test_nothing_leaves_in_the_examples_name(self, writing: Writing) -> None:
        """Nor what was written before somebody filled in their own."""
        writing.write()
        delivery = replace(writing.settings.delivery, transport="smtp")
        writing.settings = replace(writing.settings, delivery=delivery)
        with pytest.raises(SettingsError, match="example"):
            writing.send()
        own = replace(writing.settings.sender, email="news@rivers.example.org")
        writing.settings = replace(writing.settings, sender=own)
        done = writing.send()
        assert (done.accepted, done.withdrawn) == (0, {"example_sender": 1})
        assert writing.states == ["withdrawn"]


class TestWhatBecomesOfIt:
    """The states are those of the ledger."""

    def test_a_dead_address_is_suppressed(self, writing: Writing) -> None:
        """Though it is of nobody on the list."""
        writing.transport = _answering(Verdict.REFUSED, Refusal.DEAD_ADDRESS, "550 5.1.1")
        writing.write()
        assert writing.send().refused == {"dead_address": 1}
        with_reason = consent.suppression_of(writing.db, "zuhura@example.org")
        assert with_reason is Suppression.DEAD_ADDRESS

    def test_what_is_put_off_is_tried_again(self, writing: Writing) -> None:
        """After the same waits as in campaigns."""
        clock = made.Clock()
        writing.clock = clock
        writing.transport = _answering(Verdict.TRY_LATER, detail="451 later")
        writing.write()
        assert writing.send().put_off == 1
        writing.transport = Memory()
        assert not writing.send().anything
        clock.advance(minutes=6)
        assert writing.send().accepted == 1
        assert writing.letters[0].attempt_id == "L1-2"

    def test_many_refusals_in_a_row_are_nobodys_fault(self, writing: Writing) -> None:
        """They are put off, as with campaigns."""
        writing.transport = _answering(Verdict.REFUSED, Refusal.POLICY, "554 relay denied")
        for number in range(4):
            writing.write(f"p{number}@example.org")
        assert writing.send().put_off == 4
        assert set(writing.states) == {"planned"}

    def test_one_refusal_is_told(self, writing: Writing) -> None:
        """Somebody has to look at it."""
        writing.transport = _answering(Verdict.REFUSED, Refusal.POLICY, "554 no")
        writing.write()
        done = writing.send()
        assert (done.refused, done.to_look_at) == ({"policy": 1}, True)

    def test_a_transport_that_gives_no_outcome_leaves_a_doubt(self, writing: Writing) -> None:
        """Which is never sent again by itself, and a person settles by name."""

        class Silent(Memory):
            def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
                for _ in letters:
                    yield from ()

        writing.transport = Silent()
        writing.write()
        assert writing.send().in_doubt == 1
        writing.transport = Memory()
        assert not writing.send().anything
        settled = settle_letter(writing.db, 1, "resend", by="Maria", now=made.START)
        assert (settled.state, settled.detail) == ("planned", "planned, says Maria")
        assert writing.send().accepted == 1
        with pytest.raises(IllegalMove):
            settle_letter(writing.db, 1, "resend", by="Maria", now=made.START)

    def test_an_unusable_transport_loses_nothing(self, writing: Writing) -> None:
        """What it had taken without an outcome has not left us."""

        def fails(letter: Letter) -> Outcome:
            raise TransportError("no route")

        writing.transport = Memory(fails)
        writing.write()
        with pytest.raises(TransportError):
            writing.send()
        assert writing.states == ["planned"]
        writing.transport = Memory()
        assert writing.send().accepted == 1

    def test_a_transport_that_breaks_its_promise_leaves_a_doubt(self, writing: Writing) -> None:
        """And what was not handed over yet is planned again."""

        def breaks(letter: Letter) -> Outcome:
            raise RuntimeError("a fault")

        writing.transport = Memory(breaks)
        writing.write()
        writing.write("other@example.org")
        with pytest.raises(RuntimeError):
            writing.send()
        assert writing.states == ["in_doubt", "planned"]

    def test_only_one_process_sends(self, writing: Writing) -> None:
        """The second is told so, and sends nothing."""

        def meanwhile(letter: Letter) -> Outcome:
            with pytest.raises(LeaseHeld):
                Writing(writing.db, writing.settings).send()
            return Outcome(letter.delivery_id, Verdict.ACCEPTED)

        writing.transport = Memory(meanwhile)
        writing.write()
        assert writing.send().accepted == 1

    def test_only_what_is_asked_for_is_sent(self, writing: Writing) -> None:
        """A command sends at once what it has just written."""
        writing.write("a@example.org")
        second = writing.write("b@example.org")
        assert second is not None
        assert writing.send(only=[second]).accepted == 1
        assert (writing.states, writing.got) == (["planned", "accepted"], ["b@example.org"])

    def test_more_than_a_batch_is_sent_in_one_run(self, writing: Writing) -> None:
        """Each once, in order."""
        people = [f"p{number}@example.org" for number in range(25)]
        for email in people:
            writing.write(email)
        assert writing.send().accepted == 25
        assert writing.got == people

    def test_what_has_left_can_not_be_cancelled(self, writing: Writing) -> None:
        """And what was cancelled doesn't leave."""
        writing.write("a@example.org")
        writing.write("b@example.org")
        assert cancel_letter(writing.db, 1, by="Maria", now=made.START).reason == "by Maria"
        writing.send()
        assert writing.states == ["cancelled", "accepted"]
        with pytest.raises(IllegalMove):
            cancel_letter(writing.db, 2, by="Maria", now=made.START)

    def test_the_outbox_takes_letters_beside_campaigns(self, writing: Writing) -> None:
        """Their names can't be mistaken for a delivery's."""
        writing.transport = Outbox(writing.settings.outbox_dir)
        writing.write(attachments=(PACK,))
        writing.send()
        (path,) = (writing.settings.outbox_dir / "new").iterdir()
        assert path.name.startswith("L1-1.")
        assert path.read_bytes() == letter_again(writing.db, 1).mime


def test_every_state_moves_as_in_the_ledger(writing: Writing) -> None:
    """An operator's word moves only what is in doubt, and a report only the attempt it is about."""
    writing.write()
    for to in (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.PLANNED):
        assert not lettermoves.resolve(writing.db, 1, to, by="Maria", now=made.START)
    assert writing.states == ["planned"]


def test_a_transaction_that_is_rolled_back_writes_no_letter(writing: Writing) -> None:
    """The letter belongs to what its writer does besides."""

    class Broken(Exception):
        pass

    def write_and_break() -> None:
        with atomic(writing.db):
            writing.write()
            raise Broken

    with pytest.raises(Broken):
        write_and_break()
    assert writing.letters == []
