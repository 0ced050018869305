"""What SendGrid posts is on the disk before it is told so, and nothing that is true is refused."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import letters as made
import posting
import pytest
from serving import Served, served, until, with_keys
from sqlite_utils import Database

from outreach.settings import Settings
from outreach.settings.sections import SendGrid
from outreach.web.bounds import Bounds
from outreach.web.public import webhooks
from outreach.web.public.app import public_app

FORM = "multipart/form-data; boundary=xYzZY"
MAIL = (
    b"From: Jean <jean@example.org>\r\nTo: events@outreach.example.org\r\nSubject: Oui\r\n"
    b"Message-ID: <1@mail.example.org>\r\n\r\nMerci, je veux bien.\r\n"
)
EVENTS = posting.body(posting.event("delivered", "1-1", "p1@example.org"))


def form(mail: bytes = MAIL) -> bytes:
    """A body of Inbound Parse, in raw mode."""
    head = b'--xYzZY\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
    return head + mail + b"\r\n--xYzZY--\r\n"


def post(
    at: Served, door: str, raw: bytes, *, signature: str | None = None, **headers: str
) -> httpx.Response:
    """Post a body as SendGrid does."""
    headers.setdefault("content-type", FORM if door == "mail" else "application/json")
    signature = posting.sign(raw) if signature is None else signature
    if signature:
        headers["X-Twilio-Email-Event-Webhook-Signature"] = signature
        headers["X-Twilio-Email-Event-Webhook-Timestamp"] = posting.TIMESTAMP
    return at.client.post(f"/webhooks/{door}", content=raw, headers=headers)


BODIES = {"events": EVENTS, "mail": form()}


@pytest.fixture
def site(settings: Settings) -> Iterator[Served]:
    """The public side, with SendGrid's keys."""
    with served(public_app(with_keys(settings))) as at:
        yield at


def statuses(at: Served, **more: str) -> tuple[int, int]:
    """The answers of both doors to a good body."""
    events, mail = (post(at, door, BODIES[door], **more).status_code for door in BODIES)
    return events, mail


