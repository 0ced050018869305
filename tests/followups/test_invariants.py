"""Whatever staff and mails do to follow-ups, in whatever order: what always holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.errors import IllegalMove, InputError
from outreach.followups import arrivals, merging, queue
from outreach.followups.arrivals import Arrival
from outreach.followups.stages import DONE
from outreach.model import CloseReason, Stage
from outreach.settings import Settings
from outreach.store import atomic, create_database, open_database, utc_text

START = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)

acts = st.one_of(
    st.tuples(st.just("mail"), st.integers(1, 3), st.integers(-48, 48)),
    st.tuples(st.just("move"), st.integers(1, 4), st.sampled_from(Stage)),
    st.tuples(st.just("close"), st.integers(1, 4), st.sampled_from(CloseReason)),
    st.tuples(st.just("assign"), st.integers(1, 4), st.sampled_from(["", "amina", "joost"])),
    st.tuples(st.just("answer"), st.integers(1, 4), st.just("by telephone")),
    st.tuples(st.just("snooze"), st.integers(1, 4), st.integers(0, 5)),
    st.tuples(st.just("due"), st.integers(1, 4), st.integers(-5, 50)),
    st.tuples(st.just("merge"), st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.just("split"), st.integers(1, 4), st.integers(1, 9)),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database without anybody."""
    path = tmp_path_factory.mktemp("queue") / "outreach.db"
    create_database(path)
    db = open_database(path)
    yield db
    db.close()


def mail(db: Database, person: int, hours: int, now: datetime) -> None:
    """Let a person write; mails come in any order."""
    (number,) = db.conn.execute("SELECT count(*) + 1 FROM inbound").fetchone()
    moment, address = now + timedelta(hours=hours), f"p{person}@example.org"
    db.conn.execute(
        "INSERT INTO inbound (inbound_id, dedupe_key, source, received_at, raw)"
        " VALUES (?, ?, '', ?, x'')",
        [number, str(number).encode(), utc_text(moment)],
    )
    db.conn.execute(
        "INSERT INTO replies (inbound_id, kind, certainty, from_address, understood_at)"
        " VALUES (?, 'question', 0.9, ?, '')",
        [number, address],
    )
    arrival = Arrival(number, moment, address, None, None, None, "", address, "", "")
    arrivals.open_or_join(db, arrival, Settings(root=Path()), now)


def act(db: Database, what: str, followup_id: int, value: object, now: datetime) -> None:
    """Do one thing; what is refused changes nothing."""
    match what, value:
        case "mail", int(hours):
            mail(db, followup_id, hours, now)
        case "move", Stage() as stage:
            queue.move(db, followup_id, stage, "a", now)
        case "close", CloseReason() as reason:
            queue.close(db, followup_id, reason, "a", now)
        case "assign", str(who):
            queue.assign(db, followup_id, who, "a", now)
        case "answer", str(how):
            queue.answered(db, followup_id, how, "a", now)
        case "snooze", int(days):
            until = now.date() + timedelta(days=days) if days else None
            queue.snooze(db, followup_id, until, "a", now)
        case "due", int(hours):
            queue.set_due(db, followup_id, now + timedelta(hours=hours), "a", now)
        case "merge", int(other):
            merging.merge(db, followup_id, other, "a", now)
        case "split", int(mail_id):
            merging.split(db, followup_id, [mail_id], "a", now)


@settings(max_examples=40)
@given(st.lists(acts, max_size=30))
def test_it_always_adds_up(empty: Database, done: list[tuple[str, int, object]]) -> None:
    """No mail is lost, nobody waits unseen, and the history leads to what stands there."""
    db, now, mails = empty, START, 0
    db.conn.execute("BEGIN")
    try:
        for what, followup_id, value in [("mail", 1, 0), *done]:
            now += timedelta(hours=1)
            with suppress(IllegalMove, InputError), atomic(db):
                act(db, what, followup_id, value, now)
            mails += what == "mail"
            check(db, mails)
    finally:
        db.conn.execute("ROLLBACK")


def check(db: Database, mails: int) -> None:
    """See that everything holds."""
    (held,) = db.conn.execute("SELECT count(*) FROM followup_replies").fetchone()
    assert held == mails
    rows = db.conn.execute(
        "SELECT followup_id, stage, close_reason, due_at, waiting_since, merged_into FROM followups"
    ).fetchall()
    merged = {row[0]: row[-1] for row in rows}
    for followup_id, stage, reason, due, waiting, into in rows:
        assert bool(due) == bool(waiting)
        assert not (stage in DONE and due)
        assert stage == Stage.CLOSED or not reason
        assert reason or into or stage != Stage.CLOSED
        # all of what was merged is in one that was not
        assert into is None or merged[into] is None
        history(db, followup_id)


def history(db: Database, followup_id: int) -> None:
    """Each change begins where the one before ended, and the last is what stands there."""
    (stage, assignee, snoozed, due, version) = db.conn.execute(
        "SELECT stage, assignee, snoozed_until, due_at, version FROM followups"
        " WHERE followup_id = ?",
        [followup_id],
    ).fetchone()
    told: dict[str, list[tuple[str, str, int]]] = {}
    for field, old, new, at in db.conn.execute(
        "SELECT field, old, new, version FROM followup_history WHERE followup_id = ?"
        " ORDER BY history_id",
        [followup_id],
    ):
        told.setdefault(field, []).append((old, new, at))
    for field, now in {"stage": stage, "assignee": assignee, "snoozed_until": snoozed}.items():
        chain = told.get(field, [("", "", 1)])
        assert chain[-1][1] == now
        assert all(a[1] == b[0] for a, b in pairwise(chain))
    if "due_at" in told:
        assert told["due_at"][-1][1] == due
    assert max(at for chain in told.values() for *_, at in chain) == version
