"""Which numbers in the copy are figures that a fact should back."""

from __future__ import annotations

import pytest
from linting import SHEET, TEXT, checked, found, good

BOTH = ("number-unbacked", "number-typed")


def _numbers(content: str, **files: str) -> list[str]:
    """Every number that is told of, as it is written."""
    given = {f"m/{name.replace('_', '.')}": text for name, text in files.items()}
    findings = checked(content, files=given).findings
    return [one.what for one in findings if one.kind in BOTH]


@pytest.mark.parametrize(
    "text",
    [
        "In 2013 and since 1961, from 2012–13 and 2008-2013.",
        "On 10 December, December 10, the 10th, 10 Dec. and 2013-12-10, 10/12/2013.",
        "At 18:30, 6 pm, 6 p.m., 18h30 or 7 o'clock.",
        "You're 1 in many. 0 excuses.",
        "Article 19 and No. 7, on page 12, step 3.",
        "1. Write\n2. Send",
        "Call +44 20 7946 0000.",
        "24/7, COVID-19, G20, A4 and W4R.",
        "See https://example.org/2014/83 or write to box83@example.org.",
        "{{ 3|number }} questions and {{ 2013 }}",
        "<span title='{{ day }}' style='width: 83px' width='83'>x</span><!-- 83 -->",
        "&#9679; &nbsp;",
        "{# 83 people #}",
        "{{ fact('letters.sent')|number }} letters",
        "in {{ day.year }}83",
    ],
)
def test_what_is_no_figure_is_left_alone(text: str) -> None:
    """Years, dates, times, ordinals, what is numbered, addresses, and what facts print."""
    assert _numbers(f"<p>{text}</p>") == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("People in 83 countries", "83"),
        ("3 million letters", "3"),
        ("1.5 million letters", "1.5"),
        ("1,234 letters", "1,234"),
        ("1 234 567 letters", "1 234 567"),
        ("70% of them", "70"),
        ("90k letters", "90"),
        ("<strong>12</strong> cases", "12"),
        ("<img alt='83 people' src='https://x.org' width='9' height='9'>", "83"),
        ("{{ 2500000|approx }} letters", "2500000"),
        ("{% set total = 500 %}{{ total|number }} letters", "500"),
        ("the 21 of us", "21"),
    ],
)
def test_a_figure_that_nobody_backs_is_found(text: str, written: str) -> None:
    """As it is written, wherever people read it."""
    assert _numbers(f"<p>{text}</p>") == [f"no fact backs the number '{written}'"]


@pytest.mark.parametrize(
    "text",
    [
        "2300000 letters",
        "2,300,000 letters",
        "2.3 million letters",
        "<b>2&nbsp;million</b> letters",
    ],
)
def test_a_typed_figure_that_a_fact_says_names_the_fact(text: str) -> None:
    """So that it can be taken from there."""
    (one,) = found("number-typed", f"<p>{text}</p>")
    assert "letters.sent" in one.what
    assert 'fact("letters.sent")' in one.mend


def test_a_figure_of_a_day_to_come_backs_nothing() -> None:
    """What was not true yet can't have been known."""
    sheet = SHEET.replace("2014-02-26", "2014-02-27")
    assert found("number-unbacked", "<p>2,300,000</p>", files={"facts/sheet.toml": sheet})


def test_every_language_is_read_by_its_own_rules() -> None:
    """Arabic digits are digits, months have their own names, spaces divide thousands in French."""
    arabic = good("<p>في ١٠ ديسمبر كتبنا ٢٬٣٠٠٬٠٠٠ رسالة و٧٠ صورة</p>", subject="عنوان")
    french = good("<p>Le 10 décembre, 2 300 000 lettres, soit 2,3 millions, et 83 pays</p>")
    assert _numbers("<p>x</p>", ar_html=arabic, fr_html=french) == [
        "no fact backs the number '٧٠'",
        "no fact backs the number '83'",
        "'٢٬٣٠٠٬٠٠٠' is typed; the fact letters.sent says the same",
        "'2 300 000' is typed; the fact letters.sent says the same",
        "'2,3' is typed; the fact letters.sent says the same",
    ]


def test_subject_and_text_are_copy_too_and_a_layout_is_not() -> None:
    """What the message itself says, and nothing of the page around it."""
    subject = [one.line for one in checked(subject="83 countries").findings if one.kind in BOTH]
    assert subject == [2]
    text = found("number-unbacked", files={"m/en.txt": f"{TEXT}\n83 countries\n"})
    assert [(one.file, one.line) for one in text] == [("templates/m/en.txt", 7)]
    assert found("number-unbacked", files={"m/part.html": "83", "layouts/x.html": "83"}) == []


def test_its_line_is_right_after_all_that_jinja_swallows() -> None:
    """Comments, raw parts, trimmed blocks and sets over lines count."""
    content = (
        "{#\n a comment\n#}\n{%- if day -%}\n\n<p>x</p>\n{% endif %}\n"
        "{% set a %}\n\n{% endset %}\n{% raw %}\n{{ }}\n{% endraw %}\n<p\n class='x'>83</p>"
    )
    (one,) = found("number-unbacked", content)
    assert one.line == 4 + content[: content.index("83")].count("\n")