def _new(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        return statuses(at)


def _repeated(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        statuses(at)
        return statuses(at)


def _unreadable(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        rubbish = b'[{"event": "delivered"'
        return post(at, "events", rubbish).status_code, post(at, "mail", rubbish).status_code


def _unsigned(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        assert statuses(at, signature=posting.sign(b"other bytes")) == (403, 503)
        assert statuses(at, signature="=") == (403, 503)
        assert stored(settings) == (0, 0)
        return statuses(at, signature="")


def _without_key(settings: Settings) -> tuple[int, int]:
    with served(public_app(replace(settings, sendgrid=SendGrid(webhook_key="AAAA")))) as at:
        assert statuses(at) == (503, 503)
    with served(public_app(settings)) as at:
        return statuses(at)


def _cut_off(settings: Settings) -> tuple[int, int]:
    head = b"POST /webhooks/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n[]"
    found = []
    app = public_app(with_keys(settings), Bounds(body_seconds=0.2))
    with served(app) as at:
        for door in ("events", "mail"):
            answer = at.raw(head % door.encode())
            found.append(int(answer.split(b" ")[1]))
    return found[0], found[1]


def _large(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        most = form(MAIL + b"x" * (35_000_000 - len(form())))
        assert post(at, "mail", most).status_code == 200
        more = b"x" * 40_000_000
        return post(at, "events", more).status_code, post(at, "mail", more).status_code


def _crowded(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings), Bounds(most_held=10))) as at:
        return statuses(at)


def _busy(settings: Settings) -> tuple[int, int]:
    with (
        closing(sqlite3.connect(settings.database, isolation_level=None)) as other,
        served(public_app(with_keys(settings), Bounds(busy_seconds=0.1))) as at,
    ):
        other.execute("BEGIN IMMEDIATE")
        locked = statuses(at)
        other.execute("ROLLBACK")
        aside = settings.database.with_suffix(".aside")
        settings.database.rename(aside)
        assert statuses(at) == locked
        aside.rename(settings.database)
        assert statuses(at) == (200, 200)
    return locked


def _faulty(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        with closing(sqlite3.connect(settings.database)) as db:
            db.execute("ALTER TABLE provider_bodies RENAME TO p1_at_example_org")
            db.execute("ALTER TABLE inbound RENAME TO p2_at_example_org")
        return statuses(at)


def _not_posted(settings: Settings) -> tuple[int, int]:
    with served(public_app(with_keys(settings))) as at:
        for method in ("HEAD", "PUT", "DELETE"):
            assert at.client.request(method, "/webhooks/mail").status_code == 405
        return at.client.get("/webhooks/events").status_code, at.client.get(
            "/webhooks/mail"
        ).status_code


def _of_two_lengths(settings: Settings) -> tuple[int, int]:
    head = (
        b"POST /webhooks/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    with served(public_app(with_keys(settings))) as at:
        found = [int(at.raw(head % door).split(b" ")[1]) for door in (b"events", b"mail")]
    return found[0], found[1]


ROWS: dict[str, Callable[[Settings], tuple[int, int]]] = {
    "new, committed": _new,
    "here before": _repeated,
    "signed, and can't be read": _unreadable,
    "not signed by the key of the settings": _unsigned,
    "no key in the settings, or one that is none": _without_key,
    "cut off or too slow": _cut_off,
    "more than 35 MB": _large,
    "more at once than we hold in memory": _crowded,
    "the database is busy, full or gone": _busy,
    "a fault of this program": _faulty,
    "anything but POST": _not_posted,
    "with a length and in chunks at once": _of_two_lengths,
}
TABLE = {
    words.strip(): (int(events), int(mail))
    for words, events, mail in re.findall(
        r"^ {4}(\S.*?) {2,}(\d{3}) +(\d{3})", webhooks.__doc__, re.MULTILINE
    )
}


def test_the_table_in_the_docstring_is_whole() -> None:
    """No row without a test, no test without a row."""
    assert list(TABLE) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_table_is_true(row: str, settings: Settings) -> None:
    """Of both doors, over a real socket."""
    assert ROWS[row](settings) == TABLE[row]


@pytest.mark.parametrize("row", TABLE)
def test_a_mail_that_might_be_real_is_never_refused_for_good(row: str) -> None:
    """SendGrid drops a mail at a 4xx, and tells nobody."""
    assert (
        TABLE[row][1] < 400
        or TABLE[row][1] >= 500
        or row in ("more than 35 MB", "anything but POST")
    )


@pytest.mark.parametrize("door", ["events/", "mail/", "", "sendgrid", "Mail", "mail//"])
def test_what_is_posted_beside_the_doors_comes_again(settings: Settings, door: str) -> None:
    """An address with a slash too many must not cost a volunteer's mail; nor is it a way out."""
    with served(public_app(with_keys(settings))) as at:
        answer = at.client.post(f"/webhooks/{door}", headers={"host": "evil.example"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "location" not in answer.headers


def stored(settings: Settings) -> tuple[int, int]:
    """Bodies and mails that are in the database."""
    with closing(sqlite3.connect(settings.database)) as db:
        count = "SELECT (SELECT count(*) FROM provider_bodies), (SELECT count(*) FROM inbound)"
        events, mails = db.execute(count).fetchone()
    return events, mails


@pytest.mark.parametrize("door", ["events", "mail"])
def test_what_nobody_signed_waits_for_no_writer(settings: Settings, door: str) -> None:
    """A body is proved before it has the turn to write, so that none is kept from it meanwhile."""
    with (
        closing(sqlite3.connect(settings.database, isolation_level=None)) as other,
        served(public_app(with_keys(settings))) as at,
    ):
        other.execute("BEGIN IMMEDIATE")
        answer = post(at, door, BODIES[door], signature="bm8=")
        assert "not signed" in answer.text


def test_what_was_answered_is_stored_and_understood_behind_the_answer(
    site: Served, settings: Settings, db: Database
) -> None:
    """A bounce suppresses, a mail is read; a repeat changes nothing."""
    made.add_people(db, range(1, 3))
    made.planned_campaign(db)
    raw = posting.body(posting.event("bounce", "", "p1@example.org", type="bounce"))
    assert post(site, "events", raw).status_code == 200
    assert post(site, "mail", form()).status_code == 200
    assert stored(settings) == (1, 1)
    until(lambda: bool(db.conn.execute("SELECT 1 FROM suppressions").fetchone()))
    until(lambda: bool(db.conn.execute("SELECT 1 FROM replies").fetchone()))
    assert post(site, "events", raw).status_code == 200
    assert post(site, "mail", form()).status_code == 200
    assert stored(settings) == (1, 1)


def test_what_an_earlier_run_left_is_understood(settings: Settings, db: Database) -> None:
    """Killed between the answer and the understanding, nothing is lost."""
    made.add_people(db, [1])
    raw = posting.body(posting.event("spamreport", "", "p1@example.org"))
    db.conn.execute(
        "INSERT INTO provider_bodies (body_key, provider, source, signed, received_at, raw)"
        " VALUES (x'00', 'sendgrid', 'test', 1, '2014-02-26T09:00:00Z', ?)",
        [zlib.compress(raw)],
    )
    with served(public_app(with_keys(settings))):
        until(lambda: bool(db.conn.execute("SELECT 1 FROM suppressions").fetchone()))


def test_a_body_that_cannot_be_understood_keeps_no_other_waiting(
    settings: Settings, db: Database
) -> None:
    """It is tried again; the others are done."""
    made.add_people(db, [1])
    db.conn.execute(
        "INSERT INTO provider_bodies (body_key, provider, source, signed, received_at, raw)"
        " VALUES (x'00', 'sendgrid', 'test', 1, '2014-02-26T09:00:00Z', x'00')"
    )
    with served(public_app(with_keys(settings))) as at:
        raw = posting.body(posting.event("spamreport", "", "p1@example.org"))
        assert post(at, "events", raw).status_code == 200
        until(lambda: bool(db.conn.execute("SELECT 1 FROM suppressions").fetchone()))
    waiting = db.conn.execute("SELECT body_id FROM provider_bodies WHERE understood_at = ''")
    assert waiting.fetchall() == [(1,)]


def test_opens_of_people_who_may_not_be_tracked_never_reach_the_disk(
    site: Served, settings: Settings, db: Database
) -> None:
    """Whatever they are written like."""
    made.add_people(db, [1])
    plain = posting.body(posting.event("open", "", "p1@example.org"))
    hidden = plain.replace(b'"open"', b'"\\u006fpen"')
    for raw in (plain, hidden):
        assert post(site, "events", raw).status_code == 200
    assert stored(settings) == (0, 0)


def test_the_log_holds_no_address(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Nor the token in a path, nor the machine that asked."""
    with caplog.at_level("INFO", "outreach.web"):
        _faulty(settings)
        with served(public_app(settings)) as at:
            at.client.get("/u/abcdefghijklmnopqrstuvwx?p1@example.org")
    said = caplog.text
    assert "OperationalError" in said
    assert not re.search("example.org|abcdefgh|127.0.0.1", said)
