"""Ways through a message: who gets the same words, told without composing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import DAY, LAYOUT, MOMENT, message, page, reader

from outreach.compose import Composer, FrozenMessage
from outreach.compose.differences import differences
from outreach.compose.used import Used, used_values
from outreach.compose.ways import Ways, Wording
from outreach.errors import TemplateError
from outreach.model import Reader, Safety

BRANCHING = page(
    "{% if supporter.given_name %}<p>Dear {{ supporter.given_name }},</p>{% else %}<p>Hello,</p>"
    "{% endif %}{% for tag in supporter.tags %}<p>{{ tag }}</p>{% endfor %}"
    '{% if supporter.attributes.get("Size", "") == "L" %}<p>Large</p>{% endif %}',
    subject='{% if supporter.country == "TG" %}Togo{% else %}World{% endif %}',
)


def ways(*contents: str, **files: str) -> Ways:
    """The ways through a small message."""
    return ways_of(message({"m/en.html": contents[0]} | files))


def ways_of(frozen: FrozenMessage) -> Ways:
    """The ways through a message."""
    return Ways(Composer(frozen, DAY))


def test_other_values_are_the_same_way() -> None:
    """Only ifs and loops part people."""
    through = ways(BRANCHING)
    ada = through.way(reader(given_name="Ada", email="ada@example.org"))
    assert ada == through.way(reader(given_name="<b>Zoë</b>", email="zoe@example.org"))
    assert (ada.language, ada.discreet) == ("en", False)


@pytest.mark.parametrize(
    "other",
    [
        {"given_name": ""},
        {"tags": ("a",)},
        {"attributes": {"Size": "L"}},
        {"country": "TG"},
    ],
)
def test_each_if_and_each_round_of_a_loop_is_another_way(other: dict[str, Any]) -> None:
    """In the page as in the subject."""
    through = ways(BRANCHING)
    usual = {"given_name": "Ada"}
    assert through.way(reader(**usual)) != through.way(reader(**usual | other))


def test_languages_and_discreet_versions_are_ways_of_their_own() -> None:
    """Though the pages be the same."""
    same = page("<p>Hello</p>")
    through = ways_of(message({"m/fr.html": same, "m/en.discreet.html": same}))
    kinds = [{}, {"language": "fr"}, {"safety": Safety.DISCREET}]
    found = [through.way(reader(**kind)) for kind in kinds]
    assert [(way.language, way.discreet) for way in found] == [
        ("en", False),
        ("fr", False),
        ("en", True),
    ]
    assert len(set(found)) == 3


def test_the_text_written_by_hand_counts_too() -> None:
    """Also an if that only the text part has."""
    text = "{% if supporter.country %}{{ supporter.country }}{% else %}Nowhere{% endif %}"
    through = ways_of(message({"m/en.txt": text}))
    assert through.way(reader()) != through.way(reader(country="TG"))
    assert through.wording(reader()).paragraphs == ("Nowhere",)


def test_the_ways_of_endless_tables_are_small_and_differ() -> None:
    """A thousand of them are remembered at a time."""
    through = ways(page("{% for i in range(supporter.country|int) %}<b>x</b>{% endfor %}"))
    found = {through.way(reader(country=str(rounds))) for rounds in (90_000, 90_001, 90_001)}
    assert len(found) == 2
    assert all(len(str(way.key)) < 2000 for way in found)


def test_captured_and_filtered_values_are_values() -> None:
    """A name in capitals makes no version of its own."""
    through = ways(page("{% set x %}<b>{{ supporter.given_name }}</b>{% endset %}{{ x|upper }}"))
    assert through.way(reader(given_name="Ada")) == through.way(reader(given_name="Zoë"))


def test_a_message_that_cannot_be_taken_apart_is_one_way() -> None:
    """Nothing is said rather than something wrong."""
    through = ways(
        page("{% autoescape false %}{% if supporter.country %}x{% endif %}{% endautoescape %}")
    )
    assert through.way(reader()) == through.way(reader(country="TG"))
    assert through.wording(reader()) == Wording("", "", ())


@pytest.mark.parametrize(
    ("content", "subject", "problem"),
    [
        ('{{ supporter.attributes["Size"] }}', "Subject", "templates/m/en.html, line 4"),
        ("<p>x</p>", "{{ supporter.country }}", "the subject is empty"),
    ],
)
def test_who_has_no_message_is_told_with_the_place(
    content: str, subject: str, problem: str
) -> None:
    """The same that composing would say."""
    frozen = message({"m/en.html": page(content, subject=subject)})
    composer = Composer(frozen, DAY)
    for call in (lambda r: composer.compose(r, MOMENT), Ways(composer).way):
        with pytest.raises(TemplateError, match=problem):
            call(reader())


def test_a_discreet_person_gets_no_other_version() -> None:
    """As in composing."""
    with pytest.raises(TemplateError, match="no discreet version"):
        ways_of(message()).way(reader(safety=Safety.DISCREET))


@settings(deadline=None, max_examples=25)
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {
                "given_name": st.sampled_from(["", " ", "Ada", "李"]),
                "family_name": st.sampled_from(["", "X"]),
                "country": st.sampled_from(["", "TG", "FR"]),
                "tags": st.sampled_from([(), ("a",), ("a", "b")]),
                "attributes": st.sampled_from([{}, {"Size": "L"}, {"Size": ""}, {"Hat": "L"}]),
            }
        ),
        max_size=4,
    ),
    extra=st.sampled_from(
        [
            "",
            "{% if supporter.full_name %}x{% endif %}",
            "{% set who = supporter %}{% if who.family_name %}x{% endif %}",
            '{% if supporter["family_name"] %}x{% endif %}',
            '{% set key = "family_" ~ "name" %}{% if supporter[key] %}x{% endif %}',
            "{% for column in supporter.attributes %}x{% endfor %}",
            '{% if "Hat" in supporter.attributes %}x{% endif %}',
            '{% if supporter|attr("family_name") %}x{% endif %}',
            '{% include "m/part.html" %}',
            '{% set file = "m/part.html" %}{% include file %}',
        ]
    ),
)
def test_what_is_remembered_is_what_would_be_found_anew(
    people: list[dict[str, Any]], extra: str
) -> None:
    """However a file gets at a person's values, remembered ways are never somebody else's."""
    files = {
        "m/en.html": BRANCHING.replace("{% endblock %}\n", extra + "{% endblock %}\n"),
        "m/part.html": "{% if supporter.family_name %}y{% endif %}",
    }
    frozen = message(files)
    through = ways_of(frozen)
    for person in people:
        someone = reader(**person)
        anew = ways_of(frozen)
        assert through.way(someone).key == anew.way(someone).key


@pytest.mark.parametrize(
    ("content", "used"),
    [
        ("{{ supporter.email }}{{ supporter['joined'] }}", (["email", "joined"], [], True)),
        ('{{ supporter.attributes["Shirt size"] }}', ([], ["Shirt size"], True)),
        ("{{ supporter.attributes.Size }}", ([], ["Size"], True)),
        ('{{ supporter.attributes.get("Hat", "") }}', ([], ["Hat"], True)),
        ("{{ supporter.attributes|length }}", ([], [], False)),
        ("{{ supporter.attributes.get(lang, '') }}", ([], [], False)),
        ("{{ supporter|string }}", ([], [], False)),
        ("{% macro m(p) %}{{ p.email }}{% endmacro %}{{ m(supporter) }}", ([], [], False)),
        ("{% include 'm/' ~ lang ~ '.txt' %}", ([], [], False)),
    ],
)  # fmt: skip
def test_the_values_that_a_message_uses_are_read_from_its_files(
    content: str, used: tuple[list[str], list[str], bool]
) -> None:
    """And whether there may be more, where a file hands the person on."""
    fields, columns, is_all = used
    frozen = message({"m/en.html": page(content)})
    assert used_values(frozen) == Used(tuple(fields), tuple(columns), is_all)


class TestDifferences:
    """What one version says otherwise, in words."""

    @staticmethod
    def of(usual: Reader, other: Reader, content: str = BRANCHING) -> tuple[str, ...]:
        """The differences between two readers' versions."""
        through = ways(content)
        return differences(through.wording(usual), through.wording(other))

    def test_the_words_in_their_place(self) -> None:
        """With … where a value stands."""
        told = self.of(reader(given_name="Ada"), reader())
        assert told == ("“Hello,” in place of “Dear …,”",)

    def test_the_subject_is_named(self) -> None:
        """It is what people see first."""
        told = self.of(reader(), reader(country="TG"))
        assert told == ("subject “Togo” in place of “World”",)

    def test_what_is_there_only_once(self) -> None:
        """Further paragraphs, and those left out."""
        large = reader(attributes={"Size": "L"})
        assert self.of(reader(), large) == ("further “Large”",)
        assert self.of(large, reader()) == ("without “Large”",)

    def test_whole_sentences_that_are_left_out(self) -> None:
        """Each paragraph's by itself, without the words before them."""
        content = page(
            "<p>(A) and (B). {% if supporter.country %}In {{ supporter.country }}: now.{% endif %}"
            "</p>{% if supporter.country %}<p>Your shirt: {{ supporter.country }}.</p>{% endif %}"
        )
        one, other = reader(country="TG"), reader()
        told = ("“In …: now.”", "“Your shirt: ….”")
        assert self.of(one, other, content) == tuple(f"without {words}" for words in told)
        assert self.of(other, one, content) == tuple(f"further {words}" for words in told)

    def test_a_few_words_of_a_long_paragraph(self) -> None:
        """Not the paragraph."""
        words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        content = page(
            f"<p>{words} {{% if supporter.country %}}friends{{% else %}}people{{% endif %}}"
            f" {words}</p>"
        )
        told = self.of(reader(), reader(country="TG"), content)
        assert told == ("“thirteen fourteen friends” in place of “thirteen fourteen people”",)

    def test_long_ones_are_cut(self) -> None:
        """Also in scripts that put no space between words."""
        long = page("{% if supporter.country %}<p>" + "漢字" * 400 + "</p>{% endif %}<p>x</p>")
        (told,) = self.of(reader(), reader(country="TG"), long)
        assert len(told) < 200
        assert "[…]" in told

    def test_nothing_that_is_read(self) -> None:
        """A colour is no word."""
        content = page(
            '<p class="{% if supporter.country %}a{% endif %}">{{ supporter.country }}</p>'
        )
        assert self.of(reader(), reader(country="TG"), content) == ()


def test_layouts_of_others_work_too() -> None:
    """Blocks, super() and macros in a layout that we have never seen."""
    layout = LAYOUT.replace(
        "{% block content %}{% endblock %}",
        "{% macro hi(n) %}{% if n %}Hi {{ n }}{% else %}Hi all{% endif %}{% endmacro %}"
        "{{ hi(supporter.given_name) }}{% block content %}<p>Base</p>{% endblock %}",
    )
    through = ways_of(
        message({"layouts/plain.html": layout, "m/en.html": page("{{ super() }}<p>Own</p>")})
    )
    named, nameless = reader(given_name="Ada"), reader()
    assert through.way(named) != through.way(nameless)
    told = differences(through.wording(named), through.wording(nameless))
    assert told == ("“Hi all” in place of “Hi …”",)
