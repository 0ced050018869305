"""Pages of odd make keep their words, and what is quoted stays quoted."""

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


@pytest.mark.parametrize("whole", [True, False])
def test_all_below_the_headers_that_qq_quotes_is_quoted(whole: bool) -> None:
    """Whether its element holds the quoted mail or ends above it."""
    end = "</includetail></div>"
    page = (
        "<div>我愿意在上海组织一次活动</div><div><includetail><div>------ 原始邮件 ------</div>"
        f"<div><b>发件人:</b> Sam</div>{'' if whole else end}<div>Dear Ana, you are one in 2"
        f" million.</div><p>Our office is in Kenya</p>{end if whole else ''}"
    )
    mail = understand(HEAD.replace(b"html", b"html; charset=utf-8") + page.encode())
    assert (mail.reply, mail.country) == ("我愿意在上海组织一次活动", "CN")


def test_a_persian_form_is_persian() -> None:
    """Its own yeh and kaf are enough, where none of its four further letters stands."""
    form = "نام: علی\nکشور: ایران\nمن می توانم در مدرسه کار کنم"
    head = HEAD.replace(b"html", b"plain; charset=utf-8")
    assert understand(head + form.encode()).language == "fa"


@given(st.text(alphabet="<>/!-abp &;\"'\n", max_size=60))
def test_any_text_below_a_deep_page_can_be_read(text: str) -> None:
    """Nothing raises."""
    assert isinstance(html_to_text("<i>" * 3000 + text), str)
