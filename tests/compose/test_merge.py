"""A message as what its shape shares and what is one person's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import DAY, MOMENT, composed, message, page, reader
from shipping import TELLING, Version, versions

from outreach.compose import Composer
from outreach.model import Merge, Message, Written

HELLO = "<p>Dear {{ supporter.given_name }},</p><p>Write to {{ reply_address }}.</p>"


def _merge(made: Message) -> Merge:
    assert made.merge is not None
    return made.merge


@pytest.mark.parametrize("version", versions(), ids=str)
def test_every_shipped_message_is_its_shape_and_its_values(version: Version) -> None:
    """Filled in it is the very page and the very text, whoever the person."""
    for names in TELLING.values():
        made = version.compose(**names)
        assert _merge(made).filled() == (made.html, made.text)


#: letters to one volunteer, with a whole form to fill in behind a link that holds their token
_WITH_A_FORM = frozenset({"organiser-results", "organiser-welcome"})


@pytest.mark.parametrize("version", versions(), ids=str)
def test_a_shipped_message_leaves_little_to_each_person(version: Version) -> None:
    """Their values are a small part of the page and of the text; of a few lines, two lines."""
    made = version.compose(given_name="Amina", family_name="Diop")
    merge = _merge(made)
    part = 4 if version.message in _WITH_A_FORM else 10
    assert len("".join(merge.html_values)) < len(made.html) / part
    assert len("".join(merge.text_values)) < max(len(made.text) / 2, 400)


def test_people_of_a_shape_share_the_very_objects() -> None:
    """So that they are told apart from others without looking at them."""
    composer = Composer(message({"m/en.html": page(HELLO)}), DAY)
    merges = [_merge(composer.compose(reader(given_name=n), MOMENT)) for n in ("A", "Bé", "C")]
    assert len({id(merge.html) for merge in merges}) == 1
    assert len({id(merge.text) for merge in merges}) == 1
    assert len({merge.html_values for merge in merges}) == 3


def test_a_text_written_by_hand_is_shared_too() -> None:
    """Where it is the same but for values."""
    files = {"m/en.html": page(HELLO), "m/en.txt": "Dear {{ supporter.given_name }},\nbye\n"}
    composer = Composer(message(files), DAY)
    merges = [_merge(composer.compose(reader(given_name=name), MOMENT)) for name in ("A", "B")]
    assert merges[0].text is merges[1].text
    assert [merge.text_values for merge in merges] == [("A",), ("B",)]


def test_shapes_have_names_that_are_the_same_in_every_process() -> None:
    """The way through the ifs decides, and nothing of the person."""
    content = "<p>{% if supporter.country %}x{% endif %}{{ supporter.given_name }}</p>"
    names = [
        composed(content, given_name=name, country=country).shape
        for name, country in (("A", ""), ("B", ""), ("A", "TG"))
    ]
    assert names[0] == names[1] != names[2]
    assert all(len(name) >= 8 and int(name, 16) >= 0 for name in names)


def test_a_message_made_the_slow_way_has_no_shape() -> None:
    """And nothing to share."""
    composer = Composer(message({"m/en.html": page(HELLO)}), DAY)
    made = composer.compose_slowly(reader(given_name="A"), MOMENT)
    assert (made.shape, made.merge) == ("", None)


NAMES = st.text(max_size=40)


@given(NAMES, NAMES)
def test_each_way_of_making_a_message_gives_it_one_digest(
    given_name: str, family_name: str
) -> None:
    """And what was made by a shape has that of the same values in the same shape, not of others."""
    someone = reader(given_name=given_name, family_name=family_name)
    fast = COMPOSER.compose(someone, MOMENT)
    slow = COMPOSER.compose_slowly(someone, MOMENT)
    assert fast == slow
    assert fast.digest() == COMPOSER.compose(someone, MOMENT).digest()
    assert slow.digest() == COMPOSER.compose_slowly(someone, MOMENT).digest()
    in_one_piece = Written(fast.html, fast.text, fast.mime)
    assert slow.digest() == replace(fast, content=in_one_piece).digest()


def test_the_digest_of_a_shape_is_of_what_it_shares_and_of_the_values() -> None:
    """Whatever differs makes another, also where it only moved from one part into the next."""
    made = composed("<p>x</p>", given_name="A")
    merges = [
        Merge(("a", 0, "b"), (0,), ("1",), ("2",)),
        Merge(("a", "b", 0), (0,), ("1",), ("2",)),
        Merge(("a", 0, "b"), (0, "c"), ("1",), ("2",)),
        Merge(("a", 0, "b"), (0,), ("12",), ("",)),
        Merge(("a", 0, "b"), (0,), ("",), ("12",)),
        Merge(("a1", 0, "b"), (0,), ("",), ("2",)),
    ]
    contents = [Written("", "", b"", "ab", merge) for merge in merges]
    digests = {replace(made, content=content).digest() for content in contents}
    assert len(digests) == len(merges)


COMPOSER = Composer(
    message({"m/en.html": page(HELLO + "<p>{{ supporter.full_name }}</p>")}),
    DAY,
)


def test_the_digest_is_of_all_that_the_reader_gets() -> None:
    """Whatever differs makes another, also where it only moved from one part into the next."""
    made = composed("<p>x</p>", given_name="A")
    others = [
        replace(made, subject="other"),
        replace(made, sender=replace(made.sender, name="other")),
        replace(made, recipient=replace(made.recipient, name="")),
        replace(made, recipient=replace(made.recipient, name="A" + made.recipient.email, email="")),
        replace(made, reply_to=""),
        replace(made, headers=made.headers[1:]),
        composed("<p>y</p>", given_name="A"),
    ]
    digests = {other.digest() for other in others} | {made.digest()}
    assert len(digests) == len(others) + 1
    assert len(made.digest()) == 32
