"""Values in attributes: written as lxml writes them, whatever they are and whatever is around."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer
from outreach.compose.comparing import message_difference
from outreach.compose.shapereport import ShapeReport

X, Y = "{{ supporter.attributes.x }}", "{{ supporter.attributes.y }}"
PLAIN = [("aa", "b"), ("bb", "c"), ("cc", "d")]
VALUES = ["", " ", "\n", "a", " a", "&", "?a&", "{b}", "a &{b}; c", "<!-- b -->", "--", "-->", "é"]


def _report(content: str, values: Sequence[tuple[str, str]]) -> ShapeReport:
    composer = Composer(message({"m/en.html": page(content)}), DAY)
    for x, y in [*PLAIN, *values]:
        one = reader(attributes={"x": x, "y": y})
        fast, slow = composer.compose(one, MOMENT), composer.compose_slowly(one, MOMENT)
        assert message_difference(fast, slow) is None
    assert composer.shapes.differed == 0
    return composer.shapes


@pytest.mark.parametrize(
    "content",
    [
        f'<a href="{X} y">t</a>',
        f'<a href="{X} ">t</a>',
        f'<a href="{X}">t</a>',
        f'<a href="{X}{Y} z">t</a>',
        f'<a href="{X}%20{Y} z">t</a>',
        f'<img src="{X} y" alt="{X} y">',
        f'<a href="http://x/?{X}{{b}}">x</a>',
        f'<a href="http://x/?{X}{Y}{{b}}">x</a>',
        f'<p title="{X}{{b}}">x</p>',
        f'<p title="&amp;{X}">x</p>',
        f'<p title="&amp;{X}{{b}}">x</p>',
        f'<p title="&amp;{X}{Y}}}">x</p>',
        f'<p title="&amp;{{&amp;copy {X}}} y">x</p>',
        f'<p title="<!-- {X}>">x</p>',
        f'<p title="<!{X} -->">x</p>',
        f'<p title="<!-- &amp;copy {X} -->">x</p>',
        f'<p title="{X}{Y}">x</p>',
        f"<!-- {X} --><p>x</p>",
        f"<!--{X}{Y}--><p>x</p>",
    ],
)
def test_equal_for_any_two_values(content: str) -> None:
    """Blanks a URI begins with, server-side includes, script macros: lxml knows them all."""
    _report(content, [(x, y) for x in VALUES for y in VALUES[::-1]])


def test_a_blank_at_the_start_of_a_link_is_a_shape_of_its_own() -> None:
    """So that those who have no value are fast too."""
    report = _report(f'<a href="{X} y">t</a>', [("", "")] * 4)
    assert (report.made, report.people_fast, report.people_slow) == (2, 3, 0)


def test_an_empty_comment_is_a_shape_of_its_own() -> None:
    """It is fast too."""
    report = _report(f"<!--{X}--><p>x</p>", [("", "")] * 4)
    assert (report.made, report.people_fast, report.people_slow) == (2, 3, 0)


def test_a_token_beside_a_value() -> None:
    """Both are filled into the same attribute."""
    report = _report(f'<a href="{{{{ unsubscribe_url }}}}?n={X}">t</a>', [("O'Neill", "x")] * 2)
    assert (report.made, report.people_fast, report.constructs) == (1, 3, ())


class TestWhatIsBlamed:
    """The place that gave something else, or the file; never a place that happens to be first."""

    CONTENT = (
        "<p>{{ supporter.email }} x</p>\n<p>x</p>\n"
        f'<a href="https://x.example/{X}">guilty</a>\n<p>{Y} x</p>'
    )

    @pytest.fixture(autouse=True)
    def _unprobed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("outreach.compose.probe._holds", lambda *_: True)

    def _blamed(self) -> tuple[str, int]:
        composer = Composer(message({"m/en.html": page(self.CONTENT)}), DAY)
        for x, y in PLAIN:
            composer.compose(reader(attributes={"x": x, "y": y}), MOMENT)
        assert composer.shapes.differed == 1
        (construct,) = composer.shapes.constructs
        return construct.file, construct.line

    def test_a_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whose value stands where the pages begin to differ."""

        def wrong(*_: Any) -> Any:
            return lambda _: '"https://x.example/?"'

        monkeypatch.setattr("outreach.compose.plan.in_attribute", wrong)
        assert self._blamed() == ("templates/m/en.html", 6)

    def test_no_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The text around them: then the file, and no line."""
        monkeypatch.setattr("outreach.compose.plan.Plan.joined", lambda *_: "wrong")
        assert self._blamed() == ("templates/m/en.html", 0)
