"""`one-in-two-million`, in each of its languages: its own words, figures and lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from urllib.parse import unquote

import pytest
from making import DAY, REPLY

from outreach.compose import Composer, FrozenMessage
from outreach.errors import TemplateError
from outreach.model import Message

SUBJECTS = {
    "en": "You're 1 in 2 million",
    "fr": "Vous êtes 1 sur 2 millions",
    "es": "Eres 1 entre 2 millones",
    "ar": "أنت 1 من بين 2 مليون",
}
LINES = {
    "en": ["Name: ", "Email address: ", "Country: "],
    "fr": ["Nom : ", "Adresse e-mail : ", "Pays : "],
    "es": ["Nombre: ", "Correo electrónico: ", "País: "],
    "ar": ["الاسم: ", "البريد الإلكتروني: ", "البلد: "],
}
FIGURES = {
    "en": ["2.3 million", "300,000", "90,000", "5 ", "1,800"],
    "fr": ["2,3 millions", "300\u202f000", "90\u202f000", "5 ", "1\u202f800"],
    "es": ["2,3 millones", "300.000", "90.000", "5 ", "1800"],
    "ar": ["2.3 مليون", "300,000", "90,000", "5 ", "1,800"],
}


@pytest.mark.parametrize("language", SUBJECTS)
class TestEveryLanguage:
    """Promises that the message keeps in each."""

    def test_the_subject_is_written_by_the_languages_rules(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """Its number comes from the fact."""
        made = shipped_message(language=language)
        assert (made.language, made.subject) == (language, SUBJECTS[language])
        assert 30 < len(made.preheader) < 140

    def test_greets_by_name_and_gracefully_without(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """Nobody is a `Dear ,`."""
        named = shipped_message(language=language, given_name="Zuhura")
        nameless = shipped_message(language=language)
        assert "Zuhura" in named.text
        greeting = nameless.text.split("\n\n")[1]
        assert re.fullmatch(r"\S.*\w[,،:!]", greeting)
        assert " ," not in greeting

    def test_says_who_and_how_many(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """Every figure is there, as the language writes it."""
        text = re.sub(r"[ \n]+", " ", shipped_message(language=language).text)
        assert [figure for figure in FIGURES[language] if figure not in text] == []

    def test_asks_for_an_answer_with_the_lines_ready(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """Under the reader's own token; the address stands there for those without a program."""
        made = shipped_message(language=language)
        links = [unescape(link) for link in re.findall(r'href="(mailto:[^"]*)"', made.html)]
        call = next(link for link in links if "?" in link)
        assert len(call) < 1600
        assert call.startswith(f"mailto:events%2B{REPLY}@outreach.example.org?subject=")
        assert unquote(call.partition("&body=")[2]).split("\r\n")[:3] == LINES[language]
        assert f"events+{REPLY}@outreach.example.org" in made.html
        assert f"events+{REPLY}@outreach.example.org" in made.text

    def test_reads_in_its_own_direction(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """Also where a mail program drops <html> and <body>."""
        made = shipped_message(language=language)
        way = "rtl" if language == "ar" else "ltr"
        assert re.search(rf'<table[^>]*class="card"[^>]*dir="{way}"', made.html)

    def test_follows_a_dark_screen_and_a_small_one(
        self, language: str, shipped_message: Callable[..., Message]
    ) -> None:
        """The rules that can't be inlined are kept, and win."""
        made = shipped_message(language=language)
        assert "prefers-color-scheme: dark" in made.html
        assert "max-width: 480px" in made.html
        assert "!important" in made.html


def test_it_says_what_was_true_on_its_day(shipped: FrozenMessage) -> None:
    """Before the figures were known, it can't be written at all."""
    with pytest.raises(TemplateError, match="was not true yet"):
        Composer(shipped, date(2013, 12, 20))
    assert Composer(shipped, DAY).languages == ("en", "ar", "es", "fr")
