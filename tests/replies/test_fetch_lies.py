"""Mailboxes whose servers say what isn't so: no mail is passed over for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from answering import Sent
from standins_imap import FaultyImap
from test_fetch import ALL, failures, fetch, here, mail

from outreach.store import atomic

HIGHEST = 2**32 - 1


@pytest.fixture
def server() -> Iterator[FaultyImap]:
    """A mailbox with five mails."""
    with FaultyImap() as made:
        made.add(*(mail(number) for number in range(1, 6)))
        yield made


@pytest.mark.parametrize("uidnext", [None, 0])
def test_a_number_that_is_made_up_passes_over_no_mail_to_come(
    sent: Sent, server: FaultyImap, uidnext: int | None
) -> None:
    """The place in the folder moves only as far as mails can be."""
    server.made_up, server.uidnext = (HIGHEST,), uidnext
    fetch(sent, server.mailbox())
    server.add(mail(6))
    assert fetch(sent, server.mailbox()).new == 1
    server.made_up = ()
    server.add(mail(7))
    assert fetch(sent, server.mailbox()).new == 1
    assert here(sent) == [*ALL, "6", "7"]


def test_a_place_beyond_all_mails_is_not_believed(sent: Sent, server: FaultyImap) -> None:
    """A mailbox that was restored may number its new mails below it."""
    fetch(sent, server.mailbox())
    with atomic(sent.db):
        sent.db.conn.execute("UPDATE imap_cursors SET last_uid = ?", [HIGHEST])
    server.add(mail(6))
    assert (fetch(sent, server.mailbox()).new, here(sent)) == (1, [*ALL, "6"])
    assert sent.one("SELECT last_uid FROM imap_cursors") == (6,)


def test_a_server_that_tells_too_low_a_number_loses_no_mail(sent: Sent, server: FaultyImap) -> None:
    """All that it lists is asked for; what is asked for twice is stored once."""
    server.uidnext = 2
    assert fetch(sent, server.mailbox()).new == 5
    server.add(mail(6))
    assert (fetch(sent, server.mailbox()).new, here(sent)) == (1, [*ALL, "6"])


@pytest.mark.parametrize("asked", [["no base64!"], ["", "", ""]])
def test_a_server_whose_login_is_nonsense_stops_no_other(
    sent: Sent, server: FaultyImap, asked: list[str]
) -> None:
    """Nobody waits for its goodbye."""
    with FaultyImap(challenges=asked) as other:
        done = fetch(sent, other.mailbox(name="odd"), server.mailbox(name="main"))
    assert (done.new, len(failures(done))) == (5, 1)
    assert "odd" in failures(done)[0]
