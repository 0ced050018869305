"""What follows from events: doubts are settled, addresses left alone, nothing twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import letters as made
import posting
import pytest
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.errors import SettingsError
from outreach.settings import Settings
from outreach.settings.sections import SendGrid
from outreach.store import create_database, open_database
from outreach.tracking import journal
from outreach.workflow.events import AppliedEvents, Posted, apply_events, import_events

event = posting.event
PEOPLE = 6


@pytest.fixture
def campaign(db: Database) -> Database:
    """A campaign to six people, each letter in doubt at its first attempt."""
    _in_doubt(db)
    return db


def _in_doubt(db: Database) -> None:
    made.add_people(db, range(1, PEOPLE + 1))
    made.planned_campaign(db)
    db.conn.execute("UPDATE deliveries SET state = 'in_doubt', attempts = 1, provider = 'sendgrid'")


def _settings(root: Path) -> Settings:
    return Settings(root=root, sendgrid=SendGrid(webhook_key=posting.public()))


def _import(db: Database, *events: object, now: datetime = made.START) -> AppliedEvents:
    return import_events(db, _settings(Path()), [posting.posted(*events)], now=now)


def _states(db: Database) -> dict[int, tuple[str, str]]:
    rows = db.conn.execute("SELECT delivery_id, state, reason FROM deliveries")
    return {number: (state, reason) for number, state, reason in rows}


def _suppressed(db: Database) -> dict[str, str]:
    return dict(db.conn.execute("SELECT email, reason FROM suppressions"))


def _everything(db: Database) -> list[str]:
    return list(db.conn.iterdump())


def test_a_doubt_is_settled_by_its_attempts_id(campaign: Database) -> None:
    """Taken by SendGrid is accepted, dropped by it is refused, with the reason."""
    done = _import(
        campaign,
        event("processed", "1-1", "p1@example.org", sg_message_id="m.1"),
        event("dropped", "2-1", "p2@example.org", reason="Spam Content"),
        event("bounce", "3-1", "p3@example.org", type="bounce", reason="550 nobody"),
    )
    assert done.settled == 3
    assert _states(campaign) == {
        1: ("accepted", ""),
        2: ("refused", "message"),
        3: ("accepted", ""),
        4: ("in_doubt", ""),
        5: ("in_doubt", ""),
        6: ("in_doubt", ""),
    }
    assert _suppressed(campaign) == {"p3@example.org": "dead_address"}
    provider_id, detail = campaign.conn.execute(
        "SELECT provider_id, detail FROM deliveries WHERE delivery_id = 1"
    ).fetchone()
    assert provider_id == "m.1"
    assert detail == "processed, says sendgrid of 2014-02-26T09:00:00Z"


@pytest.mark.parametrize(
    ("attempt", "email"),
    [
        ("1-2", "p1@example.org"),
        ("1-1", "p2@example.org"),
        ("99-1", "p1@example.org"),
        ("test-1-0", "p1@example.org"),
        ("1-1x", "p1@example.org"),
        ("01-1", "p1@example.org"),
        ("", "p1@example.org"),
    ],
)
def test_nothing_else_settles_a_doubt(campaign: Database, attempt: str, email: str) -> None:
    """Another attempt, another person, no id: the doubt stays for somebody to settle."""
    assert _import(campaign, event("delivered", attempt, email)).settled == 0
    assert {state for state, _ in _states(campaign).values()} == {"in_doubt"}


def test_an_earlier_attempt_does_not_settle_the_last(campaign: Database) -> None:
    """Somebody had it sent again meanwhile."""
    campaign.conn.execute("UPDATE deliveries SET attempts = 2")
    assert _import(campaign, event("delivered", "1-1", "p1@example.org")).settled == 0
    assert _import(campaign, event("delivered", "1-2", "p1@example.org")).settled == 1


@pytest.mark.parametrize(
    "state", ["planned", "claimed", "accepted", "refused", "withdrawn", "cancelled", "excluded"]
)
def test_only_a_doubt_is_settled(campaign: Database, state: str) -> None:
    """No other state is left for an event, and a letter on its way is its dispatcher's."""
    campaign.conn.execute("UPDATE deliveries SET state = ?", [state])
    before = _states(campaign)
    assert _import(campaign, event("dropped", "1-1", reason="Invalid")).settled == 0
    assert _states(campaign) == before


def test_a_doubt_that_comes_after_its_event_is_settled_too(campaign: Database) -> None:
    """A dispatcher was killed; its letters come into doubt when the next one begins."""
    campaign.conn.execute("UPDATE deliveries SET state = 'claimed' WHERE delivery_id = 1")
    _import(campaign, event("delivered", "1-1", "p1@example.org"))
    campaign.conn.execute("UPDATE deliveries SET state = 'in_doubt' WHERE delivery_id = 1")
    assert apply_events(campaign, now=made.START).settled == 1


