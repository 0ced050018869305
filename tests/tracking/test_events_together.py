"""Many events at once are understood as each is alone, and what fails stops nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import letters as made
import posting
import pytest
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.settings import Settings
from outreach.store import create_database, open_database
from outreach.tracking import sendgrid
from outreach.tracking.events import Event, EventKind
from outreach.tracking.subjects import subjects_of
from outreach.workflow import webhooks
from outreach.workflow.events import import_events

PEOPLE = 4
WORDS = st.sampled_from([*sendgrid.KINDS, "mystery"])
TEXTS = st.text(max_size=8) | st.sampled_from(["a\0b", "\ud83d", "😀", "p1@example.org", "bounce"])
#: of every type that JSON has, and as SendGrid writes it
ODD = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.lists(TEXTS, max_size=2)
EVENTS = st.fixed_dictionaries(
    {"event": WORDS},
    optional={
        **dict.fromkeys(("email", "sg_event_id", "reason", "type", "url"), TEXTS | ODD),
        "timestamp": st.integers(-(10**12), 10**12) | st.sampled_from(["1393405200", 1.5]) | ODD,
        "sg_machine_open": st.booleans() | ODD,
        "category": ODD,
    },
)


@given(st.lists(EVENTS | ODD, max_size=4))
def test_the_fast_way_and_the_lenient_one_read_the_same(events: list[object]) -> None:
    """One odd event has a whole body read leniently; in pieces the others are read fast."""
    raw = posting.body(*events)
    understood = sendgrid.understand_all(raw)
    assert understood == [sendgrid.understand(piece) for piece in sendgrid.pieces(raw)]
    assert [sendgrid.is_tracking(said) for said in sendgrid.read(raw)] == [
        event.kind in (EventKind.OPENED, EventKind.CLICKED) for event in understood
    ]
    str(understood).encode()


@pytest.fixture(scope="module")
def sent() -> Iterator[Database]:
    """A campaign to some people, each letter known to its provider as `m` and a number."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outreach.db"
        create_database(path)
        with closing(open_database(path)) as db:
            made.add_people(db, range(1, PEOPLE + 1))
            made.planned_campaign(db)
            db.conn.execute(
                "UPDATE deliveries SET state = 'accepted', attempts = 1,"
                " provider_id = 'm' || delivery_id"
            )
            yield db


ABOUT = st.builds(
    Event,
    st.just("key"),
    st.just("sendgrid"),
    st.sampled_from([EventKind.DELIVERED, EventKind.BOUNCED]),
    st.sampled_from(["", "1-1", "2-1", "2-2", "9-1", "L1-1", "x"]),
    st.sampled_from(["", "m1", "m1.filter", "m2.filter", "m11"]),
    st.sampled_from(["", "p1@example.org", "P2@example.org", "nobody@example.org"]),
    st.just("2014-02-26T09:00:00Z"),
)


@given(events=st.lists(ABOUT, max_size=6))
@configured(max_examples=60)
def test_whom_an_event_is_about_does_not_depend_on_what_came_with_it(
    sent: Database, events: list[Event]
) -> None:
    """Many are looked up together."""
    together = subjects_of(sent, events)
    assert together == [subject for event in events for subject in subjects_of(sent, [event])]


def test_a_long_body_is_recorded_whole_and_once(db: Database, settings: Settings) -> None:
    """However its events repeat in it, and in the next."""
    made.add_people(db, range(1, PEOPLE + 1))
    made.planned_campaign(db)
    db.conn.execute("UPDATE deliveries SET attempts = 1")
    events = [
        posting.event("delivered", f"{n % PEOPLE + 1}-1", f"p{n % PEOPLE + 1}@example.org", n=n)
        | {"sg_event_id": f"e{n}"}
        for n in range(1203)
    ]
    first = posting.posted(*events[:900], *events[300:600])
    keyed = replace(settings, sendgrid=replace(settings.sendgrid, webhook_key=posting.public()))
    done = import_events(db, keyed, [first], now=made.START)
    assert (done.events, done.new, done.kinds) == (1200, 900, {"delivered": 900})
    done = import_events(db, keyed, [posting.posted(*events)], now=made.START)
    assert (done.events, done.new) == (1203, 303)
    found = db.conn.execute("SELECT count(*), count(delivery_id) FROM provider_events").fetchone()
    assert found == (1203, 1203)


def _stored(db: Database, settings: Settings, names: list[str]) -> None:
    keyed = replace(settings, sendgrid=replace(settings.sendgrid, webhook_key=posting.public()))
    for name in names:
        raw = posting.body(posting.event("delivered", sg_event_id=name))
        headers = {
            "x-twilio-email-event-webhook-signature": posting.sign(raw),
            "x-twilio-email-event-webhook-timestamp": posting.TIMESTAMP,
        }
        assert webhooks.take_events(db, webhooks.prove_events(keyed, raw, headers), made.START)


def _known(db: Database) -> list[str]:
    rows = db.conn.execute("SELECT event_key FROM provider_events ORDER BY event_id")
    return [key.split()[-1] for (key,) in rows]


def test_one_body_that_fails_takes_none_with_it(db: Database, settings: Settings) -> None:
    """Though many are recorded in one transaction; it goes on waiting."""
    _stored(db, settings, ["a", "b", "bad", "c", "d"])
    db.conn.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON provider_events WHEN NEW.event_key LIKE '% bad'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    done = webhooks.understand_waiting(db, settings, lambda: made.START)
    assert (done.done, dict(done.failed)) == (4, {3: "IntegrityError"})
    assert _known(db) == ["a", "b", "c", "d"]
    db.conn.execute("DROP TRIGGER refuse")
    assert webhooks.understand_waiting(db, settings, lambda: made.START).done == 1
    assert _known(db)[-1] == "bad"


def test_whoever_waits_is_let_in_after_a_body(db: Database, settings: Settings) -> None:
    """What is behind it is left for the next turn."""
    _stored(db, settings, ["a", "b", "c"])
    bodies, _ = webhooks.read_waiting_events(db)
    one = webhooks.understand_events(db, bodies, lambda: made.START, should_stop=lambda: True)
    assert (one.done, _known(db)) == (1, ["a"])
    bodies, _ = webhooks.read_waiting_events(db, but={2})
    assert [body.body_id for body in bodies] == [3]
