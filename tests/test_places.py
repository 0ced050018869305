"""Places: what people write for a country, a language or a time zone, and what we make of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach import places
from outreach.places import catalogue, names

#: code -> what people write for it
WRITTEN = {
    "AE": "UAE, United Arab Emirates, الإمارات العربية المتحدة",
    "AT": "Österreich, Oesterreich, Austria, Autriche, Áo",
    "BA": "Bosnia and Herzegovina, Bosnia & Herzegovina, Bosnie-Herzégovine",
    "BS": "The Bahamas, bahamas",
    "CD": "DRC, D.R.C., RDC, Congo Kinshasa, Congo-Kinshasa, Congo (Kinshasa), COD, cd, 刚果（金）,"
    "République démocratique du Congo, Republica Democratica do Congo, Dem. Rep. Congo",
    "CG": "Congo-Brazzaville, Republic of the Congo, République du Congo, COG",
    "CI": "Ivory Coast, Cote d'Ivoire, Côte d’Ivoire, COTE D IVOIRE, la Côte d'Ivoire",
    "CN": "China, 中国, People's Republic of China, PRC",
    "CV": "Cape Verde, Cabo Verde",
    "CZ": "Czech Republic, Czechia, Česko, République tchèque",
    "DE": "Deutschland, Germany, Allemagne, Bundesrepublik Deutschland, ألمانيا",
    "GB": "UK, U.K., England, Scotland, Wales, United Kingdom, Great Britain, Royaume-Uni",
    "GN": "Guinea, Guinée, Republic of Guinea",
    "IR": "Iran, Islamic Republic of Iran, ایران",
    "KE": "Kenya, KENYA, Republic of Kenya, Kenia, Кения, كينيا, Jamhuri ya Kenya",
    "KP": "North Korea, DPRK, Democratic People's Republic of Korea",
    "KR": "South Korea, Republic of Korea, 한국, Corée du Sud",
    "LC": "Saint Lucia, St. Lucia, St Lucia",
    "MA": "Maroc, المغرب, Morocco, Royaume du Maroc",
    "MK": "Macedonia, North Macedonia, FYROM",
    "MM": "Burma, Myanmar, Myanmar (Burma)",
    "NE": "Niger, Republic of the Niger",
    "NG": "Nigeria, Federal Republic of Nigeria",
    "NL": "Holland, The Netherlands, Nederland, Kingdom of the Netherlands",
    "NP": "नेपाल, Nepal",
    "PS": "Palestine, State of Palestine, فلسطين",
    "RU": "Russia, Россия, Russian Federation",
    "SZ": "Swaziland, Eswatini",
    "TG": "Togo, République du Togo, Togolese Republic, République togolaise, توغو, 多哥",
    "TR": "Turkey, Türkiye, TÜRKİYE, Turkiye, Türkei",
    "TW": "Taiwan, Republic of China, 台灣",
    "TZ": "Tanzania, United Republic of Tanzania",
    "US": "us, USA, U.S.A., United States, the United States of America, États-Unis",
    "VN": "Viet Nam, Việt Nam, Vietnam",
    "XK": "Kosovo, Kosova",
}


@pytest.mark.parametrize(
    ("code", "text"), [(code, t.strip()) for code, all_ in WRITTEN.items() for t in all_.split(",")]
)
def test_a_country_is_known_by_what_people_write(code: str, text: str) -> None:
    """Names in any language, codes, short and official forms give the code."""
    assert places.country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Congo, The Democratic Republic of the", "CD"),
        ("Congo, Republic of the", "CG"),
        ("Korea, Republic of", "KR"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Tanzania, United Republic of", "TZ"),
        ("Tanzania United Republic of", "TZ"),
        ("Bolivia, Plurinational State of", "BO"),
        ("Gambia, The", "GM"),
        ("Palestine, State of", "PS"),
    ],
)
def test_names_turned_round_for_an_index_are_read(text: str, code: str) -> None:
    """Forms from which lists are sorted are known with and without their comma."""
    assert places.country_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Congo", "kongo", "Конго", "刚果", "Korea", "America", "Virgin Islands"),
        *("State of Georgia", "Northern Cyprus", "Saint Martin", "xx", "ZZ", "EU", "Europe"),
        *("republic of", "of", "the", "South", "Lagos, Nigeria", "n/a", "none", "-", "?", "1"),
        *("x" * 10_000, "\x00", "🙂"),
    ],
)
def test_what_is_unknown_or_ambiguous_is_empty(text: str) -> None:
    """A wrong country is worse than none."""
    assert places.country_code(text) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Belgique / België", "BE"),
        ("Britain (UK)", "GB"),
        ("Eswatini (Swaziland)", "SZ"),
        ("Schweiz - Suisse - Svizzera", "CH"),
        ("Guinea (Bissau)", "GW"),
        ("Niger / Nigeria", ""),
        ("Georgia / USA", ""),
        ("Congo / RDC", "CD"),
        ("(((((/////", ""),
    ],
)
def test_a_country_named_twice_counts_if_both_agree(text: str, code: str) -> None:
    """Names in two languages are one country; two countries are none."""
    assert places.country_code(text) == code


def test_accents_count_where_they_tell_countries_apart() -> None:
    """`Áo` is Austria in Vietnamese, `ao` the code of Angola; so is `Nga` Russia, `NGA` Nigeria."""
    assert [places.country_code(text) for text in ("Áo", "ao", "Nga", "NGA")] == [
        "AT",
        "AO",
        "RU",
        "NG",
    ]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "pt", "de", "ru", "hi", "zh", "sw"])
def test_every_country_is_known_by_its_name_in(language: str) -> None:
    """What CLDR calls a country is understood, but for names that two countries share."""
    shared = {"MF", "CG", "CD"}
    named = {code: str(Locale.parse(language).territories[code]) for code in places.countries()}
    misread = {code: name for code, name in named.items() if places.country_code(name) != code}
    assert misread.keys() <= shared
    assert all(places.country_code(name) == "" for name in misread.values())


def test_a_country_is_named_in_the_readers_language() -> None:
    """CLDR's name, by the nearest language there is, else English; '' for no country."""
    assert places.country_name("TG", "ar") == "توغو"
    assert places.country_name("CI", "fr-CI") == "Côte d’Ivoire"
    assert places.country_name("TG", "tlh") == "Togo"
    assert places.country_name("TG", "../../etc") == "Togo"
    assert places.country_name("ZZ", "en") == ""


