"""Two at once, of dispatchers and of crons, and one of them dies."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from campaigning import Desk
from mortal import Mortals
from standins_smtp import Fault
from worlds import BATCH, SIDES, SmtpSide, World, Worlds

from outreach.cli.exits import EXITS
from outreach.dispatch.status import CampaignState
from outreach.errors import LeaseHeld
from outreach.workflow.holding import cancel_campaign, pause_campaign, resume_campaign

BUSY = EXITS[LeaseHeld][0]
KILLED = -signal.SIGKILL
POINTS = ("taken", "told", "before a commit", "after a commit")
NOON = datetime(2014, 2, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize("do", ["dispatch", "cron"])
@pytest.mark.parametrize("transport", SIDES)
def test_two_at_once_and_one_dies_again_and_again(
    worlds: Worlds, mortals: Mortals, rivals: Mortals, transport: str, do: str
) -> None:
    """One of them works at a time; the other gives up, or takes over from the dead."""
    chance = random.Random(2014)
    world = worlds.world(transport, 60, plan=Desk.campaign if do == "cron" else None)
    deaths = 0
    while world.states().get("planned"):
        point, number = chance.choice(POINTS), chance.randint(1, 9)
        world.wire.arm()
        for each, order in ((mortals, {"point": point, "number": number}), (rivals, {})):
            each.start(world.folder, do=do, limit=2 * BATCH, **order)
        for each in (mortals, rivals):
            each.wait()
        world.settle()
        first, second = mortals.code(), rivals.code()
        assert {first, second} <= {0, BUSY, KILLED}
        deaths += first == KILLED
        world.check(most_claimed=60)
    assert world.run(rivals, do=do) == 0
    world.check()
    states = world.states()
    assert not states.get("claimed")
    # SendGrid's requests hold many: a cron, which has no limit, has all of them under way
    at_stake = 60 if (transport, do) == ("sendgrid", "cron") else 2 * BATCH
    assert len(states.get("in_doubt", ())) <= deaths * at_stake


class TestTheCommand:
    """`outreach cron` and `outreach dispatch`, as the crontab and a person run them."""

    def test_a_cron_is_killed_and_the_next_takes_over(self, worlds: Worlds) -> None:
        """While it works another says nothing and does nothing."""
        world = worlds.world("smtp", 60, plan=_due_now)
        # it would take some ten seconds
        _slow(world, 0.5)
        works = _command(world, "cron", "--log", "json")
        _until_taken(world, 4)
        other = _command(world, "cron")
        assert other.communicate(timeout=30) == (b"", b"")
        assert other.returncode == 0
        assert works.poll() is None
        works.kill()
        works.communicate()
        world.settle()
        world.check()
        assert len(world.side.took()) < 60
        _slow(world, 0)
        after = _command(world, "cron")
        said, _ = after.communicate(timeout=30)
        assert b"accepted" in said
        # somebody should look at what was under way
        assert after.returncode == bool(world.under_way)
        world.settle()
        world.check_end()

    def test_a_pause_and_a_cancelling_reach_a_dispatcher_at_work(self, worlds: Worlds) -> None:
        """Within one batch; all that is still to go is cancelled, and the states add up."""
        world = worlds.world("smtp", 60)
        _slow(world, 0.03)
        for stop in (pause_campaign, cancel_campaign):
            works = _command(world, "dispatch", "spring")
            had = _until_taken(world, len(world.side.took()) + 5)
            with world.database() as db:
                stop(db, "spring", by="Maria", now=datetime.now(UTC))
            said, _ = works.communicate(timeout=30)
            world.settle()
            assert len(world.side.took()) <= had + 3 * BATCH
            assert works.returncode == (stop is pause_campaign), said
            state = world.check()
            if stop is pause_campaign:
                assert state is CampaignState.HELD
                with world.database() as db:
                    resume_campaign(db, "spring", by="Maria", now=datetime.now(UTC))
        assert state is CampaignState.CANCELLED
        states = world.states()
        assert len(states["accepted"]) + len(states["cancelled"]) == 60
        assert sorted(states["accepted"]) == sorted(world.side.took())


def _due_now(desk: Desk) -> None:
    """Make a campaign that has been due for a minute, by the clock of this machine."""
    now = datetime.now(UTC)
    desk.clock.moment = now - timedelta(minutes=10)
    desk.create()
    desk.plan()
    desk.schedule(at=f"{now - timedelta(minutes=1):%Y-%m-%d %H:%M}", zone="UTC")
    desk.test()
    desk.approve()


def _slow(world: World, seconds: float) -> None:
    assert isinstance(world.side, SmtpSide)
    world.side.server.faults = {("DOT", ""): Fault(delay=seconds)} if seconds else {}


def _command(world: World, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "outreach", "--workspace", world.folder, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )


def _until_taken(world: World, number: int) -> int:
    """Wait until the far side has so many letters; give how many it has."""
    for _ in range(30_000):
        if (has := len(world.side.took())) >= number:
            return has
        time.sleep(0.001)
    raise AssertionError("nothing arrives")
