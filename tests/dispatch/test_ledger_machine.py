"""Whatever happens in whatever order: nobody twice, nobody lost, the sums balance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import letters as made
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from outreach.dispatch import campaigns, ledger
from outreach.dispatch.orders import Limits
from outreach.dispatch.results import Stop
from outreach.dispatch.retries import MOST_DEFERRALS
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import CampaignState, status
from outreach.errors import AccountRefused, IllegalMove, LeaseHeld, TransportError
from outreach.model import DeliveryState, Letter, Outcome, Refusal, Suppression, Verdict
from outreach.settings import Cap, Pacing
from outreach.store import Database, atomic, create_database, open_database, utc_text
from outreach.supporters import consent

FATES = st.sampled_from(
    [
        *("accept", "accept", "accept", "refuse", "dead", "later", "lost", "doubt"),
        *("raise", "wait", "denied", "bug", "crash"),
    ]
)
LIMITS = st.builds(
    Limits,
    st.sampled_from(
        [
            *(Pacing(), Pacing(per_second=2), Pacing(per_hour=5, per_domain=3)),
            *(Pacing(warmup="3 8"), Pacing(per_minute=4, warmup="6")),
        ]
    ),
    st.sampled_from([Cap(), Cap(messages=1)]),
    st.sampled_from([0, 7]),
)


class World:
    """The far side: it knows who truly got what, whatever we were told."""

    name = "world"

    def __init__(self) -> None:
        self.got: list[int] = []
        self.fates: list[str] = []
        self.crash: Database | None = None
        self.clock = made.Clock()

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Let each letter meet its fate."""
        for letter in letters:
            fate = self.fates.pop() if self.fates else "accept"
            if fate == "raise":
                raise TransportError("gone")
            if fate == "wait":
                raise TransportError("429", retry_at=self.clock() + timedelta(seconds=40))
            if fate == "denied":
                raise AccountRefused("who are you?")
            outcome = self._outcome(letter, fate)
            if fate == "bug":
                raise RuntimeError("a bug after it has left")
            if fate == "crash" and self.crash is not None:
                # from here on nothing can be written down, as if the process had been killed
                self.crash.close()
            yield outcome

    def _outcome(self, letter: Letter, fate: str) -> Outcome:
        if fate == "refuse":
            return Outcome(letter.delivery_id, Verdict.REFUSED, Refusal.POLICY)
        if fate == "dead":
            return Outcome(letter.delivery_id, Verdict.REFUSED, Refusal.DEAD_ADDRESS)
        if fate == "later":
            return Outcome(letter.delivery_id, Verdict.TRY_LATER)
        if fate == "lost":
            return Outcome(letter.delivery_id, Verdict.IN_DOUBT)
        self.got.append(letter.delivery_id)
        if fate == "doubt":
            return Outcome(letter.delivery_id, Verdict.IN_DOUBT)
        return Outcome(letter.delivery_id, Verdict.ACCEPTED, provider_id="x")

    def close(self) -> None:
        """Nothing is open."""