def test_what_readers_want_is_done(campaign: Database) -> None:
    """Complaints and wishes to get no more, also without an attempt's id."""
    done = _import(
        campaign,
        event("spamreport", "1-1", "P1@example.org"),
        event("unsubscribe", "", "p2@example.org"),
        event("group_unsubscribe", "3-1", "p3@example.org"),
        event("group_resubscribe", "3-1", "p3@example.org"),
        event("bounce", "", "p4@example.org", type="blocked"),
        event("bounce", "", "stranger@example.org", type="bounce"),
    )
    assert _suppressed(campaign) == {
        "p1@example.org": "complaint",
        "p2@example.org": "unsubscribed",
        "p3@example.org": "unsubscribed",
    }
    assert (done.suppressed, done.unmatched) == (3, 1)


def test_a_late_bounce_without_our_id_is_found_by_the_providers(campaign: Database) -> None:
    """It stands with the delivery, proves no attempt and settles nothing."""
    campaign.conn.execute("UPDATE deliveries SET state = 'accepted', provider_id = 'abc'")
    late = event("bounce", "", "p2@example.org", type="bounce", sg_message_id="abc.filter.0")
    assert _import(campaign, late).suppressed == 1
    [line] = journal.list_events(campaign, campaign="spring")
    assert (line.delivery_id, line.attempt, line.address) == (2, 0, "p…@example.org")


def test_opens_and_clicks_of_people_who_did_not_agree_never_reach_the_disk(
    campaign: Database,
) -> None:
    """Not even in the body; those of others are kept, and all else is kept byte for byte."""
    campaign.conn.execute("UPDATE supporters SET tracking = 'granted' WHERE supporter_id = 2")
    campaign.conn.execute("UPDATE supporters SET tracking = 'denied' WHERE supporter_id = 3")
    done = _import(
        campaign,
        event("open", "1-1", "p1@example.org", useragent="secret"),
        event("open", "2-1", "p2@example.org", useragent="known"),
        event("click", "3-1", "p3@example.org", url="https://example.org/secret"),
        event("click", "", "stranger@example.org", url="https://example.org/secret"),
        event("delivered", "1-1", "p1@example.org"),
    )
    assert done.left_out == 3
    assert done.kinds == {"opened": 1, "delivered": 1}
    [body_id] = journal.everything(campaign)
    assert b"secret" not in journal.raw_body(campaign, body_id)
    kept = [event("open", "2-1", "p2@example.org", useragent="known")]
    kept += [event("delivered", "1-1", "p1@example.org")]
    assert journal.raw_body(campaign, body_id) == posting.body(*kept)


def test_a_yes_to_counting_ends_with_any_no_to_our_mail(campaign: Database) -> None:
    """Whether they left, complained, or told us."""
    campaign.conn.execute("UPDATE supporters SET tracking = 'granted'")
    campaign.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 1")
    for number, reason in ((2, "unsubscribed"), (3, "complaint"), (4, "dead_address")):
        campaign.conn.execute(
            "INSERT INTO suppressions (email, reason, source, suppressed_at) VALUES (?, ?, '', '')",
            [f"p{number}@example.org", reason],
        )
    opens = [event("open", f"{n}-1", f"p{n}@example.org") for n in range(1, 5)]
    done = _import(campaign, *opens)
    assert (done.left_out, done.kinds) == (3, {"opened": 1})


def test_a_body_of_which_nothing_may_be_kept_is_not_stored(campaign: Database) -> None:
    """No trace of it is left."""
    before = _everything(campaign)
    assert _import(campaign, event("open", "1-1", "p1@example.org")).left_out == 1
    assert _everything(campaign) == before


def test_the_same_body_twice_changes_nothing(campaign: Database) -> None:
    """Not even the second time."""
    events = [
        event("bounce", "1-1", "p1@example.org", type="bounce"),
        event("open", "2-1", "p2@example.org"),
        {"event": "delivered", "oa_attempt": "2-1"},
    ]
    _import(campaign, *events)
    before = _everything(campaign)
    done = _import(campaign, *events, now=made.Clock()())
    assert (done.repeated_bodies, done.new, done.settled) == (1, 0, 0)
    assert _everything(campaign) == before


def test_understanding_again_changes_nothing(campaign: Database) -> None:
    """All that is stored, as often as you like."""
    _import(campaign, event("bounce", "1-1", "p1@example.org", type="bounce"))
    _import(campaign, event("dropped", "2-1", reason="Invalid"), event("mystery", "3-1"))
    before = _everything(campaign)
    for _ in range(2):
        done = apply_events(campaign, again=True, now=made.START)
        assert (done.bodies, done.events, done.new, done.settled) == (2, 3, 0, 0)
    assert _everything(campaign) == before


def test_what_was_learnt_since_is_understood_again(campaign: Database) -> None:
    """Somebody who came onto the list later is found in what is stored."""
    _import(campaign, event("unsubscribe", "", "new@example.org"))
    assert _suppressed(campaign) == {}
    campaign.conn.execute("INSERT INTO supporters (email) VALUES ('new@example.org')")
    assert apply_events(campaign, now=made.START).suppressed == 0
    assert apply_events(campaign, again=True, now=made.START).suppressed == 1


