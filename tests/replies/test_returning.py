"""The day of the return is read in the ways of many languages, and only where it is plain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from outreach.replies import understand
from outreach.replies.language import language_of_text
from outreach.replies.phones import phone_in
from outreach.replies.returning import return_date, sent_on

#: a Wednesday, in a zone where the day comes before the month
SENT = datetime(2014, 2, 26, 10, 0, tzinfo=timezone(timedelta(hours=1)))
IN_NEW_YORK = SENT.replace(tzinfo=timezone(timedelta(hours=-5)))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until 3 March 2014.", "2014-03-03"),
        ("I will be back on Monday, March 10th.", "2014-03-10"),
        ("I'm away from 24 February to 7 March and will reply on my return.", "2014-03-07"),
        ("I am on leave from Feb 24 through March 7, returning March 10, 2014", "2014-03-10"),
        ("Je suis absente du 24 février au 7 mars inclus.", "2014-03-07"),
        ("Je serai de retour le 1er avril 2014", "2014-04-01"),
        ("Ich bin bis zum 07.03.2014 nicht im Büro", "2014-03-07"),
        ("Ich bin ab dem 10. März wieder erreichbar", "2014-03-10"),
        ("Estaré fuera de la oficina hasta el 15 de marzo de 2014", "2014-03-15"),
        ("Volto no dia 5 de março", "2014-03-05"),
        ("Sarò assente fino al 12 marzo", "2014-03-12"),
        ("Ik ben terug op 12 maart", "2014-03-12"),
        ("Jag är tillbaka den 3 mars", "2014-03-03"),
        ("Olen lomalla 7. maaliskuuta saakka", "2014-03-07"),
        ("Wracam 10 marca", "2014-03-10"),
        ("Буду в отпуске до 10 марта 2014 г.", "2014-03-10"),
        ("Вернусь 12.03.2014", "2014-03-12"),
        ("10 Mart 2014 tarihine kadar ofis dışındayım", "2014-03-10"),
        ("سأعود في ١٠ مارس ٢٠١٤", "2014-03-10"),
        ("我将于2014年3月10日返回", "2014-03-10"),
        ("3月10日まで不在です", "2014-03-10"),
        ("3월 10일까지 부재중입니다", "2014-03-10"),
        ("I am away until Monday.", "2014-03-03"),
        ("Back Friday", "2014-02-28"),
        ("I'm out 03/04/2014, back soon", ""),
        ("I am out until 03/04/2014", "2014-04-03"),
        ("out until 2014-03-10", "2014-03-10"),
        ("Out of office until 13/03/2014", "2014-03-13"),
        ("I am out of office.", ""),
        ("In 1999 I left on 3 May 1999", ""),
        ("Out 5-12 March", "2014-03-12"),
        ("away March 5-12", "2014-03-12"),
        ("Δεν θα είμαι στο γραφείο μέχρι 10 Μαρτίου", "2014-03-10"),
        ("Tôi sẽ trở lại ngày 10 tháng 3", "2014-03-10"),
        ("Tôi trở lại ngày 10/3/2014", "2014-03-10"),
        ("Saya akan kembali pada 10 Maret 2014", "2014-03-10"),
        ("10 मार्च तक छुट्टी पर", "2014-03-10"),
        ("Nitarudi tarehe 10 Machi", "2014-03-10"),
        ("2014. március 10-ig nem vagyok", "2014-03-10"),
        ("Revin pe 10 martie", "2014-03-10"),
        ("ฉันจะกลับมาวันที่ 10 มีนาคม 2557", "2014-03-10"),
        ("Budu zpět 10. března 2014", "2014-03-10"),
        ("Urgent? Call 030 1234567. Back 10 March.", "2014-03-10"),
        ("until January 6", "2015-01-06"),
        (
            "I will be out of the office starting 02/24/2014 and will not return until 03/10/2014.",
            "2014-03-10",
        ),
        ("I will be on maternity leave until September 2014", ""),
        ("back at 10:30 on 28 Feb", "2014-02-28"),
        ("I'm at the conference on 4 March. I'll be back on 6 March.", "2014-03-06"),
        ("אחזור ב-10 במרץ", "2014-03-10"),
    ],
)
def test_the_day_of_the_return_is_read(text: str, day: str) -> None:
    """Behind "back on" or "until", in words or in figures, with the year or without."""
    assert return_date(text, SENT, language_of_text(text)) == day


def test_a_day_that_may_be_two_is_none() -> None:
    """3/4 is April's in London and March's in New York; without a Date field nothing is known."""
    assert return_date("I am out until 03/04/2014", IN_NEW_YORK, "en") == ""
    assert return_date("I am out until 03/25/2014", IN_NEW_YORK, "en") == "2014-03-25"
    assert return_date("I am out until 3 March", None, "en") == ""
    assert sent_on("no date") is None


def test_an_automatic_answer_tells_the_day() -> None:
    """From the Date field of the mail itself; a person's mail has no such day."""
    head = "From: Ada <a@example.org>\nDate: Wed, 26 Feb 2014 10:00:00 +0000\n"
    text = "\n\nI am out of the office until 3 March.\n"
    away = understand(f"{head}Auto-Submitted: auto-replied\nSubject: Away{text}".encode())
    assert (away.kind, away.return_date) == ("auto_reply", "2014-03-03")
    person = understand(f"{head}Subject: Re: x\n\nI will help until 3 March. Ada\n".encode())
    assert person.return_date == ""


