"""Mailboxes are read over real sockets, whatever their servers do, and no mail is lost."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answering import Sent
from certificates import certificate
from standins_imap import FaultyImap

from outreach.dispatch import lease
from outreach.errors import LeaseHeld, MailboxError, SettingsError
from outreach.replies import imap, inbox
from outreach.replies.imap import ConnectionLost, Folder, Listed
from outreach.settings import ImapMailbox
from outreach.settings.sections import Secrets
from outreach.store import atomic
from outreach.workflow.fetching import LEASE, FetchedReplies, fetch_replies
from outreach.workflow.reprocessing import list_waiting

PASSWORD = "correct horse"


def mail(number: int, text: str = "") -> bytes:
    """Make a mail that differs from all others."""
    return (
        f"From: p{number}@example.org\r\nTo: events@example.org\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n{text or f'We are {number} people. Hi?'}\r\n"
    ).encode()


@pytest.fixture
def server() -> Iterator[FaultyImap]:
    """A mailbox with five mails."""
    with FaultyImap() as made:
        made.add(*(mail(number) for number in range(1, 6)))
        yield made


def fetch(
    sent: Sent, *boxes: ImapMailbox, limit: int | None = None, secrets: Secrets | None = None
) -> FetchedReplies:
    """Fetch from mailboxes."""
    secrets = secrets or Secrets(imap_password=PASSWORD)
    settings = replace(sent.settings, mailbox=boxes, secrets=secrets)
    return fetch_replies(sent.db, settings, clock=lambda: sent.now, limit=limit)


def here(sent: Sent) -> list[str]:
    """The subjects of the mails that are stored and understood."""
    rows = sent.all("SELECT subject FROM replies ORDER BY inbound_id")
    return [str(subject) for (subject,) in rows]


def failures(done: FetchedReplies) -> list[str]:
    """What kept mailboxes from being read."""
    return [str(box.failure) for box in done.mailboxes if box.failure]


ALL = ["1", "2", "3", "4", "5"]


def test_what_is_new_is_fetched_once_and_nothing_in_the_mailbox_changes(
    sent: Sent, server: FaultyImap
) -> None:
    """By default a folder is only read, in a connection that may do no more."""
    done = fetch(sent, server.mailbox())
    assert (done.new, done.repeated, here(sent)) == (5, 0, ALL)
    server.add(mail(6))
    assert fetch(sent, server.mailbox()).new == 1
    done = fetch(sent, server.mailbox())
    assert (done.new, done.repeated, done.kinds) == (0, 0, {})
    assert (server.flags, server.moved, len(server.mails)) == ({}, {}, 6)
    assert not [c for c in server.commands if c.startswith(("SELECT", "UID STORE", "UID MOVE"))]
    assert sent.one("SELECT mailbox, folder, uidvalidity, last_uid FROM imap_cursors") == (
        ("events@example.org on localhost", "INBOX", 1, 6)
    )


def test_the_bytes_are_kept_as_they_came(sent: Sent, server: FaultyImap) -> None:
    """With their line ends, and bytes that are no text."""
    server.mails = {1: b"From: a@example.org\r\nSubject: \xff\0\r\n\r\n)\r\n* 1 FETCH\r\n"}
    fetch(sent, server.mailbox())
    assert inbox.raw_mail(sent.db, 1) == server.mails[1]


def test_a_renumbered_mailbox_is_read_again_and_nothing_comes_twice(
    sent: Sent, server: FaultyImap
) -> None:
    """Whatever the new numbers are, also lower ones than before."""
    server.renumber(first=1000)
    fetch(sent, server.mailbox())
    server.renumber(first=3)
    server.add(mail(6))
    done = fetch(sent, server.mailbox())
    assert (done.new, done.repeated, done.mailboxes[0].renumbered) == (1, 5, True)
    assert here(sent) == [*ALL, "6"]
    assert not fetch(sent, server.mailbox()).mailboxes[0].renumbered


def test_a_connection_cut_inside_a_mail_is_begun_again(sent: Sent, server: FaultyImap) -> None:
    """What had come is not asked for again; the half mail is."""
    server.cut_after_mails = 2
    done = fetch(sent, server.mailbox())
    assert (done.new, done.repeated, failures(done), here(sent)) == (5, 0, [], ALL)
    assert server.connections == 2


def test_where_connections_go_on_being_cut_each_run_comes_further(
    sent: Sent, server: FaultyImap
) -> None:
    """A line that never lasts for more than a mail still brings all of them."""
    server.cut_after_mails, server.cut_again = 1, True
    done = fetch(sent, server.mailbox())
    assert (done.new, failures(done), here(sent)) == (5, [], ALL)


def test_mails_at_which_a_server_dies_are_passed_over(sent: Sent, server: FaultyImap) -> None:
    """And asked for again in the next run."""
    box = server.mailbox()
    server.deadly = {3, 4, 5}
    done = fetch(sent, box)
    assert here(sent) == ["1", "2"]
    assert [found.uid for found in done.mailboxes[0].unfetched] == [3, 4, 5]
    server.deadly = set()
    assert fetch(sent, box).new == 3
    assert sorted(here(sent)) == ALL


@pytest.mark.parametrize("how", ["refused", "silent", "nil", "deadly"])
def test_a_mail_that_is_not_given_is_told_once_and_tried_again(
    sent: Sent, server: FaultyImap, how: str
) -> None:
    """It holds up no other, and comes as soon as its server gives it."""
    setattr(server, how, {2})
    done = fetch(sent, server.mailbox())
    assert (sorted(here(sent)), failures(done)) == (["1", "3", "4", "5"], [])
    assert [found.uid for found in done.mailboxes[0].unfetched] == [2]
    assert fetch(sent, server.mailbox()).mailboxes[0].unfetched == ()
    (skipped,) = list_waiting(sent.db).skipped
    assert (skipped.uid, skipped.tries) == (2, 2)
    setattr(server, how, set())
    assert fetch(sent, server.mailbox()).new == 1
    assert list_waiting(sent.db).skipped == ()


def test_a_mail_that_somebody_took_away_meanwhile_is_forgotten(
    sent: Sent, server: FaultyImap
) -> None:
    """It can't be had any more."""
    server.refused = {2}
    fetch(sent, server.mailbox())
    del server.mails[2]
    fetch(sent, server.mailbox())
    assert list_waiting(sent.db).skipped == ()