def test_an_import_that_was_stopped_is_finished_by_the_next(campaign: Database) -> None:
    """A body that is stored and not understood waits for it."""
    raw = posting.body(event("delivered", "1-1", "p1@example.org"))
    body = journal.Body("sendgrid", "post", True, b"key", raw)
    assert journal.store(campaign, body, made.START)
    assert _import(campaign).settled == 1


def test_only_what_is_signed_is_believed(campaign: Database) -> None:
    """Unless somebody says so; a body that is refused keeps no other out."""
    raw = posting.body(event("delivered", "1-1", "p1@example.org"))
    good = posting.posted(event("delivered", "2-1", "p2@example.org"))
    changed = replace(good, raw=good.raw.replace(b"2-1", b"3-1"), source="changed")
    configuration = _settings(Path())
    posts = [Posted("bare", raw), changed, good]
    done = import_events(campaign, configuration, posts, now=made.START)
    assert [(r.source, r.reason) for r in done.refused] == [
        ("bare", "nobody signed it"),
        ("changed", "it was not signed with [sendgrid] webhook_key, or was changed since"),
    ]
    assert done.settled == 1
    done = import_events(campaign, configuration, posts[:2], unsigned=True, now=made.START)
    assert [r.source for r in done.refused] == ["changed"]
    assert done.settled == 1
    assert [row["signed"] for row in campaign["provider_bodies"].rows] == [1, 0]


def test_a_signature_without_a_key_to_verify_it_is_a_missing_setting(
    campaign: Database, tmp_path: Path
) -> None:
    """It says which."""
    with pytest.raises(SettingsError, match="webhook_key is empty"):
        import_events(
            campaign, Settings(root=tmp_path), [posting.posted(event("open"))], now=made.START
        )


def test_planning_again_lets_go_of_events(campaign: Database) -> None:
    """An event of a letter that was taken back does not stand in the way of a new plan."""
    _import(campaign, event("processed", "1-1", "p1@example.org"))
    campaign.conn.execute("UPDATE deliveries SET state = 'planned'")
    made.plan_again(campaign)
    [line] = journal.list_events(campaign)
    assert line.delivery_id is None


def _history(delivery: int, words: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        event(word, f"{delivery}-1", f"p{delivery}@example.org", timestamp=1393405200 + n, **said)
        for n, (word, said) in enumerate(words)
    ]


HARD = ("bounce", {"type": "bounce"})
#: what SendGrid tells of one letter
HISTORIES = st.sampled_from(
    [
        [("dropped", {"reason": "Unsubscribed Address"})],
        [("dropped", {"reason": "Spam Content"})],
        [("processed", {}), HARD],
        [("processed", {}), ("deferred", {}), ("delivered", {}), HARD],
        [("processed", {}), ("deferred", {}), ("bounce", {"type": "blocked"})],
        [("processed", {}), ("delivered", {}), ("spamreport", {}), ("unsubscribe", {})],
        [("processed", {}), ("delivered", {}), ("group_unsubscribe", {}), HARD],
        [("mystery", {})],
        [],
    ]
)


@contextmanager
def _fresh() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outreach.db"
        create_database(path)
        db = open_database(path)
        db.conn.execute("PRAGMA synchronous = OFF")
        _in_doubt(db)
        yield db
        db.close()


def _end(posts: list[list[dict[str, Any]]]) -> tuple[object, ...]:
    with _fresh() as db:
        for events in posts:
            _import(db, *events)
        kinds = sorted(db.conn.execute("SELECT event_key, kind, attempt FROM provider_events"))
        return _states(db), _suppressed(db), kinds


@given(st.lists(HISTORIES, min_size=PEOPLE, max_size=PEOPLE), st.data())
@configured(max_examples=15)
def test_any_order_and_repetition_of_the_same_events_has_the_same_end(
    histories: list[list[tuple[str, dict[str, Any]]]], data: st.DataObject
) -> None:
    """However SendGrid groups, mixes and repeats what it tells."""
    events = [e for n, words in enumerate(histories, 1) for e in _history(n, words)]
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    mixed = data.draw(st.permutations(events + repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=4)))
    posts = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    assert _end(posts) == _end([events])


def test_a_letter_to_an_address_that_was_changed_since_is_known(campaign: Database) -> None:
    """By the provider's id. The old one is dead and not the new one; a complaint speaks of both."""
    campaign.conn.execute(
        "UPDATE deliveries SET state = 'accepted', provider_id = 'm' || delivery_id"
    )
    campaign.conn.execute("UPDATE supporters SET email = 'new' || email")
    _import(
        campaign,
        event("bounce", "1-1", "p1@example.org", type="bounce", sg_message_id="m1.filter"),
        event("spamreport", "2-1", "p2@example.org", sg_message_id="m2.filter"),
        # of another letter, whose number came back with a backup
        event("spamreport", "3-1", "p3@example.org", sg_message_id="m33.filter"),
    )
    assert _suppressed(campaign) == {
        "p1@example.org": "dead_address",
        "newp2@example.org": "complaint",
    }
