"""A test of one person's message, to somebody in the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from outreach import tokens
from outreach.compose import Composer
from outreach.dispatch.transports.memory import Memory
from outreach.dispatch.transports.outbox import Outbox
from outreach.errors import InputError, NotFound, TemplateError, TransportError
from outreach.model import Consent, Exclusion, Reader, Safety, Supporter, Suppression, Verdict
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters import consent, roll
from outreach.tokens import Purpose
from outreach.workflow.freezing import freeze_message
from outreach.workflow.testsend import TestSent, send_test

MESSAGE = "one-in-two-million"
ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def ada(db: Database, now: datetime) -> None:
    """One person on the list, who has not even consented."""
    with atomic(db):
        roll.add(db, Supporter(0, ADA, given_name="Ada", language="fr"), now)


def _send(
    db: Database, settings: Settings, now: datetime, *to: str, **changed: object
) -> tuple[TestSent, Memory]:
    transport = Memory()
    given = {"email": ADA, **changed}
    sent = send_test(db, settings, MESSAGE, transport, to=to, now=now, **given)  # type: ignore[arg-type]
    return sent, transport


def test_is_what_that_person_would_get(db: Database, settings: Settings, now: datetime) -> None:
    """The same page and text as a campaign of that day would compose, in their language."""
    sent, transport = _send(db, settings, now, "me@house.example")
    (letter,) = transport.accepted
    token = letter.message.reply_to.partition("+")[2].partition("@")[0]
    person = roll.find(db, ADA)
    assert person is not None
    composer = Composer(freeze_message(db, settings, MESSAGE, day=now.date()), now.date())
    theirs = composer.compose(Reader(person, token, token, token), now)
    assert letter.message.html == theirs.html
    assert letter.message.text == theirs.text
    assert letter.message.headers == theirs.headers
    assert letter.message.subject == f"[TEST] {theirs.subject}"
    assert (sent.language, sent.transport) == ("fr", "memory")


def test_goes_nowhere_but_where_it_was_sent(
    db: Database, settings: Settings, now: datetime
) -> None:
    """Each address once, and the person only if named."""
    _, transport = _send(db, settings, now, "me@house.example", "ME@house.example", "you@x.org")
    assert [letter.message.recipient.email for letter in transport.accepted] == [
        "me@house.example",
        "you@x.org",
    ]
    assert all(ADA.encode() not in letter.message.mime for letter in transport.accepted)
    _, transport = _send(db, settings, now, ADA)
    assert [letter.message.recipient.email for letter in transport.accepted] == [ADA]


def test_its_tokens_do_nothing(db: Database, settings: Settings, now: datetime) -> None:
    """No reader of tokens takes them for those of a delivery."""
    _, transport = _send(db, settings, now, "me@house.example")
    token = transport.accepted[0].message.reply_to.partition("+")[2].partition("@")[0]
    _, keys = signing_keys(db, now)
    assert tokens.read(keys, Purpose.NOTHING, token) is not None
    assert tokens.read(keys, Purpose.REPLY, token) is None
    assert tokens.read(keys, Purpose.UNSUBSCRIBE, token) is None


def test_every_test_is_a_mail_of_its_own(db: Database, settings: Settings, now: datetime) -> None:
    """Mail programs hide a second mail of the same Message-ID."""
    _, first = _send(db, settings, now, "me@house.example", "you@house.example")
    _, second = _send(db, settings, now + timedelta(seconds=1), "me@house.example")
    letters = [*first.accepted, *second.accepted]
    assert len({dict(letter.message.headers)["Message-ID"] for letter in letters}) == 3
    assert len({letter.attempt_id for letter in letters}) == 3
    assert all(letter.delivery_id < 0 for letter in letters)


def test_leaves_no_trace(db: Database, settings: Settings, now: datetime) -> None:
    """No ledger row, no campaign, nothing with the person; only that this content was tested."""
    signing_keys(db, now)
    before = {table: list(db[table].rows) for table in db.table_names()}
    _send(db, settings, now, "me@house.example")
    after = {table: list(db[table].rows) for table in db.table_names()}
    (test,) = after.pop("test_sends")
    assert (test["day"], test["sent_at"]) == ("2014-02-26", "2014-02-26T09:00:00Z")
    assert before.pop("test_sends") == []
    assert before == after


@pytest.mark.parametrize("reason", [r for r in Suppression if r is not Suppression.STAFF])
def test_nothing_goes_to_a_suppressed_address(
    db: Database, settings: Settings, now: datetime, reason: Suppression
) -> None:
    """Not even a test, and not even to the others."""
    with atomic(db):
        consent.suppress(db, "gone@example.org", reason, "they said so", now)
    with pytest.raises(InputError, match="not even a test"):
        _send(db, settings, now, "me@house.example", "Gone@example.org")


def test_staff_get_tests_though_no_campaigns(
    db: Database, settings: Settings, now: datetime
) -> None:
    """That is what staff are suppressed for."""
    with atomic(db):
        consent.suppress(db, "me@house.example", Suppression.STAFF, "works here", now)
    sent, _ = _send(db, settings, now, "me@house.example")
    assert sent.all_taken


def test_nothing_goes_to_who_said_no(db: Database, settings: Settings, now: datetime) -> None:
    """A no on the list counts for tests as well."""
    with atomic(db):
        roll.add(db, Supporter(0, "no@example.org", consent=Consent.DENIED), now)
    with pytest.raises(InputError, match="said no"):
        _send(db, settings, now, "no@example.org")


@pytest.mark.parametrize(
    ("changed", "to", "error"),
    [
        ({"email": "nobody@example.org"}, ("me@house.example",), NotFound),
        ({"email": "nobody"}, ("me@house.example",), InputError),
        ({}, ("me@house",), InputError),
        ({}, ("a@b.org\r\nBcc: c@d.org",), InputError),
        ({}, (), InputError),
    ],
)
def test_bad_input_sends_nothing(
    db: Database,
    settings: Settings,
    now: datetime,
    changed: dict[str, str],
    to: tuple[str, ...],
    error: type[Exception],
) -> None:
    """One wrong address among several, and none of them gets anything."""
    with pytest.raises(error):
        _send(db, settings, now, *to, **changed)


def test_a_discreet_person_has_only_a_discreet_message(
    db: Database, settings: Settings, now: datetime
) -> None:
    """A test shows no more than a campaign would send."""
    with atomic(db):
        roll.add(db, Supporter(0, "quiet@example.org", safety=Safety.DISCREET), now)
    page = settings.templates_dir / MESSAGE / "en.discreet.html"
    if page.exists():
        sent, _ = _send(db, settings, now, "me@house.example", email="quiet@example.org")
        assert sent.all_taken
    else:
        with pytest.raises(TemplateError, match="discreet"):
            _send(db, settings, now, "me@house.example", email="quiet@example.org")


def test_an_outbox_says_in_which_file_it_lies(
    db: Database, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    """Nothing has left then, and where it is can be told."""
    outbox = Outbox(tmp_path / "outbox")
    sent = send_test(db, settings, MESSAGE, outbox, email=ADA, to=["me@house.example"], now=now)
    (test,) = sent.tests
    raw = (tmp_path / "outbox" / "new" / test.provider_id).read_bytes()
    assert b"To: me@house.example\r\n" in raw
    assert test.verdict is Verdict.ACCEPTED


def test_a_transport_that_cant_be_used_is_an_error(
    db: Database, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    """Nothing is claimed to have been sent."""
    (tmp_path / "outbox").write_text("a file in the way")
    outbox = Outbox(tmp_path / "outbox")
    with pytest.raises(TransportError):
        send_test(db, settings, MESSAGE, outbox, email=ADA, to=["me@house.example"], now=now)


def test_says_whether_that_person_would_get_it(
    db: Database, settings: Settings, now: datetime
) -> None:
    """A test looks the same for somebody whom no campaign writes to."""
    sent, _ = _send(db, settings, now, "me@house.example")
    assert sent.standing.exclusion is Exclusion.NO_CONSENT


def test_can_be_in_another_language(db: Database, settings: Settings, now: datetime) -> None:
    """By tag or by name; in none that the message has not got."""
    sent, _ = _send(db, settings, now, "Me <me@house.example>", language="Spanish")
    assert (sent.language, sent.language_reason) == ("es", "--language asks for es")
    assert [test.address for test in sent.tests] == ["me@house.example"]
    with pytest.raises(NotFound, match="there are en, ar, es, fr"):
        _send(db, settings, now, "me@house.example", language="sw")
