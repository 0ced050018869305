"""Short forms and plural forms, in many languages."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st
from making import DAY, MOMENT, composed, message, page, reader

from outreach.compose import Composer, numbers
from outreach.errors import TemplateError
from outreach.facts.statements import Rounding

#: languages that a locale of Babel's stands for, written as files are named
ALL = sorted(name.replace("_", "-") for name in locale_identifiers() if name != "root")

#: what CLDR 47 has for 1,000,000, 2,399,999, 5,000,000 and 21,000,000
KNOWN = {
    "en": ("1 million", "2.3 million", "5 million", "21 million"),
    "fr": ("1 million", "2,3 millions", "5 millions", "21 millions"),
    "es": ("1 millón", "2,3 millones", "5 millones", "21 millones"),
    "ar": ("1 مليون", "2.3 مليون", "5 ملايين", "21 مليون"),
    "pt": ("1 milhão", "2,3 milhões", "5 milhões", "21 milhões"),
    "it": ("1 milione", "2,3 milioni", "5 milioni", "21 milioni"),
    "ca": ("1 milió", "2,3 milions", "5 milions", "21 milions"),
    "ro": ("1 milion", "2,3 milioane", "5 milioane", "21 de milioane"),
    "de": ("1 Million", "2,3 Millionen", "5 Millionen", "21 Millionen"),
    "nl": ("1 miljoen", "2,3 miljoen", "5 miljoen", "21 miljoen"),
    "sv": ("1 miljon", "2,3 miljoner", "5 miljoner", "21 miljoner"),
    "da": ("1 million", "2,3 millioner", "5 millioner", "21 millioner"),
    "nb": ("1 million", "2,3 millioner", "5 millioner", "21 millioner"),
    "fi": ("1 miljoona", "2,3 miljoonaa", "5 miljoonaa", "21 miljoonaa"),
    "is": ("1 milljón", "2,3 milljónir", "5 milljónir", "21 milljón"),
    "pl": ("1 milion", "2,3 miliona", "5 milionów", "21 milionów"),
    "cs": ("1 milion", "2,3 milionu", "5 milionů", "21 milionů"),
    "ru": ("1 миллион", "2,3 миллиона", "5 миллионов", "21 миллион"),
    "uk": ("1 мільйон", "2,3 мільйона", "5 мільйонів", "21 мільйон"),
    "hr": ("1 milijun", "2,3 milijuna", "5 milijuna", "21 milijun"),
    "sl": ("1 milijon", "2,3 milijone", "5 milijonov", "21 milijonov"),
    "lt": ("1 milijonas", "2,3 milijono", "5 milijonai", "21 milijonas"),
    "el": ("1 εκατομμύριο", "2,3 εκατομμύρια", "5 εκατομμύρια", "21 εκατομμύρια"),
    "tr": ("1 milyon", "2,3 milyon", "5 milyon", "21 milyon"),
    "hu": ("1 millió", "2,3 millió", "5 millió", "21 millió"),
    "fa": ("1 میلیون", "2.3 میلیون", "5 میلیون", "21 میلیون"),
    "he": ("\u200f1 מיליון", "\u200f2.3 מיליון", "\u200f5 מיליון", "\u200f21 מיליון"),
    "hi": ("10 लाख", "23.9 लाख", "50 लाख", "2.1 करोड़"),
    "th": ("1 ล้าน", "2.3 ล้าน", "5 ล้าน", "21 ล้าน"),
    "vi": ("1 triệu", "2,3 triệu", "5 triệu", "21 triệu"),
    "id": ("1 juta", "2,3 juta", "5 juta", "21 juta"),
    "sw": ("milioni 1", "milioni 2.3", "milioni 5", "milioni 21"),
    "am": ("1 ሚሊዮን", "2.3 ሚሊዮን", "5 ሚሊዮን", "21 ሚሊዮን"),
    "ja": ("100万", "239.9万", "500万", "2100万"),
    "zh": ("100万", "239.9万", "500万", "2100万"),
    "zh-Hant": ("100萬", "239.9萬", "500萬", "2100萬"),
    "ko": ("100만", "239.9만", "500만", "2100만"),
    # no words for it in CLDR, or wrong ones: written out
    "mg": ("1,000,000", "2,300,000", "5,000,000", "21,000,000"),
    "ps": ("1.000.000", "2.300.000", "5.000.000", "21.000.000"),
    "wo": ("1.000.000", "2.300.000", "5.000.000", "21.000.000"),
    "ne": ("10,00,000", "23,00,000", "50,00,000", "2,10,00,000"),
}


@pytest.mark.parametrize("language", KNOWN)
def test_short_forms_are_those_of_the_language(language: str) -> None:
    """The word is in the form that goes with the rounded number."""
    values = (1_000_000, 2_399_999, 5_000_000, 21_000_000)
    written = tuple(numbers.approx(value, language) for value in values)
    assert tuple(text.replace("\xa0", " ") for text in written) == KNOWN[language]


@pytest.mark.parametrize("language", ALL)
def test_every_language_has_a_short_form_that_is_not_too_high(language: str) -> None:
    """Also those of which CLDR knows little; the text says the value that it is said to say."""
    for value in (0, 7, 999, 1_899, 84_999, 999_999, 1_000_000, 1_999_999, 2_399_999, 987_654_321):
        short = numbers.short(value, language)
        assert value * 9 // 10 <= short.value <= value
        said = re.sub(r"[^0-9]", "", short.text)
        assert said
        if not short.in_words:
            assert int(said) == short.value
        else:
            assert str(short.value).startswith(said.lstrip("0"))


@given(
    st.integers(0, 10**15),
    st.integers(0, 3),
    st.sampled_from(["en", "fr", "ja", "hi", "mg", "ar", "bn"]),
    st.sampled_from([Rounding.DOWN, Rounding.UP, Rounding.NEAREST]),
)
def test_each_rounding_keeps_its_promise(
    value: int, decimals: int, language: str, rounding: Rounding
) -> None:
    """Down is never above, up never below; a rounded number is not rounded any further."""
    short = numbers.short(value, language, decimals, rounding)
    if rounding is Rounding.DOWN:
        assert short.value <= value
    elif rounding is Rounding.UP:
        assert short.value >= value
    assert abs(short.value - value) <= max(Fraction(value, 10), Fraction(value, 10**decimals))
    assert numbers.short(short.value, language, decimals, rounding) == short
    assert numbers.short(value, language, decimals, Rounding.EXACT).value == value


@pytest.mark.parametrize(
    ("value", "rounding", "text"),
    [
        (999_001, Rounding.UP, "1 million"),
        (999_960_000, Rounding.NEAREST, "1 billion"),
        (2_350_000, Rounding.NEAREST, "2.4 million"),
        (89_001, Rounding.UP, "90,000"),
        (2_345_678, Rounding.EXACT, "2,345,678"),
        (-2_399_999, Rounding.DOWN, "-2.3 million"),
    ],
)
def test_rounding_may_lead_into_the_next_unit(value: int, rounding: Rounding, text: str) -> None:
    """Nobody writes 1,000 million."""
    assert numbers.approx(value, "en", 1, rounding) == text


@pytest.mark.parametrize(
    ("value", "down", "nearest", "up"),
    [
        (0, "0", "0", "0"),
        (999, "999", "999", "999"),
        (9_999, "9,900", "10,000", "10,000"),
        (999_000, "999,000", "999,000", "999,000"),
        (999_499, "999,000", "999,000", "1 million"),
        (999_500, "999,000", "1 million", "1 million"),
        (999_999, "999,000", "1 million", "1 million"),
        (1_000_000, "1 million", "1 million", "1 million"),
        (1_049_999, "1 million", "1 million", "1.1 million"),
        (1_050_000, "1 million", "1.1 million", "1.1 million"),
        (1_999_999, "1.9 million", "2 million", "2 million"),
        (999_999_999, "999.9 million", "1 billion", "1 billion"),
        (10**18 - 1, "999,999.9 trillion", "1,000,000 trillion", "1,000,000 trillion"),
        (-1, "-1", "-1", "-1"),
        (-999_999, "-999,000", "-1 million", "-1 million"),
        (-1_050_000, "-1 million", "-1.1 million", "-1.1 million"),
    ],
)
def test_at_the_boundaries_nothing_is_claimed_that_is_not_so(
    value: int, down: str, nearest: str, up: str
) -> None:
    """A number just below a million is no million, unless its sheet says that it may be."""
    wanted = {Rounding.DOWN: down, Rounding.NEAREST: nearest, Rounding.UP: up}
    assert {way: numbers.approx(value, "en", 1, way) for way in wanted} == wanted


@pytest.mark.parametrize("language", ALL)
def test_the_boundary_is_the_same_in_every_language(language: str) -> None:
    """What English doesn't call a million yet, no other language does."""
    for value in (999_499, 999_500, 999_999):
        assert numbers.short(value, language).text == numbers.number(999_000, language)
    for value in (1_000_000, 1_049_999, 1_050_000):
        assert 1_000_000 <= numbers.short(value, language).value <= value


