"""Which shapes are made and kept: bounded memory, and never much slower than the slow way."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain, repeat

import pytest
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer, keeping
from outreach.compose.comparing import message_difference
from outreach.compose.keeping import Keeping
from outreach.compose.sightings import Sightings, digest
from outreach.model import Reader

LOOP = "{% for t in supporter.tags %}<i>{{ t }} x</i>{% endfor %}"


def _tagged(*sizes: int) -> list[Reader]:
    """Readers, each of whom gets the shape of so many tags."""
    return [reader(tags=("t",) * size) for size in sizes]


def _composed(content: str, readers: Iterable[Reader]) -> Composer:
    composer = Composer(message({"m/en.html": page(content)}), DAY)
    for one in readers:
        composer.compose(one, MOMENT)
    return composer


@pytest.fixture
def _room_for_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.compose.shapes.Keeping", partial(Keeping, 3))


@pytest.mark.usefixtures("_room_for_three")
class TestMoreShapesThanAreKept:
    """There is room for three."""

    def test_those_that_are_kept_stay(self) -> None:
        """All in turn, the hardest order: what is kept isn't dropped for what came once."""
        shapes = _composed(LOOP, _tagged(1, 2, 3, 4) * 12).shapes
        assert shapes.kept == 3
        assert shapes.people_fast > 20
        assert shapes.made < 9

    def test_it_is_told(self) -> None:
        """Ifs and loops name no value that is to blame."""
        (construct,) = _composed(LOOP, _tagged(1, 2, 3, 4)).shapes.constructs
        assert construct.file == "templates/m/en.html"
        assert construct.what == "more ways through this message than the 3 that are kept"

    def test_who_comes_often_is_let_in(self) -> None:
        """A shape that all of a later part of the list have."""
        shapes = _composed(LOOP, _tagged(1, 2, 3, *repeat(4, 20))).shapes
        assert shapes.people_fast > 12

    def test_what_held_before_is_not_checked_again(self) -> None:
        """It costs one inlining, and the first person gets what the fast way makes."""
        composer = _composed(LOOP, _tagged(*chain(*(repeat(size, 8) for size in (1, 2, 3, 4)))))
        before = composer.shapes
        for one in _tagged(*repeat(1, 4)):
            fast, slow = composer.compose(one, MOMENT), composer.compose_slowly(one, MOMENT)
            assert message_difference(fast, slow) is None
        after = composer.shapes
        assert (after.made, after.compared) == (before.made + 1, before.compared)
        assert after.people_fast == before.people_fast + 1


class TestHardlyShared:
    """Shapes that one person has each."""

    def test_they_are_not_inlined_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When nobody shares one, all go the slow way, until somebody does."""
        monkeypatch.setattr(keeping, "_CREDIT", 4)
        own = [reader(email=f"p{number}@example.org") for number in range(12)]
        composer = _composed('<p class="{{ supporter.email }}">x</p>', own)
        assert composer.shapes.made < 12
        assert composer.shapes.people_slow >= 5

    def test_what_was_shared_long_ago_doesnt_count(self) -> None:
        """A thousand people of one shape, and then each has one of their own."""
        kept = Keeping()
        assert kept.is_worth_it((("a", 0), ()), 0)
        made = [kept.is_worth_it((("a", number), ()), 1000) for number in range(1, 200)]
        assert sum(made) == keeping._CREDIT

    def test_it_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Once many were passed over."""
        monkeypatch.setattr(keeping, "_CREDIT", 4)
        monkeypatch.setattr("outreach.compose.shapes._MANY", 6)
        composer = _composed(LOOP, _tagged(*range(1, 14)))
        (construct,) = composer.shapes.constructs
        assert construct.what == "hardly two people get the same shape"


class TestSightings:
    """What is remembered of keys is small."""

    def test_a_key_as_long_as_a_letter(self) -> None:
        """Sixteen bytes of it."""
        assert len(digest((1, (0, "a letter " * 4000)))) == 16
        assert len(digest(tuple(range(5000)))) == 16

    def test_other_keys_have_other_digests(self) -> None:
        """Numbers are no texts, and what is inside is not what is beside."""
        keys = [(1, (2,)), (1, 2), ("1", 2), (1, "2"), ((1, 2),), (1, (2, "\ud800")), (1, (2, ""))]
        assert len({digest(key) for key in keys}) == len(keys)

    def test_the_oldest_are_forgotten(self) -> None:
        """So that their number has an end."""
        seen = Sightings(2)
        assert [seen.met(b"a"), seen.met(b"a"), seen.met(b"b"), seen.met(b"c")] == [1, 2, 1, 1]
        assert [seen.count(b"a"), seen.count(b"b"), seen.count(b"c")] == [0, 1, 1]
