"""Subject, preheader and a text written by hand: the same both ways, and compared by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer, press
from outreach.compose.comparing import message_difference
from outreach.errors import TemplateError

PART = {"m/part.html": "{{ a|default('friend') }}"}
#: a part that runs before the message sets the name that it asks for
BEFORE = (
    "{% macro who() %}{% include 'm/part.html' %}{% endmacro %}"
    "{% set b = who() %}{% set a = 'WRONG' %}"
)


def _all_equal(files: Mapping[str, str], *people: Mapping[str, Any]) -> Composer:
    composer = Composer(message(files), DAY)
    for person in people:
        one = reader(**person)
        fast, slow = composer.compose(one, MOMENT), composer.compose_slowly(one, MOMENT)
        assert message_difference(fast, slow) is None
    return composer


class TestNamesThatAreSetLater:
    """What a file includes knows what was set before it ran, and no more."""

    def test_in_the_subject(self) -> None:
        """A part that ran before the name was set doesn't know it."""
        en = page("<p>{{ b }}</p>", top=BEFORE, subject="Dear {{ b }}")
        composer = _all_equal({**PART, "m/en.html": en}, *[{"given_name": n} for n in "abc"])
        assert composer.compose(reader(), MOMENT).subject == "Dear friend"
        assert composer.shapes.differed == 0

    def test_in_a_text_written_by_hand(self) -> None:
        """Nor does one that only the text has, in a branch that few take."""
        text = BEFORE + "{% if supporter.country == 'FR' %}Dear {{ b }}{% else %}Hello{% endif %}\n"
        files = {**PART, "m/en.html": page("<p>x</p>"), "m/en.txt": text}
        composer = _all_equal(files, *[{"country": c} for c in ("TG", "TG", "TG", "FR", "FR")])
        assert composer.compose(reader(country="FR"), MOMENT).text == "Dear friend"
        assert composer.shapes.differed == 0

    def test_in_a_layout_that_a_part_extends_too(self) -> None:
        """A layout knows what the message sets, unless something else may run it before."""
        files = {
            "layouts/plain.html": "{{ a|default('friend') }}{% block content %}{% endblock %}",
            "m/part.html": "{% extends 'layouts/plain.html' %}",
            "m/en.html": page("<p>{{ b }}</p>", top=BEFORE),
        }
        assert "friend" in _all_equal(files, {}, {}, {}).compose(reader(), MOMENT).html

    def test_in_a_block_that_is_asked_for_above(self) -> None:
        """`self` runs a block before what stands above it is set."""
        top = "{% set b = self.content() %}{% set a = 'WRONG' %}"
        files = {"m/en.html": page("<p>{{ a|default('friend') }}</p>", top=top, subject="{{ b }}")}
        assert "friend" in _all_equal(files, {}, {}, {}).compose(reader(), MOMENT).subject


#: referred to, completed by a value, or put there by an expression
CHARACTERS = [
    *("&#1;", "&#11;", "&#12;", "&#xFFFE;", "a&#xFDD0;&#xFDD4;b", "&#x{{ supporter.tags[0] }}"),
    *("{{ '\\x0b'|safe }}", "{{ '\\ufdd4'|safe }}", "&#xD800;"),
]


@pytest.mark.parametrize("character", CHARACTERS)
def test_characters_that_no_text_can_hold(character: str) -> None:
    """They are left out of the text part, in words and in links, both ways."""
    link = f"<p>{character}b <a href='https://x.example/{character}'>c{character}</a>{character}"
    people = [{"tags": (tag,)} for tag in ("41;", "B;", "ffff;", "fdd4;", "d800;")]
    composer = _all_equal({"m/en.html": page(link)}, *people)
    assert composer.shapes.differed == 0


@pytest.mark.parametrize("file", ["m/en.html", "m/en.txt"])
def test_half_a_character_is_the_templates_fault(file: str) -> None:
    """An expression can make one; nobody's mail can hold it."""
    text = "{{ '\\ud800'|safe }}"
    files = {"m/en.html": page("<p>x</p>"), file: page(text) if file == "m/en.html" else text}
    composer = Composer(message(files), DAY)
    for _ in range(4):
        with pytest.raises(TemplateError, match="half a character"):
            composer.compose(reader(), MOMENT)


def _wrong_for(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = press._Projected.text

    def wrong(self: Any, values: Mapping[str, Any]) -> Any:
        found = whole(self, values)
        return found and (found[0], replace(found[1], text=found[1].text.replace(word, "WRONG")))

    monkeypatch.setattr(press._Projected, "text", wrong)


class TestCompared:
    """The first people of each way through a heading or a text are composed both ways."""

    BRANCHES = "{% if supporter.country == 'FR' %}Salut{% else %}Hello{% endif %} {{ subject }}"

    @pytest.mark.parametrize("part", ["subject", "preheader", "text"])
    def test_a_branch_that_the_page_has_not(
        self, part: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody gets what only the fast way gives; the file is named and left to the slow way."""
        _wrong_for("Salut", monkeypatch)
        said = self.BRANCHES.replace(" {{ subject }}", "")
        files = {"m/en.html": page("<p>x</p>"), "m/en.txt": "Hello\n"}
        files |= {"m/en.txt": said} if part == "text" else {}
        files |= {"m/en.html": page("<p>x</p>", **{part: said})} if part != "text" else {}
        people = [{"country": c} for c in ("TG", "TG", "TG", "FR", "FR", "FR", "TG")]
        composer = _all_equal(files, *people)
        report = composer.shapes
        assert (report.differed, report.first_difference is not None) == (1, True)
        assert report.first_difference.part == part  # type: ignore[union-attr]
        file = "templates/m/en.txt" if part == "text" else "templates/m/en.html"
        assert [(c.file, c.line) for c in report.constructs] == [(file, 0)]

    def test_a_subject_that_is_the_same_for_everybody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It stands in the page too, so that the page is left to the slow way as well."""
        found = press.ProjectingSandbox._find_constant_blocks

        def wrong(self: Any, tree: Any) -> None:
            found(self, tree)
            self.constant_blocks["subject"] = "WRONG"

        monkeypatch.setattr(press.ProjectingSandbox, "_find_constant_blocks", wrong)
        composer = _all_equal({"m/en.html": page("<p>{{ subject }}</p>")}, {}, {}, {}, {})
        assert composer.shapes.differed == 1
        assert composer.shapes.people_fast == 0

    @pytest.mark.parametrize(("written", "said"), [("{{ none }}x", "x"), ("{{ 1.5 }}", "1.5")])
    def test_a_subject_that_is_worked_out_once(self, written: str, said: str) -> None:
        """It says what is printed, so nothing where there is nothing."""
        en = page("<p>{{ subject }}</p>", subject=written)
        composer = _all_equal({"m/en.html": en}, {}, {}, {})
        assert (composer.compose(reader(), MOMENT).subject, composer.shapes.differed) == (said, 0)

    def test_slow_is_jinja_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`compose_slowly` takes nothing from the fast way, not even the subject."""
        _wrong_for("Subject", monkeypatch)
        composer = Composer(message({"m/en.html": page("x", subject="Subject {{ day }}")}), DAY)
        assert composer.compose_slowly(reader(), MOMENT).subject == f"Subject {DAY}"