class TestFigures:
    """A figure is rounded as its sheet allows."""

    def _written(self, expression: str, **lines: str) -> str:
        whole = {"value": "2_345_678", "true_on": "2014-02-26", "source": '"x"'} | lines
        fact = "[[a.b]]\n" + "".join(f"{key} = {value}\n" for key, value in whole.items())
        frozen = message({"m/en.html": page(f"{{{{ {expression} }}}}"), "facts/f.toml": fact})
        return Composer(frozen, DAY).compose(reader(), MOMENT).text.strip()

    @pytest.mark.parametrize(
        ("lines", "expression", "written"),
        [
            ({}, "fact('a.b')|approx", "2.3 million"),
            ({}, "fact('a.b')|approx(2)", "2.34 million"),
            ({"bound": '"at_most"'}, "fact('a.b')|approx", "2.4 million"),
            ({"bound": '"at_most"', "rounding": '"down"'}, "fact('a.b')|approx", "2.3 million"),
            ({"rounding": '"exact"'}, "fact('a.b')|approx", "2,345,678"),
            ({"decimals": "0"}, "fact('a.b')|approx", "2 million"),
            ({"decimals": "1"}, "fact('a.b')|approx(3)", "2.3 million"),
            ({"decimals": "3"}, "fact('a.b')|approx", "2.3 million"),
            (
                {},
                "fact('a.b')|plural(one='{approx} act', other='{approx} acts')",
                "2.3 million acts",
            ),
        ],
    )
    def test_as_the_sheet_says(self, lines: dict[str, str], expression: str, written: str) -> None:
        """Whatever the message asks for."""
        assert self._written(expression, **lines) == written


