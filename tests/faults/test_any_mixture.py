"""Whatever happens, in whatever order, each as often as it likes: the account comes out even."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import standins_sendgrid as api
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mortal import Mortals
from standins_smtp import Fault
from worlds import OVER, SIDES, SendGridSide, SmtpSide, World, Worlds

from outreach.dispatch.retries import MOST_DEFERRALS
from outreach.errors import IllegalMove
from outreach.settings import load
from outreach.workflow.campaigns import plan_campaign, settle_doubts
from outreach.workflow.holding import cancel_campaign, pause_campaign, resume_campaign

PEOPLE = 24
KILLED = -9
#: the ways in which a command ends that works as it should: busy, held, no mail service, no account
ENDS = {0, KILLED, 65, 69, 75, 77}
START = datetime(2014, 2, 26, 12, tzinfo=UTC)


@dataclass
class Story:
    """A world, and its time."""

    world: World
    now: datetime = START

    def run(self, mortals: Mortals, **order: object) -> int:
        """Let a process dispatch, at the present moment."""
        return self.world.run(mortals, at=self.now.isoformat(), **order)

    def doubts(self) -> list[str]:
        """Give the addresses of those in doubt."""
        return self.world.states().get("in_doubt", [])

    def settle(self, address: str) -> None:
        """Have an operator say what became of a letter, who has looked at the far side's record."""
        word = "accepted" if address in self.world.side.took() else "resend"
        with self.world.database() as db:
            settle_doubts(db, "spring", word, by="Maria", only=[address], now=self.now)

    def plan_again(self) -> None:
        """Replace the plan, which goes as long as nothing has left."""
        with self.world.database() as db, suppress(IllegalMove):
            settings = load(self.world.folder, environment={})
            plan_campaign(db, settings, "spring", day=START.date(), now=self.now)
            assert self.world.side.took() == []

    def hold(self) -> None:
        """Pause it, if there is anything to pause."""
        with self.world.database() as db, suppress(IllegalMove):
            pause_campaign(db, "spring", by="Maria", now=self.now)

    def release(self) -> None:
        """Let it go on."""
        with self.world.database() as db:
            resume_campaign(db, "spring", by="Maria", now=self.now)

    def cancel(self) -> None:
        """Cancel what is still to go."""
        with self.world.database() as db:
            cancel_campaign(db, "spring", by="Maria", now=self.now)

    def object(self, number: int) -> None:
        """Have somebody withdraw their consent."""
        with self.world.database() as db:
            db.conn.execute(
                "UPDATE supporters SET consent = 'denied' WHERE supporter_id = ?", [number]
            )


