"""Contrast, as WCAG measures it, on finished pages in both schemes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linting import STYLES, checked, found

from outreach.compose.lint.colours import BLACK, WHITE, Colour, background, colour, contrast

DARK = "@media (prefers-color-scheme: dark) {{ {} }}\n"
PARTS = st.floats(0, 1)
COLOURS = st.builds(Colour, PARTS, PARTS, PARTS)


def _light(content: str) -> list[str]:
    return [one.what for one in found("contrast-light", content)]


class TestFormula:
    """The ratio itself."""

    def test_black_on_white_is_21(self) -> None:
        """The most there is."""
        assert contrast(BLACK, WHITE) == pytest.approx(21)

    @pytest.mark.parametrize(
        ("written", "ratio"),
        [("#767676", 4.54), ("#777777", 4.48), ("red", 4.0), ("#949494", 3.03)],
    )
    def test_is_that_of_wcag(self, written: str, ratio: float) -> None:
        """Against white, to two places."""
        found_colour = colour(written)
        assert found_colour is not None
        assert contrast(found_colour, WHITE) == pytest.approx(ratio, abs=0.005)

    @given(COLOURS, COLOURS)
    def test_does_not_depend_on_which_is_behind(self, one: Colour, other: Colour) -> None:
        """And is from 1 to 21."""
        assert contrast(one, other) == contrast(other, one)
        assert 1 <= contrast(one, other) <= 21.001

    @given(COLOURS, COLOURS, PARTS)
    def test_a_mixture_is_between_the_two(self, one: Colour, other: Colour, alpha: float) -> None:
        """What shines through is somewhere between."""
        mixed = Colour(one.red, one.green, one.blue, alpha).over(other)
        for part, front, back in zip(mixed._parts, one._parts, other._parts, strict=True):
            assert min(front, back) - 1e-9 <= part <= max(front, back) + 1e-9

    @pytest.mark.parametrize("written", ["", "inherit", "currentcolor", "nonsense", "#12", "x(1)"])
    def test_what_is_no_fixed_colour_is_none(self, written: str) -> None:
        """Nothing is guessed."""
        assert colour(written) is None

    def test_a_background_gives_its_colour_and_whether_a_picture_hides_it(self) -> None:
        """In whatever order they stand."""
        assert background("no-repeat url(x.png) #fff") == (WHITE, True)
        assert background("#000") == (BLACK, False)


class TestLight:
    """The scheme that all mail programs know."""

    @pytest.mark.parametrize(
        "content",
        [
            '<p style="color: #767676">x</p>',
            '<p style="color: #949494; font-size: 24px">large</p>',
            '<p style="color: #949494; font-size: 19px; font-weight: bold">large and bold</p>',
            '<h1 style="color: #949494">large by itself</h1>',
            '<p style="color: #aaa; display: none">hidden</p>',
            '<p style="color: #aaa"> &nbsp; </p>',
            '<p style="color: #aaa" aria-hidden="true">●</p>',
            '<div style="background: #000"><p style="color: #fff">x</p></div>',
            '<table bgcolor="#000000"><tr><td><p style="color: #fff">x</p></td></tr></table>',
            '<div style="background: url(https://x.org/a.png)"><p style="color: #fff">x</p></div>',
            '<p style="color: #aaa"><span style="color: #222">x</span></p>',
        ],
    )
    def test_what_can_be_read_is_left_alone(self, content: str) -> None:
        """Enough, large, hidden, decoration, on a dark ground, on a picture."""
        assert _light(content) == []

    @pytest.mark.parametrize(
        ("content", "pair"),
        [
            ('<p style="color: #777">x</p>', "#777777 on #ffffff"),
            ('<p style="color: #999; font-size: 24px">x</p>', "#999999 on #ffffff"),
            ('<p style="color: #949494; font-size: 18px">x</p>', "#949494 on #ffffff"),
            ('<p style="color: rgba(136, 136, 136, 0.4)">x</p>', "#cfcfcf on #ffffff"),
            ('<div style="background-color: #000"><p>x</p></div>', "#222222 on #000000"),
            ('<p><font color="aaaaaa">x</font></p>', "#aaaaaa on #ffffff"),
            (
                '<p style="background: #00f">a <a href="https://x.org">x</a></p>',
                "#0b6b64 on #0000ff",
            ),
            ('<table bgcolor="222222"><tr><td><p>x</p></td></tr></table>', "#222222 on #222222"),
        ],
    )
    def test_what_can_hardly_be_read_is_found(self, content: str, pair: str) -> None:
        """With both colours."""
        assert any(pair in what for what in _light(content))

    def test_each_pair_of_colours_is_told_once_for_each_place(self) -> None:
        """A page of pale paragraphs is one thing to mend."""
        content = '<p style="color: #aaa">x</p><p style="color: #aaa">y</p>'
        assert len(_light(content)) == 1


class TestDark:
    """The scheme of telephones at night."""

    def test_is_not_judged_where_the_page_says_nothing_of_it(self) -> None:
        """What a program makes of it then, nobody knows."""
        assert found("contrast-dark") == []

    def test_a_colour_that_was_left_as_it_was_is_found(self) -> None:
        """The ground turns dark, the text stays dark."""
        styles = STYLES + DARK.format("body { background: #111 !important }")
        pairs = [one.what for one in found("contrast-dark", files={"styles/plain.css": styles})]
        assert any("#222222 on #111111" in pair for pair in pairs)

    def test_a_rule_without_important_loses_against_the_inlined_one(self) -> None:
        """As it does in mail programs."""
        rules = (
            "body { background: #111 !important } p { color: #fff } a { color: #fff !important }"
        )
        styles = STYLES + DARK.format(rules)
        assert found("contrast-dark", files={"styles/plain.css": styles})
        won = styles.replace("p { color: #fff }", "p { color: #fff !important }")
        assert found("contrast-dark", files={"styles/plain.css": won}) == []

    def test_the_more_specific_rule_wins(self) -> None:
        """Whichever stands last."""
        rules = (
            "body { background: #111 !important } a { color: #fff !important }"
            " p.note { color: #fff !important } p { color: #ccc !important }"
        )
        styles = STYLES + DARK.format(rules)
        files = {"styles/plain.css": styles}
        assert checked('<p class="note">x</p>', files=files).findings == ()
        pale = {"styles/plain.css": styles.replace("p.note { color: #fff", "p.note { color: #333")}
        (one,) = found("contrast-dark", '<p class="note">x</p>', files=pale)
        assert "#333333 on #111111" in one.what