def test_countries_are_iso_codes_and_kosovo() -> None:
    """249 countries have an ISO code; XK is Kosovo's in CLDR and the European Union."""
    codes = places.countries()
    assert len(codes) == 250
    assert "XK" in codes
    assert list(codes) == sorted(codes)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        *((text, "fr") for text in ("fr", "FR", "fra", "fre", "French", "français", "Francais")),
        *((text, "fr-FR") for text in ("fr_FR", "FR-fr", "fr_FR.UTF-8", "fr-FR-x-private")),
        *((text, "ar") for text in ("العربية", "Arabic", "arabe", "عربي", "ar-u-nu-latn")),
        *((text, "pt-BR") for text in ("pt-br", "Brazilian Portuguese", "Portuguese (Brazil)")),
        *((text, "zh-Hant") for text in ("zh-hant", "繁體中文", "Chinese (Traditional)")),
        *((text, "he") for text in ("he", "iw", "Hebrew", "עברית")),
        *((text, "sw") for text in ("sw", "Swahili", "Kiswahili")),
        *((text, "en-GB") for text in ("en_GB", "British English", "English (United Kingdom)")),
        *((text, "") for text in ("", "xx", "klingon", "n/a", "?", "\x00", "e" * 5000)),
    ],
)
def test_a_language_is_known_by_what_people_write(text: str, tag: str) -> None:
    """Tags, locales and names give a BCP 47 tag; a region only where one was given."""
    assert places.language_tag(text) == tag


def test_people_are_written_to_in_what_they_read() -> None:
    """The language of schools and offices, not always the mother tongue of most."""
    read = {"TG": "fr", "CD": "fr", "CH": "de", "MA": "ar", "KE": "en", "TZ": "sw", "BR": "pt"}
    assert {country: places.language_of(country) for country in read} == read
    assert places.language_of("BE") == places.language_of("ZZ") == ""


def test_each_countrys_language_is_one_that_we_know() -> None:
    """What `language_of` gives, `language_tag` accepts."""
    spoken = {places.language_of(country) for country in places.countries()} - {""}
    assert all(places.language_tag(language) == language for language in spoken)


def test_a_time_zone_comes_from_countries_with_one_clock() -> None:
    """Germany's two zones go alike, the two of the DRC don't."""
    assert places.timezone_of("TG") == "Africa/Lome"
    assert places.timezone_of("DE") == "Europe/Berlin"
    assert places.timezone_of("UA") == "Europe/Kyiv"
    assert [places.timezone_of(country) for country in ("CD", "US", "RU", "ZZ", "")] == [""] * 5


def test_every_countrys_time_zone_can_be_opened() -> None:
    """What `timezone_of` gives is a zone of zoneinfo's."""
    for zone in {places.timezone_of(country) for country in places.countries()} - {""}:
        assert places.is_timezone(zone)
        assert ZoneInfo(zone).key == zone


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "CEST"])
def test_no_time_zone(name: str) -> None:
    """Names that zoneinfo hasn't got are refused, without looking for a file of that name."""
    assert not places.is_timezone(name)


@pytest.mark.parametrize("language", ["ar", "ar-EG", "he", "fa", "ur", "ps", "dv", "pa-PK", "ug"])
def test_runs_from_right_to_left(language: str) -> None:
    """By the script that the language is written in there."""
    assert places.is_right_to_left(language)


@pytest.mark.parametrize("language", ["", "en", "pa", "zh-Hant", "az", "sr-Latn", "ku", "xx"])
def test_runs_from_left_to_right(language: str) -> None:
    """Everything else, the unknown too."""
    assert not places.is_right_to_left(language)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_understood_or_not(text: str) -> None:
    """Nothing that somebody types makes a lookup fail, and folding twice changes nothing more."""
    assert places.country_code(text) in {"", *places.countries()}
    places.language_tag(text)
    places.country_name("TG", text)
    assert not places.is_timezone(f"{text}\n")
    assert names.folded(names.folded(text)) == names.folded(text)


def test_the_shipped_tables_are_in_step_with_babel() -> None:
    """`python -m outreach.places.catalogue` would change nothing."""
    for shipped, made in (
        ("countries.tsv", catalogue.country_names()),
        ("languages.tsv", catalogue.language_names()),
    ):
        assert names.read_table(shipped) == {
            name: key for key, found in made.items() for name in found
        }, "run python -m outreach.places.catalogue"