SAYS = ["421 4.7.0 go", "450 4.2.1 later", "451 4.3.0 error", "452 4.2.2 full", "454 4.7.0 no"]
SAYS += ["500 5.5.2 what", "530 5.7.0 log in", "550 5.1.1 nobody", "550 5.7.1 policy"]
SAYS += ["552 5.2.2 full", "554 5.7.1 spam", "354 what", "nonsense"]
TIMES = st.integers(1, 3)
SMTP_FAULTS = st.one_of(
    st.builds(lambda say, times: Fault(say=say, times=times), st.sampled_from(SAYS), TIMES),
    st.builds(
        lambda cut, reset, times: Fault(cut=cut, reset=reset, times=times),
        st.sampled_from(["before", "during", "after"]),
        st.booleans(),
        TIMES,
    ),
)
STEPS = st.sampled_from(["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "DOT", "DOT", "QUIT"])
NO_RECIPIENT = {"GREETING", "EHLO", "MAIL", "QUIT"}
SENDGRID_FAULTS = st.sampled_from(
    [
        *(api.RESET_BEFORE, api.RESET_DURING, api.RESET_AFTER, api.RESET_UNTAKEN),
        *(api.CLOSED_AFTER, api.TRUNCATED, api.TOO_MUCH, api.refuses_person()),
        *(api.says(500), api.says(503, taken=True), api.says(502, "<html>"), api.says(429)),
        *(api.says(401), api.says(403), api.says(404), api.says(302), api.says(200)),
        api.says(400, api.error("Bad Request")),
        api.says(429, headers={"X-RateLimit-Reset": str(int(START.timestamp()))}),
        api.Fault(taken=True, cut=9),
    ]
)


def order_faults(world: World, draw: st.DataObject) -> None:
    """Have the far side fail in any ways."""
    people = st.integers(1, PEOPLE).map(lambda n: f"p{n}@example.org")
    if isinstance(world.side, SmtpSide):
        placed = draw.draw(st.dictionaries(st.tuples(STEPS, people), SMTP_FAULTS, max_size=6))
        world.side.server.faults = {
            (step, "" if step in NO_RECIPIENT else address): Fault(**vars(fault))
            for (step, address), fault in placed.items()
        }
    elif isinstance(world.side, SendGridSide):
        for_people = SENDGRID_FAULTS.filter(lambda fault: fault.read is None)
        world.side.api.faults = dict(draw.draw(st.dictionaries(people, for_people, max_size=2)))
        others = SENDGRID_FAULTS.filter(lambda fault: not fault.person)
        world.side.api.script = draw.draw(st.lists(st.none() | others, max_size=4))


def mend(world: World) -> None:
    """Have the far side work."""
    if isinstance(world.side, SmtpSide):
        world.side.server.faults = {}
    elif isinstance(world.side, SendGridSide):
        world.side.api.faults, world.side.api.script = {}, []


CUTS = st.none() | st.tuples(st.sampled_from(["up", "down"]), st.integers(1, 9_000))
POINTS = st.sampled_from(["taken", "told", "before a commit", "after a commit"])
ACTS = st.sampled_from(
    [
        *("run", "run", "run", "run", "die", "die", "lose power", "hold", "release"),
        *("plan again", "cancel", "settle", "object", "wait"),
    ]
)
#: a failure is told as it was found: with processes, looking for a shorter one takes minutes
AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.parametrize("transport", SIDES)
@settings(max_examples=12, phases=AS_FOUND)
@given(acts=st.lists(ACTS, min_size=3, max_size=14), draw=st.data())
def test_the_account_comes_out_even(
    tmp_path_factory: pytest.TempPathFactory,
    mortals: Mortals,
    transport: str,
    acts: list[str],
    draw: st.DataObject,
) -> None:
    """After each act, and at an end that is always reached."""
    worlds = Worlds(tmp_path_factory.mktemp("worlds"))
    try:
        story = Story(worlds.world(transport, PEOPLE))
        for act in acts:
            story.now += timedelta(minutes=draw.draw(st.integers(1, 30)))
            _act(story, act, mortals, draw)
            story.world.check()
        _to_the_end(story, mortals)
    finally:
        worlds.close()


def _act(story: Story, act: str, mortals: Mortals, draw: st.DataObject) -> None:
    simply: dict[str, Callable[[], None]] = {
        "hold": story.hold,
        "release": story.release,
        "plan again": story.plan_again,
        "cancel": story.cancel,
    }
    if act in simply:
        simply[act]()
    elif act == "wait":
        story.now += timedelta(hours=6)
    elif act == "object":
        story.object(draw.draw(st.integers(1, PEOPLE)))
    elif act == "settle":
        if doubts := story.doubts():
            story.settle(draw.draw(st.sampled_from(sorted(doubts))))
    else:
        order_faults(story.world, draw)
        if act == "run":
            assert story.run(mortals) in ENDS
            return
        point, number = draw.draw(POINTS), draw.draw(st.integers(1, 12))
        cut = draw.draw(CUTS) if act == "die" else None
        code = story.run(
            mortals,
            cut=cut or ("", 0),
            point="" if cut else point,
            number=number,
            power_cut=act == "lose power",
        )
        assert code in ENDS
        if act == "lose power" and code == KILLED:
            story.world.lose_power()


def _to_the_end(story: Story, mortals: Mortals) -> None:
    """With a far side in order and an operator who looks, everybody gets it who may."""
    mend(story.world)
    for _ in range(MOST_DEFERRALS + 1):
        story.now += timedelta(hours=6)
        story.release()
        assert story.run(mortals, limit=None) in {0, 65}
        for address in story.doubts():
            story.settle(address)
        if story.world.check() in OVER:
            break
    assert story.world.check() in OVER
    assert set(story.world.states().get("accepted", ())) == set(story.world.side.took())