def test_a_server_that_refuses_everything_costs_no_mail(sent: Sent, server: FaultyImap) -> None:
    """Such as one whose user has had enough for today."""
    server.add(*(mail(number) for number in range(6, 12)))
    server.refused = set(server.mails)
    assert "gives no mail" in failures(fetch(sent, server.mailbox()))[0]
    assert list_waiting(sent.db).skipped == ()
    server.refused = set()
    assert fetch(sent, server.mailbox()).new == 11


@pytest.mark.parametrize("quirk", [{"uid_last": True}, {"chatty": True}, {"sizes": {1: 1, 2: 9}}])
def test_quirks_of_servers_cost_nothing(
    sent: Sent, server: FaultyImap, quirk: dict[str, object]
) -> None:
    """Answers in another order, answers nobody asked for, sizes that are guesses."""
    for name, value in quirk.items():
        setattr(server, name, value)
    assert (fetch(sent, server.mailbox()).new, here(sent)) == (5, ALL)


def test_a_large_mail_comes_alone_and_one_beyond_the_limit_in_part(server: FaultyImap) -> None:
    """What is cut says so, with its whole size."""
    server.mails = {1: mail(1), 2: mail(2, "x" * 5000), 3: mail(3)}
    with Folder(server.mailbox(), PASSWORD, limit=1000) as folder:
        listed = folder.listed(0)
        found = [given for one in listed for given in folder.fetch([one])]
    assert [len(given.raw) for given in found] == [len(mail(1)), 1000, len(mail(3))]
    assert [given.whole_size for given in found] == [0, len(mail(2, "x" * 5000)), 0]


def test_mails_are_asked_for_in_pieces_that_memory_has_room_for() -> None:
    """Many small ones with one command; a large one alone."""
    size = imap.BATCH_BYTES // 2
    sizes = [10] * 150 + [size, size, size, 3 * size, 10]
    mails = [Listed(uid, size) for uid, size in enumerate(sizes, 1)]
    found = [len(batch) for batch in imap.batches(mails)]
    assert found == [100, 51, 2, 1, 1]
    assert sum(found) == len(sizes)


