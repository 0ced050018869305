"""Whether anybody else has written: what is vouched for by that is not asked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch.sender import Sender
from outreach.dispatch.stillness import Stillness
from outreach.dispatch.transports.memory import Memory, accept
from outreach.model import Letter, Outcome
from outreach.settings import Settings
from outreach.store import atomic, open_database

SUPPRESS = (
    "INSERT INTO suppressions (email, reason, source, suppressed_at)"
    " VALUES (?, 'unsubscribed', 'a letter', '2014-02-26T09:00:00Z')"
)


@pytest.fixture
def another(settings: Settings, db: Database) -> Iterator[Database]:
    """Open the same database as another program would."""
    assert db.conn
    with closing(open_database(settings.database)) as other:
        yield other


def test_what_others_commit_is_seen(db: Database, another: Database) -> None:
    """Once for all that they wrote between two looks; reading is no writing."""
    stillness = Stillness(db)
    assert stillness.look() == stillness.look() == 0
    for address in ("a@example.org", "b@example.org"):
        another.conn.execute(SUPPRESS, [address])
    assert another.execute("SELECT count(*) FROM suppressions").fetchone() == (2,)
    assert stillness.look() == stillness.look() == 1


def test_what_is_not_committed_is_seen_when_it_is(db: Database, another: Database) -> None:
    """Until then nobody can read it either."""
    stillness = Stillness(db)
    with atomic(another):
        another.conn.execute(SUPPRESS, ["a@example.org"])
        assert stillness.look() == 0
    assert stillness.look() == 1


def test_what_this_connection_wrote_is_seen_unless_it_was_us(db: Database) -> None:
    """Other code may write through the same connection."""
    stillness = Stillness(db)
    db.conn.execute(SUPPRESS, ["a@example.org"])
    assert stillness.look() == 1
    with atomic(db):
        assert stillness.look() == 1
        db.conn.execute(SUPPRESS, ["b@example.org"])
        stillness.except_for_us()
    assert stillness.look() == 1


def test_others_are_seen_beside_us(db: Database, another: Database) -> None:
    """What we wrote hides nothing that was written before or after."""
    stillness = Stillness(db)
    another.conn.execute(SUPPRESS, ["a@example.org"])
    with atomic(db):
        assert stillness.look() == 1
        db.conn.execute(SUPPRESS, ["b@example.org"])
        stillness.except_for_us()
    another.conn.execute(SUPPRESS, ["c@example.org"])
    assert stillness.look() == 2


@pytest.mark.parametrize("batch_size", [1, 3, 5, 10])
@pytest.mark.parametrize("at", [1, 4, 5, 6, 9])
def test_whoever_says_no_through_another_program_gets_nothing(
    db: Database, another: Database, at: int, batch_size: int
) -> None:
    """From the next batch on, wherever the run is, and nobody else is left out."""
    made.add_people(db, range(1, 26))
    made.planned_campaign(db)
    late = [f"p{number}@example.org" for number in (20, 25)]

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == at:
            for address in late:
                another.conn.execute(SUPPRESS, [address])
        return accept(letter)

    memory = Memory(answer)
    sent = Sender(db, made.orders(db, batch_size=batch_size), memory, made.Clock()).run()
    assert (sent.accepted, sent.withdrawn) == (23, {"suppressed": 2})
    assert not {letter.message.recipient.email for letter in memory.accepted} & set(late)


def test_a_person_who_changes_through_another_program_is_written_to_as_they_are(
    db: Database, another: Database
) -> None:
    """Their letter was made already, and is made again."""
    made.add_people(db, range(1, 26))
    made.planned_campaign(db)

    def answer(letter: Letter) -> Outcome:
        if letter.delivery_id == 5:
            another.conn.execute(
                "UPDATE supporters SET email = 'new@example.org' WHERE supporter_id = 12"
            )
        return accept(letter)

    memory = Memory(answer)
    sent = Sender(db, made.orders(db, batch_size=10), memory, made.Clock()).run()
    assert sent.accepted == 25
    reached = {letter.delivery_id: letter.message.recipient.email for letter in memory.accepted}
    assert reached[12] == "new@example.org"
