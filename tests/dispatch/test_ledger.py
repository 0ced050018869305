"""The ledger's moves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import letters as made
import pytest
from sqlite_utils import Database

import outreach
from outreach.dispatch import ledger
from outreach.dispatch.ledger import MOVES, Entry
from outreach.model import DeliveryState

S = DeliveryState
ME = "here:1:me"


def test_the_moves_are_exactly_these() -> None:
    """The table is the law, so changing it is a decision."""
    assert {(a, b) for a, to in MOVES.items() for b in to} == {
        (S.PLANNED, S.CLAIMED),
        (S.PLANNED, S.WITHDRAWN),
        (S.PLANNED, S.CANCELLED),
        (S.CLAIMED, S.ACCEPTED),
        (S.CLAIMED, S.REFUSED),
        (S.CLAIMED, S.PLANNED),
        (S.CLAIMED, S.IN_DOUBT),
        (S.IN_DOUBT, S.ACCEPTED),
        (S.IN_DOUBT, S.REFUSED),
        (S.IN_DOUBT, S.PLANNED),
    }
    assert set(MOVES) == set(S)


#: what other modules of the room write: when a row may leave, and what stands for an erased address
_BESIDES = r"UPDATE\s+deliveries\s+SET\s+(?!not_before\b|address_hash\b)"


def test_states_change_in_one_place() -> None:
    """No other statement in the package moves a delivery."""
    package = Path(outreach.__file__).parent
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(_BESIDES, path.read_text("utf-8"), re.IGNORECASE)
    }
    assert found == {"dispatch/ledger.py"}
    assert (package / "dispatch/ledger.py").read_text("utf-8").count("UPDATE deliveries") == 1


def _put(db: Database, state: DeliveryState) -> int:
    db.conn.execute("DELETE FROM deliveries")
    db.conn.execute(
        "INSERT INTO deliveries (delivery_id, campaign_id, supporter_id, state, holder, changed_at)"
        " VALUES (1, 1, 1, ?, ?, '')",
        [state, ME],
    )
    return 1


def _state(db: Database) -> str:
    (state,) = db.conn.execute("SELECT state FROM deliveries WHERE delivery_id = 1").fetchone()
    return str(state)


@pytest.mark.parametrize(("before", "to"), list(itertools.product(S, sorted(MOVES[S.CLAIMED]))))
def test_an_outcome_moves_only_what_may_move(
    db: Database, before: DeliveryState, to: DeliveryState
) -> None:
    """A row that is elsewhere by now is left alone; a doubt is never planned again by itself."""
    made.add_people(db, [1])
    made.planned_campaign(db)
    _put(db, before)
    moved = ledger.settle(db, [Entry(1, to)], holder=ME, provider="x", now=made.START)
    legal = before is S.CLAIMED or (before is S.IN_DOUBT and to in {S.ACCEPTED, S.REFUSED})
    assert moved == int(legal)
    assert _state(db) == (to if legal else before)


def test_an_outcome_moves_only_the_claims_of_who_brings_it(db: Database) -> None:
    """Another dispatcher's claim of the same row is not settled by ours."""
    made.add_people(db, [1])
    made.planned_campaign(db)
    _put(db, S.CLAIMED)
    entries = [Entry(1, S.ACCEPTED)]
    assert ledger.settle(db, entries, holder="x:1:y", provider="x", now=made.START) == 0
    assert _state(db) == S.CLAIMED


@pytest.mark.parametrize(("before", "to"), list(itertools.product(S, sorted(MOVES[S.IN_DOUBT]))))
def test_a_person_settles_only_doubts(
    db: Database, before: DeliveryState, to: DeliveryState
) -> None:
    """By name, and nothing else may be settled by word."""
    made.add_people(db, [1])
    made.planned_campaign(db)
    _put(db, before)
    settled = ledger.resolve(db, 1, to, by="Maria", now=made.START)
    assert settled == int(before is S.IN_DOUBT)
    assert _state(db) == (to if settled else before)
    (detail,) = db.conn.execute("SELECT detail FROM deliveries").fetchone()
    assert ("Maria" in detail) == bool(settled)