def test_an_answer_without_end_takes_no_memory(sent: Sent, server: FaultyImap) -> None:
    """A server that announces a terabyte is not believed; the other mails come."""
    server.boasts = {3: 10**12}
    done = fetch(sent, server.mailbox())
    assert sorted(here(sent)) == ["1", "2", "4", "5"]
    assert "too many" in done.mailboxes[0].unfetched[0].reason


def test_a_25_mb_mail_is_fetched_whole(sent: Sent, server: FaultyImap) -> None:
    """It is stored byte for byte."""
    head = b"Content-Type: application/octet-stream\r\nSubject: big\r\n\r\n"
    raw = head + os.urandom(25 * 1024 * 1024 - len(head))
    server.mails = {1: raw}
    with Folder(server.mailbox(), PASSWORD) as folder:
        (found,) = folder.fetch(folder.listed(0))
    assert found.raw == raw


def test_a_server_that_says_nothing_is_left_in_the_end(server: FaultyImap) -> None:
    """A slow one is waited for."""
    server.delay = 0.05
    with Folder(server.mailbox(), PASSWORD, timeout=2) as folder:
        assert len(list(folder.fetch(folder.listed(0)))) == 5
    server.mute = True
    with pytest.raises(ConnectionLost, match="can't be reached"):
        Folder(server.mailbox(), PASSWORD, timeout=0.1)


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("can", [("MOVE", "UIDPLUS"), ("UIDPLUS",), ()])
def test_mails_are_moved_where_the_settings_want_it(
    sent: Sent, server: FaultyImap, can: tuple[str, ...], later: bool
) -> None:
    """Only those that are stored; what a server can, it may tell only to whom it knows."""
    server.offers, server.offers_later = ((), can) if later else (can, ())
    server.refused = {2}
    done = fetch(sent, server.mailbox(after="move:Done"))
    assert (done.new, failures(done)) == (4, [])
    assert server.moved == dict.fromkeys([1, 3, 4, 5], "Done")
    assert sorted(server.mails) == ([2] if can else [1, 2, 3, 4, 5])
    assert not any("EXPUNGE" in command for command in server.commands) or can == ("UIDPLUS",)


def test_mails_are_marked_as_read_where_the_settings_want_it(
    sent: Sent, server: FaultyImap
) -> None:
    """And by nothing else."""
    fetch(sent, server.mailbox(after="seen"))
    assert server.flags == {uid: {"\\Seen"} for uid in range(1, 6)}


def test_a_folder_that_is_missing_keeps_no_mail_out(sent: Sent, server: FaultyImap) -> None:
    """It is told in each run, and made good when the folder is there."""
    box = server.mailbox(after="move:Nowhere")
    done = fetch(sent, box)
    assert (done.new, len(failures(done)), server.moved) == (5, 1, {})
    server.add(mail(6))
    assert fetch(sent, box).new == 1
    server.folders += ("Nowhere",)
    assert failures(fetch(sent, box)) == []
    assert set(server.moved) == {1, 2, 3, 4, 5, 6}


def test_a_mailbox_that_was_left_alone_is_not_cleared_when_the_settings_change(
    sent: Sent, server: FaultyImap
) -> None:
    """What is done after concerns what is fetched from then on."""
    fetch(sent, server.mailbox())
    server.add(mail(6))
    fetch(sent, server.mailbox(after="seen"))
    assert set(server.flags) == {6}


@pytest.mark.parametrize("folder", ["Réponses", "日本語", "a&b", 'q"\\'])
def test_a_folder_may_have_any_name(sent: Sent, server: FaultyImap, folder: str) -> None:
    """IMAP has an alphabet of its own."""
    names = {"Réponses": "R&AOk-ponses", "日本語": "&ZeVnLIqe-", "a&b": "a&-b"}
    server.folders = (names.get(folder, 'q\\"\\\\'),)
    assert fetch(sent, server.mailbox(folder=folder)).new == 5


