"""Shapes: inlined once, filled many times; what can't be goes into the shape or the slow way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer, keeping, shapes
from outreach.compose.comparing import message_difference
from outreach.compose.shapereport import MOST_CONSTRUCTS, VALUE_COST, Construct
from outreach.model import Reader

NAMES = ("Amina", "O'Neill", "Tom & Jerry", "李", '<script>"x"</script>', "a\r\nBcc: x@example.org")


def _composer(content: str, top: str = "") -> Composer:
    return Composer(message({"m/en.html": page(content, top=top)}), DAY)


def _readers(count: int = 6) -> Iterator[Reader]:
    for number in range(count):
        yield reader(given_name=NAMES[number % len(NAMES)], email=f"p{number}@example.org")


def _equal(composer: Composer, readers: Iterator[Reader]) -> None:
    for one in readers:
        fast, slow = composer.compose(one, MOMENT), composer.compose_slowly(one, MOMENT)
        assert message_difference(fast, slow) is None
    assert composer.shapes.differed == 0


def _reasons(composer: Composer) -> list[str]:
    return [construct.what for construct in composer.shapes.constructs]


class TestFast:
    """What a message does every day is fast, however it is written."""

    @pytest.mark.parametrize(
        "content",
        [
            "<p>Dear {{ supporter.given_name }}, hello</p>",
            "<p>{{ supporter.given_name|upper }}{{ supporter.given_name }}</p>",
            '<a href="https://x.example/?n={{ supporter.given_name }}&amp;y=1">x</a>',
            '<a href="{{ unsubscribe_url }}" title="{{ supporter.given_name }} &amp; co">x</a>',
            '<img src="https://x.example/{{ supporter.given_name }}.png" alt="">',
            "<!--[if mso]>{{ supporter.given_name }}<![endif]--><p>x</p>",
            "{% set who %}<b>{{ supporter.given_name }}</b>{% endset %}<p>{{ who }} x</p>",
            "{% call box() %}<b>{{ supporter.given_name }}</b>{% endcall %}",
            "<p>{{ twice(supporter.given_name) }}</p>",
            "{% for n in [1, 2, 3] %}<p>{{ n }} {{ supporter.given_name }}</p>{% endfor %}",
            "<p>{{ supporter.given_name|e }} x</p>",
            "<p>{{ supporter.full_name }} {{ reply_link(body=supporter.email) }}</p>",
            "<title>{{ supporter.given_name }} x</title>",
        ],
    )
    def test_one_shape_for_all(self, content: str) -> None:
        """Names that try to be something else are names."""
        top = (
            "{% macro twice(x) %}{{ x }}<br>{{ x }}{% endmacro %}"
            "{% macro box() %}<p>{{ caller() }}</p>{% endmacro %}"
        )
        composer = _composer(content, top=top)
        _equal(composer, _readers(8))
        assert composer.shapes.constructs == ()
        assert (composer.shapes.made, composer.shapes.people_slow) == (1, 0)
        assert composer.shapes.people_fast == 6

    def test_each_way_through_is_a_shape_of_its_own(self) -> None:
        """Ifs and loops need nothing special."""
        composer = _composer(
            "{% if supporter.country %}<p>{{ supporter.country|country }}</p>{% endif %}"
            "{% for tag in supporter.tags %}<i>{{ tag }}</i>{% endfor %}"
        )
        people = [{"country": c, "tags": t} for c in ("", "TG") for t in ((), ("a",), ("a", "b"))]
        _equal(composer, (reader(**person) for person in people * 3))
        assert composer.shapes.made == 6

    def test_a_blank_value_that_has_a_text_to_itself_is_another_shape(self) -> None:
        """An empty paragraph is laid out otherwise than one with a word."""
        composer = _composer("<p>{{ supporter.given_name }}</p><p>x</p>")
        _equal(composer, (reader(given_name=name) for name in ("A", "", " ", "B", "\xa0") * 3))
        assert composer.shapes.people_slow == 0

    def test_inherited_blocks_and_super(self) -> None:
        """A layout of a layout, with what the parent says in between."""
        layout = '{% extends "layouts/plain.html" %}{% block content %}<p>first</p>{% endblock %}'
        child = page("{{ super() }}<p>{{ supporter.given_name }} x</p>")
        files = {
            "layouts/mine.html": layout,
            "m/en.html": child.replace("layouts/plain", "layouts/mine"),
        }
        composer = Composer(message(files), DAY)
        _equal(composer, _readers())
        assert composer.shapes.people_slow == 0

    def test_a_written_text_and_a_personal_subject(self) -> None:
        """They are made by the same means."""
        files = {
            "m/en.html": page("<p>x</p>", subject="For {{ supporter.given_name }}"),
            "m/en.txt": "Dear {{ supporter.given_name }},\n{{ unsubscribe_url }}\n",
        }
        composer = Composer(message(files), DAY)
        _equal(composer, _readers())
        assert composer.compose(reader(given_name="O'Neill"), MOMENT).subject == "For O'Neill"

    def test_tokens_of_another_form_are_no_problem(self) -> None:
        """Only slower: stand-ins are as long as real tokens."""
        composer = _composer('<a href="{{ unsubscribe_url }}">x</a>')
        odd = [Reader(reader().supporter, "r" * size, "l-._x" * 3) for size in (5, 24, 40)]
        _equal(composer, iter(odd * 3))
        assert composer.shapes.people_slow > 0


class TestNotFast:
    """What can't be told apart from the page goes into the shape or the slow way, and is told."""

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ('<p class="{{ supporter.given_name }}">x</p>', "a value in a class attribute"),
            ('<p id="{{ supporter.given_name }}">x</p>', "a value in a id attribute"),
            ('<p style="color: {{ supporter.country }}">x</p>', "a value in a style attribute"),
            ("<style>p { color: {{ supporter.country }} }</style>x", "left out"),
            ("<script>{{ supporter.given_name }}</script>x", "a value inside <script>"),
            ("<{{ supporter.country or 'b' }}>x", "a value in a tag"),
            ("<img alt={{ supporter.given_name }}>", "a value in an attribute without quotes"),
            ("<p>&{{ supporter.given_name }} x</p>", "a value right after an &"),
            ("<p>{{ supporter.given_name|safe }} x</p>", "HTML from a value"),
            ('<p lang="{{ supporter.country }}">x</p>', "that style rules look at, lang"),
            (
                '<td width="{{ supporter.country }}" bgcolor="{{ supporter.country }}">',
                "write over",
            ),
        ],
    )
    def test_the_value_is_part_of_the_shape(self, content: str, reason: str) -> None:
        """And the place is named."""
        css = "p { color: red } td { background-color: blue } [lang=fr] { color: green }"
        frozen = message({"m/en.html": page(content), "styles/plain.css": css})
        composer = Composer(frozen, DAY)
        people = [
            {"given_name": n, "country": c} for n in ("A", "<b>x</b> y") for c in ("red", "fr")
        ]
        _equal(composer, (reader(**person) for person in people * 4))
        (found,) = {c for c in composer.shapes.constructs if reason in c.what}
        assert (found.file, found.line) == ("templates/m/en.html", 4)
        assert composer.shapes.people_fast > 0

    def test_what_is_tested_or_filtered_after_it_was_captured(self) -> None:
        """It is as long, as true and as upper-case as it is."""
        composer = _composer(
            "{% set who %}{{ supporter.given_name }}{% endset %}"
            "{% if who %}<p>{{ who|upper }} {{ who|length }}</p>{% else %}nobody{% endif %}"
        )
        _equal(composer, (reader(given_name=name) for name in (*NAMES, "") * 3))

    def test_autoescape_is_left_to_jinja(self) -> None:
        """Everybody's message is then made by itself, and the place is told."""
        content = "{% autoescape false %}{{ supporter.given_name }}{% endautoescape %}"
        composer = _composer(content)
        _equal(composer, _readers())
        assert composer.shapes.people_fast == 0
        assert "{% autoescape %}" in _reasons(composer)[0]

    def test_a_value_in_a_table_of_data_is_laid_out_for_each(self) -> None:
        """Its columns are as wide as what stands in them; the page itself is fast."""
        rows = "<tr><td>{{ supporter.given_name }}</td><td>x</td></tr><tr><td>y</td><td>z</td></tr>"
        composer = _composer(f"<table>{rows}</table>")
        _equal(composer, _readers())
        assert _reasons(composer) == ["a value in a table of data"]
        assert composer.shapes.people_slow == 0


