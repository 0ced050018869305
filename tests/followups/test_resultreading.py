"""What an organiser's own words say came of a gathering."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.followups.resultreading import Heard, read_results
from outreach.model import ActionKind

L, S, E, T = (
    ActionKind.LETTER,
    ActionKind.PETITION_SIGNATURE,
    ActionKind.EMAIL,
    ActionKind.TWEET,
)


def counts(heard: Heard) -> dict[ActionKind, int]:
    """Give the numbers by kind."""
    return {count.kind: count.quantity for count in heard.counts}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1800 letters", {L: 1800}),
        ("en", "1,800 letters and 250 signatures", {L: 1800, S: 250}),
        ("en", "We wrote 1800 handwritten letters.", {L: 1800}),
        ("en", "two hundred letters and twenty-five signatures", {L: 200, S: 25}),
        ("en", "over 2k letters and 1.5k tweets", {L: 2000, T: 1500}),
        ("en", "1,00,000 signatures", {S: 100_000}),
        ("es", "1.800 cartas", {L: 1800}),
        ("es", "dos mil cartas y quinientas firmas", {L: 2000, S: 500}),
        ("fr", "1 800 lettres, 90 signatures", {L: 1800, S: 90}),
        ("fr", "mille huit cents lettres", {L: 1800}),
        ("de", "zweihundertfünfzig Briefe", {L: 250}),
        ("de", "Briefe: 1.800, Unterschriften: 200", {L: 1800, S: 200}),
        ("pt", "2 mil cartas e 300 assinaturas", {L: 2000, S: 300}),
        ("it", "duecento lettere e cinquanta firme", {L: 200, S: 50}),
        ("nl", "tweehonderd brieven en 30 handtekeningen", {L: 200, S: 30}),
        ("ro", "1800 de scrisori", {L: 1800}),
        ("pl", "1800 listów i 200 podpisów", {L: 1800, S: 200}),
        ("ru", "1800 писем и 200 подписей", {L: 1800, S: 200}),
        ("uk", "1800 листів", {L: 1800}),
        ("el", "1.800 γράμματα και 200 υπογραφές", {L: 1800, S: 200}),
        ("tr", "1.800 mektup, 200 imza", {L: 1800, S: 200}),
        ("ar", "١٨٠٠ رسالة", {L: 1800}),
        ("ar", "١٬٨٠٠ رسالة و٢٠٠ توقيع", {L: 1800, S: 200}),
        ("fa", "۱۸۰۰ نامه و ۲۰۰ امضا", {L: 1800, S: 200}),
        ("he", "1800 מכתבים", {L: 1800}),
        ("hi", "१८०० पत्र", {L: 1800}),
        ("bn", "১৮০০ চিঠি", {L: 1800}),
        ("sw", "barua 1800", {L: 1800}),
        ("vi", "1800 lá thư", {L: 1800}),
        ("zh", "我们写了1800封信，收集了200个签名", {L: 1800, S: 200}),
        ("ja", "手紙1800通、署名200筆", {L: 1800, S: 200}),
        ("ko", "편지 1800통, 서명 200개", {L: 1800, S: 200}),
        ("", "1 800 lettres", {L: 1800}),
        ("en", "Last Saturday we wrote 300 letters", {L: 300}),
        ("en", "I wanted to tell you that we collected 300 letters", {L: 300}),
        ("en", "I hope you are well, we wrote 300 letters", {L: 300}),
        ("fr", "Tout s’est bien passé, 300 lettres", {L: 300}),
        ("es", "El sábado pasado escribimos 300 cartas", {L: 300}),
    ],
)
def test_a_plain_number_is_understood(
    language: str, text: str, expected: dict[ActionKind, int]
) -> None:
    """In any script, with any separator, in digits or, in eight languages, in words."""
    heard = read_results(text, language)
    assert (counts(heard), heard.questions) == (expected, ())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "1800 letters and signatures"),
        ("en", "Emails, text messages, faxes, tweets: 30"),
        ("en", "300 messages"),
        ("en", "200-300 letters"),
        ("en", "between 200 and 300 letters"),
        ("en", "two or three hundred letters"),
        ("en", "fewer than 100 letters"),
        ("en", "Hundreds of letters!"),
        ("es", "cientos de cartas"),
        ("fr", "des centaines de lettres"),
        ("en", "2014 letters"),
        ("en", "1.5 letters"),
        ("en", "-10 letters"),
        ("en", "99999999999999999999 letters"),
        ("en", "On 10 December letters were written"),
        ("en", "1800 letters, of which 300 letters for Yorm"),
        ("en", "We hope to write 500 letters next year"),
        ("en", "200 petitions"),
        ("fr", "L’année dernière, 300 lettres"),
        ("es", "El año pasado fueron 300 cartas"),
        ("de", "Wir wollen 500 Briefe schreiben"),
        ("en", "We did not collect 300 letters, only 30"),
        ("en", "We didn’t write 300 letters"),
        ("en", "300 letters were not sent"),
        ("en", "I need 200 letters to print please"),
        ("en", "Each of 5 schools wrote 30 letters"),
        ("en", "Half of the 60 people wrote 2 letters"),
        ("en", "30 letters per person"),
        ("fr", "25 lettres par personne"),
        ("de", "Je 25 Briefe"),
        ("fr", "Nous n’avons pas reçu les 200 lettres"),
        ("es", "No recogimos 300 cartas"),
    ],
)
def test_what_is_not_plain_is_a_question(language: str, text: str) -> None:
    """And no number of letters."""
    heard = read_results(text, language, 2014)
    assert heard.questions
    assert sum(counts(heard).values()) == 0 or "of which" in text


@pytest.mark.parametrize(
    "text",
    ["", "Thank you for your letter!", "Merci pour une lettre", "See you at 7.", "5th letter"],
)
def test_a_mail_without_results_says_nothing(text: str) -> None:
    """It is a mail like any other."""
    assert not read_results(text, "fr" if "Merci" in text else "en").says_something


def test_events_and_people_are_understood_beside_the_letters() -> None:
    """`5 debates, 1800 letters`."""
    heard = read_results("5 debates, 1,800 letters, 60 people came!", "en")
    assert (heard.events, heard.attended, counts(heard)) == (5, 60, {L: 1800})


def test_the_same_number_twice_is_more_in_one_sentence_and_the_same_in_two() -> None:
    """`100 letters on Monday and 100 letters on Tuesday` may be 200; a form repeats the mail."""
    assert read_results("100 letters on Monday and 100 letters on Tuesday", "en").questions
    heard = read_results("We wrote 100 letters!\nLetters: 100", "en")
    assert (counts(heard), heard.questions) == ({L: 100}, ())


def test_part_may_be_plain_and_part_a_question() -> None:
    """What is plain is kept beside what has to be asked."""
    heard = read_results("5 debates, 1800 letters and signatures", "en")
    assert heard.events == 5
    assert heard.questions == (
        "1800 is letters and petition signatures together: how many of each?",
    )


TEMPLATES = Path(__file__).parents[2] / "templates" / "organiser-results"


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr"])
def test_the_lines_that_we_send_are_read_filled_in(language: str) -> None:
    """In their languages; lines left empty say nothing."""
    page = (TEMPLATES / f"{language}.html").read_text("utf-8")
    ((name, words),) = re.findall('body="([^"]*)" ~ told ~ "([^"]*)"', page)
    (counted,) = re.findall('set counts = "([^"]*)"', page)
    (place,) = re.findall('if lines else "([^"]*)"', page)
    lines = f"{name}{place}{counted}{words}".split("\\n")
    filled = {0: "Jean", 1: "Togo", 3: "10.12.2014", 4: "40", 5: "~120", 6: "60"}
    text = "\n".join(f"{line}{filled.get(place, '')}" for place, line in enumerate(lines))
    heard = read_results(text, language, 2014)
    assert (heard.attended, heard.about, counts(heard)) == (40, True, {L: 120, S: 60})
    assert heard.questions == ()


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr"])
def test_the_discreet_lines_say_how_many_came(language: str) -> None:
    """And nothing of what was written, which staff ask for."""
    page = (TEMPLATES / f"{language}.discreet.html").read_text("utf-8")
    first, second, *_ = re.findall('body="([^"]*)"', page)[0].split("\\n")
    heard = read_results(f"{first}40\n{second}300", language, 2014)
    assert (heard.attended, counts(heard)) == (40, {})


@pytest.mark.parametrize("text", ["around 300 letters", "~300 letters", "300+ letters"])
def test_an_estimate_is_told_as_one(text: str) -> None:
    """Staff see that nobody counted."""
    heard = read_results(text, "en")
    assert (counts(heard), heard.about) == ({L: 300}, True)


@given(st.text(max_size=300), st.sampled_from(["", "en", "fr", "de", "ar", "zh", "xx"]))
def test_any_text_is_read_without_a_fault(text: str, language: str) -> None:
    """Nothing that somebody writes stops us, and no number is below nought."""
    heard = read_results(text, language, 2014)
    assert all(count.quantity >= 0 for count in heard.counts)


@given(st.integers(2, 10**9).filter(lambda n: n != 2014), st.sampled_from(",.'\u202f\u00a0 "))
def test_any_number_is_read_with_any_separator(number: int, separator: str) -> None:
    """As people group its digits."""
    written = f"{number:,}".replace(",", separator)
    assert counts(read_results(f"{written} letters", "en")) == {L: number}


def test_a_text_without_end_is_a_question_and_cut_at_no_number() -> None:
    """Of 1800 at the end of what is read there are not 18."""
    heard = read_results("We sang. " * 2_222 + "1800 letters, and more of it")
    assert heard.counts == ()
    assert "it is long" in heard.questions[0]
