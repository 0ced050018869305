"""Name, address and country are what the person wrote; where it could be two things, nothing."""

from __future__ import annotations

import pytest

from outreach.replies.country import country_of_field
from outreach.replies.countryprose import country_in_prose
from outreach.replies.extract import extract


@pytest.mark.parametrize(
    "own",
    [
        "Name: Ada Obi\nEmail: ada@example.ng\nCountry: Nigeria",
        "*NAME:* Ada Obi\n*E-mail* : ada@example.ng <mailto:ada@example.ng>\n*Country:* Nigeria.",
        "Name - Ada Obi\nEmail - ada@example.ng\nCountry - Nigeria",
        "Full name: Ada Obi, e-mail: ada@example.ng; country: Nigeria",
        "1. Name (first and last): Ada Obi\n2. Email address: ada@example.ng\n3. Country: Nigeria",
        "Nom\u00a0: Ada Obi\nCourriel\u00a0: ada@example.ng\nPays\u00a0: Nigéria",
        "Nom\u202f: Ada Obi\nCourriel\u202f: ada@example.ng\nPays\u202f: Nigéria",
        "Nombre:\nAda Obi\nCorreo electrónico:\nada@example.ng\nPaís:\nNigeria",
        "\u200fالاسم: Ada Obi\n\u200fالبريد الإلكتروني: ada@example.ng\n\u200fالبلد: نيجيريا",
        "Ada Obi\nada@example.ng\nNigeria",
        "Hello,\n1) Ada Obi\n2) ada@example.ng\n3) Nigeria",
    ],
)
def test_the_asked_for_lines_are_read_however_they_are_written(own: str) -> None:
    """Marks, numbers, several on a line, answers below, other scripts, no labels at all."""
    found = extract(own, "A. O.", "other@example.com")
    assert (found.name, found.email, found.country) == ("Ada Obi", "ada@example.ng", "NG")
    assert found.filled == 3


@pytest.mark.parametrize(
    "own",
    [
        "Name:\nEmail address:\nCountry:",
        "Name: [your name]\nEmail: ...\nCountry: ____",
        "Nom : votre nom\nPays : -",
    ],
)
def test_an_empty_form_is_no_data(own: str) -> None:
    """What the form asked for stays what the mail's sender says."""
    found = extract(own, "Reader", "reader@example.com")
    assert (found.name, found.email, found.country_text) == ("Reader", "reader@example.com", "")
    assert found.filled == 0


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("My name is Ada Obi and I teach.", "Ada Obi"),
        ("Je m’appelle Marie-Claire N’Diaye.", "Marie-Claire N'Diaye"),
        ("Me llamo María de los Ángeles", "María de los Ángeles"),
        ("Hi, I'm Mary Wanjiku from Nairobi.", "Mary Wanjiku"),
        ("اسمي أمل حسن.", "أمل حسن"),
        ("I am Very Happy to help", "Sender"),
        ("I am happy. My name is not important.", "Sender"),
        ("Name: see http://example.com/x", "Sender"),
    ],
)
def test_a_name_is_taken_from_an_introduction_or_the_sender(own: str, name: str) -> None:
    """A sentence that only looks like an introduction is none."""
    assert extract(own, "Sender").name == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("RDC", "CD"),
        ("République Démocratique du Congo (Kinshasa)", "CD"),
        ("Goma, DRC", "CD"),
        ("I live in Togo", "TG"),
        ("Niger", ""),
        ("Congo", ""),
        ("Congolese living in Belgium", ""),
        ("Kenya / Uganda", ""),
        ("Atlantis", ""),
    ],
)
def test_a_country_line_gives_one_country_or_none(text: str, code: str) -> None:
    """Two countries, half a country and no country are questions for staff."""
    assert country_of_field(text).code == code


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("I teach in Papua New Guinea.", "PG"),
        ("I come from the Democratic Republic of the Congo", "CD"),
        ("i live in south africa and want to help", "ZA"),
        ("Je suis du Sénégal", "SN"),
        ("Greetings,\nAda\nLagos, Nigeria", "NG"),
        ("I am from Niger", ""),
        ("An event in Georgia", ""),
        ("We meet in Mali, then in Togo", ""),
        ("Thanks, Chad Boateng and Jordan Owusu", ""),
        ("Thanks,\nJordan", ""),
        ("Thanks, Jordan", ""),
        ("Love, Paris", ""),
        ("Kenya Airways lost my bag, and Radio France called.", ""),
        ("I work at the Bank of Ghana, 14 Rue de France.", ""),
        ("I live in Nowhereville. I saw Kenya once.", ""),
        ("I am an Indian national living in Oman", ""),
        ("I live in Malta. I was in Kenya last year.", "MT"),
        ("Mieszkam w Polsce", "PL"),
        ("Я из России", "RU"),
        ("ในประเทศไทย", "TH"),
        ("من المغرب", "MA"),
        ("Turkey is good for dinner. IT can help. No.", ""),
        ("My sister in Israel", "IL"),
    ],
)
def test_prose_names_a_country_only_where_there_is_no_doubt(own: str, code: str) -> None:
    """First names, words in capitals and shared names are left alone."""
    assert country_in_prose(own, "Israel Mensah").code == (code if "Israel" not in own else "")