class TestPlural:
    """The form of a word that goes with a number."""

    @pytest.mark.parametrize(
        ("language", "forms", "written"),
        [
            ("en", "one='{n} letter', other='{n} letters'", "0 letters,1 letter,2 letters"),
            ("fr", "one='{n} lettre', other='{n} lettres'", "0 lettre,1 lettre,2 lettres"),
            ("en", "zero='no letters', one='a letter', other='{n}'", "no letters,a letter,2"),
            ("ja", "other='{n}通'", "0通,1通,2通"),
            ("ar", "zero='z', one='o', two='t', few='f', many='m', other='x'", "z,o,t"),
            ("ar", "other='x{n}'", "x0,x1,x2"),
        ],
    )
    def test_is_that_of_the_language(self, language: str, forms: str, written: str) -> None:
        """Forms that are not given are those of all other numbers."""
        listed = (
            "{% for n in [0, 1, 2] %}{{ n|plural(" + forms + ") }}{{ ',' if n < 2 }}{% endfor %}"
        )
        frozen = message({"m/en.html": page("x"), f"m/{language}.html": page(listed)})
        made = Composer(frozen, DAY).compose(reader(language=language), MOMENT)
        assert made.text.strip() == written

    @pytest.mark.parametrize(
        ("value", "language", "in_words", "category"),
        [
            (3, "ar", False, "few"),
            (11, "ar", False, "many"),
            (100, "ar", False, "other"),
            (22, "ru", False, "few"),
            (25, "pl", False, "many"),
            (1_000_000, "fr", False, "many"),
            (2_300_000, "fr", False, "other"),
            (2_300_000, "fr", True, "many"),
            (2_300_000, "es", True, "many"),
            (2_300_000, "ru", True, "many"),
            (2_300_000, "en", True, "other"),
            (-1, "en", False, "one"),
        ],
    )
    def test_knows_the_languages_rules(
        self, value: int, language: str, in_words: bool, category: str
    ) -> None:
        """After "2,3 millions" French says "de lettres", and after 2 300 000 "lettres"."""
        assert numbers.plural_category(value, language, in_words=in_words) == category

    def test_says_which_forms_a_language_has(self) -> None:
        """For whoever checks a translation."""
        assert numbers.plural_categories("ar") == numbers.CATEGORIES
        assert numbers.plural_categories("en") == ("one", "other")

    def test_takes_markup(self) -> None:
        """Where the author says so; else it is escaped like any text."""
        said = composed(
            "{{ 3|plural(other='<b>{n}</b>') }} {{ 3|plural(other='<b>{n}</b>'|safe) }}"
        )
        assert "&lt;b&gt;3&lt;/b&gt; <b>3</b>" in said.html


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("none|approx", "whole number"),
        ("2.3|approx", "whole number"),
        ("true|approx", "whole number"),
        ("'2.3 million'|approx", "whole number"),
        ("''|approx", "whole number"),
        ("(999999999999999999 + 1)|approx", "at most 18 digits"),
        ("5000000|approx(1000000000)", "takes 0 to 3 decimals"),
        ("5|approx(-1)", "takes 0 to 3 decimals"),
        ("5|approx('x')", "takes 0 to 3 decimals"),
        ("5|approx(true)", "takes 0 to 3 decimals"),
        ("(1000000000 * 1000000000 * 1000000000)|number", "at most 18 digits"),
        ("5|plural(one='x')", "other="),
        ("5|plural(ones='x', other='y')", "forms zero, one, two, few, many, other"),
        ("'many'|plural(other='y')", "whole number"),
    ],
)
def test_what_can_not_be_written_is_refused(expression: str, problem: str) -> None:
    """With its line, and before it can cost anything."""
    with pytest.raises(TemplateError, match=problem):
        composed(f"{{{{ {expression} }}}}")
