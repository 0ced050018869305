"""A real IMAP server: Dovecot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answering import Sent
from dovecot import Dovecot

from outreach.settings import ImapMailbox
from outreach.settings.sections import Secrets
from outreach.workflow.fetching import FetchedReplies, fetch_replies


@pytest.fixture
def server() -> Iterator[Dovecot]:
    """A server with a name short enough for its sockets."""
    with tempfile.TemporaryDirectory(prefix="dovecot") as folder, Dovecot(Path(folder)) as made:
        yield made


def fetch(sent: Sent, server: Dovecot, **settings: str) -> FetchedReplies:
    """Fetch all that is new."""
    box = ImapMailbox(
        host="127.0.0.1", port=server.port, user=server.USER, security="none", **settings
    )
    secrets = Secrets(imap_password=server.PASSWORD)
    ready = replace(sent.settings, mailbox=(box,), secrets=secrets)
    return fetch_replies(sent.db, ready, clock=lambda: sent.now)


def mails(first: int, last: int) -> list[bytes]:
    """Mails that differ."""
    return [
        f"From: p{n}@example.org\nMessage-ID: <{n}@x>\nSubject: {n}\n\nHello, {n}?\n".encode()
        for n in range(first, last)
    ]


def test_dovecot_is_read_to_its_end_and_left_as_it_was(sent: Sent, server: Dovecot) -> None:
    """Three batches, then what came since, then nothing."""
    server.deliver(*mails(0, 230))
    assert fetch(sent, server).new == 230
    server.deliver(*mails(230, 233))
    assert [fetch(sent, server).new, fetch(sent, server).new] == [3, 0]
    stored = sent.all("SELECT subject FROM replies ORDER BY inbound_id")
    assert stored == [(str(number),) for number in range(233)]
    seen = [p for p in (server.folder / "mail" / "cur").iterdir() if "S" in p.name.split(",")[-1]]
    assert seen == []


def test_dovecot_moves_and_marks_what_is_stored(sent: Sent, server: Dovecot) -> None:
    """It says that it can move only after the login."""
    server.deliver(*mails(0, 3))
    assert fetch(sent, server, after="seen").new == 3
    seen = [p for p in (server.folder / "mail" / "cur").iterdir() if p.name.endswith("S")]
    assert len(seen) == 3
    server.deliver(*mails(3, 5))
    done = fetch(sent, server, after="move:Done")
    assert (done.new, done.mailboxes[0].failure) == (2, None)
    assert server.count("Done") == 2
    assert fetch(sent, server, folder="Done").repeated == 2


def test_dovecot_renumbers_and_nothing_comes_twice(sent: Sent, server: Dovecot) -> None:
    """Its index is lost and its folder made anew, as after a restore."""
    server.deliver(*mails(0, 5))
    fetch(sent, server)
    (standing,) = sent.one("SELECT uidvalidity FROM imap_cursors")
    for file in (server.folder / "mail").glob("dovecot*"):
        if file.name != "dovecot-uidlist":
            file.unlink()
        else:
            text = file.read_text("ascii")
            file.write_text(text.replace(f"V{standing} ", f"V{int(str(standing)) + 1} "), "ascii")
    done = fetch(sent, server)
    assert (done.new, done.repeated, done.mailboxes[0].renumbered) == (0, 5, True)
