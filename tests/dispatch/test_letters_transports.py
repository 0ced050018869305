"""Single letters by a mail server and by SendGrid, and what is told of them afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import letters as made
import posting
import pytest
from corresponding import Writing
from sqlite_utils import Database
from standins_sendgrid import SendGridStandIn
from standins_smtp import Fault, FaultySmtp

from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.transports.sendgrid import SendGrid
from outreach.errors import TransportError
from outreach.model import Attachment, Suppression
from outreach.settings import Settings
from outreach.settings.sections import SendGrid as SendGridSettings
from outreach.supporters import consent
from outreach.workflow.events import AppliedEvents, import_events
from outreach.workflow.letters import letter_again

PACK = Attachment("Pack; für Gäste.pdf", "application/pdf", bytes(range(256)) * 4)
DAY = Attachment("day.ics", "text/calendar; charset=utf-8; method=REQUEST", b"BEGIN:VCALENDAR\r\n")


@pytest.fixture
def writing(db: Database, settings: Settings) -> Writing:
    """A workspace that writes letters."""
    return Writing(db, settings)


@pytest.fixture
def smtp() -> Iterator[FaultySmtp]:
    """A mail server."""
    server = FaultySmtp()
    yield server
    server.stop()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """SendGrid's stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = SendGridStandIn()
    yield server
    server.stop()


def _told(db: Database, *events: object) -> AppliedEvents:
    settings = Settings(root=Path(), sendgrid=SendGridSettings(webhook_key=posting.public()))
    return import_events(db, settings, [posting.posted(*events)], now=made.START)


def test_a_mail_server_gets_the_letter_as_it_is_kept(writing: Writing, smtp: FaultySmtp) -> None:
    """With files; a bounce comes to an address that tells whose it is."""
    writing.transport = smtp.client(envelope_sender="bounces+{token}@outreach.example.org")
    writing.write(attachments=(PACK, DAY))
    assert writing.send().accepted == 1
    (taken,) = smtp.taken
    assert taken.content == letter_again(writing.db, 1).mime
    assert taken.mail_from == f"bounces+{writing.letters[0].token}@outreach.example.org"
    assert "ENVID=L1-1" in taken.mail_options


@pytest.mark.parametrize(("cut", "state"), [("before", "planned"), ("after", "in_doubt")])
def test_a_cut_at_the_final_dot_never_sends_twice(
    writing: Writing, smtp: FaultySmtp, cut: str, state: str
) -> None:
    """Whether the server took it, nobody can say from here."""
    smtp.faults["DOT", "zuhura@example.org"] = Fault(cut=cut, times=1)
    writing.transport = smtp.client()
    writing.write()
    for _ in range(2):
        with suppress(TransportError):
            writing.send()
    assert len(smtp.taken) <= 1
    assert writing.states[0] in {state, "in_doubt"}


def test_sendgrid_gets_parts_headers_and_files(writing: Writing, api: SendGridStandIn) -> None:
    """Each letter in a request of its own, with the thread and without a list's headers."""
    writing.transport = SendGrid("SG.key", host=api.url)
    writing.write(attachments=(PACK, DAY))
    writing.write("other@example.org", purpose=LetterPurpose.REMINDER)
    assert writing.send().accepted == 2
    by_address = {one.email: one for one in api.received}
    letter = writing.letters[0]
    one = by_address["zuhura@example.org"]
    assert (one.subject, one.text, one.reply_to) == (letter.subject, letter.text, letter.reply_to)
    assert one.headers["Message-ID"] == letter.message_id
    assert "List-Unsubscribe" not in one.headers
    assert one.custom_args == {"oa_attempt": "L1-1"}
    assert by_address["other@example.org"].headers["Auto-Submitted"] == "auto-generated"
    (request,) = [r for r in api.taken if "attachments" in r]
    assert [file["type"] for file in request["attachments"]] == ["application/pdf", "text/calendar"]
    assert base64.b64decode(request["attachments"][0]["content"]) == PACK.content
    assert json.dumps(request)


def test_events_find_the_letter(writing: Writing, api: SendGridStandIn) -> None:
    """A bounce is shown with it and closes the address, of whomever it is."""
    writing.transport = SendGrid("SG.key", host=api.url)
    writing.write()
    writing.send()
    done = _told(
        writing.db,
        posting.event("delivered", "L1-1", "zuhura@example.org"),
        posting.event(
            "bounce",
            "L1-1",
            "zuhura@example.org",
            type="bounce",
            status="5.1.1",
            reason="550 5.1.1 user unknown",
        ),
    )
    assert (done.new, done.unmatched, done.suppressed) == (2, 0, 1)
    (letter,) = writing.letters
    assert (letter.state, letter.returned, letter.to_look_at) == ("accepted", "dead_address", True)
    reason = consent.suppression_of(writing.db, "zuhura@example.org")
    assert reason is Suppression.DEAD_ADDRESS


def test_a_complaint_is_shown_with_the_letter(writing: Writing) -> None:
    """And nothing more goes there."""
    writing.write()
    writing.send()
    _told(writing.db, posting.event("spamreport", "L1-1", "zuhura@example.org"))
    assert writing.letters[0].returned == "complaint"


def test_what_says_most_of_a_letter_is_shown_whatever_comes_first(writing: Writing) -> None:
    """Events come in any order."""
    writing.write()
    writing.send()
    blocked = posting.event("bounce", "L1-1", "zuhura@example.org", type="blocked")
    dead = posting.event("bounce", "L1-1", "zuhura@example.org", type="bounce", timestamp=1)
    spam = posting.event("spamreport", "L1-1", "zuhura@example.org")
    for event, shown in [(blocked, "policy"), (dead, "dead_address"), (spam, "complaint")]:
        _told(writing.db, event)
        assert writing.letters[0].returned == shown
    again = {"sg_event_id": "again"}
    _told(writing.db, dead | again)
    _told(writing.db, blocked | again)
    assert writing.letters[0].returned == "complaint"


@pytest.mark.parametrize(
    ("word", "state"), [("processed", "accepted"), ("dropped", "refused"), ("bounce", "accepted")]
)
def test_events_settle_a_doubt_of_this_very_attempt(
    writing: Writing, word: str, state: str
) -> None:
    """As they do for campaigns."""
    writing.write()
    writing.send()
    writing.db.conn.execute("UPDATE letters SET state = 'in_doubt', attempts = 2")
    assert _told(writing.db, posting.event(word, "L1-1", "zuhura@example.org")).settled == 0
    done = _told(writing.db, posting.event(word, "L1-2", "zuhura@example.org", reason="Invalid"))
    assert done.settled == 1
    assert writing.states == [state]


def test_an_event_that_names_somebody_else_is_not_about_the_letter(writing: Writing) -> None:
    """A number may be another letter's after a restored backup."""
    writing.write()
    writing.send()
    done = _told(writing.db, posting.event("bounce", "L1-1", "else@example.org"))
    assert (done.unmatched, writing.letters[0].returned) == (1, "")


def test_what_is_kept_reads_as_any_mail(writing: Writing) -> None:
    """By the standard library, without a defect."""
    writing.write(name="Ẑuhura, <b>", attachments=(PACK, DAY), subject="é" * 300)
    mail = message_from_bytes(letter_again(writing.db, 1).mime, policy=default)
    assert [part.defects for part in mail.walk()] == [[] for _ in mail.walk()]
    assert mail["Subject"] == "é" * 300
    assert mail["To"].addresses[0].display_name == "Ẑuhura, <b>"
