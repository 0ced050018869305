"""The marked copy, by which a finding knows its line, is the message and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linting import LAYOUT, found, good
from making import DAY, LETTERHEAD, MOMENT, TEMPLATES, message, reader

from outreach.compose import Composer, FrozenMessage, freeze
from outreach.compose.environment import environment
from outreach.compose.lint.tracing import Traces, unmarked

PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<br>", "\n", " ", "text", "<b title='<i>'>", "<i\n  class=x>", "</b>"),
        *(
            "{# c\n#}",
            "{{ day }}",
            "{% if day %}",
            "{% endif %}",
            "{%- set x = 1 -%}",
            "<!-- <p> -->",
        ),
        *("{% raw %}{{{% endraw %}", "&amp;", "<h{{ 1 }}>x</h{{ 1 }}>", 'a "quoted" <', "it's"),
        *("<a {% if day %}href='https://x.org'{% endif %}>", "{% include 'm/part.html' %}"),
    ]
)


def _pages(frozen: FrozenMessage, language: str) -> tuple[str, str]:
    """The page, and the page of the marked copy without its marks."""
    made = environment(frozen.name, frozen.files, {}, html=True)
    copy = replace(frozen, files=Traces(frozen.files, made).files)
    plain, marked = (
        Composer(one, DAY).compose(reader(language=language, given_name="Ada"), MOMENT).html
        for one in (frozen, copy)
    )
    assert marked != plain
    return plain, unmarked(marked)


@pytest.mark.parametrize("language", ["en", "fr", "ar", "es"])
def test_marks_change_nothing_but_themselves(language: str) -> None:
    """Taken out again they leave the shipped page, byte for byte."""
    plain, without = _pages(freeze(TEMPLATES, "one-in-two-million", LETTERHEAD), language)
    assert plain == without


@given(st.lists(PIECES, max_size=12))
def test_whatever_the_page_is_made_of(pieces: list[str]) -> None:
    """Blocks, comments, raw parts, tags over lines, quotes: marks never break one of them."""
    content = "".join(pieces)
    opened, closed = content.count("{% if"), content.count("{% endif %}")
    content += "{% endif %}" * (opened - closed)
    frozen = message(
        {"m/en.html": good(content), "layouts/plain.html": LAYOUT, "m/part.html": "<u>part</u>"}
    )
    made = environment(frozen.name, frozen.files, {}, html=True)
    try:
        Composer(frozen, DAY)
    except Exception:
        return
    assert set(Traces(frozen.files, made).files) == set(frozen.files)
    plain, without = _pages(frozen, "en")
    assert plain == without


def test_marks_that_would_break_a_page_are_left_out() -> None:
    """Quotes that open in one branch and close in another: the finding then has no line."""
    content = (
        "<p title={% if day %}\"a{% else %}'b{% endif %}"
        "{% if day %}\"{% else %}'{% endif %}>x</p>\n"
        "<p title='<i>'>y</p><a href='/x' title='<b>'>z</a>"
    )
    (one,) = found("link-target", content)
    assert one.file == "templates/m/en.html"