def test_one_mailbox_that_fails_stops_no_other(sent: Sent, server: FaultyImap) -> None:
    """Each has its own name, password and cursor."""
    with FaultyImap(password='zwölf "Kröten" \\', uidvalidity=7) as other:
        other.add(mail(7))
        boxes = [
            server.mailbox(name="wrong", folder="Nowhere"),
            replace(server.mailbox(name="gone"), port=1),
            other.mailbox(name="second-one"),
            server.mailbox(name="main"),
        ]
        own = {"OUTREACH_IMAP_PASSWORD_SECOND_ONE": other.password}
        done = fetch(sent, *boxes, secrets=Secrets(imap_password=PASSWORD, imap_passwords=own))
    assert (done.new, here(sent)) == (6, ["7", *ALL])
    said = failures(done)
    assert len(said) == 2
    assert "wrong has no folder that can be opened" in said[0]
    assert "gone: it can't be reached" in said[1]


def test_one_mail_in_two_mailboxes_is_one(sent: Sent, server: FaultyImap) -> None:
    """A copy to a colleague is no second answer."""
    with FaultyImap() as other:
        other.add(mail(3).replace(b"From:", b"Received: by other\r\nFrom:"), mail(9))
        done = fetch(sent, server.mailbox(name="a"), other.mailbox(name="b"))
    assert (done.new, done.repeated) == (6, 1)


def test_a_wrong_password_is_told_without_it(sent: Sent, server: FaultyImap) -> None:
    """So is a missing one, with the variable's name."""
    for offers in (("AUTH=PLAIN",), ()):
        server.offers = offers
        done = fetch(sent, server.mailbox(), secrets=Secrets(imap_password="secret-word"))
        assert "refuses the login" in failures(done)[0]
        assert "secret-word" not in str(done)
    done = fetch(sent, server.mailbox(name="main"), secrets=Secrets())
    assert "set OUTREACH_IMAP_PASSWORD_MAIN" in failures(done)[0]


def test_without_a_mailbox_it_says_what_is_missing(sent: Sent) -> None:
    """Where to write it."""
    with pytest.raises(SettingsError, match=r"no \[\[mailbox\]\]"):
        fetch(sent)


def test_a_limit_is_over_all_mailboxes_and_the_next_run_goes_on(
    sent: Sent, server: FaultyImap
) -> None:
    """The oldest come first."""
    assert fetch(sent, server.mailbox(name="a"), server.mailbox(name="b"), limit=2).new == 2
    assert here(sent) == ["1", "2"]
    assert fetch(sent, server.mailbox(name="a"), limit=2).new == 2


def test_a_line_that_breaks_for_good_is_told_and_the_next_run_goes_on(
    sent: Sent, server: FaultyImap
) -> None:
    """What was committed stays."""
    box = server.mailbox()
    server.cut_after_mails, server.most_connections = 2, 1
    done = fetch(sent, box)
    assert (done.new, here(sent)) == (2, ["1", "2"])
    assert "connection was lost" in failures(done)[0] or "can't be reached" in failures(done)[0]
    server.most_connections = 100
    assert (fetch(sent, box).new, here(sent)) == (3, ALL)


def test_two_fetches_do_not_run_at_once(sent: Sent, server: FaultyImap) -> None:
    """The second says so and does nothing; afterwards the lease is free."""
    other = f"elsewhere:1:{lease.new_holder()[-8:]}"
    with atomic(sent.db):
        lease.take(sent.db, LEASE, other, sent.now)
    with pytest.raises(LeaseHeld):
        fetch(sent, server.mailbox())
    with atomic(sent.db):
        lease.drop(sent.db, LEASE, other)
    assert fetch(sent, server.mailbox()).new == 5
    assert sent.all("SELECT * FROM leases") == []


@pytest.mark.parametrize("starttls", [False, True])
def test_the_server_must_prove_who_it_is(
    sent: Sent, tmp_path: Path, starttls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a certificate that is trusted, before anything is said."""
    chain, key = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with FaultyImap(tls=context, starttls=starttls) as server:
        server.add(mail(1))
        assert "certificate can't be trusted" in failures(fetch(sent, server.mailbox()))[0]
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        assert fetch(sent, server.mailbox()).new == 1
        address = server.mailbox(host="127.0.0.1")
        assert "certificate can't be trusted" in failures(fetch(sent, address))[0]


def test_tls_is_not_left_out_where_the_server_has_none(sent: Sent, server: FaultyImap) -> None:
    """The password is not said to whoever answers."""
    with pytest.raises(MailboxError):
        Folder(server.mailbox(security="starttls"), PASSWORD)
    assert not any("Authenticate" in command for command in server.commands)