class LedgerMachine(RuleBasedStateMachine):
    """A campaign, a far side with a will of its own, and people who change their minds."""

    @initialize(people=st.integers(1, 30), without=st.integers(0, 5))
    def plan(self, people: int, without: int) -> None:
        """Plan a campaign."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outreach.db"
        create_database(self.path)
        self.db = self._open()
        self.world = World()
        self.clock = self.world.clock
        self.people = people
        with atomic(self.db):
            campaigns.create(self.db, "other", template="t", segment="s", now=made.START)
        made.add_people(self.db, range(1, people + 1))
        made.add_people(self.db, range(100, 100 + without), consent="unknown")
        self.campaign_id = made.planned_campaign(self.db).campaign_id
        self.audience = people + without

    def _open(self) -> Database:
        db = open_database(self.path)
        db.conn.execute("PRAGMA synchronous = OFF")
        return db

    @rule(
        fates=st.lists(FATES, max_size=8),
        batch=st.integers(1, 12),
        limit=st.integers(1, 30),
        limits=LIMITS,
    )
    def dispatch(self, fates: list[str], batch: int, limit: int, limits: Limits) -> None:
        """Run the sender, whatever comes of it."""
        self.world.fates = fates
        self.world.crash = self.db
        naps = []

        def sleep(seconds: float) -> None:
            naps.append(seconds)
            self.clock.advance(seconds=seconds)

        orders = replace(made.orders(self.db, batch_size=batch), limits=limits)
        held, before = campaigns.get(self.db, "spring").held_at, len(self.world.got)
        try:
            sent = Sender(self.db, orders, self.world, self.clock, sleep).run(
                limit=limit, should_stop=lambda: len(naps) > 90
            )
            assert not held or sent.stopped is Stop.HELD
        except (TransportError, RuntimeError, LeaseHeld):
            pass
        except Exception:
            # the crash: the connection is closed, and so is all that would tidy up
            assert not self._alive()
            self.db = self._open()
        new = len(self.world.got) - before
        assert not held or not new
        assert new <= limit

    def _alive(self) -> bool:
        try:
            self.db.conn.execute("SELECT 1")
        except Exception:
            return False
        return True

    @rule(minutes=st.integers(1, 300))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.clock.advance(minutes=minutes)

    @rule(who=st.integers(1, 30))
    def object(self, who: int) -> None:
        """Somebody withdraws consent."""
        self.db.conn.execute(
            "UPDATE supporters SET consent = 'denied' WHERE supporter_id = ?", [who]
        )

    @rule(who=st.integers(1, 30))
    def complain(self, who: int) -> None:
        """Somebody calls it spam; two of them are too many."""
        email, spam = f"p{who}@example.org", Suppression.COMPLAINT
        consent.suppress(self.db, email, spam, "a report", self.clock())

    @rule(who=st.integers(1, 30))
    def send_another(self, who: int) -> None:
        """Another campaign writes to somebody."""
        self.db.conn.execute(
            "INSERT OR IGNORE INTO deliveries (campaign_id, supporter_id, state, changed_at)"
            " SELECT campaign_id, ?, 'accepted', ? FROM campaigns WHERE name = 'other' AND ? <= ?",
            [who, utc_text(self.clock()), who, self.people],
        )

    @rule()
    def hold(self) -> None:
        """Somebody pauses it."""
        with atomic(self.db):
            spring = campaigns.get(self.db, "spring")
            campaigns.hold(self.db, spring, by="Maria", why="wait", now=self.clock())

    @rule()
    def release(self) -> None:
        """Somebody resumes it."""
        made.release(self.db, now=self.clock())

    @rule()
    def plan_again(self) -> None:
        """Where nothing has left, the plan is replaced; else it stands."""
        with suppress(LeaseHeld):
            gone = bool(self.world.got)
            try:
                made.plan_again(self.db)
            except IllegalMove:
                pass
            else:
                assert not gone

    @precondition(lambda self: self._doubts())
    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        """An operator who has found out what became of a letter says so."""
        self._resolve(data.draw(st.sampled_from(self._doubts())))

    def _resolve(self, doubt: int) -> None:
        to = DeliveryState.ACCEPTED if doubt in self.world.got else DeliveryState.PLANNED
        campaign_id, supporter_id = self.db.conn.execute(
            "SELECT campaign_id, supporter_id FROM deliveries WHERE delivery_id = ?", [doubt]
        ).fetchone()
        ledger.resolve(
            self.db, campaign_id, to, by="Maria", supporter_id=supporter_id, now=self.clock()
        )

    def _doubts(self) -> list[int]:
        rows = self.db.conn.execute(
            "SELECT delivery_id FROM deliveries WHERE campaign_id = ? AND state = 'in_doubt'",
            [self.campaign_id],
        )
        return [delivery_id for (delivery_id,) in rows]

    @invariant()
    def nobody_twice(self) -> None:
        """No delivery reached the far side more than once."""
        assert len(self.world.got) == len(set(self.world.got))

    @invariant()
    def nobody_lost(self) -> None:
        """Everybody has one row; who got it is accepted or still in question."""
        rows = self.db.conn.execute(
            "SELECT delivery_id, state FROM deliveries WHERE campaign_id = ?", [self.campaign_id]
        ).fetchall()
        assert len(rows) == self.audience
        states = dict(rows)
        for delivery_id in self.world.got:
            assert states[delivery_id] in {"accepted", "claimed", "in_doubt"}
        accepted = {delivery_id for delivery_id, state in rows if state == "accepted"}
        assert accepted <= set(self.world.got)

    @invariant()
    def sums_balance(self) -> None:
        """And complete means that nothing is open."""
        found = status(self.db, campaigns.get(self.db, "spring"))
        assert found.balanced
        assert found.ledger.total == self.audience
        still_open = found.ledger.planned + found.ledger.claimed + found.ledger.in_doubt
        assert (found.state is CampaignState.COMPLETE) == (not still_open)

    def teardown(self) -> None:
        """With a far side in order, everybody gets it who may."""
        if not hasattr(self, "db"):
            return
        self.world.fates = []
        for _ in range(MOST_DEFERRALS):
            self.clock.advance(hours=5)
            made.release(self.db, now=self.clock())
            Sender(self.db, made.orders(self.db), self.world, self.clock).run()
            for doubt in self._doubts():
                self._resolve(doubt)
            if status(self.db, campaigns.get(self.db, "spring")).state is CampaignState.COMPLETE:
                break
        found = status(self.db, campaigns.get(self.db, "spring"))
        assert found.state is CampaignState.COMPLETE
        assert found.ledger.accepted == len(self.world.got)
        self.nobody_twice()
        self.nobody_lost()
        self.db.close()
        self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLedger = LedgerMachine.TestCase
