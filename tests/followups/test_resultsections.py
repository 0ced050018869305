"""An answer about several gatherings: each has what stands below its line, or staff are asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.followups.resultsections import Place, heading, sections

LOME, KARA, PARIS = (
    Place(1, "2014-12-10", "Lomé"),
    Place(2, "2014-12-10", "Kara"),
    Place(3, "2014-12-12", "Paris 11e"),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2014-12-10 Lomé:\na 1\n2014-12-10 Kara:\nb 2", {1: "a 1", 2: "b 2"}),
        ("Name: Ana\n2014-12-12\nc 3", {3: "c 3"}),
        ("٢٠١٤-١٢-١٢: c ٣", {3: "c 3"}),
        ("1. LOMÉ: a 1\n* Kara – b 2", {1: "a 1", 2: "b 2"}),
        ("Paris 11e: 5 people\n\nLomé: 6", {3: "5 people", 1: "6"}),
        ("We wrote in Lomé and in Kara", {}),
        ("Lomé was wonderful", {}),
        ("2014-12-10: 300 letters", {}),
        ("40 of us came.\nLomé: 300 letters", {}),
        ("Lomé: 1\nLomé: 2", {}),
        ("2014-12-10 Lomé and Kara: 300", {}),
        ("", {}),
    ],
)
def test_what_is_told_of_each(text: str, told: dict[int, str]) -> None:
    """By day and place, or by a place that begins a line; nothing is guessed."""
    assert sections(text, [LOME, KARA, PARIS]).parts == told


ICA = Place(4, "2014-12-13", "Ica")


@pytest.mark.parametrize(
    "text",
    [
        # a heading that is not known, in the midst of others
        "Lomé:\nLetters: 1\nMarseille:\nPeople: 60\nKara:\nLetters: 2",
        "Lomé: 1 letter\nMarseille - 20 people\nKara: 5 letters",
        "Lomé: 1 letter\n15/12/2014 Bamako:\nPeople: 60",
        "Lomé:\nLetters: 1\nThe second one\nPeople: 60",
        "Lomé: 1 letter\nIn Kara:\nPeople: 60",
        "Lomé: 1 letter\nPetit Kara – 60 people",
        # a day that no gathering has, or the day of one and the place of another
        "2014-12-10 Lomé: 1\n2014-12-11 Kara: 2",
        "2014-12-13 Paris 11e: 1",
        "2014-12-13 Cusco replicas: 1",
        "2014-12-13 Icaria: 1",
        # in the midst of a line it is told of again
        "2014-12-10 Lomé: 1 letter\nThe next on 2014-12-12 was better: 40 letters",
        "2014-12-10 Lomé: 1 letter\n2014-12-10 Lomé: 2 letters",
        # of all, or of nobody knows which
        "Lomé:\nPeople:\nLetters: 1\nKara:\nLetters: 2\nWhat went well: 400 signatures",
        "Lomé: 1 letter\nKara: 5 letters\n\nIn total 60 people.",
        "40 of us came.\nLomé: 300 letters",
        "Lomé: 1\n" + "We sang. " * 3_000 + "\nKara: 2",
    ],
)
def test_where_a_line_may_be_of_another_staff_are_asked(text: str) -> None:
    """Nothing is cut at all, as what stands above it may be wrong as well."""
    found = sections(text, [LOME, KARA, PARIS, ICA])
    assert found.question
    assert not found.parts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Lome: 1 letter\nKÁRA - 2 letters", {1: "1 letter", 2: "2 letters"}),
        ("\u200f2014-12-13 Ica: 1", {4: "1"}),
        ("2014-12-10, in Kara 12 people came. We sang.", {2: "12 people came. We sang."}),
        (
            "2014-12-10 Lomé:\nPersonnes : 6\nLettres et cartes : 1\nSignatures de pétitions : \n"
            "E-mails, SMS, télécopies, tweets : 3\nCe qui a bien marché : tout, à Bamako aussi\n",
            {
                1: "Personnes : 6\nLettres et cartes : 1\nSignatures de pétitions : \n"
                "E-mails, SMS, télécopies, tweets : 3\nCe qui a bien marché : tout, à Bamako aussi"
            },
        ),
        (
            "2014-12-13 Ica:\nعدد الأشخاص: 6\nالرسائل والبطاقات: 1\nالتوقيعات: 2\n"
            "رسائل إلكترونية ونصية وفاكسات وتغريدات: 3",
            {
                4: "عدد الأشخاص: 6\nالرسائل والبطاقات: 1\nالتوقيعات: 2\n"
                "رسائل إلكترونية ونصية وفاكسات وتغريدات: 3"
            },
        ),
        (
            "2014-12-13 Ica:\nPersonas: 6\nCartas y tarjetas: 1\nFirmas de peticiones: 2\n"
            "Correos electrónicos, mensajes de texto, faxes, tuits: 3\nLo que salió bien: \n",
            {
                4: "Personas: 6\nCartas y tarjetas: 1\nFirmas de peticiones: 2\n"
                "Correos electrónicos, mensajes de texto, faxes, tuits: 3\nLo que salió bien:"
            },
        ),
    ],
)
def test_what_is_plain_is_no_question(text: str, told: dict[int, str]) -> None:
    """The lines that we give to fill in, in each language; accents are of no matter."""
    found = sections(text, [LOME, KARA, PARIS, ICA])
    assert (found.parts, found.question) == (told, "")


@given(st.text("LoméKara :\n0123456789-", max_size=80))
def test_any_text_is_cut_without_a_fault(text: str) -> None:
    """And nothing is told of a gathering that is none of them."""
    assert set(sections(text, [LOME, KARA]).parts) <= {1, 2}


def test_the_line_that_we_give_is_found_again() -> None:
    """Whatever spaces a place is written with; where none is known, by its day alone."""
    somewhere = Place(4, "2014-12-13", "  Saint\n Denis ")
    text = f"{heading(somewhere.day, somewhere.place)}:\n7\n{heading('2014-12-14', '')}:\n8"
    assert sections(text, [somewhere, Place(5, "2014-12-14", "")]).parts == {4: "7", 5: "8"}
