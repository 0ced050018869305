"""What was learnt of providers is kept, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from outreach.dispatch import learnt
from outreach.store import Database

NOON = datetime(2014, 2, 26, 12, tzinfo=UTC)
KEY = learnt.SUBSTITUTION_BYTES


def test_a_number_is_believed_for_thirty_days(db: Database) -> None:
    """Learnt again, it counts anew."""
    assert learnt.number(db, KEY, NOON) is None
    learnt.remember(db, KEY, 1500, NOON)
    assert learnt.number(db, KEY, NOON + timedelta(days=29)) == 1500
    assert learnt.number(db, KEY, NOON + timedelta(days=31)) is None
    learnt.remember(db, KEY, 1400, NOON + timedelta(days=31))
    assert learnt.number(db, KEY, NOON + timedelta(days=60)) == 1400


def test_what_can_not_be_is_not_believed(db: Database) -> None:
    """An older program may have written it."""
    learnt.remember(db, KEY, 1, NOON)
    assert learnt.number(db, KEY, NOON, least=500) is None
    assert learnt.number(db, KEY, NOON) == 1
    with db.conn:
        db.conn.execute("UPDATE learnt SET value = 'many'")
    assert learnt.number(db, KEY, NOON) is None
