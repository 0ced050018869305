"""The text part: what a reader sees who sees no HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.compose.plaintext import from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p>See <a href="https://x.example/a">here</a>.</p>', "See here (https://x.example/a).\n"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example\n"),
        ('<a href="https://x.example"><b>now</b></a>', "now (https://x.example)\n"),
        ('<a href="mailto:a%2Bb@x.example?body=1">us</a>', "us (a+b@x.example)\n"),
        ('<a href="mailto:a%2Bb@x.example">a+b@x.example</a>', "a+b@x.example\n"),
        ('<a href="#top">up</a>', "up\n"),
        ('<p>one</p><p class="big html-only x">two</p>tail', "one\n\ntail\n"),
        ("<p>a<br>b</p>", "a\nb\n"),
        ("<ul><li>one<li>two</ul>", "  * one\n  * two\n"),
        ("<style>p{}</style><title>t</title><p>x</p>", "x\n"),
        ("<p>a &amp; b &lt;c&gt;&nbsp;d</p>", "a & b <c>\xa0d\n"),
        ("<p>&amp;lt;b&amp;gt;</p>", "&lt;b&gt;\n"),
        ("<!-- a --><p>b</p>", "b\n"),
        ("a&#11;b<b>c&#xFDD4;</b>&#xFFFE;d", "abcd\n"),
        ("", "\n"),
    ],
)
def test_says_what_the_page_says(html: str, text: str) -> None:
    """Links show where they lead, mail links the plain address."""
    assert from_html(f"<html><body>{html}</body></html>") == text


def test_layout_tables_are_no_tables() -> None:
    """Cells follow each other; a table of data keeps its columns."""
    layout = '<table role="presentation"><tr><td><p>a</p></td><td><p>b</p></td></tr></table>'
    data = "<table><tr><td>a</td><td>b</td></tr></table>"
    assert from_html(layout) == "a\n\nb\n"
    assert from_html(data) == "a  b\n"
    nested = layout.replace("<p>a</p>", data)
    assert from_html(nested) == "a  b\n\nb\n"


@given(st.lists(st.from_regex(r"[a-zéن日]{1,30}", fullmatch=True), max_size=80))
def test_lines_are_short_and_no_word_is_lost(words: list[str]) -> None:
    """At most 72 characters in a line, in every script."""
    text = from_html(f"<p>{' '.join(words)}</p>")
    assert text.split() == words
    assert all(len(line) <= 72 for line in text.splitlines())


def test_a_link_is_never_broken() -> None:
    """However long: half a link leads nowhere."""
    link = "https://x.example/" + "a-b" * 60
    assert link in from_html(f'<p>some words before <a href="{link}">it</a> and after</p>')