class TestBounds:
    """Whatever a list holds, memory stays where it is."""

    def test_a_value_that_is_longer_than_any_message(self) -> None:
        """The fast way doesn't make what the slow one refuses."""
        composer = _composer("<p>{{ supporter.given_name }} x</p>")
        for one in _readers(4):
            composer.compose(one, MOMENT)
        with pytest.raises(Exception, match="grows beyond"):
            composer.compose(reader(given_name="x" * 2_100_000), MOMENT)


def test_the_first_two_of_each_shape_are_composed_both_ways() -> None:
    """And from then on nobody is."""
    composer = _composer("<p>{{ supporter.given_name }} x</p>")
    seen = []
    for one in _readers(5):
        composer.compose(one, MOMENT)
        report = composer.shapes
        seen.append((report.compared, report.people_fast))
    assert seen == [(1, 0), (2, 0), (2, 1), (2, 2), (2, 3)]


def test_a_difference_sends_the_shape_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should our writing of values ever be wrong, nobody gets what it wrote."""

    def wrong(index: int) -> Any:
        return lambda values: values[index] + "!"

    monkeypatch.setattr("outreach.compose.plan.in_text", wrong)
    composer = _composer("<p>{{ supporter.given_name }} x</p>")
    made = [composer.compose(one, MOMENT) for one in _readers(4)]
    assert "Amina x" in made[0].html
    assert not any("!" in one.html for one in made)
    assert composer.shapes.people_fast == 0
    assert composer.shapes.constructs


def test_the_same_bytes_from_a_fresh_composer_and_one_at_work() -> None:
    """Whether somebody was first or thousandth of their shape can't be seen."""
    content = '<p>{{ supporter.given_name }} <a href="{{ reply_link(body="x") }}">y</a></p>'
    worn = _composer(content)
    for one in _readers(9):
        worn.compose(one, MOMENT)
    for one in _readers():
        assert worn.compose(one, MOMENT) == _composer(content).compose(one, MOMENT)