def test_one_doubt_can_be_settled_alone(db: Database) -> None:
    """Of the others somebody knows nothing yet; other campaigns are not touched."""
    made.add_people(db, [1, 2])
    for name in ("spring", "summer"):
        made.planned_campaign(db, name)
    db.conn.execute("UPDATE " + "deliveries SET state = 'in_doubt'")
    assert ledger.resolve(db, 1, S.REFUSED, by="Maria", supporter_id=2, now=made.START) == 1
    assert ledger.resolve(db, 1, S.PLANNED, by="Maria", now=made.START) == 1
    rows = db.conn.execute("SELECT campaign_id, supporter_id, state, reason FROM deliveries")
    assert sorted(rows) == [
        (1, 1, "planned", ""),
        (1, 2, "refused", "unknown"),
        (2, 1, "in_doubt", ""),
        (2, 2, "in_doubt", ""),
    ]


def test_only_what_is_still_planned_is_claimed(db: Database) -> None:
    """What was cancelled or taken meanwhile is left alone."""
    made.add_people(db, [1, 2, 3])
    campaign = made.planned_campaign(db)
    rows = list(ledger.due(db, campaign.campaign_id, by=made.START, limit=None))
    assert ledger.claim(db, rows[:1], "x:1:y", made.START)
    claimed = ledger.claim(db, rows, ME, made.START)
    assert claimed == {row.delivery_id for row in rows[1:]}


def test_claims_raise_the_attempts(db: Database) -> None:
    """So that each attempt has a name of its own."""
    made.add_people(db, [1])
    campaign = made.planned_campaign(db)
    for attempt in range(3):
        (row,) = ledger.due(db, campaign.campaign_id, by=made.START, limit=None)
        assert row.attempts == attempt
        ledger.claim(db, [row], ME, made.START)
        assert ledger.release(db, campaign.campaign_id, ME, made.START) == 1


def test_what_is_due_is_read_along_an_index(db: Database) -> None:
    """Claiming the last batch of a million costs what the first did."""
    names = {"campaign_id": 1, "by": "2014-02-26T09:00:00Z", "most": 500}
    plan = _query_plan(db, ledger._DUE, {**names, "waited": "", "delivery_id": 7})
    assert plan.count("USING INDEX deliveries_planned") == 2
    assert "TEMP B-TREE" not in plan
    assert "not_before=? AND rowid>?" in plan


def test_claims_and_doubts_are_found_along_indexes(db: Database) -> None:
    """Tidying up after a run costs nothing for a million people who are done."""
    assert "deliveries_claimed" in _query_plan(db, ledger._RELEASE, ["", 1, ME])
    assert "deliveries_claimed" in _query_plan(db, ledger._DOUBT_OTHERS, ["", "", 1, ME])
    planned = ["", "", "", "", 1, None]
    assert "deliveries_in_doubt" in _query_plan(db, ledger._RESOLVE[S.PLANNED], planned)


def _query_plan(db: Database, statement: str, values: Sequence[object] | dict[str, object]) -> str:
    rows = db.conn.execute("EXPLAIN QUERY PLAN " + statement, values)
    return "\n".join(str(row[3]) for row in rows)


def test_what_is_due_is_given_in_stretches(db: Database) -> None:
    """A stretch begins after the last row of the one before, whatever became of that."""
    made.add_people(db, range(1, 8))
    campaign = made.planned_campaign(db)
    db.conn.execute(
        "UPDATE " + "deliveries SET not_before = '2014-02-01T00:00:00Z' WHERE delivery_id < 4"
    )
    after, found = ledger.NOTHING, []
    while rows := list(ledger.due(db, campaign.campaign_id, by=made.START, limit=2, after=after)):
        found += [row.delivery_id for row in rows]
        ledger.claim(db, rows[-1:], ME, made.START)
        after = rows[-1]
    assert found == [4, 5, 6, 7, 1, 2, 3]
