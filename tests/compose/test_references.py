"""What a message refers to, read from its files."""

from __future__ import annotations

import pytest
from making import message, page

from outreach.compose.references import references
from outreach.errors import TemplateError
from outreach.facts.tally import Ask


def test_facts_of_every_version_are_found() -> None:
    """Also in branches that few readers get, in parts, layouts, texts and discreet pages."""
    found = references(
        message(
            {
                "m/en.html": page(
                    "{% if false %}{{ fact('a') }}{% endif %}", subject="{{ fact('b') }}"
                ),
                "m/fr.html": page("{% include 'm/part.html' %}{{ case('x').status }}"),
                "m/part.html": "{{ fact('c')|approx }}",
                "m/en.discreet.html": page("{{ fact('d') }}"),
                "m/en.txt": "{{ fact('e') }}",
                "m/unused.html": "{{ fact('f') }}",
            }
        )
    )
    assert found.facts == {"a", "b", "c", "d", "e", "case.x"}
    assert not found.any_fact


@pytest.mark.parametrize(
    "content",
    [
        "{% include 'm/' ~ supporter.country ~ '.html' %}",
        "{% set name = 'm/FR.html' %}{% include name %}",
        "{% include ['m/none.html', 'm/FR.html'] %}",
        "{% include 'm/FR.html' if supporter.country else 'm/none.html' %}",
        "{% import lang ~ '.html' as parts %}{{ parts.count() }}",
        "{% include 'm/next.html' %}",
    ],
)
def test_where_a_file_is_named_by_an_expression_it_may_be_any(content: str) -> None:
    """So what every file of the message tells of is counted and frozen at planning."""
    found = references(
        message(
            {
                "m/en.html": page(content),
                "m/next.html": "{% include lang %}",
                "m/FR.html": "{{ tally('a', by='kind') }}{{ fact('f') }}",
                "other/en.html": "{{ tally('b') }}",
            }
        )
    )
    assert found.asks == (Ask("a", ("kind",)),)
    assert found.facts == {"f"}


@pytest.mark.parametrize(
    "content",
    ["{{ fact('a.' ~ lang) }}", "{% set f = fact %}{{ f('a') }}", "{{ fact(key='a') }}"],
)
def test_a_key_that_is_not_written_out_may_be_any(content: str) -> None:
    """So all facts count as stated."""
    assert references(message({"m/en.html": page(content)})).any_fact


@pytest.mark.parametrize(
    ("call", "by"),
    [
        ("tally('Write for Rights')", ()),
        ("tally('write-for-rights', country=supporter.country)", ("country",)),
        ("tally('write-for-rights', year=2013, kind='letter')", ("kind", "year")),
        ("tally('write-for-rights', by='country', kind='letter')", ("kind", "country")),
    ],
)
def test_a_tally_says_what_is_to_be_counted(call: str, by: tuple[str, ...]) -> None:
    """Before it is known for whom."""
    found = references(message({"m/en.html": page(f"<p>{{{{ {call} }}}}</p>")}))
    assert found.asks == (Ask("write-for-rights", by),)
    assert (found.asks[0].file, found.asks[0].line) == ("templates/m/en.html", 4)


@pytest.mark.parametrize(
    ("content", "may_be_none"),
    [
        ("{{ tally('a', default=0) }}", True),
        ("{{ tally('a') }}", False),
        ("{{ tally('a', default=0) }}{{ tally('a') }}", False),
        ("{{ tally('a') }}{{ tally('a', default=0) }}", False),
    ],
)
def test_a_tally_may_say_what_it_is_without_actions(content: str, may_be_none: bool) -> None:
    """Unless it is asked for elsewhere as something that must be there."""
    (ask,) = references(message({"m/en.html": page(content)})).asks
    assert (ask, ask.may_be_none) == (Ask("a", ()), may_be_none)


@pytest.mark.parametrize(
    ("content", "problem", "value"),
    [
        ("{{ tally(supporter.country) }}", "in quotes", None),
        ("{{ tally() }}", "in quotes", None),
        ("{{ tally('a', 'b') }}", "in quotes", None),
        ("{{ tally(*['a']) }}", "in quotes", None),
        ("{{ tally('a', **{'kind': 'sms'}) }}", "in quotes", None),
        ("{% set t = tally %}{{ t('a') }}", "in quotes", None),
        ("{{ tally('a', by=lang) }}", "by kind, country, case, year", "by"),
        ("{{ tally('a', by='town') }}", "by kind, country, case, year", "town"),
        ("{{ tally('a', kinds='sms') }}", "by kind, country, case, year", "kinds"),
        ("{{ tally('a', by='kind', kind='sms') }}", "not both", "kind"),
        ("{{ tally('a', kind='letters') }}", "did you mean 'letter'", "letters"),
        ("{{ tally('a', country='Atlantis') }}", "no country", "Atlantis"),
    ],
)
def test_a_tally_that_can_not_be_counted_is_refused(
    content: str, problem: str, value: str | None
) -> None:
    """With its line."""
    with pytest.raises(TemplateError, match=problem) as caught:
        references(message({"m/en.html": page(content)}))
    place = (caught.value.file, caught.value.line, caught.value.value)
    assert place == ("templates/m/en.html", 4, value)


def test_a_files_own_names_are_its_own() -> None:
    """Whoever calls a variable tally or case is not refused for it."""
    content = (
        "{% set tally = tally('a') %}{{ tally|number }}"
        "{% for case in ['x', 'y'] %}{{ case }}{% endfor %}"
    )
    found = references(message({"m/en.html": page(content)}))
    assert found.asks == (Ask("a", ()),)
    assert not found.any_fact


def test_a_broken_file_is_passed_over() -> None:
    """It is told elsewhere; the others still count."""
    files = {"m/fr.html": "{% if %}", "m/en.html": page("{{ fact('a') }}")}
    assert references(message(files)).facts == {"a"}
