"""A page however deep keeps its words, and takes no time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model import ReplyKind
from outreach.replies import understand
from outreach.replies.htmltext import html_to_text

OFFER = "Yes, I volunteer in Kenya"
HEAD = b"From: Ana <ana@example.org>\nSubject: Re: events\nContent-Type: text/html\n\n"


@pytest.mark.parametrize("times", [90, 255, 2000, 10_000])
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("<div>", "</div>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("<blockquote>", "</blockquote>"),
        ("<font><b>", "</b></font>"),
    ],
)
def test_what_stands_below_a_deep_page_is_read(begin: str, end: str, times: int) -> None:
    """Mail programs nest a table for each answer in a long exchange."""
    page = f"{begin * times}some words{end * times}<p>{OFFER}</p>"
    text = html_to_text(page)
    assert "some words" in text
    assert OFFER in text.splitlines()


@pytest.mark.parametrize("begin", ["<div>", "<table><tr><td>", "<font>"])
def test_an_offer_below_a_deep_page_is_heard(begin: str) -> None:
    """It was nobody's."""
    end = "".join(f"</{tag}" for tag in reversed(begin.split("<")[1:]))
    mail = understand(HEAD + f"{begin * 999}some words{end * 999}<p>{OFFER}</p>".encode())
    assert (mail.kind, mail.country) == (ReplyKind.VOLUNTEER, "KE")


def test_what_nobody_sees_of_a_deep_page_is_not_read() -> None:
    """Styles, scripts and comments; marks of characters are read."""
    page = (
        "<head><title>x</title><style>p {}</style></head><!-- no --><body>Tom &amp; Ana"
        f"<script>if (1) run()</script>{'<i>' * 9000}!</body>"
    )
    assert html_to_text(page) == "Tom & Ana!"


@given(st.text(alphabet="<>/!-abp &;\"'\n", max_size=60))
def test_any_text_below_a_deep_page_can_be_read(text: str) -> None:
    """Nothing raises."""
    assert isinstance(html_to_text("<i>" * 3000 + text), str)