@given(st.text(max_size=200), st.sampled_from(["", "en", "de"]))
def test_any_text_gives_a_day_or_none(text: str, language: str) -> None:
    """Never before the mail was sent."""
    for told in (text, f"back on {text} 3 March"):
        day = return_date(told, SENT, language)
        assert day == "" or day >= "2014-02-26"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Phone: +221 33 800 00 00", "+221 33 800 00 00"),
        ("Tel.: 0612345678", "0612345678"),
        ("WhatsApp  +243 (0) 99-123-45-67", "+243 (0) 99-123-45-67"),
        ("call me on 00 32 2 555 12 12 please", "00 32 2 555 12 12"),
        ("Mobile 070 123 45 67, Lagos", "070 123 45 67"),
        ("هاتف: +966 50 123 4567", "+966 50 123 4567"),
        ("电话：010-62345678", "010-62345678"),
        ("Tel : +33 6 12 34 56 78 | Fax : +33 1 23 45 67 89", "+33 6 12 34 56 78"),
        *((text, "") for text in ("26-02-2014 10:00", "tel: 2014-02-26", "ref 12345678901")),
        *((text, "") for text in ("1 000 000 000 names", "https://x.org/?id=+12345678901", "tel")),
    ],
)
def test_a_telephone_number_is_read_as_it_was_written(text: str, number: str) -> None:
    """Behind its word or with a country's code; dates and references are none."""
    assert phone_in(text) == number


#: those whose own long form of a date can be read; Polish and Croatian call two months listopad
_FORMS = """
    en en_GB fr es pt it de nl sv nb da fi is et lv lt cs sk sl ro hu el tr az sq ca gl id ms vi sw
    fil uk ru be bg mk ar fa ur he hi bn ne ta te th ka hy kk uz so ha af
"""


@pytest.mark.parametrize("language", _FORMS.split())
def test_each_month_of_the_year_is_known(language: str) -> None:
    """December too, whose name begins with a word that may stand before a month."""
    for month in range(1, 13):
        day = date(2026, month, 3)
        sent = datetime(2026, month, 1, 9, tzinfo=UTC) - timedelta(days=20)
        for form in ("d MMMM y", "long"):
            text = f"I am back on {format_date(day, form, locale=language)}."
            assert return_date(text, sent, language[:2]) == day.isoformat(), text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am away until Thursday, 3 December 2026.", "2026-12-03"),
        ("I am back on Monday, 7 December.", "2026-12-07"),
        ("De retour le lundi 7 décembre.", "2026-12-07"),
        ("I am back on Monday 7 Smarch.", ""),
        ("I am back on Monday, the 7th.", ""),
        ("I am back on Monday at 9:00.", "2026-11-23"),
        ("I am back on Monday 9am.", "2026-11-23"),
    ],
)
def test_a_day_of_the_week_does_not_stand_for_a_date(text: str, day: str) -> None:
    """A number behind it names another week's, if it is no time of day."""
    assert return_date(text, datetime(2026, 11, 20, 9, tzinfo=UTC)) == day
