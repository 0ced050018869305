"""A dispatcher is killed, at commits and at bytes of its conversations, again and again."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Mortals
from worlds import BATCH, SIDES, World, Worlds

from outreach.dispatch.status import CampaignState

KILLED = -signal.SIGKILL
DIRECTIONS = ("up", "down")


def _to_the_end(world: World, mortals: Mortals) -> None:
    """Let the last one live; what was under way at a death is in doubt, and nothing else is."""
    assert world.run(mortals, limit=None) == 0
    world.check_end()
    states = world.states()
    assert set(states.get("in_doubt", ())) == world.under_way
    expected = CampaignState.IN_DOUBT if world.under_way else CampaignState.COMPLETE
    assert world.check() is expected


@pytest.mark.parametrize("point", ["before a commit", "after a commit", "taken", "told"])
@pytest.mark.parametrize("transport", SIDES)
def test_at_every_commit_and_at_every_letter(
    worlds: Worlds, mortals: Mortals, transport: str, point: str
) -> None:
    """At the first, the next at the second, and so on, until one of them comes to the end."""
    world = worlds.world(transport, 36)
    for number in range(1, 100):
        code = world.run(mortals, point=point, number=number)
        world.check()
        if code != KILLED:
            break
    assert code == 0
    assert number > 3
    _to_the_end(world, mortals)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("transport", SIDES)
def test_at_bytes_all_over_a_conversation(
    worlds: Worlds, mortals: Mortals, transport: str, direction: str
) -> None:
    """Each dispatcher comes a little further than the one before it."""
    whole = _bytes_of_a_batch(worlds, mortals, transport, direction)
    world = worlds.world(transport, 250)
    steps = 40
    for step in range(steps):
        cut = (direction, 1 + whole * step // steps)
        assert world.run(mortals, cut=cut) == KILLED
        world.check()
    _to_the_end(world, mortals)


@pytest.mark.parametrize("transport", SIDES)
def test_at_each_byte_around_the_decision(worlds: Worlds, mortals: Mortals, transport: str) -> None:
    """The last bytes of a letter, of which one decides that the far side has it, and the answer."""
    up = _bytes_of_a_batch(worlds, mortals, transport, "up", people=1)
    # QUIT comes after the dot
    end = up - len("QUIT\r\n") if transport == "smtp" else up
    down = _bytes_of_a_batch(worlds, mortals, transport, "down", people=1)
    world = worlds.world(transport, 60, **({"connections": 1} if transport == "smtp" else {}))
    took = []
    for cut in [*_around("up", end), *_around("down", down)]:
        before = len(world.side.took())
        # nobody waits for the answer to QUIT, so its bytes may never come that far
        assert world.run(mortals, cut=cut, limit=1) == KILLED or cut[0] == "down"
        world.check()
        took.append(len(world.side.took()) - before)
    # not those that came too short, and all others
    assert took == sorted(took)
    assert set(took) == {0, 1}
    _to_the_end(world, mortals)


def _around(direction: str, end: int) -> Iterator[tuple[str, int]]:
    for at in range(end - 6, end + 1):
        yield direction, at


@settings(max_examples=12)
@given(
    transport=st.sampled_from(sorted(SIDES)),
    cuts=st.lists(
        st.tuples(st.sampled_from(DIRECTIONS), st.integers(1, 12_000)), min_size=1, max_size=5
    ),
)
def test_at_any_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    mortals: Mortals,
    transport: str,
    cuts: list[tuple[str, int]],
) -> None:
    """Whichever they are."""
    worlds = Worlds(tmp_path_factory.mktemp("worlds"))
    try:
        world = worlds.world(transport, 15)
        for cut in cuts:
            assert world.run(mortals, cut=cut) in {KILLED, 0}
            world.check()
        _to_the_end(world, mortals)
    finally:
        worlds.close()


@pytest.mark.parametrize("point", ["taken", "told", "before a commit", "after a commit"])
@pytest.mark.parametrize("transport", SIDES)
def test_the_power_goes(worlds: Worlds, mortals: Mortals, transport: str, point: str) -> None:
    """Only what was synced survives, and yet nobody who got a letter is as if they had not."""
    world = worlds.world(transport, 36)
    for number in range(1, 100):
        code = world.run(mortals, point=point, number=number, power_cut=True)
        if code != KILLED:
            break
        world.lose_power()
        world.check()
    assert code == 0
    assert number > 3
    _to_the_end(world, mortals)


def _bytes_of_a_batch(
    worlds: Worlds, mortals: Mortals, transport: str, direction: str, people: int = BATCH
) -> int:
    """Count what goes over the wire where nothing goes wrong."""
    world = worlds.world(transport, people, **({"connections": 1} if transport == "smtp" else {}))
    assert world.run(mortals) == 0
    assert world.check() is CampaignState.COMPLETE
    return world.wire.bytes[direction]
