"""Whoever needs care, or said no, is the same person at every address of their mailbox."""

from __future__ import annotations

import letters as made
import pytest
from answering import VOLUNTEERS, Sent
from corresponding import Writing

from outreach import addresses
from outreach.dispatch.transports.memory import Memory
from outreach.model import Suppression
from outreach.store import atomic
from outreach.supporters import consent

YES = f"Yes, I would like to put on a debate in my school.\n{VOLUNTEERS}"
VARIANTS = [
    ("atrisk@gmail.com", "at.risk@gmail.com"),
    ("at.risk@gmail.com", "atrisk@gmail.com"),
    ("at.risk@googlemail.com", "atrisk+news@gmail.com"),
    ("ana@example.net", "ana+news@example.net"),
    ("ana+list@example.net", "Ana@example.net"),
]


def _listed(sent: Sent, email: str, *, consent: str = "granted", safety: str = "standard") -> None:
    sent.db.conn.execute(
        "INSERT INTO supporters (supporter_id, email, consent, safety) VALUES (9, ?, ?, ?)",
        [email, consent, safety],
    )
    sent.db.conn.commit()


@pytest.mark.parametrize(("listed", "writes"), VARIANTS)
def test_who_needs_care_is_thanked_discreetly_at_each_address(
    sent: Sent, listed: str, writes: str
) -> None:
    """Though they answer with a token of somebody who doesn't."""
    _listed(sent, listed, safety="discreet")
    sent.take_in(sent.mail(YES, sender=writes))
    memory = Memory()
    Writing(sent.db, sent.settings, memory, made.Clock(sent.now)).send()
    (letter,) = memory.accepted
    assert letter.message.subject == "Thank you for your message"


@pytest.mark.parametrize(("listed", "writes"), VARIANTS)
def test_who_said_no_is_not_thanked_at_any_address(sent: Sent, listed: str, writes: str) -> None:
    """Nothing goes by itself to whom we may not write."""
    _listed(sent, listed, consent="denied")
    done = sent.take_in(sent.mail(YES, sender=writes))
    assert done.unacknowledged == {"nothing may go to its sender": 1}


@pytest.mark.parametrize(("listed", "writes"), VARIANTS)
@pytest.mark.parametrize("reason", [Suppression.UNSUBSCRIBED, Suppression.STAFF])
def test_a_suppression_is_of_the_mailbox(
    sent: Sent, listed: str, writes: str, reason: Suppression
) -> None:
    """Whether it was written before the mail came, or between the letter and its leaving."""
    with atomic(sent.db):
        consent.suppress(sent.db, listed, reason, "test", sent.now)
    done = sent.take_in(sent.mail(YES, sender=writes))
    assert done.unacknowledged == {"nothing may go to its sender": 1}


@pytest.mark.parametrize(("listed", "writes"), VARIANTS)
def test_the_last_door_asks_by_mailbox_too(sent: Sent, listed: str, writes: str) -> None:
    """A no that came after the letter was written."""
    sent.take_in(sent.mail(YES, sender=writes))
    with atomic(sent.db):
        consent.suppress(sent.db, listed, Suppression.COMPLAINT, "test", sent.now)
    memory = Memory()
    Writing(sent.db, sent.settings, memory, made.Clock(sent.now)).send()
    assert memory.accepted == []


def test_a_dead_address_is_only_itself(sent: Sent) -> None:
    """Its owner may read mail at another."""
    with atomic(sent.db):
        consent.suppress(sent.db, "ana+old@example.net", Suppression.DEAD_ADDRESS, "test", sent.now)
    assert sent.take_in(sent.mail(YES, sender="ana@example.net")).acknowledged == 1


def test_a_mailbox_gets_one_a_day_however_its_address_is_written(sent: Sent) -> None:
    """Else whoever forges senders could fill somebody's mailbox."""
    for sender in ("new.person@gmail.com", "newperson@gmail.com", "newperson+1@gmail.com"):
        sent.take_in(sent.mail(YES, sender=sender))
    assert sent.one("SELECT count(*) FROM letters") == (1,)


def test_three_strangers_a_day_are_thanked_by_one_token(sent: Sent) -> None:
    """Staff see all; the supporter whose token it is gets theirs."""
    for number in range(5):
        done = sent.take_in(sent.mail(YES, sender=f"friend{number}@example.net"))
    assert done.unacknowledged == {"others who answered the same letter had some within a day": 1}
    assert sent.one("SELECT count(*) FROM letters") == (3,)
    assert sent.one("SELECT count(*) FROM followup_replies") == (5,)
    assert sent.take_in(sent.mail(YES)).acknowledged == 1


@pytest.mark.parametrize(("listed", "writes"), VARIANTS)
def test_a_wish_to_get_no_more_is_heard_from_each_address(
    sent: Sent, listed: str, writes: str
) -> None:
    """It holds for the address to which the newsletter goes."""
    _listed(sent, listed)
    sent.take_in(sent.mail("Please unsubscribe me", sender=writes))
    assert consent.suppression_of(sent.db, listed) is Suppression.UNSUBSCRIBED


def test_the_database_knows_mailboxes_as_the_program_does(sent: Sent) -> None:
    """The column is computed by other words than `addresses.mailbox`."""
    some = ["a@b.cd", "+a@b.cd", "A.b+c+d@GMail.com", "x.y@googlemail.com", "o.k+z@example.org"]
    for number, email in enumerate(some, 100):
        sent.db.conn.execute(
            "INSERT INTO supporters (supporter_id, email) VALUES (?, ?)", [number, email]
        )
    rows = sent.all("SELECT email, mailbox FROM supporters")
    assert [addresses.mailbox(str(email)) for email, _ in rows] == [str(m).lower() for _, m in rows]


def test_nobody_is_looked_for_by_going_through_the_list(sent: Sent) -> None:
    """There may be millions, and each mail asks."""
    where = consent.of_mailbox_sql("s", ":mailbox")
    plan = sent.db.conn.execute(
        f"EXPLAIN QUERY PLAN SELECT s.email FROM supporters AS s WHERE {where}", {"mailbox": "a@b"}
    )
    assert [row for *_, row in plan if row.startswith("SCAN")] == []
