"""Which language a person gets, and its numbers and dates."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.compose import languages, numbers
from outreach.model import Supporter

WRITTEN = ("en", "fr", "pt", "zh-Hant", "ar")


def _chosen(language: str = "", country: str = "") -> str:
    supporter = Supporter(1, "a@example.org", language=language, country=country)
    return languages.choose(supporter, WRITTEN, "en").language


class TestChoice:
    """Asked for, else the country's, else the default."""

    @pytest.mark.parametrize(
        ("asked", "given"),
        [("fr", "fr"), ("fr-CD", "fr"), ("pt_BR", "pt"), ("PT", "pt"), ("zh-Hant-TW", "zh-Hant")],
    )
    def test_is_what_they_asked_for(self, asked: str, given: str) -> None:
        """The nearest form of it that there is."""
        assert _chosen(asked, "EG") == given

    @pytest.mark.parametrize(
        ("asked", "written", "given"),
        [
            ("zh-TW", ("zh", "zh-Hant"), "zh-Hant"),
            ("zh_HK", ("en", "zh-Hans", "zh-Hant"), "zh-Hant"),
            ("zh-CN", ("en", "zh-Hant", "zh-Hans"), "zh-Hans"),
            ("zh", ("zh-Hant", "zh-Hans"), "zh-Hans"),
            ("zh-TW", ("en", "zh"), "zh"),
            ("sr-Latn", ("sr-Cyrl", "sr-Latn"), "sr-Latn"),
            ("sr", ("sr-Latn", "sr-Cyrl"), "sr-Cyrl"),
            ("no", ("en", "nb"), "nb"),
            ("nb-NO", ("en", "no"), "no"),
            ("nn", ("en", "nb"), "nb"),
            ("nb", ("en", "nn"), "nn"),
            ("nn", ("nb", "nn"), "nn"),
            ("iw", ("en", "he"), "he"),
            ("tl", ("en", "fil"), "fil"),
            ("French", ("en", "fr"), "fr"),
            ("xx", ("en",), ""),
            ("", ("en",), ""),
            ("-", ("en",), ""),
            ("en\0", ("en",), ""),
        ],
    )
    def test_knows_scripts_and_old_codes(
        self, asked: str, written: tuple[str, ...], given: str
    ) -> None:
        """Whoever reads Chinese in Taiwan is not sent the characters of the mainland."""
        assert languages.nearest(asked, written) == given

    def test_is_another_form_of_it_rather_than_another_language(self) -> None:
        """Whoever asks for pt-PT reads pt-BR before English."""
        asked = Supporter(1, "a@example.org", language="pt-PT")
        assert languages.choose(asked, ("en", "pt-BR"), "en").language == "pt-BR"

    def test_is_their_countrys_where_they_never_said(self) -> None:
        """Somebody in Togo is written to in French."""
        assert _chosen("", "TG") == "fr"
        assert _chosen("sw", "CD") == "fr"

    def test_is_the_default_where_nothing_is_known(self) -> None:
        """And where no language of theirs is there."""
        assert _chosen() == "en"
        assert _chosen("sw", "") == "en"
        assert _chosen("", "??") == "en"

    def test_says_why(self) -> None:
        """Staff can see what decided."""
        asked = Supporter(1, "a@example.org", language="sw", country="CD")
        why = languages.choose(asked, WRITTEN, "en").reason
        assert "sw" in why
        assert "CD" in why

    @pytest.mark.parametrize(
        ("asked", "written", "why"),
        [
            *(("fr-CD", "fr", "they asked for fr-CD"), ("no", "nb", "they asked for no")),
            *(("zh-TW", "zh-Hant", "they asked for zh-TW"), ("iw", "he", "they asked for iw")),
            ("pt-PT", "pt-BR", "it is the nearest to pt-PT, which they asked for"),
            ("zh-CN", "zh-Hant", "it is the nearest to zh-CN, which they asked for"),
            ("nn", "nb", "it is the nearest to nn, which they asked for"),
            ("en", "en-GB", "it is the nearest to en, which they asked for"),
        ],
    )
    def test_does_not_claim_that_they_asked_for_what_is_only_near(
        self, asked: str, written: str, why: str
    ) -> None:
        """Whoever asked for one Portuguese did not ask for the other."""
        supporter = Supporter(1, "a@example.org", language=asked)
        assert languages.choose(supporter, ("sw", written), "sw").reason == why

    def test_of_a_countrys_languages_only_the_first_is_guessed(self) -> None:
        """Most Finns read no Swedish; the reason names the language that is lacking."""
        supporter = Supporter(1, "a@example.org", country="FI")
        choice = languages.choose(supporter, ("en", "sv"), "en")
        assert choice.language == "en"
        assert choice.reason == (
            "people in FI are written to in fi, which this message has not got,"
            " and it is the message's default language"
        )


@pytest.mark.parametrize(
    ("language", "number", "few", "short", "shortest"),
    [
        ("en", "1,900,000", "1,800", "2.3 million", "2 million"),
        ("fr", "1\u202f900\u202f000", "1\u202f800", "2,3 millions", "2 millions"),
        ("es", "1.900.000", "1800", "2,3 millones", "2 millones"),
        ("ar", "1,900,000", "1,800", "2.3 مليون", "2 مليون"),
        ("de", "1.900.000", "1.800", "2,3 Millionen", "2 Millionen"),
        ("sw", "1,900,000", "1,800", "milioni 2.3", "milioni 2"),
    ],
)
def test_numbers_follow_the_language(
    language: str, number: str, few: str, short: str, shortest: str
) -> None:
    """Written out, and shortly."""
    assert numbers.number(1_900_000, language) == number
    assert numbers.number(1_800, language) == few
    assert numbers.approx(2_300_000, language).replace("\xa0", "\xa0") == short
    assert numbers.approx(2_300_000, language, 0) == shortest


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (0, "0"),
        (999, "999"),
        (1_899, "1,800"),
        (84_999, "84,000"),
        (999_999, "999,000"),
        (1_000_000, "1 million"),
        (1_999_999, "1.9 million"),
        (2_399_999, "2.3 million"),
        (3_714_141, "3.7 million"),
        (1_000_000_000, "1 billion"),
    ],
)
def test_approx_rounds_down(value: int, short: str) -> None:
    """More than 2.3 million stays true."""
    assert numbers.approx(value, "en") == short


@given(st.integers(0, 10**12), st.integers(0, 3))
def test_approx_never_overstates(value: int, decimals: int) -> None:
    """Nor does it lose more than the last digit that it shows."""
    written = numbers.approx(value, "en", decimals)
    found = re.fullmatch(r"([\d,.]+)(?: (million|billion|trillion))?", written)
    assert found is not None
    unit = {None: 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}[found[2]]
    shown = float(found[1].replace(",", "")) * unit
    lost = {None: max(1, value / 10)}.get(found[2], unit / 10**decimals)
    assert shown <= value * (1 + 1e-12)
    assert value - shown <= lost


def test_dates_follow_the_language() -> None:
    """And so do directions."""
    day = date(2013, 12, 10)
    assert languages.day(day, "fr") == "10 décembre 2013"
    assert languages.day(day, "ar") == "10 ديسمبر 2013"
    assert (languages.direction("ar"), languages.direction("es")) == ("rtl", "ltr")
