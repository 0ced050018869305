"""The text part: what a reader sees who sees no HTML."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inscriptis.model.html_document_state import HtmlDocumentState

from outreach.compose.plaintext import from_html

TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]


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


def test_pages_that_threads_lay_out_at_once_are_those_made_alone() -> None:
    """The desk has several threads: nobody's text is lost, or on the page of somebody else.

    Each waits for the other where the interpreter may switch anyway: when a page is begun.
    """
    begun = threading.Barrier(2, timeout=10)
    texts: dict[str, str] = {}

    def wait_for_the_other(frame: FrameType, event: str, _value: object) -> TraceFunction | None:
        if frame.f_code is not HtmlDocumentState.__init__.__code__:
            return None
        if event == "return":
            begun.wait()
        return wait_for_the_other

    def lay_out(name: str) -> None:
        before = sys.gettrace()
        sys.settrace(wait_for_the_other)
        texts[name] = from_html(_letter_to(name))
        sys.settrace(before)

    threads = [threading.Thread(target=lay_out, args=[name]) for name in ("Amina", "Boris")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {name: from_html(_letter_to(name)) for name in ("Amina", "Boris")}


def _letter_to(name: str) -> str:
    return f"<body><p>Dear {name},</p><p>this is for {name} alone.</p></body>"
