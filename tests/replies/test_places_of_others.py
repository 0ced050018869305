"""Whose country it is: the writer's own is read, that of prisoners, family and friends is not."""

from __future__ import annotations

import pytest

from outreach.replies.countryprose import country_in_prose


@pytest.mark.parametrize(
    "own",
    [
        "I want to hold an event for the prisoners in Turkey",
        "The prisoner in China needs us. I will organise.",
        "Free Yorm Bopha in Cambodia! I will organise an event",
        "I read about the woman in Iran",
        "I was moved by the case of the journalist in Eritrea. Count me in!",
        "My mother is from Peru",
        "My husband comes from Peru and would love to help",
        "The situation in Myanmar is terrible",
        "In Iran women are killed. I will host.",
        "An evening for a journalist living in Egypt: count me in",
        "I'm a friend of the prisoner in Egypt",
        "Je veux agir pour les prisonniers en Turquie",
        "Quiero escribir por los presos en Nicaragua",
        "Quero escrever pelos presos em Angola",
        "Vorrei scrivere per i detenuti in Egitto",
        "Ich möchte für die Gefangenen in Belarus schreiben",
        "Хочу написать заключённым в Беларуси",
        "أريد أن أكتب إلى السجناء في مصر",
    ],
)
def test_the_country_of_others_is_not_the_writers(own: str) -> None:
    """Messages are about people elsewhere, and so are the answers: staff ask."""
    assert country_in_prose(own).code == ""


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("My wife is from Brazil. I volunteer in Lisbon.", "PT"),
        ("We organise an evening in Togo for the prisoners in Turkey", "TG"),
        ("Our event in Ghana is for Iran", "GH"),
        ("I want to write to the prisoner in Egypt. I live in Norway.", "NO"),
        ("I support prisoners of conscience and live in Norway", "NO"),
        ("My friend and I live in Kenya", "KE"),
        ("My friend is in Canada, I am in Kenya", "KE"),
        ("For the prisoners we will hold an evening in Togo", "TG"),
        ("I can host for you in Kenya", "KE"),
        ("I live with my wife in Kenya", "KE"),
        ("My friends and I in Togo will host", "TG"),
        ("I am a refugee from Syria living in Sweden", ""),
    ],
)
def test_the_writers_own_country_is_read_beside_it(own: str, code: str) -> None:
    """The nearest words decide."""
    assert country_in_prose(own).code == code


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("I'm in Nairobi, I want to help", "KE"),
        ("Im in Nairobi and can help", "KE"),
        ("I'm Rana from Ramallah, Palestine and want to organise", "PS"),
        ("I'm Emeka from Lagos Nigeria and I want to help", "NG"),
        ("I'm Nino from Tbilisi, Georgia, count me in", "GE"),
        ("This is Mary Wanjiru from Nairobi and I want to host", "KE"),
        ("I'm Jordan from Leeds", "GB"),
        ("I am a teacher in Accra", "GH"),
        ("I'm a retired nurse from Manila and I'd love to host", "PH"),
        ("Ich bin Anna aus Leipzig und mache mit", "DE"),
        ("Je suis Awa, de Dakar", "SN"),
        ("Ik ben Jan uit Gent", "BE"),
        ("Estoy en Bogotá y quiero ayudar", "CO"),
    ],
)
def test_who_says_their_name_and_town_in_one_breath_is_read(own: str, code: str) -> None:
    """Names stand between the person and the place, with or without a comma or a country."""
    assert country_in_prose(own).code == code


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("I would like to host an event in Glasgow", "GB"),
        ("I can help in Nairobi.", "KE"),
        ("Ich möchte eine Veranstaltung in Leipzig machen", "DE"),
        ("Je veux organiser un événement à Lomé", "TG"),
        ("Quiero organizar un evento en Bogotá", "CO"),
        ("I can host an event in March", ""),
        ("Wir machen eine Veranstaltung im Mai", ""),
        ("I'm in", ""),
        ("I'm in Georgia", ""),
        ("I'm Jesus de Leon", ""),
        ("I can host an event in San Jose", ""),
        ("I am in Paris Hilton's fan club", ""),
    ],
)
def test_a_town_where_somebody_will_do_something_is_read(own: str, code: str) -> None:
    """Months are no towns, and what may be two countries is asked for."""
    assert country_in_prose(own).code == code
