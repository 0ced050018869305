"""Strangers' pages are harmless to look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from outreach.replies.cleaning import cleaned
from outreach.replies.mime import html_of

_PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<script>", "</script>", "<a href='javascript:x'>", "<img src=x onerror=x>",
         "<svg><style>", "<math><mtext>", "<table>", "<!--", "-->", "<b onclick=x>", "</b>", "word",
         "<iframe src=/>", "<form action=/>", "<input>", "<style>@import x", "<base href=/>",
         "<meta http-equiv=refresh>", "<noscript><p title='</noscript><img src=x onerror=x>'>"]
    ),
    max_size=30,
)  # fmt: skip


@given(_PIECES)
def test_nothing_that_runs_or_loads_is_left(pieces: list[str]) -> None:
    """Whatever is put together, only words and their order remain."""
    page = cleaned("".join(pieces))
    if not page.strip():
        return
    tree = lxml_html.fragment_fromstring(page, create_parent=True)
    for element in tree.iter():
        assert element.tag not in {
            "script",
            "style",
            "img",
            "iframe",
            "form",
            "input",
            "svg",
            "meta",
        }
        assert not any(name.startswith("on") for name in element.attrib)
        assert "javascript:" not in element.get("href", "")


def test_words_links_and_tables_stay() -> None:
    """Staff read what the person wrote."""
    page = cleaned('<p dir=rtl>yes <b>I</b> <a href="https://example.org/">do</a></p><td>x')
    assert '<p dir="rtl">yes <b>I</b> <a href="https://example.org/"' in page


@pytest.mark.parametrize(
    "page",
    ["<div>" * 100_000, "<p><b>" * 50_000, "<div></x>" * 100_000, "<table><tr><td>" * 30_000],
)
def test_a_page_without_a_bottom_is_not_read(page: str) -> None:
    """Its reading would take minutes: it counts as none, and the mail's text is shown instead."""
    assert cleaned(page) == ""


def test_a_mail_without_html_has_no_page() -> None:
    """Nor has one that is none at all."""
    assert html_of(b"Subject: x\n\nwords") == ""
    assert html_of(b"") == ""
    assert html_of(b"Content-Type: text/html\n\n<p>x</p>") == "<p>x</p>"
