"""The person's words are what is left when quote and signature are taken away."""

from __future__ import annotations

import pytest

from outreach.replies.htmltext import html_to_text
from outreach.replies.trim import trim

OURS = "> Dear friend,\n> please write to us\n> with your name"


@pytest.mark.parametrize(
    "intro",
    [
        "On Wed, Feb 26, 2014 at 10:00 AM, Sam <s@example.org> wrote:",
        "On Wed, Feb 26, 2014 at 10:00 AM, Sam Example\n<s@example.org> wrote:",
        "Le 26/02/2014 à 10:00, Sam a écrit :",
        "El mié., 26 feb. 2014 a las 10:00, Sam (<s@example.org>) escribió:",
        "Am 26.02.2014 um 10:00 schrieb Sam:",
        "26 февраля 2014 г., 10:00 пользователь Sam <s@example.org> написал:",
        "في ٢٦/٢/٢٠١٤ ١٠:٠٠ كتب Sam:",
        "26 Şub 2014 Çar, 10:00 tarihinde Sam <s@example.org> şunu yazdı:",
        "2014-02-26 10:00 GMT+01:00 Sam <s@example.org>:",
        "2014年2月26日(水) 10:00 Sam <s@example.org>:",
        "บน พ. 26 ก.พ. 2014 เวลา 10:00 Sam <s@example.org> เขียนว่า:",
        "----- Original Message -----\nFrom: Sam\nSent: Wednesday",
        "-----Ursprüngliche Nachricht-----\nVon: Sam [mailto:s@example.org]",
        "---------- Forwarded message ----------\nFrom: Sam <s@example.org>\nDate: Feb 26, 2014",
        "From: Sam <s@example.org>\nSent: Wednesday, February 26, 2014 10:00 AM\nTo: Ada",
        "De : Sam Example\nEnvoyé : mercredi 26 février 2014 10:00\nÀ : Ada\nObjet : x",
        "________________________________\nVon: Sam <s@example.org>\nGesendet: 26.02.2014 10:00",
    ],
)
@pytest.mark.parametrize("quote", [OURS, OURS.replace("> ", "")], ids=["marked", "unmarked"])
def test_the_quote_is_told_in_any_language(intro: str, quote: str) -> None:
    """By its structure: no list of languages would be long enough."""
    parts = trim(f"Yes!\nWe would love to.\n\n{intro}\n\n{quote}\n")
    assert parts.reply == "Yes!\nWe would love to."
    assert "Dear friend" in parts.quoted


@pytest.mark.parametrize(
    "text",
    [
        "My details:\nName: Ada\nEmail: ada@example.ng\nCountry: Nigeria",
        "----- My details -----\nName: Ada\nCountry: Nigeria",
        "----- Programme -----\nMusic and letters",
        "The plan:\nDate: 2014-03-05\nTime: 10:00\nPlace: school, 2014",
        "Meet us at 10:00, we are:\nAda\nObi",
        "Three things I like: one, two, three",
    ],
)
def test_what_a_person_lists_is_no_quote(text: str) -> None:
    """The lines that we ask for look much like the headers of a quoted mail."""
    assert trim(text).reply == text


def test_answers_between_and_below_the_quoted_lines_are_kept() -> None:
    """Bottom-posting and inline answers lose only the quoted lines."""
    below = trim("On 2014-02-26 10:00, Sam wrote:\n" + OURS + "\n\nYes, gladly.\n")
    assert (below.reply, below.only_quoted) == ("Yes, gladly.", False)
    between = trim("On 2014-02-26 10:00, Sam wrote:\n> When?\nIn May.\n> Where?\nIn Lomé.\n")
    assert between.reply == "In May.\nIn Lomé."


def test_an_answer_below_our_letter_is_found_without_marks() -> None:
    """Where the program marks nothing, what we know that we sent ends the quote."""
    sent = "Dear friend,\nplease write to us with your name and your country.\nSam"
    header = "From: Sam <s@example.org>\nSent: Wednesday, February 26, 2014 10:00 AM"
    parts = trim(f"{header}\n\n{sent}\n\nYes, gladly.\nAda", sent)
    assert (parts.reply, parts.only_quoted) == ("Yes, gladly.\nAda", False)
    assert "Dear friend" in parts.quoted
    assert trim(f"{header}\n\n{sent}", sent).only_quoted


def test_signatures_are_kept_apart_but_details_are_not_taken_for_one() -> None:
    """Below `--` stands the signature, unless it holds the lines that we asked for."""
    assert trim("Yes\n\n-- \nAda\nLagos").signature == "Ada\nLagos"
    assert trim("Yes\n\nSent from my iPhone").signature == "Sent from my iPhone"
    assert "Country: Nigeria" in trim("Yes\n--\nName: Ada\nCountry: Nigeria").reply


def test_html_marks_quotes_as_text_does() -> None:
    """Containers of quotes become lines with `> `; what is hidden is not there."""
    html = (
        "<style>x</style><p>Yes</p><div style='display:none'>no</div>"
        "<div id='divRplyFwdMsg'>From: Sam</div><p>Dear</p>friend"
    )
    assert html_to_text(html).split("\n") == ["Yes", "", "> From: Sam", "> Dear", "> ", "> friend"]
    nested = "<blockquote>a<blockquote>b</blockquote>c</blockquote>d"
    assert html_to_text(nested).split("\n") == ["> a", "> > b", "> c", "d"]
