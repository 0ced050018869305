"""Style rules that look at attributes: what they come to is the same for all, or told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.cssselect import CSSSelector
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer
from outreach.compose.comparing import message_difference
from outreach.compose.selectors import Selector, selectors
from outreach.compose.shapereport import ShapeReport

PARTS = st.lists(st.sampled_from(["tel:", "te", "a", "b ", " b", "-", ""]), min_size=2, max_size=4)
HOW = st.sampled_from(["=", "^=", "$=", "*=", "~=", "|=", "!="])


def _report(
    css: str, content: str, values: Sequence[str] = ("a", "b", "c", "Amina")
) -> ShapeReport:
    files = {"m/en.html": page(content), "styles/plain.css": f"p {{ margin: 0 }}\n{css}"}
    composer = Composer(message(files), DAY)
    for value in values:
        one = reader(given_name=value)
        fast, slow = composer.compose(one, MOMENT), composer.compose_slowly(one, MOMENT)
        assert message_difference(fast, slow) is None
    assert composer.shapes.differed == 0
    return composer.shapes


@pytest.mark.parametrize("rule", ['a[href^="tel:"]', 'a[href^="mailto:"]', "a[href^='https://']"])
def test_a_link_whose_beginning_decides_is_fast(rule: str) -> None:
    """Telephone numbers keep their colour in many a layout; a token comes later in its link."""
    content = '<p>{{ supporter.given_name }} x</p><a href="{{ unsubscribe_url }}">out</a>'
    report = _report(f"{rule} {{ color: inherit }}", content)
    assert (report.people_fast, report.constructs) == (2, ())


def test_a_value_whose_beginning_decides_is_fast() -> None:
    """So does a person's value in a link."""
    content = '<a href="https://x.example/?n={{ supporter.given_name }}">x</a>'
    report = _report('a[href^="tel:"] { color: inherit }', content)
    assert (report.people_fast, report.constructs) == (2, ())


def test_a_rule_that_hangs_on_a_token_is_named() -> None:
    """The style file and line, the rule and the link; nobody's token."""
    content = '<p>{{ supporter.given_name }} x</p><a href="{{ unsubscribe_url }}">out</a>'
    report = _report('a[href$="b"] { color: red }', content)
    (construct,) = report.constructs
    assert (construct.file, construct.line) == ("templates/styles/plain.css", 2)
    assert '[href$="b"] at href="https://outreach.example.org/u/…"' in construct.what
    assert report.people_fast == 0


@pytest.mark.parametrize(
    "selector",
    [
        '[title="Amina"]',
        "[ title = Amina ]",
        "[title^=Am]",
        "[title$=na]",
        "[title*=min]",
        "[title~=Amina]",
        "[title|=Amina]",
        r'[ti\74le="Amina"]',
        '[|title="Amina"]',
        '[*|title="Amina"]',
        '[title="]"], p[title="Amina"]',
        '[/* ] */title="Amina"]',
    ],
)
def test_however_it_is_written(selector: str) -> None:
    """With escapes and namespaces too."""
    _report(f"p{selector} {{ color: red }}", '<p title="{{ supporter.given_name }}">x</p>')


def test_at_rules_are_not_inlined() -> None:
    """So what they look at is left to the mail program."""
    css = '@media (max-width: 9px) { p[title="Amina"] { color: red } }'
    report = _report(css, '<p title="{{ supporter.given_name }}">x</p>')
    assert (report.people_fast, report.constructs) == (2, ())


@given(HOW, st.sampled_from(["tel:", "tel:a", "b", "a b", ""]), PARTS, st.lists(PARTS, min_size=3))
def test_decided_means_decided(
    how: str, value: str, texts: list[str], fillings: list[list[str]]
) -> None:
    """What is called decided comes to the same for any values."""
    (one,) = selectors(f'<style>p[title{how}"{value}"] {{ color: red }}</style>')
    assert one == Selector(f'[title{how}"{value}"]', "title", how, value)
    if not one.is_decided(texts):
        return
    matches = CSSSelector(f"p{one.written}")
    found = set()
    for filling in fillings:
        holes = (filling * len(texts))[: len(texts) - 1]
        element = etree.Element("p")
        element.set("title", "".join(t + h for t, h in zip(texts, [*holes, ""], strict=True)))
        found.add(bool(matches(element)))
    assert len(found) <= 1
