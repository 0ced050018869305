"""Inlining: what premailer gets wrong is kept from it."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from premailer import Premailer

from outreach.compose.atrules import set_apart, split
from outreach.compose.inline import inline
from outreach.errors import TemplateError

NESTED = "@media screen { @media (max-width: 9px) { p { color: blue !important } } }"
DARK = "@media (prefers-color-scheme: dark) { p { color: white !important } }"


def _page(css: str, body: str = "<p>x</p>", head: str = "") -> str:
    return f"<html><head>{head}<style>{css}</style></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "rule",
    [
        NESTED,
        DARK,
        "@supports (display: grid) { p { display: grid } }",
        "@font-face { font-family: X; src: url(https://x.example/x.woff) }",
        '@import url("https://x.example/x.css");',
        "@container (width > 9px) { p { color: red } }",
        "@keyframes x { from { color: red } 50% { color: blue } }",
        "@media print { p::after { content: '}' } /* } */ }",
        "@layer a, b;",
    ],
)
def test_at_rules_stay_as_they_are_written(rule: str) -> None:
    """Nested, dark or newer than cssutils: letter by letter, and the other rules inlined."""
    made = inline(_page(f"p {{ color: red }} {rule} h1 {{ color: green }}", "<p>x</p><h1>y</h1>"))
    assert rule in made
    assert '<p style="color:red">' in made
    assert '<h1 style="color:green">' in made


@pytest.mark.parametrize(
    "page", ["", " \n", "<!DOCTYPE html>", "<!-- a --> <!-- b -->", "<html lang='en'></html>"]
)
def test_an_empty_page_is_said_to_be_empty(page: str) -> None:
    """premailer says only that something has no root."""
    with pytest.raises(TemplateError, match="the page is empty") as caught:
        inline(page)
    assert caught.value.file == "templates/layouts"


def test_a_page_may_be_nothing_but_text() -> None:
    """Comments, however many, cost no time."""
    assert "<body>Hello</body>" in inline("Hello")
    assert "Hello" in inline("<!-- a -->" * 2000 + "Hello")


def test_important_is_kept() -> None:
    """In elements and in what can't be inlined; a phone's rules would lose without it."""
    made = inline(_page("p { color: red !important } a:hover { color: blue !important }" + DARK))
    assert 'style="color:red !important"' in made
    assert "a:hover {color:blue !important}" in made


def test_a_mark_in_a_link_is_not_rewritten() -> None:
    """Lower-case letters and digits pass through; braces would be percent-encoded."""
    body = '<a href="https://x.example/?a=q1a2b3c4d5z0001&amp;b=1">x</a>'
    assert body in inline(_page("p { color: red }", body))


def test_a_style_that_reads_as_a_selector_is_no_selector() -> None:
    """premailer remembers selectors and declarations in one place, by their text alone."""
    assert inline(_page("p { color: red }", '<p style="p">x</p>')).count("color:red") == 1
    assert inline(_page("p { color: red }", '<p style="p">x</p>')).count("color:red") == 1


def test_another_configuration_in_between_changes_nothing() -> None:
    """Of ours or of theirs."""
    page = _page("p { color: red !important; margin: 0 } a:hover { color: blue }")
    first, theirs = inline(page), Premailer(page, cssutils_logging_level=logging.CRITICAL)
    assert "!important" not in theirs.transform().partition("<body>")[2]
    assert inline(page) == first


def test_nothing_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Properties that cssutils has not heard of are no news to the reader of a terminal."""
    inline(_page("p { mso-line-height-rule: exactly; colour: 1; color: }", '<p style="x: y">x</p>'))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_styles_for_other_media_and_comments_for_outlook_are_left_alone() -> None:
    """They aren't inlined, and nothing is taken out of them."""
    outlook = f"<!--[if mso]><style>{DARK}</style><![endif]-->"
    printed = f'<style media="print">p {{ color: red }} {DARK}</style>'
    made = inline(_page("p { margin: 0 }", head=outlook + printed))
    assert outlook in made
    assert printed in made


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "p { color: red } ",
                    "a:hover{b:c}",
                    NESTED,
                    DARK,
                    "/* @media { */",
                    "@import 'x';",
                ),
                *('p{content:"@x{"}', "@", "}", "{", ";", "\\", "'", '"', "@media {", "x"),
            ]
        ),
        max_size=6,
    )
)
def test_no_style_sheet_loses_a_rule(pieces: list[str]) -> None:
    """Broken ones neither: all that is there is in one part or the other."""
    css = "".join(pieces)
    plain, kept = split(css)
    assert sorted((plain + kept).replace("\n", "")) == sorted(css.replace("\n", ""))
    assert set_apart("<p>x</p>") == "<p>x</p>"