class TestForgotten:
    """A shape that was let go is met again as if for the first time."""

    ONE_OF_MANY = (
        '{% if supporter.country == "FR" %}<p>Dear {{ supporter.given_name }}</p>'
        "<ul><li>{{ supporter.given_name }}</li></ul>"
        "{% else %}{% filter upper %}<p>{{ supporter.given_name }}</p>{% endfilter %}{% endif %}"
    )

    @pytest.mark.parametrize("name", ["", "  ", "Ann", '<b>"'])
    def test_what_was_found_out_about_it_is_found_out_again(self, name: str) -> None:
        """No plan outlives the shape whose rules it was made by."""
        composer = _composer(self.ONE_OF_MANY)
        for known in ("Ann", "Bob", "Cy"):
            composer.compose(reader(country="FR", given_name=known), MOMENT)
        for number in range(keeping.KEPT + 50):
            composer.compose(reader(given_name=f"n{number}"), MOMENT)
        _equal(composer, iter([reader(country="FR", given_name=name)]))


def test_what_is_remembered_of_slow_places_has_an_end() -> None:
    """A message may make each person's page another; how often more was met is counted."""
    seen = shapes.Shapes()
    for number in range(MOST_CONSTRUCTS + 5):
        seen.note(Construct("m/en.html", number, "HTML from a value", VALUE_COST))
    seen.note(Construct("m/en.html", 0, "HTML from a value", VALUE_COST))
    assert len(seen.report.constructs) == MOST_CONSTRUCTS
    assert seen.report.constructs_left_out == 5
